"""The control API: what people and tests do in the sandbox, over HTTP."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.calls import Calls
from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import KINDS, TARGETS, Fault, Faults
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.api_conversations import add_bot
from bot.sandbox.slack.elements import NoSuchElementError
from bot.sandbox.slack.forms import Upload
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.shown import Shown
from bot.sandbox.slack.state import ROLLED_OUT

Json = dict[str, Any]
Hook = Callable[..., Awaitable[None] | None]


class Control:
    """Routes of `/control`.

    Args:
        slack: the local Slack.
        azure: the local Azure ML (the hooks see to it).
        hub: the local Hub (the hooks see to it).
        faults: switched on and off here.
        calls: shown here.
        clock: shown here.
        on_bot: called with restart, kill or stop.
        on_clock: called with simulated seconds to move on by.
        on_reset: called to go back to the first state.
    """

    def __init__(  # noqa: PLR0913 - the parts of the sandbox
        self,
        *,
        slack: LocalSlack,
        azure: object,
        hub: object,
        faults: Faults,
        calls: Calls,
        clock: SandboxClock,
        on_bot: Hook,
        on_clock: Hook,
        on_reset: Hook,
    ) -> None:
        self._slack = slack
        self.azure = azure
        self.hub = hub
        self._faults = faults
        self._calls = calls
        self._on_bot = on_bot
        self._on_clock = on_clock
        self._on_reset = on_reset
        self._working = 0
        self._shown = Shown(slack.workspace, slack.photos, clock)

    def app(self) -> web.Application:
        """The application to mount at `/control`."""
        app = web.Application(middlewares=[_explained])
        app.add_routes(
            [
                web.get("/state", self._state),
                web.get("/stream", self._shown.stream),
                web.get("/messages", self._messages),
                web.get("/views", self._views),
                web.get("/calls", self._listed_calls),
                web.get("/file/{file}", self._shown.file),
                web.get("/photo/{name}", self._shown.photo),
                web.post("/command", self._command),
                web.post("/message", self._message),
                web.post("/action", self._action),
                web.post("/shortcut", self._shortcut),
                web.post("/view", self._view),
                web.post("/close", self._close_view),
                web.post("/home", self._home),
                web.post("/scopes", self._scopes),
                web.post("/invite", self._invite),
                web.post("/conversation", self._conversation),
                web.post("/fault", self._fault),
                web.delete("/fault", self._no_faults),
                web.post("/clock", self._clock),
                web.post("/bot", self._bot),
                web.post("/reset", self._reset),
                *(web.post(f"/{name}", self._roll_out) for name in ROLLED_OUT),
                web.post("/request_url", self._request_url),
                web.post("/refresh_socket", self._refresh_socket),
            ]
        )
        app.on_shutdown.append(self._shown.stop)
        return app

    async def _state(self, request: web.Request) -> web.Response:
        state = self._shown.state(request.query.get("user"))
        faults = {"faults": self._faults.listed(), "kinds": KINDS, "targets": list(TARGETS)}
        status = "running" if self._slack.connected() else "stopped"
        state["bot"]["status"] = "starting" if self._working else status
        return web.json_response({**state, **faults})

    async def _messages(self, request: web.Request) -> web.Response:
        """`after` is a timestamp: only messages posted later are listed, edits are not news."""
        query = request.query
        listed = self._shown.messages(
            query["channel"],
            query.get("user", ""),
            query.get("thread_ts") or None,
            after=float(query.get("after") or 0),
        )
        return web.json_response({"messages": listed})

    async def _views(self, request: web.Request) -> web.Response:
        return web.json_response(self._shown.views(request.query["user"]))

    async def _listed_calls(self, request: web.Request) -> web.Response:
        return web.json_response({"calls": self._calls.listed(request.query.get("target"))})

    async def _command(self, request: web.Request) -> web.Response:
        body = await _body(request)
        outcome = await self._slack.people.command(
            body["user"], body["channel"], str(body.get("text") or ""), body.get("command") or ""
        )
        return web.json_response(outcome)

    async def _message(self, request: web.Request) -> web.Response:
        fields, uploads = await _form(request)
        posted = self._slack.people.post(
            fields["user"],
            fields["channel"],
            fields.get("text") or "",
            [upload for _, upload in uploads],
            fields.get("thread_ts") or None,
        )
        return web.json_response(posted)

    async def _action(self, request: web.Request) -> web.Response:
        body = await _body(request)
        return web.json_response(await self._slack.people.act(body["user"], body))

    async def _shortcut(self, request: web.Request) -> web.Response:
        body = await _body(request)
        outcome = await self._slack.people.shortcut(
            body["user"], body["channel"], body["ts"], body["callback_id"]
        )
        return web.json_response(outcome)

    async def _view(self, request: web.Request) -> web.Response:
        fields, uploads = await _form(request)
        values = fields.get("values") or {}
        values = json.loads(values) if isinstance(values, str) else values
        files: dict[str, list[Upload]] = {}
        for name, upload in uploads:
            files.setdefault("" if name in {"files", "file"} else name, []).append(upload)
        outcome = await self._slack.people.submit(fields["user"], fields["view_id"], values, files)
        return web.json_response(outcome)

    async def _close_view(self, request: web.Request) -> web.Response:
        body = await _body(request)
        return web.json_response(await self._slack.people.close(body["user"], body["view_id"]))

    async def _home(self, request: web.Request) -> web.Response:
        body = await _body(request)
        return web.json_response(self._slack.people.open_home(body["user"]))

    async def _scopes(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self._slack.state.grant(body["scope"], granted=bool(body["granted"]))
        return web.json_response({})

    async def _invite(self, request: web.Request) -> web.Response:
        body = await _body(request)
        add_bot(self._slack.workspace, self._slack.state.channel(body["channel"]))
        return web.json_response({})

    async def _conversation(self, request: web.Request) -> web.Response:
        """A direct message of `users` without the app; with a `name`, their private channel."""
        body = await _body(request)
        made = self._slack.state.private(list(body["users"]), str(body.get("name") or ""))
        return web.json_response({"id": made["id"]})

    async def _fault(self, request: web.Request) -> web.Response:
        """Switch a fault on; sockets that are open now are cut at once."""
        body = await _body(request)
        times = body.get("times")
        named = {"target", "kind", "match", "times"}
        self._faults.add(
            Fault(
                target=body["target"],
                kind=body["kind"],
                match=str(body.get("match") or ""),
                times=None if times in (None, "") else int(times),
                options={key: value for key, value in body.items() if key not in named},
            )
        )
        if body["kind"] == "drop_socket" and self._faults.take("slack", "/socket", "drop_socket"):
            self._slack.workspace.sockets.drop()
        self._slack.state.changes.mark("state")
        return web.json_response({})

    async def _no_faults(self, _: web.Request) -> web.Response:
        self._faults.clear()
        self._slack.state.changes.mark("state")
        return web.json_response({})

    async def _clock(self, request: web.Request) -> web.Response:
        seconds = float((await _body(request))["advance"])
        return await self._hooked(self._on_clock, seconds)

    async def _bot(self, request: web.Request) -> web.Response:
        return await self._hooked(self._on_bot, (await _body(request))["do"])

    async def _reset(self, _: web.Request) -> web.Response:
        return await self._hooked(self._on_reset)

    async def _roll_out(self, request: web.Request) -> web.Response:
        """Let this workspace know some newer blocks, or refuse them as invalid_blocks."""
        name = request.path.rpartition("/")[2]
        self._slack.state.set_switch(name, bool((await _body(request))["on"]))
        return web.json_response({})

    async def _request_url(self, request: web.Request) -> web.Response:
        """HTTP mode: deliver to this address instead of sockets; an empty one ends it."""
        url = str((await _body(request)).get("url") or "")
        if url and not await self._slack.workspace.webhook.verify(url):
            return web.json_response({"error": f"{url} did not echo the challenge"}, status=400)
        self._slack.state.set_switch("request_url", url)
        return web.json_response({})

    async def _refresh_socket(self, _: web.Request) -> web.Response:
        """Ask the app to reconnect, as Slack does every few hours."""
        await self._slack.workspace.sockets.refresh()
        return web.json_response({})

    async def _hooked(self, hook: Hook, *arguments: object) -> web.Response:
        """Run a hook of the sandbox; blocking ones in a thread, for they wait for the bot."""
        self._working += 1
        self._slack.state.changes.mark("state")
        try:
            if inspect.iscoroutinefunction(hook):
                await hook(*arguments)
            else:
                await asyncio.to_thread(hook, *arguments)
        except RuntimeError as error:
            return web.json_response({"error": str(error)}, status=409)
        finally:
            self._working -= 1
            self._slack.state.changes.mark("state")
        return web.json_response({})


@web.middleware
async def _explained(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Mistakes of the caller as a status and one clear sentence."""
    try:
        return await handler(request)
    except Refusal as refusal:
        unknown = "not_found" in refusal.code
        return web.json_response({"error": refusal.code}, status=404 if unknown else 400)
    except NoSuchElementError as error:
        return web.json_response({"error": str(error)}, status=404)
    except KeyError as error:
        return web.json_response({"error": f"missing: {error.args[0]}"}, status=400)
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)


async def _body(request: web.Request) -> Json:
    body = json.loads(await request.text() or "{}")
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


async def _form(request: web.Request) -> tuple[Json, list[tuple[str, Upload]]]:
    """Fields and files of a multipart form; a JSON body has fields only."""
    if request.content_type == "application/json":
        return await _body(request), []
    fields: Json = {}
    uploads = []
    for name, part in (await request.post()).items():
        if isinstance(part, web.FileField):
            upload = Upload(name=part.filename, mimetype=part.content_type, body=part.file.read())
            uploads.append((name, upload))
        else:
            fields[name] = part
    return fields, uploads
