"""Modals and App Home: triggers, the stack, hashes, submissions and uploads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackApiError

from tests.integration.sandbox.conftest import serving
from tests.integration.sandbox.slack_room import (
    ADA,
    BEN,
    MAIN,
    Room,
    button,
    connected,
    eventually,
    fresh_app,
    impatience,
    make_room,
    modal,
    plain,
    text_input,
)

Json = dict[str, Any]
FILES = {
    "type": "input",
    "block_id": "pictures",
    "label": plain("Pictures"),
    "element": {"type": "file_input", "action_id": "files", "max_files": 2},
}


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


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def triggers(room: Room, app: App) -> Callable[[], str]:
    """Makes fresh trigger ids by typing commands."""
    seen: list[str] = []

    @app.command("/aml")
    def command(ack: Ack, command: Json) -> None:
        ack()
        seen.append(command["trigger_id"])

    def fresh() -> str:
        room.types("x")
        return eventually(lambda: seen).pop()

    return fresh


def opened(room: Room, app: App, *blocks: Json, **more: object) -> Json:
    trigger = triggers(room, app)()
    view: Json = room.client().views_open(trigger_id=trigger, view=modal(*blocks, **more))["view"]
    return view


def submitting(
    app: App,
    action: str | None = None,
    errors: dict[str, str] | None = None,
    view: Json | None = None,
) -> list[Json]:
    seen: list[Json] = []
    answer = view

    @app.view("form")
    def submitted(ack: Ack, view: Json) -> None:
        ack(response_action=action, errors=errors, view=answer)
        seen.append(view)

    return seen


def stack(room: Room, user: str = ADA) -> list[str]:
    return [view["id"] for view in room.get("/views", user=user)["views"]]


def test_a_modal_opens_for_the_person_of_the_trigger(room: Room, app: App) -> None:
    view = opened(room, app, text_input("labels"))
    assert ([view["id"]], []) == (stack(room), stack(room, BEN))


def test_a_trigger_opens_one_modal(room: Room, app: App) -> None:
    trigger = triggers(room, app)()
    client = room.client()
    client.views_open(trigger_id=trigger, view=modal(text_input("a")))
    again = code(lambda: client.views_open(trigger_id=trigger, view=modal(text_input("a"))))
    assert "exchanged_trigger_id" == again


def test_a_made_up_trigger_is_invalid(room: Room) -> None:
    view = modal(text_input("a"))
    assert "invalid_trigger_id" == code(
        lambda: room.client().views_open(trigger_id="1.2.3", view=view)
    )


def test_a_fourth_modal_on_the_stack_is_refused(room: Room, app: App) -> None:
    fresh = triggers(room, app)
    client = room.client()
    view = modal(text_input("a"))
    client.views_open(trigger_id=fresh(), view=view)
    for _ in range(2):
        client.views_push(trigger_id=fresh(), view=view)
    trigger = fresh()
    assert "push_limit_reached" == code(lambda: client.views_push(trigger_id=trigger, view=view))


def test_a_trigger_is_good_for_a_short_time(room: Room, app: App) -> None:
    state = room.slack.state
    trigger, usual = triggers(room, app)(), state.trigger_seconds
    view = modal(text_input("a"))
    state.trigger_seconds = 0.0

    found = code(lambda: room.client().views_open(trigger_id=trigger, view=view))
    state.trigger_seconds = usual  # the room is shared

    assert "expired_trigger_id" == found


def test_an_update_with_an_old_hash_conflicts(room: Room, app: App) -> None:
    view = opened(room, app, text_input("a"))
    client = room.client()
    new = modal(text_input("b"))
    client.views_update(view_id=view["id"], hash=view["hash"], view=new)
    assert "hash_conflict" == code(
        lambda: client.views_update(view_id=view["id"], hash=view["hash"], view=new)
    )


def test_an_external_id_names_one_open_view(room: Room, app: App) -> None:
    opened(room, app, text_input("a"), external_id="mine")
    client = room.client()
    client.views_update(external_id="mine", view=modal(text_input("b")))
    assert "not_found" == code(
        lambda: client.views_update(external_id="mine", view=modal(text_input("b")))
    )


def test_a_submission_carries_what_was_typed(room: Room, app: App) -> None:
    seen = submitting(app)
    view = opened(room, app, text_input("labels"), text_input("note", optional=True))
    answer = room.post(
        "/view", user=ADA, view_id=view["id"], values={"labels": {"typed": "cat, dog"}}
    )
    state = eventually(lambda: seen)[0]["state"]["values"]
    assert ({}, "cat, dog", None, []) == (
        answer,
        state["labels"]["typed"]["value"],
        state["note"]["typed"]["value"],
        stack(room),
    )


def test_errors_of_the_app_keep_the_modal_open(room: Room, app: App) -> None:
    submitting(app, "errors", errors={"labels": "At least two labels, please."})
    view = opened(room, app, text_input("labels"))
    answer = room.post("/view", user=ADA, view_id=view["id"], values={"labels": {"typed": "cat"}})
    assert ({"errors": {"labels": "At least two labels, please."}}, [view["id"]]) == (
        answer,
        stack(room),
    )


def test_a_required_field_is_asked_for_without_the_app(room: Room, app: App) -> None:
    seen = submitting(app)
    view = opened(room, app, text_input("labels"))
    answer = room.post("/view", user=ADA, view_id=view["id"], values={})
    assert ({"labels": "Please complete this required field."}, []) == (answer["errors"], seen)


def test_an_answer_can_update_the_modal(room: Room, app: App) -> None:
    submitting(app, "update", view=modal(text_input("next"), title=plain("Next")))
    view = opened(room, app, text_input("labels"))
    room.post("/view", user=ADA, view_id=view["id"], values={"labels": {"typed": "x"}})
    [after] = room.get("/views", user=ADA)["views"]
    assert (view["id"], "Next") == (after["id"], after["title"]["text"])


def test_an_answer_can_push_and_clear(room: Room, app: App) -> None:
    second = modal(text_input("labels"), callback_id="second")
    submitting(app, "push", view=second)

    @app.view("second")
    def clear(ack: Ack) -> None:
        ack(response_action="clear")

    view = opened(room, app, text_input("labels"))
    values = {"labels": {"typed": "x"}}
    room.post("/view", user=ADA, view_id=view["id"], values=values)
    pushed = stack(room)
    room.post("/view", user=ADA, view_id=pushed[-1], values=values)
    assert (2, []) == (len(pushed), stack(room))


def test_a_submission_without_an_answer_times_out(room: Room, app: App) -> None:
    @app.view("form")
    def silent() -> None:
        return

    view = opened(room, app, text_input("labels"))
    with impatience(room):
        answer = room.post("/view", user=ADA, view_id=view["id"], values={"labels": {"typed": "x"}})
    assert ({"error": "operation_timeout"}, [view["id"]]) == (answer, stack(room))


def test_uploads_in_a_modal_are_files_that_the_bot_can_read(room: Room, app: App) -> None:
    seen = submitting(app)
    view = opened(room, app, FILES)
    room.upload("/view", [("files", "a.png", b"\x89PNG")], user=ADA, view_id=view["id"], values={})
    [file] = eventually(lambda: seen)[0]["state"]["values"]["pictures"]["files"]["files"]
    info = room.client().files_info(file=file["id"])["file"]
    headers = {"Authorization": f"Bearer {room.slack.bot_token}"}
    body = room.http.get(info["url_private_download"], headers=headers, timeout=30).content
    assert ("a.png", b"\x89PNG") == (info["name"], body)


def test_a_file_of_more_than_ten_megabytes_is_refused(room: Room, app: App) -> None:
    view = opened(room, app, FILES)
    big = ("files", "a.png", bytes(10_000_001))
    answer = room.upload("/view", [big], user=ADA, view_id=view["id"], values={})
    assert {"pictures": "Please choose files of up to 10 MB."} == answer["errors"]


def test_an_app_hears_of_a_closed_modal_if_it_asked(room: Room, app: App) -> None:
    seen: list[Json] = []

    @app.view_closed("form")
    def closed(ack: Ack, body: Json) -> None:
        ack()
        seen.append(body)

    view = opened(room, app, text_input("labels"), notify_on_close=True)
    room.post("/close", user=ADA, view_id=view["id"])
    assert ([view["id"]], []) == ([b["view"]["id"] for b in eventually(lambda: seen)], stack(room))


def test_an_action_in_a_modal_carries_all_that_was_entered(room: Room, app: App) -> None:
    seen: list[Json] = []

    @app.action("size")
    def chosen(ack: Ack, body: Json) -> None:
        ack()
        seen.append(body)

    options = [{"text": plain(value), "value": value} for value in ("small", "large")]
    select = {
        "type": "static_select",
        "action_id": "size",
        "options": options,
        "initial_option": options[0],
    }
    actions = {"type": "actions", "block_id": "sizes", "elements": [select, button("more")]}
    view = opened(room, app, text_input("labels"), actions)
    room.click(
        "size",
        view_id=view["id"],
        selected="large",
        values={"labels": {"typed": "cat"}},
    )
    [body] = eventually(lambda: seen)
    values = body["view"]["state"]["values"]
    assert ("cat", "large", "large") == (
        values["labels"]["typed"]["value"],
        values["sizes"]["size"]["selected_option"]["value"],
        body["actions"][0]["selected_option"]["value"],
    )


def test_what_was_typed_survives_an_update_of_the_view(room: Room, app: App) -> None:
    submitting(app, "errors", errors={"labels": "no"})
    view = opened(room, app, text_input("labels"))
    room.post("/view", user=ADA, view_id=view["id"], values={"labels": {"typed": "cat"}})
    updated = room.client().views_update(
        view_id=view["id"], view=modal(text_input("labels"), text_input("more", optional=True))
    )["view"]
    assert "cat" == updated["state"]["values"]["labels"]["typed"]["value"]


def test_a_home_view_with_an_old_hash_conflicts(room: Room) -> None:
    client = room.client()
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = client.views_publish(user_id=ADA, view=home)["view"]
    client.views_publish(user_id=ADA, view=home, hash=first["hash"])
    assert "hash_conflict" == code(
        lambda: client.views_publish(user_id=ADA, view=home, hash=first["hash"])
    )


def test_nobody_submits_the_modal_of_another_person(room: Room, app: App) -> None:
    view = opened(room, app, text_input("labels"))
    answer = room.post("/view", 404, user=BEN, view_id=view["id"], values={})
    assert ({"error": "not_found"}, MAIN) == (answer, room.slack.main_channel)
