"""Who may ask the local Hub for what, and how it says no."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.hub.state import APPROVED_TOKEN, TOKENS, Repository

LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class HubError(Exception):
    """An error that the client turns into one of its exceptions by status and `code`."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code

    def response(self) -> web.Response:
        headers = {"X-Error-Message": self.message, "X-Request-Id": "Root=1-sandbox"}
        if self.code:
            headers["X-Error-Code"] = self.code
        return web.json_response({"error": self.message}, status=self.status, headers=headers)


def token_of(request: web.Request) -> str | None:
    """Return the caller's token, None for a stranger.

    Raises:
        HubError: a token that nobody has.
    """
    header = request.headers.get("Authorization", "")
    token = re.sub(r"(?i)^bearer\s+", "", header).strip()
    if not token:
        return None
    if token not in TOKENS:
        raise HubError(401, "Invalid credentials in Authorization header")
    return token


def refuse_websites(request: web.Request) -> None:
    """Answer programs on this machine only, not a website that is open in somebody's browser.

    Raises:
        HubError: asked under another name than the loopback address, or from another origin.
    """
    origin = request.headers.get("Origin")
    asked = [request.url.host, *([urlsplit(origin).hostname] if origin else [])]
    if any(host not in LOOPBACK for host in asked):
        raise HubError(403, "The sandbox answers to 127.0.0.1 only.")


def refuse_gated(request: web.Request, repository: Repository) -> None:
    """Files of a gated repository are for approved people; what is known of it is for all."""
    token = token_of(request)
    if not repository.gated or token == APPROVED_TOKEN:
        return
    said = f"Access to model {repository.id} is restricted"
    if token is None:
        said += ". You must have access to it and be authenticated to access it. Please log in."
        raise HubError(401, said, "GatedRepo")
    said += " and you are not in the authorized list."
    raise HubError(403, said, "GatedRepo")
