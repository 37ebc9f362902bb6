"""The Web API over HTTP: arguments, tokens, scopes, and one handler a method."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.slack import api_chat, api_conversations, api_files, api_team, api_views
from bot.sandbox.slack.api_team import Method
from bot.sandbox.slack.manifest import scopes_for
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]
METHODS: Mapping[str, Method] = {
    **api_team.METHODS,
    **api_conversations.METHODS,
    **api_chat.METHODS,
    **api_views.METHODS,
    **api_files.METHODS,
}
# Real Slack takes GET for all; here any web page could write that way, for GET tells no origin.
READS = frozenset(
    {
        "auth.test",
        "bots.info",
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "files.info",
        "team.info",
        "usergroups.users.list",
        "users.info",
        "users.list",
    }
)
NESTED = ("attachments", "blocks", "files", "metadata", "view")


class WebApi:
    """Answers `/api/<method>` as Slack does: status 200 and `ok`."""

    def __init__(self, here: Workspace) -> None:
        self._here = here

    def routes(self) -> list[web.AbstractRouteDef]:
        known = [web.route("*", f"/api/{name}", self._answer) for name in METHODS]
        return [*known, web.route("*", "/api/{method}", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.path.removeprefix("/api/")
        if request.method not in {"POST", "GET" if method in READS else "POST"}:
            raise web.HTTPMethodNotAllowed(request.method, ["POST"])
        try:
            args = await _arguments(request)
            self._authorise(method, _token(request, args))
            self._check_scopes(method, str(args.get("channel") or ""))
            body = {"ok": True, **_handler(method)(self._here, args)}
        except Refusal as refusal:
            body = refusal.body
        headers = {"X-OAuth-Scopes": ",".join(sorted(self._here.state.scopes()))}
        return web.json_response(body, headers=headers)

    def _authorise(self, method: str, token: str) -> None:
        if not token:
            raise Refusal("not_authed")
        known = (self._here.bot_token, self._here.app_token)
        if not any(secrets.compare_digest(token.encode(), one.encode()) for one in known):
            raise Refusal("invalid_auth")
        if (method == "apps.connections.open") != (token == self._here.app_token):
            raise Refusal("not_allowed_token_type")

    def _check_scopes(self, method: str, channel: str) -> None:
        wanted = scopes_for(method, channel)
        granted = self._here.state.scopes()
        if wanted and not granted.intersection(wanted):
            provided = ",".join(sorted(granted))
            raise Refusal("missing_scope", needed=",".join(wanted), provided=provided)


def _handler(method: str) -> Method:
    if method not in METHODS:
        raise Refusal("unknown_method", req_method=method)
    return METHODS[method]


def _token(request: web.Request, args: Json) -> str:
    """From the header or the body; an address is written down in too many places."""
    header = request.headers.get("Authorization", "").removeprefix("Bearer ")
    inside = str(args.pop("token", ""))
    return header or ("" if "token" in request.query else inside)


async def _arguments(request: web.Request) -> Json:
    """Query, form or JSON; nested arguments may be JSON in a string.

    Raises:
        Refusal: `invalid_json`, or an argument that is no JSON.
    """
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        text = await request.text()  # the SDK sends auth.test as JSON with an empty body
        args |= _parsed(text, "invalid_json") if text else {}
    else:
        args |= dict(await request.post())
    for name in NESTED:
        if isinstance(args.get(name), str) and args[name]:
            args[name] = _parsed(args[name], "invalid_arguments")
    return args


def _parsed(text: str, code: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except ValueError:
        raise Refusal(code) from None
