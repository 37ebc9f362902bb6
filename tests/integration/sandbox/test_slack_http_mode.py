"""HTTP mode: the local Slack posts signed requests to a real Bolt app behind a WSGI server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from slack_bolt import Ack, App, BoltRequest, Respond
from slack_bolt.adapter.wsgi import SlackRequestHandler

from tests.integration.sandbox.slack_room import (
    ADA,
    MAIN,
    Room,
    button,
    eventually,
    modal,
    text_input,
)

Json = dict[str, Any]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def listening(app: App) -> Iterator[str]:
    handler = SlackRequestHandler(app, path="/slack/events")
    server = make_server("127.0.0.1", 0, handler, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/slack/events"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def app(room: Room) -> Iterator[App]:
    app = App(client=room.client(), signing_secret=room.slack.signing_secret)
    with listening(app) as url:
        room.post("/request_url", url=url)
        yield app
        room.post("/request_url", url="")


def test_a_command_over_http_is_answered(room: Room, app: App) -> None:
    @app.command("/aml")
    def command(ack: Ack, command: Json, respond: Respond) -> None:
        ack()
        respond(f"you said {command['text']}")

    assert "acked_ms" in room.types("search clip")
    [message] = eventually(room.messages)
    assert "you said search clip" == message["text"]


def test_an_acknowledgement_over_http_can_carry_the_answer(room: Room, app: App) -> None:
    @app.command("/aml")
    def command(ack: Ack) -> None:
        ack(text="at once", response_type="in_channel")

    room.types("x")
    assert ["at once"] == [message["text"] for message in room.messages()]


def test_a_click_and_a_submission_over_http_arrive(room: Room, app: App) -> None:
    seen: list[Json] = []

    @app.action("go")
    def clicked(ack: Ack, body: Json) -> None:
        ack()
        app.client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("labels")))

    @app.view("form")
    def submitted(ack: Ack, view: Json) -> None:
        seen.append(view)
        ack(response_action="errors", errors={"labels": "no"})

    blocks = [{"type": "actions", "elements": [button("go")]}]
    ts = room.client().chat_postMessage(channel=MAIN, text="x", blocks=blocks)["ts"]
    room.click("go", channel=MAIN, ts=ts)
    [view] = eventually(lambda: room.get("/views", user=ADA)["views"])
    values = {"labels": {"typed": "cat"}}
    answer = room.post("/view", user=ADA, view_id=view["id"], values=values)
    assert ({"errors": {"labels": "no"}}, 1) == (answer, len(seen))


def test_an_event_over_http_is_retried_with_slacks_headers(room: Room, app: App) -> None:
    attempts: list[tuple[str, str]] = []

    @app.middleware
    def fail_once(req: BoltRequest, next_: Callable[[], object]) -> None:
        names = ("x-slack-retry-num", "x-slack-retry-reason")
        number, reason = (str(req.headers.get(name, [""])[0]) for name in names)
        attempts.append((number, reason))
        if len(attempts) > 1:
            next_()

    @app.event("message")
    def taken() -> None:
        return

    room.upload("/message", [], user=ADA, channel="D0ADA", text="hello")
    eventually(lambda: len(attempts) > 1)
    assert [("", ""), ("1", "http_error")] == attempts


def test_a_url_that_does_not_echo_the_challenge_is_refused(room: Room) -> None:
    url = f"{room.url}/control/reset"
    answer = room.post("/request_url", 400, url=url)
    assert {"error": f"{url} did not echo the challenge"} == answer
