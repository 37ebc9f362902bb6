"""The control API's own rules: guard, state, stream, faults, clock, bot and reset."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from PIL import Image

from tests.integration.sandbox.slack_room import ADA, BEN, MAIN, RANDOM, Room, impatience


@contextmanager
def stream(room: Room, user: str) -> Iterator[Iterator[list[str]]]:
    """The names of what changed, batch by batch."""
    url = f"{room.url}/control/stream"
    with requests.get(url, params={"user": user}, stream=True, timeout=30) as answer:
        lines = (line.decode() for line in answer.iter_lines(chunk_size=1))
        yield (
            json.loads(line.removeprefix("data: "))["changed"]
            for line in lines
            if line.startswith("data: ")
        )


@pytest.mark.parametrize(
    ("header", "value"),
    [("Host", "evil.example"), ("Origin", "http://evil.example"), ("Origin", "null")],
)
@pytest.mark.parametrize("path", ["/", "/control/state", "/api/auth.test"])
def test_a_foreign_host_or_origin_is_turned_away(
    room: Room, path: str, header: str, value: str
) -> None:
    answer = room.http.get(room.url + path, headers={header: value}, timeout=30)
    assert 403 == answer.status_code


def test_the_page_itself_may_call(room: Room) -> None:
    headers = {"Origin": room.url}
    answer = room.http.get(f"{room.url}/control/state", headers=headers, timeout=30)
    assert 200 == answer.status_code


def test_the_page_has_a_strict_policy(room: Room) -> None:
    answer = room.http.get(f"{room.url}/", timeout=30)
    policy = answer.headers["Content-Security-Policy"]
    assert (200, True) == (answer.status_code, policy.startswith("default-src 'self'; "))


def test_the_state_names_people_channels_and_the_bot(room: Room) -> None:
    state = room.get("/state", user=BEN)
    assert [("U0ADA", True), ("U0BEN", False)] == [
        (user["id"], user["operator"]) for user in state["users"]
    ]
    assert [(MAIN, True), (RANDOM, False), ("D0BEN", True)] == [
        (channel["id"], channel["bot_is_member"]) for channel in state["channels"]
    ]
    assert ("U0AMLBOT", "aml-bot", "stopped") == (
        state["bot_user_id"],
        state["bot"]["name"],
        state["bot"]["status"],
    )


def test_hints_and_shortcuts_come_from_the_manifest(room: Room) -> None:
    state = room.get("/state")
    assert ("search <words>", "classify_image") == (
        state["hints"][0],
        state["shortcuts"][0]["callback_id"],
    )


def test_every_demo_photo_is_a_small_picture_with_its_credit(room: Room) -> None:
    for photo in room.get("/state")["photos"]:
        answer = room.http.get(room.url + photo["url"], timeout=30)
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert 640 >= max(picture.size)
        assert len(answer.content) < 100_000
        assert all(photo[key] for key in ("name", "alt", "credit", "licence"))


def test_a_message_of_a_person_is_shown_with_its_file(room: Room) -> None:
    picture = ("file", "cat.png", b"\x89PNG")
    ts = room.upload("/message", [picture], user=ADA, channel=MAIN, text="cat")["ts"]
    [message] = room.messages()
    [file] = message["files"]
    assert (ts, ADA, "cat", None, False, "cat.png", "image/png") == (
        message["ts"],
        message["user"],
        message["text"],
        message["edited"],
        message["ephemeral"],
        file["name"],
        file["mimetype"],
    )


def test_messages_after_a_time_are_the_later_ones(room: Room) -> None:
    client = room.client()
    first, second, third = (
        client.chat_postMessage(channel=MAIN, text=text)["ts"] for text in ("one", "two", "three")
    )
    client.chat_update(channel=MAIN, ts=first, text="one, edited")
    assert [second, third] == [message["ts"] for message in room.messages(after=first)]
    assert [] == room.messages(after=third)


def test_replies_after_a_time_are_the_later_ones_of_their_thread(room: Room) -> None:
    client = room.client()
    first = client.chat_postMessage(channel=MAIN, text="one")["ts"]
    replies = [
        client.chat_postMessage(channel=MAIN, text=text, thread_ts=first)["ts"] for text in "ab"
    ]
    shown = room.messages(thread_ts=first, after=replies[0])
    assert [replies[1]] == [message["ts"] for message in shown]


def test_a_time_that_is_none_is_a_mistake(room: Room) -> None:
    query = {"channel": MAIN, "after": "yesterday"}
    answer = room.http.get(f"{room.url}/control/messages", params=query, timeout=30)
    assert (400, True) == (answer.status_code, "could not convert" in answer.json()["error"])


def test_the_stream_names_everything_first_and_then_what_changed(room: Room) -> None:
    with stream(room, ADA) as batches:
        first = next(batches)
        room.client().chat_postMessage(channel=MAIN, text="news")
        second = next(batches)
    assert ({"state", f"views:{ADA}", f"home:{ADA}"} <= set(first), [f"messages:{MAIN}"]) == (
        True,
        second,
    )


def test_the_stream_keeps_quiet_about_other_peoples_home(room: Room) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    with stream(room, ADA) as batches:
        next(batches)
        room.client().views_publish(user_id=BEN, view=home)
        room.client().views_publish(user_id=ADA, view=home)
        assert [f"home:{ADA}"] == next(batches)


@pytest.mark.parametrize(
    ("path", "body", "status", "expected"),
    [
        ("/command", {"channel": MAIN}, 400, "missing: user"),
        ("/command", {"user": "U0NO", "channel": MAIN}, 404, "user_not_found"),
        ("/command", {"user": ADA, "channel": "C0NO"}, 404, "channel_not_found"),
        ("/message", {"user": ADA, "channel": MAIN, "text": ""}, 400, "no_text"),
        ("/fault", {"target": "moon", "kind": "slow"}, 400, "target must be one of"),
        ("/fault", {"target": "slack", "kind": "slow", "match": "("}, 400, "no regular expression"),
        ("/fault", {"target": "hub", "kind": "error", "status": 99}, 400, "status must be"),
        ("/fault", {"target": "hub", "kind": "error", "status": "5"}, 400, "status must be"),
        ("/fault", {"target": "hub", "kind": "error", "body": 7}, 400, "body must be"),
        ("/fault", {"target": "hub", "kind": "error", "headers": {"A": 1}}, 400, "headers must"),
        ("/scopes", {"scope": "admin", "granted": True}, 400, "not an optional scope"),
        ("/clock", {"advance": "soon"}, 400, "could not convert"),
        ("/view", {"user": ADA, "view_id": "V0NO"}, 404, "not_found"),
        (
            "/shortcut",
            {"user": ADA, "channel": MAIN, "ts": "1", "callback_id": "x"},
            404,
            "no message shortcut",
        ),
    ],
)
def test_mistakes_are_explained(
    room: Room, path: str, body: dict[str, object], status: int, expected: str
) -> None:
    assert expected in room.post(path, status, **body)["error"]


def test_a_body_that_is_no_json_is_a_mistake(room: Room) -> None:
    answer = room.http.post(f"{room.url}/control/command", data="{", timeout=30)
    assert (400, True) == (answer.status_code, "error" in answer.json())


def test_faults_are_listed_until_they_are_taken_back(room: Room) -> None:
    room.post("/fault", target="azure", kind="throttle", match="/models", retry_after=5)
    [fault] = room.get("/state")["faults"]
    answer = room.http.delete(f"{room.url}/control/fault", timeout=30)
    assert ("throttle", 5, 200, []) == (
        fault["kind"],
        fault["retry_after"],
        answer.status_code,
        room.get("/state")["faults"],
    )


def test_clock_and_bot_call_the_sandbox(room: Room) -> None:
    room.post("/clock", advance=3600)
    room.post("/bot", do="kill")
    assert [3600.0, "kill"] == room.hooked


def test_reset_goes_back_to_the_first_state(room: Room) -> None:
    room.client().chat_postMessage(channel=MAIN, text="old")
    room.post("/invite", channel=RANDOM)
    room.post("/scopes", scope="files:write", granted=False)
    room.post("/reset")
    state = room.get("/state")
    assert ([], False, True) == (
        room.messages(),
        state["channels"][1]["bot_is_member"],
        all(scope["granted"] for scope in state["optional_scopes"]),
    )


def test_without_a_bot_a_command_times_out(room: Room) -> None:
    with impatience(room):
        assert {"error": "operation_timeout"} == room.types("search clip")


def test_message_times_follow_simulated_time_and_never_repeat(room: Room) -> None:
    client = room.client()
    stamps = [client.chat_postMessage(channel=MAIN, text=str(n))["ts"] for n in range(3)]
    now = room.get("/state")["now"]
    assert (sorted(set(stamps)), True) == (stamps, abs(now - float(stamps[-1])) < 600)
