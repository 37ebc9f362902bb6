"""The page's view of the workspace: channels, messages, modals, files and demo photos."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.clock import SandboxClock
from bot.sandbox.slack.messages import in_place
from bot.sandbox.slack.state import BOT_USER, DOMAIN, OPERATOR, ROLLED_OUT, TEAM, is_member
from bot.sandbox.slack.views import public
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]
SILENCE_SECONDS = 15.0
GATHER_SECONDS = 0.05
SHOWABLE = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"}
MESSAGE_FIELDS = ("ts", "user", "text", "thread_ts", "reply_count", "reactions", "subtype")


class Shown:
    """Documents for the control API, made from the workspace."""

    def __init__(self, here: Workspace, photos: Path, clock: SandboxClock) -> None:
        self._here = here
        self._folder = photos
        self._closing = False
        self._clock = clock
        credits_file = photos / "credits.json"
        found = credits_file.is_file()
        self._photos: list[Json] = json.loads(credits_file.read_text("utf-8")) if found else []

    def state(self, user: str | None) -> Json:
        """Everything but messages and views; with a user, of the direct messages only theirs."""
        state = self._here.state
        manifest = state.manifest
        granted = state.scopes()
        return {
            "users": [self._user(user) for user in state.users.values() if not user["is_bot"]],
            "channels": [
                self._channel(channel)
                for channel in state.channels.values()
                if user is None or user in channel["members"] or not _closed(channel)
            ],
            "bot_user_id": BOT_USER,
            "bot": {"id": BOT_USER, "name": manifest.bot_name},
            "team": {"id": TEAM, "name": "Sandbox", "domain": DOMAIN},
            "commands": [
                {key: command.get(key, "") for key in ("command", "description", "usage_hint")}
                for command in manifest.commands
            ],
            "hints": manifest.hints(),
            "shortcuts": [
                {key: shortcut[key] for key in ("name", "callback_id", "type")}
                for shortcut in manifest.shortcuts
            ],
            "optional_scopes": [
                {"scope": scope, "granted": scope in granted} for scope in manifest.optional
            ],
            "photos": [
                {**photo, "url": f"/control/photo/{photo['file']}"} for photo in self._photos
            ],
            **{name: state.switch(name, default=True) for name in ROLLED_OUT},
            "request_url": state.switch("request_url", "") or "",
            "speed": self._clock.speed,
            "now": self._clock.now(),
        }

    def messages(self, channel: str, user: str, thread: str | None, after: float = 0) -> list[Json]:
        """Return the messages that a person sees, oldest first.

        Args:
            channel: its id.
            user: whose eyes: ephemeral messages of others are left out.
            thread: the timestamp of a thread's first message; None for the top level.
            after: only messages whose `ts` is greater (seconds, six decimals). A message that
                was edited since keeps its `ts`, so it is not listed again.
        """
        place = self._here.state.channel(channel)
        everything = self._here.state.messages(place["id"]).values()
        return [
            self._message(message)
            for message in everything
            if message.get("ephemeral_to") in {None, user}
            and in_place(message, thread)
            and float(message["ts"]) > after
        ]

    def views(self, user: str) -> Json:
        """A person's open modals, the visible one last, and their App Home."""
        views = self._here.views
        home = views.home(user)
        return {
            "views": [public(view) for view in views.stack(user)],
            "home": public(home) if home else None,
        }

    async def file(self, request: web.Request) -> web.Response:
        """The bytes of a posted file; anything but a plain picture is a download."""
        files = self._here.files
        file_id = request.match_info["file"]
        body = files.body(file_id)
        mimetype = files.mimetype(file_id)
        if mimetype in SHOWABLE:
            return web.Response(body=body, content_type=mimetype)
        headers = {"Content-Disposition": "attachment"}
        return web.Response(body=body, content_type="application/octet-stream", headers=headers)

    async def photo(self, request: web.Request) -> web.StreamResponse:
        """One of the demo photos."""
        name = request.match_info["name"]
        if name not in [photo["file"] for photo in self._photos]:
            return web.json_response({"error": f"no photo {name}"}, status=404)
        return web.FileResponse(self._folder / name)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events that name what changed, until the page goes away."""
        user = request.query.get("user", "")
        changes = self._here.state.changes
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        watcher = changes.watch(user)
        names = ["state", f"views:{user}", f"home:{user}"]
        names += [f"messages:{channel}" for channel in self._here.state.channels]
        try:
            while not self._closing:
                line = (
                    f"data: {json.dumps({'changed': names})}\n\n" if names else ": still here\n\n"
                )
                await response.write(line.encode())
                await asyncio.sleep(GATHER_SECONDS)
                names = await watcher.next(SILENCE_SECONDS)
        except ConnectionError:
            return response
        finally:
            changes.forget(watcher)
        return response

    async def stop(self, _: web.Application) -> None:
        """Let the open streams end, so that the server can."""
        self._closing = True
        self._here.state.changes.mark("state")

    def _user(self, user: Json) -> Json:
        operator = user["id"] == OPERATOR
        return {"id": user["id"], "name": user["real_name"], "operator": operator}

    def _channel(self, channel: Json) -> Json:
        is_dm = bool(channel.get("user"))
        return {
            "id": channel["id"],
            "name": self._here.state.manifest.bot_name if is_dm else channel["name"],
            "kind": "dm" if is_dm else "channel",
            "bot_is_member": is_member(channel),
            **({"user": channel["user"]} if is_dm else {}),
        }

    def _message(self, message: Json) -> Json:
        by_bot = message["user"] == BOT_USER
        people = self._here.state.users
        bot = self._here.state.manifest.bot_name
        name = bot if by_bot else people.get(message["user"], {}).get("real_name", "Slackbot")
        files = self._here.files
        return {
            **{key: message[key] for key in MESSAGE_FIELDS if key in message},
            "username": name,
            "blocks": message.get("blocks", []),
            "edited": message.get("edited"),
            "ephemeral": "ephemeral_to" in message,
            "files": [
                {
                    "id": file,
                    "name": (known := files.public(file))["name"],
                    "mimetype": known["mimetype"],
                    "url": f"/control/file/{file}",
                }
                for file in message.get("files", [])
            ],
        }


def _closed(channel: Json) -> bool:
    """Whether only its members see it."""
    return bool(channel.get("is_im") or channel.get("is_private"))
