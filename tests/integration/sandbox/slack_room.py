"""A local Slack with its control API, and ways to act in it as people do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import requests
import yaml
from aiohttp import web
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox.calls import Calls
from bot.sandbox.clock import SandboxClock
from bot.sandbox.control import Control
from bot.sandbox.faults import Faults
from bot.sandbox.slack import LocalSlack
from bot.sandbox.store import Store
from tests.conftest import TRIGGER_SECONDS
from tests.socket_mode import hangs_up

ROOT = Path(__file__).parents[3]
ADA, BEN = "U0ADA", "U0BEN"
MAIN, RANDOM = "C0MLPLATFORM", "C0RANDOM"
Json = dict[str, Any]
Found = TypeVar("Found")


class Room:
    """A served LocalSlack; `post` and `get` speak to its control API."""

    def __init__(
        self, slack: LocalSlack, control: Control, faults: Faults, hooked: list[object]
    ) -> None:
        self.slack = slack
        self.control = control
        self.faults = faults
        self.hooked = hooked
        self.http = requests.Session()
        self.http.trust_env = False

    @property
    def url(self) -> str:
        return self.slack.base_url

    def app(self) -> web.Application:
        app = self.slack.app()
        app.add_subapp("/control", self.control.app())
        return app

    def client(self, token: str | None = None) -> WebClient:
        return WebClient(token=token or self.slack.bot_token, base_url=f"{self.url}/api/")

    def post(self, path: str, status: int = 200, /, **body: object) -> Json:
        answer = self.http.post(f"{self.url}/control{path}", json=body, timeout=30)
        assert status == answer.status_code, answer.text
        return dict(answer.json())

    def get(self, path: str, **query: str) -> Json:
        answer = self.http.get(f"{self.url}/control{path}", params=query, timeout=30)
        assert answer.ok, answer.text
        return dict(answer.json())

    def upload(self, path: str, files: Sequence[tuple[str, str, bytes]], **fields: object) -> Json:
        """POST a multipart form; files are (field, name, bytes)."""
        parts: list[tuple[str, Any]] = [
            (name, (None, value if isinstance(value, str) else json.dumps(value)))
            for name, value in fields.items()
        ]
        parts += [(field, (name, content)) for field, name, content in files]
        answer = self.http.post(f"{self.url}/control{path}", files=parts, timeout=30)
        assert answer.ok, answer.text
        return dict(answer.json())

    def messages(self, channel: str = MAIN, user: str = ADA, **query: str) -> list[Json]:
        return list(self.get("/messages", channel=channel, user=user, **query)["messages"])

    def types(self, text: str, channel: str = MAIN, user: str = ADA) -> Json:
        return self.post("/command", user=user, channel=channel, text=text)

    def click(self, action_id: str, user: str = ADA, status: int = 200, **more: object) -> Json:
        return self.post("/action", status, user=user, action_id=action_id, **more)


def eventually(look: Callable[[], Found], patience: float = 30.0) -> Found:
    """Return what `look` finds, as soon as it finds something."""
    deadline, pause = time.monotonic() + patience, 0.01
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(pause)
        pause = min(1.5 * pause, 0.04)
    return found


def manifest() -> Json:
    loaded: Json = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
    return loaded


def make_room(store: Store | None = None, speed: float = 60.0) -> Room:
    hooked: list[object] = []
    clock, faults, calls = SandboxClock(speed), Faults(), Calls()
    store = store or Store()
    photos = ROOT / "bot" / "sandbox" / "photos"
    slack = LocalSlack(
        store=store, clock=clock, faults=faults, calls=calls, manifest=manifest(), photos=photos
    )

    slack.state.ack_seconds, slack.state.trigger_seconds = 10.0, TRIGGER_SECONDS

    def reset() -> None:
        store.clear()
        slack.reset()

    control = Control(
        slack=slack,
        azure=None,
        hub=None,
        faults=faults,
        calls=calls,
        clock=clock,
        on_bot=hooked.append,
        on_clock=hooked.append,
        on_reset=reset,
    )
    return Room(slack, control, faults, hooked)


@contextmanager
def impatience(room: Room) -> Iterator[None]:
    """Nothing is acknowledged, and there is no use in waiting three seconds for it."""
    state = room.slack.state
    usual, state.ack_seconds = state.ack_seconds, 0.2
    try:
        yield
    finally:
        state.ack_seconds = usual


@contextmanager
def connected(room: Room, ping_interval: float = 10) -> Iterator[SocketModeHandler]:
    """A Bolt app without listeners, connected over Socket Mode."""
    app = App(client=room.client())
    handler = SocketModeHandler(app, room.slack.app_token, ping_interval=ping_interval)
    handler.client.proxy = None  # the SDK's websocket client does not honour NO_PROXY
    sockets = room.slack.workspace.sockets
    others = sockets.live
    handler.connect()  # type: ignore[no-untyped-call]  # the SDK has no annotation here
    eventually(lambda: sockets.live > others)
    try:
        yield handler
    finally:
        hangs_up(handler)
        eventually(lambda: sockets.live <= others)  # nothing more is sent to a closing one


def fresh_app(room: Room, handler: SocketModeHandler) -> App:
    """A new app on an open connection, in a workspace as on the first day."""
    room.post("/reset")
    app = App(client=room.client())
    handler.app = app
    return app


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(action_id: str, value: str = "v") -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": action_id, "value": value}


def modal(*blocks: Json, **more: object) -> Json:
    base = {"type": "modal", "callback_id": "form", "title": plain("Form"), "submit": plain("Go")}
    return {**base, "blocks": list(blocks), **more}


def text_input(block_id: str, **more: object) -> Json:
    element = {"type": "plain_text_input", "action_id": "typed"}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain("Labels"),
        "element": element,
        **more,
    }
