"""Requests to the stand-ins: each is recorded, and the faults that any path may have are played."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.faults import Faults

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
BODY_KEPT = 20_000
# The codes that come with these statuses where an `error` has no body.
CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "AuthorizationFailed",
    404: "ResourceNotFound",
    409: "Conflict",
    412: "PreconditionFailed",
    413: "RequestEntityTooLarge",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
REQUEST_IDS = ("x-ms-request-id", "x-ms-correlation-request-id")
HTML = "<!DOCTYPE html><html><body><h1>Service unavailable</h1></body></html>"


class Calls:
    """The last requests that the stand-ins received, newest last."""

    def __init__(self, kept: int = 5_000) -> None:
        self._calls: deque[dict[str, Any]] = deque(maxlen=kept)

    def add(self, call: dict[str, Any]) -> None:
        self._calls.append(call)

    def listed(self, target: str | None = None) -> list[dict[str, Any]]:
        now = tuple(self._calls)  # at once: the servers' thread goes on adding
        return [call for call in now if target in {None, call["target"]}]

    def clear(self) -> None:
        self._calls.clear()


def recording(target: str, calls: Calls, faults: Faults) -> Any:  # noqa: ANN401 - aiohttp's own type
    """Middleware: play the faults that any path may have, then note the request.

    Authorization headers are never kept. Bodies are kept as text up to `BODY_KEPT` characters.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        call = {
            "target": target,
            "method": request.method,
            "path": request.path,
            "query": dict(request.query),
            "body": await _body(request),
            "status": 0,
            "when": time.time(),
        }
        calls.add(call)
        try:
            played = await _played(target, faults, request)
            response = played or _spoiled(target, faults, request, await handler(request))
        except web.HTTPException as answer:  # a redirect or "not found" of aiohttp itself
            call["status"] = answer.status
            raise
        call["status"] = response.status
        if target == "azure":
            for header in REQUEST_IDS:
                response.headers.setdefault(header, str(uuid.uuid4()))
        return response

    return middleware


async def _body(request: web.Request) -> str:
    kind = request.content_type
    if not request.can_read_body or kind.startswith(("image/", "multipart/")):
        return ""
    return (await request.read())[:BODY_KEPT].decode("utf-8", "replace")


async def _played(target: str, faults: Faults, request: web.Request) -> web.Response | None:
    path = request.path
    if slow := faults.take(target, path, "slow"):
        await asyncio.sleep(float(slow.options.get("ms", 1000)) / 1000)
    fault = faults.take(target, path, "throttle", "error", "html_body", "drop_socket")
    if fault is None:
        return None
    if fault.kind == "throttle":
        after = str(fault.options.get("retry_after", 1))
        return _error(target, 429, "TooManyRequests", {"Retry-After": after})
    if fault.kind == "error":
        return _answered(target, fault.options)
    if fault.kind == "drop_socket" and request.transport is not None:
        request.transport.abort()
    return web.Response(text=HTML, content_type="text/html")


def _answered(target: str, options: dict[str, Any]) -> web.Response:
    """Return the answer that an `error` asks for.

    Without a body it is the error that the service of that name would send; a text is plain text
    and anything else JSON, unless the headers say otherwise.
    """
    status, body = options.get("status", 500), options.get("body")
    if body is None:
        response = _error(target, status, CODES.get(status, "InternalServerError"), {})
    elif isinstance(body, str):
        response = web.Response(status=status, text=body)
    else:
        response = web.json_response(body, status=status)
    response.headers.update(options.get("headers", {}))
    return response


def _spoiled(
    target: str, faults: Faults, request: web.Request, response: web.StreamResponse
) -> web.StreamResponse:
    """The answer itself, or what a fault makes of it on its way."""
    if faults.take(target, request.path, "lost_answer") and request.transport is not None:
        request.transport.abort()
        return response
    if not isinstance(response, web.Response) or response.content_type != "application/json":
        return response
    fault = faults.take(target, request.path, "half_page", "changed_shape")
    if fault is None:
        return response
    text = response.text or ""
    spoiled = text[: len(text) // 2] if fault.kind == "half_page" else f'{{"result": {text}}}'
    return web.Response(status=response.status, text=spoiled, content_type=response.content_type)


def _error(target: str, status: int, code: str, headers: dict[str, str]) -> web.Response:
    """The error body that the real service of that name would send."""
    throttled = status == web.HTTPTooManyRequests.status_code
    slack = "ratelimited" if throttled else "internal_error"
    error: Any = slack if target == "slack" else {"code": code, "message": f"{code} ({status})"}
    body = {"ok": False, "error": error} if target == "slack" else {"error": error}
    return web.Response(
        status=status, text=json.dumps(body), content_type="application/json", headers=headers
    )
