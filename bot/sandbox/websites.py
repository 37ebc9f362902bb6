"""The stand-ins are for programs of this machine and their own page, not for other websites.

Whoever uses the sandbox has a browser open, and any page in it can send requests to 127.0.0.1.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

ELSEWHERE = "Another website asked for this; the sandbox answers its own page and programs only."
SEALED = {"X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def close(app: web.Application) -> None:
    """Refuse what other websites ask, and let none of them frame or embed an answer."""
    app.middlewares.insert(0, _refusing)
    app.on_response_prepare.append(_sealed)


@web.middleware
async def _refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Browsers say where a request comes from; other ports of this machine are elsewhere, too."""
    if request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}:
        return await handler(request)
    if request.method == "GET" and request.headers.get("Sec-Fetch-Dest") == "document":
        return await handler(request)  # somebody followed a link; nothing is written by GET
    return web.json_response({"error": ELSEWHERE}, status=403)


async def _sealed(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SEALED)
