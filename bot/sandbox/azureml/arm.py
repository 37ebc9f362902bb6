"""Routes, answers and refusals in the forms of Azure Resource Manager."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.coverage import Covered, Status

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TARGET = "azure"
PAGE = 100
PROVIDER = "/providers/Microsoft.MachineLearningServices"
SUBSCRIPTION = "/subscriptions/{subscription}"
WORKSPACE = SUBSCRIPTION + "/resourceGroups/{group}" + PROVIDER + "/workspaces/{workspace}"
LOCATION = SUBSCRIPTION + PROVIDER + "/locations/{location}"
REGISTRY = (
    "/mferp/managementfrontend/subscriptions/{subscription}/resourceGroups/{group}"
    + PROVIDER
    + "/registries/{registry}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of the local Azure: what answers it, and its row in the coverage table."""

    method: str
    path: str
    handler: Handler
    note: str = ""
    status: Status = "supported"

    def covered(self) -> Covered:
        # aiohttp names a resource without its variables' patterns: {blob:.+} is {blob} there.
        path = re.sub(r"\{(\w+):[^{}]+\}", r"{\1}", self.path)
        return Covered(
            target=TARGET, method=self.method, path=path, status=self.status, note=self.note
        )


class RefusalError(Exception):
    """An error that Azure answers with a status and `{"error": {"code", "message"}}`."""

    def __init__(self, status: int, code: str, message: str, details: Sequence[Json] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = list(details)

    def response(self) -> web.Response:
        error = {
            "code": self.code,
            "message": self.message,
            "details": self.details,
            "additionalInfo": [{"type": "ComponentName", "info": {"value": "managementfrontend"}}],
        }
        headers = {"WWW-Authenticate": "Bearer"} if self.status == UNAUTHORIZED else {}
        return answer({"error": error}, status=self.status, headers=headers)


UNAUTHORIZED = web.HTTPUnauthorized.status_code


def bad(code: str, message: str) -> RefusalError:
    return RefusalError(web.HTTPBadRequest.status_code, code, message)


def invalid(field: str, reason: str) -> RefusalError:
    """What the inference service refuses: its reason stands as JSON in the text of a detail."""
    answered = {
        "errors": {field: [reason]},
        "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
        "title": "One or more validation errors occurred.",
        "status": web.HTTPBadRequest.status_code,
        "traceId": f"00-{uuid.uuid4().hex}-{secrets.token_hex(8)}-01",
    }
    message = f"InferencingClient HttpRequest error, error detail: {json.dumps(answered)}"
    detail = {"code": "InferencingClientCallFailed", "message": message, "details": []}
    status = web.HTTPBadRequest.status_code
    return RefusalError(status, "BadRequest", "The request is invalid.", [detail])


def missing(message: str, code: str = "UserError") -> RefusalError:
    return RefusalError(web.HTTPNotFound.status_code, code, message)


def conflict(message: str) -> RefusalError:
    return RefusalError(web.HTTPConflict.status_code, "Conflict", message)


def answer(body: Any, status: int = 200, headers: Json | None = None) -> web.Response:  # noqa: ANN401 - any JSON value
    return web.Response(
        status=status, text=json.dumps(body), content_type="application/json", headers=headers
    )


def empty(status: int, headers: Json | None = None) -> web.Response:
    return web.Response(status=status, headers=headers)


async def body_of(request: web.Request) -> Json:
    """The JSON object that was sent; {} for an empty body.

    Raises:
        RefusalError: the body is no JSON object.
    """
    raw = await request.read()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise bad("InvalidRequestContent", f"The request content was invalid: {error}") from error
    if not isinstance(body, dict):
        raise bad("InvalidRequestContent", "The request content must be a JSON object.")
    return body


def page(request: web.Request, base_url: str, items: Sequence[Json]) -> web.Response:
    """A page of a list, with `nextLink` while there is more (`$top`, `$skipToken` honoured)."""
    start = _number(request.query.get("$skipToken") or request.query.get("$skip"), 0)
    size = min(_number(request.query.get("$top"), PAGE), PAGE)
    body: Json = {"value": list(items[start : start + size])}
    if start + size < len(items) and "$top" not in request.query:
        query = {**request.query, "$skipToken": str(start + size)}
        body["nextLink"] = f"{base_url}{request.rel_url.with_query(query)}"
    return answer(body)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() else otherwise


def add_routes(app: web.Application, routes: Iterable[Route]) -> None:
    for route in routes:
        app.router.add_route(route.method, route.path, route.handler)
