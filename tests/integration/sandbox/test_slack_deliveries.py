"""Deliveries to a real Bolt app over Socket Mode, and its answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from slack_bolt import Ack, App, BoltRequest, Respond
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from tests.integration.sandbox.conftest import serving
from tests.integration.sandbox.slack_room import (
    ADA,
    BEN,
    MAIN,
    RANDOM,
    Room,
    button,
    connected,
    eventually,
    fresh_app,
    impatience,
    make_room,
    plain,
)

Json = dict[str, Any]
DM = "D0ADA"


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Room, SocketModeHandler]]:
    room = make_room()
    with serving(room.app()) as room.slack.base_url, connected(room) as handler:
        yield room, handler


@pytest.fixture
def app(place: tuple[Room, SocketModeHandler]) -> App:
    return fresh_app(*place)


@pytest.fixture
def room(place: tuple[Room, SocketModeHandler], app: App) -> Room:
    return place[0]


def remembering(app: App, *events: str) -> list[Json]:
    """The events of these types as the app gets them."""
    seen: list[Json] = []
    for event in events:

        @app.event(event)
        def remember(body: Json) -> None:
            seen.append(body)

    return seen


def answering(app: App, **answer: object) -> list[Json]:
    """Acknowledge /aml and answer by response_url; the commands that came."""
    seen: list[Json] = []

    @app.command("/aml")
    def command(ack: Ack, command: Json, respond: Respond) -> None:
        ack()
        seen.append(command)
        respond(answer or {"text": "done"})

    return seen


def test_a_command_is_acknowledged_and_answered(room: Room, app: App) -> None:
    seen = answering(app)
    outcome = room.types("/aml search clip")
    [message] = eventually(room.messages)
    assert ("search clip", "done", True) == (seen[0]["text"], message["text"], message["ephemeral"])
    assert 0 < outcome["acked_ms"]


def test_a_command_works_where_the_bot_is_no_member(room: Room, app: App) -> None:
    answering(app, text="here", response_type="in_channel")
    room.types("help", channel=RANDOM)
    [message] = eventually(lambda: room.messages(RANDOM, BEN))
    assert "here" == message["text"]


def test_the_text_of_a_command_is_passed_on_as_typed(room: Room, app: App) -> None:
    seen = answering(app)
    room.types("search “a & b” <x> https://a.io")
    assert "search “a & b” <x> https://a.io" == eventually(lambda: seen)[0]["text"]


def test_a_command_that_is_not_acknowledged_times_out(room: Room, app: App) -> None:
    @app.command("/aml")
    def silent() -> None:
        return

    with impatience(room):
        assert {"error": "operation_timeout"} == room.types("search")


def test_the_sixth_answer_to_a_command_is_refused(room: Room, app: App) -> None:
    seen = answering(app)
    room.types("x")
    url = eventually(lambda: seen)[0]["response_url"]
    eventually(room.messages)
    answers = [room.http.post(url, json={"text": "x"}, timeout=30) for _ in range(5)]
    assert [200] * 4 + [404] == [answer.status_code for answer in answers]
    assert "used_url" == answers[-1].json()["error"]


def test_a_bad_answer_to_a_command_is_refused(room: Room, app: App) -> None:
    seen = answering(app)
    room.types("x")
    url = eventually(lambda: seen)[0]["response_url"]
    answer = room.http.post(url, json={"blocks": [{"type": "header"}]}, timeout=30)
    assert (400, "invalid_blocks") == (answer.status_code, answer.json()["error"])


def post_button(room: Room) -> SlackResponse:
    blocks = [{"type": "actions", "block_id": "b", "elements": [button("go")]}]
    return room.client().chat_postMessage(channel=MAIN, text="press", blocks=blocks)


def clicking(app: App, action: str = "go") -> list[Json]:
    seen: list[Json] = []

    @app.action(action)
    def clicked(ack: Ack, body: Json, respond: Respond) -> None:
        ack()
        seen.append(body)
        respond(text="replaced", replace_original=True)

    return seen


def test_a_click_carries_the_message_and_can_replace_it(room: Room, app: App) -> None:
    seen = clicking(app)
    ts = post_button(room)["ts"]
    assert "acked_ms" in room.click("go", channel=MAIN, ts=ts)
    eventually(lambda: room.messages()[0]["text"] == "replaced")
    [body] = seen
    assert (ts, "v", "b", ADA) == (
        body["message"]["ts"],
        body["actions"][0]["value"],
        body["actions"][0]["block_id"],
        body["user"]["id"],
    )
    assert [] == room.messages()[0]["blocks"]


def test_a_click_on_an_ephemeral_message_comes_without_the_message(room: Room, app: App) -> None:
    seen = clicking(app)
    blocks = [{"type": "actions", "elements": [button("go")]}]
    room.client().chat_postEphemeral(channel=MAIN, user=ADA, text="x", blocks=blocks)
    [message] = room.messages()
    room.click("go", channel=MAIN, ts=message["ts"])
    [body] = eventually(lambda: seen)
    assert ("message" in body, body["container"]["is_ephemeral"]) == (False, True)
    eventually(lambda: room.messages()[0]["text"] == "replaced")


def test_nobody_else_can_click_an_ephemeral_message(room: Room) -> None:
    blocks = [{"type": "actions", "elements": [button("go")]}]
    room.client().chat_postEphemeral(channel=MAIN, user=ADA, text="x", blocks=blocks)
    [message] = room.messages()
    answer = room.click("go", BEN, 404, channel=MAIN, ts=message["ts"])
    assert {"error": "message_not_found"} == answer


def test_an_element_that_is_not_there_cannot_be_clicked(room: Room) -> None:
    ts = post_button(room)["ts"]
    answer = room.click("stop", status=404, channel=MAIN, ts=ts)
    assert "no element 'stop' with that block id and value; there is ['go']" == answer["error"]


def test_buttons_with_one_action_id_differ_by_value(room: Room, app: App) -> None:
    seen = clicking(app)
    blocks = [{"type": "actions", "elements": [button("go", value)]} for value in "ab"]
    ts = room.client().chat_postMessage(channel=MAIN, text="x", blocks=blocks)["ts"]
    room.click("go", channel=MAIN, ts=ts, value="b")
    action = eventually(lambda: seen)[0]["actions"][0]
    assert ("b", "b01") == (action["value"], action["block_id"])


def test_a_selection_is_kept_for_the_next_click(room: Room, app: App) -> None:
    seen = clicking(app, "go")
    clicking(app, "size")
    option = {"text": plain("Small"), "value": "small"}
    select = {"type": "static_select", "action_id": "size", "options": [option]}
    actions = {"type": "actions", "block_id": "b", "elements": [select, button("go")]}
    ts = room.client().chat_postMessage(channel=MAIN, text="x", blocks=[actions])["ts"]
    room.click("size", channel=MAIN, ts=ts, selected="small", block_id="b")
    eventually(lambda: room.messages()[0]["edited"])
    again = room.client().chat_postMessage(channel=MAIN, text="x", blocks=[actions])["ts"]
    app_answer = room.click("size", channel=MAIN, ts=again, selected="large", status=404)
    room.click("go", channel=MAIN, ts=again)
    state = eventually(lambda: seen)[0]["state"]["values"]["b"]["size"]
    assert ("static_select", None) == (state["type"], state["selected_option"])
    assert "no option 'large'; there is ['small']" == app_answer["error"]


def test_a_message_in_the_direct_message_reaches_the_app_with_its_files(
    room: Room, app: App
) -> None:
    seen = remembering(app, "message")
    picture = ("file", "cat.jpg", b"\xff\xd8")
    ts = room.upload("/message", [picture], user=ADA, channel=DM, text="cat, dog")["ts"]
    event = eventually(lambda: seen)[0]["event"]
    assert ("file_share", "im", ts, "cat.jpg") == (
        event["subtype"],
        event["channel_type"],
        event["ts"],
        event["files"][0]["name"],
    )


def test_a_mention_reaches_the_app_once_with_its_files(room: Room, app: App) -> None:
    seen = remembering(app, "app_mention", "message")
    picture = ("file", "cat.jpg", b"\xff\xd8")
    room.upload("/message", [picture], user=ADA, channel=MAIN, text="@aml-bot cat & dog")
    [body] = eventually(lambda: seen)
    assert ("<@U0AMLBOT> cat &amp; dog", "cat.jpg") == (
        body["event"]["text"],
        body["event"]["files"][0]["name"],
    )


def test_a_message_without_a_mention_is_not_sent(room: Room, app: App) -> None:
    seen = remembering(app, "app_mention", "message")
    room.upload("/message", [], user=ADA, channel=MAIN, text="just us")
    room.upload("/message", [], user=ADA, channel=DM, text="now you")
    eventually(lambda: seen)
    assert ["now you"] == [body["event"]["text"] for body in seen]


def test_a_mention_where_the_bot_is_no_member_tells_the_person(room: Room, app: App) -> None:
    seen = remembering(app, "app_mention")
    room.upload("/message", [], user=ADA, channel=RANDOM, text="@aml-bot hi")
    said, notice = room.messages(RANDOM)
    assert (True, "USLACKBOT", []) == (notice["ephemeral"], notice["user"], seen)
    room.post("/invite", channel=RANDOM)
    room.upload("/message", [], user=ADA, channel=RANDOM, text=said["text"])
    eventually(lambda: seen)


def test_links_are_marked_up(room: Room, app: App) -> None:
    seen = remembering(app, "message")
    text = "import https://huggingface.co/a/b, or huggingface.co/a/b."
    room.upload("/message", [], user=ADA, channel=DM, text=text)
    expected = (
        "import <https://huggingface.co/a/b>, or <http://huggingface.co/a/b|huggingface.co/a/b>."
    )
    assert expected == eventually(lambda: seen)[0]["event"]["text"]


def test_an_event_that_fails_is_sent_again_with_its_id(room: Room, app: App) -> None:
    attempts: list[tuple[str, str]] = []

    @app.middleware
    def fail_once(body: Json, req: BoltRequest, next_: Callable[[], object]) -> None:
        attempts.append((body["event_id"], req.headers.get("x-slack-retry-num", [""])[0]))
        if len(attempts) > 1:
            next_()

    remembering(app, "message")
    with impatience(room):
        room.upload("/message", [], user=ADA, channel=DM, text="hello")
        eventually(lambda: attempts)
    eventually(lambda: len(attempts) > 1)
    assert (1, ["0", "1"]) == (len({event for event, _ in attempts}), [n for _, n in attempts])


def test_a_message_shortcut_carries_the_message(room: Room, app: App) -> None:
    seen: list[Json] = []

    @app.shortcut("classify_image")
    def picked(ack: Ack, body: Json) -> None:
        ack()
        seen.append(body)

    picture = ("file", "cat.jpg", b"\xff\xd8")
    ts = room.upload("/message", [picture], user=BEN, channel=RANDOM, text="")["ts"]
    room.post("/shortcut", user=ADA, channel=RANDOM, ts=ts, callback_id="classify_image")
    [body] = eventually(lambda: seen)
    assert ("message_action", ts, "cat.jpg") == (
        body["type"],
        body["message_ts"],
        body["message"]["files"][0]["name"],
    )


def test_app_home_is_published_for_one_person(room: Room, app: App) -> None:
    @app.event("app_home_opened")
    def opened(event: Json, client: WebClient) -> None:
        blocks = [{"type": "section", "text": plain(event["user"])}]
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    room.post("/home", user=BEN)
    home = eventually(lambda: room.get("/views", user=BEN)["home"])
    assert (BEN, None) == (home["blocks"][0]["text"]["text"], room.get("/views", user=ADA)["home"])


def test_the_app_reconnects_after_a_dropped_socket() -> None:
    room = make_room()
    with (
        serving(room.app()) as room.slack.base_url,
        connected(room, ping_interval=0.2) as handler,
    ):
        seen = remembering(fresh_app(room, handler), "message")
        room.post("/fault", target="slack", kind="drop_socket", match="/socket", times=1)
        eventually(lambda: not room.slack.connected())
        eventually(room.slack.connected)
        room.upload("/message", [], user=ADA, channel=DM, text="still there?")
        eventually(lambda: seen)


def test_deliveries_move_to_the_new_socket_while_one_is_replaced(room: Room, app: App) -> None:
    seen = answering(app)
    room.post("/refresh_socket")
    for number in range(5):
        assert "acked_ms" in room.types(str(number))
    eventually(lambda: len(seen) == 5)


def test_two_sockets_take_turns(room: Room, app: App) -> None:
    first = answering(app)
    with connected(room) as other:
        second = answering(other.app)
        eventually(lambda: room.slack.workspace.sockets.live == 2)
        for number in range(4):
            room.types(str(number))
        eventually(lambda: len(first) + len(second) == 4)
    assert (2, 2) == (len(first), len(second))


def test_commands_are_acknowledged_while_messages_are_edited(room: Room, app: App) -> None:
    answering(app)
    client = room.client()
    ts = client.chat_postMessage(channel=MAIN, text="0")["ts"]
    done = threading.Event()

    def update() -> int:
        edits = 0
        while not done.is_set() or not edits:
            client.chat_update(channel=MAIN, ts=ts, text=str(edits))
            edits += 1
        return edits

    with ThreadPoolExecutor(1) as pool:
        updating = pool.submit(update)
        try:
            outcomes = [room.types("x") for _ in range(5)]
        finally:
            done.set()
        assert updating.result(30) > 0
    assert [{"acked_ms"}] * 5 == [set(outcome) for outcome in outcomes]
