"""The local Slack's Web API through the real slack_sdk client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.coverage import uncovered, unserved
from bot.sandbox.store import Store
from tests.integration.sandbox.conftest import Serve
from tests.integration.sandbox.slack_room import ADA, BEN, MAIN, RANDOM, Room, make_room

Call = Callable[[WebClient], Any]


def refusal(call: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        call()
    return dict(caught.value.response.data)


def code(call: Callable[[], Any]) -> str:
    return str(refusal(call)["error"])


def test_auth_test_names_the_bot_of_the_manifest(room: Room) -> None:
    answer = room.client().auth_test()
    assert ("aml-bot", "U0AMLBOT", "T0SANDBOX") == (
        answer["user"],
        answer["user_id"],
        answer["team_id"],
    )


def test_a_wrong_token_is_refused(room: Room) -> None:
    assert "invalid_auth" == code(room.client("xoxb-wrong").auth_test)
    assert "not_allowed_token_type" == code(room.client(room.slack.app_token).auth_test)


def test_a_method_that_does_not_exist_is_unknown(room: Room) -> None:
    assert "unknown_method" == code(lambda: room.client().api_call("foo.bar"))


def test_a_posted_message_is_seen_by_everybody(room: Room) -> None:
    posted = room.client().chat_postMessage(channel=MAIN, text="hello")
    assert [posted["ts"]] == [m["ts"] for m in room.messages(user=BEN)]


def test_posting_where_the_bot_is_no_member_is_refused(room: Room) -> None:
    client = room.client()
    assert "not_in_channel" == code(lambda: client.chat_postMessage(channel=RANDOM, text="x"))


def test_posting_to_an_unknown_channel_is_refused(room: Room) -> None:
    client = room.client()
    assert "channel_not_found" == code(lambda: client.chat_postMessage(channel="C0NO", text="x"))


def test_posting_to_a_person_reaches_their_direct_message(room: Room) -> None:
    assert "D0BEN" == room.client().chat_postMessage(channel=BEN, text="psst")["channel"]


def test_a_message_without_anything_to_say_is_refused(room: Room) -> None:
    assert "no_text" == code(
        lambda: room.client().api_call("chat.postMessage", params={"channel": MAIN})
    )


def test_an_ephemeral_message_is_seen_by_one_person(room: Room) -> None:
    room.client().chat_postEphemeral(channel=MAIN, user=ADA, text="for you")
    assert (1, 0) == (len(room.messages(user=ADA)), len(room.messages(user=BEN)))


def test_an_update_edits_in_place(room: Room) -> None:
    client = room.client()
    ts = client.chat_postMessage(channel=MAIN, text="one")["ts"]
    client.chat_update(channel=MAIN, ts=ts, text="two")
    [message] = room.messages()
    assert (ts, "two", True) == (message["ts"], message["text"], bool(message["edited"]))


def test_an_update_of_more_than_4000_characters_is_refused(room: Room) -> None:
    client = room.client()
    ts = client.chat_postMessage(channel=MAIN, text="one")["ts"]
    assert "msg_too_long" == code(lambda: client.chat_update(channel=MAIN, ts=ts, text="x" * 4001))


def test_a_message_of_a_person_cannot_be_updated(room: Room) -> None:
    ts = room.upload("/message", [], user=ADA, channel=MAIN, text="mine")["ts"]
    assert "cant_update_message" == code(
        lambda: room.client().chat_update(channel=MAIN, ts=ts, text="ours")
    )


def test_an_update_of_nothing_is_refused(room: Room) -> None:
    assert "message_not_found" == code(
        lambda: room.client().chat_update(channel=MAIN, ts="1.000001", text="x")
    )


def test_a_deleted_message_is_gone(room: Room) -> None:
    client = room.client()
    ts = client.chat_postMessage(channel=MAIN, text="one")["ts"]
    client.chat_delete(channel=MAIN, ts=ts)
    assert [] == room.messages()


def test_replies_stand_in_their_thread(room: Room) -> None:
    client = room.client()
    root = client.chat_postMessage(channel=MAIN, text="root")["ts"]
    client.chat_postMessage(channel=MAIN, text="reply", thread_ts=root)
    [top] = room.messages()
    thread = room.messages(thread_ts=root)
    assert (1, ["root", "reply"]) == (top["reply_count"], [m["text"] for m in thread])


def test_a_reply_to_an_unknown_thread_is_refused(room: Room) -> None:
    assert "thread_not_found" == code(
        lambda: room.client().chat_postMessage(channel=MAIN, text="x", thread_ts="1.000001")
    )


def test_metadata_is_returned_when_it_is_asked_for(room: Room) -> None:
    client = room.client()
    metadata = {"event_type": "operation", "event_payload": {"id": "dep-7f3k"}}
    client.chat_postMessage(channel=MAIN, text="x", metadata=metadata)
    [without] = client.conversations_history(channel=MAIN)["messages"]
    [with_it] = client.conversations_history(channel=MAIN, include_all_metadata=True)["messages"]
    assert (None, metadata) == (without.get("metadata"), with_it["metadata"])


def test_history_is_paged_newest_first(room: Room) -> None:
    client = room.client()
    for text in "abc":
        client.chat_postMessage(channel=MAIN, text=text)
    first = client.conversations_history(channel=MAIN, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = client.conversations_history(channel=MAIN, limit=2, cursor=cursor)
    pages = [[m["text"] for m in answer["messages"]] for answer in (first, second)]
    assert ([["c", "b"], ["a"]], True, False) == (pages, first["has_more"], second["has_more"])


def test_replies_are_listed_oldest_first(room: Room) -> None:
    client = room.client()
    root = client.chat_postMessage(channel=MAIN, text="root")["ts"]
    client.chat_postMessage(channel=MAIN, text="reply", thread_ts=root)
    replies = client.conversations_replies(channel=MAIN, ts=root)["messages"]
    assert ["root", "reply"] == [m["text"] for m in replies]


def test_a_scope_that_the_manifest_lacks_is_missing(room: Room) -> None:
    client = room.client()
    answer = refusal(lambda: client.reactions_add(channel=MAIN, timestamp="1.0", name="eyes"))
    assert ("missing_scope", True) == (answer["error"], "reactions:write" in answer["needed"])


def test_an_optional_scope_can_be_taken_away(room: Room) -> None:
    room.post("/scopes", scope="channels:history", granted=False)
    answer = refusal(lambda: room.client().conversations_history(channel=MAIN))
    assert ("missing_scope", "channels:history", False) == (
        answer["error"],
        answer["needed"],
        "channels:history" in answer["provided"],
    )


def test_history_of_a_direct_message_needs_its_own_scope(room: Room) -> None:
    room.post("/scopes", scope="channels:history", granted=False)
    assert [] == room.client().conversations_history(channel="D0ADA")["messages"]


def test_the_group_of_operators_holds_the_first_person(room: Room) -> None:
    users = room.client().usergroups_users_list(usergroup="S0OPERATORS")["users"]
    assert [ADA] == users


def test_the_locale_of_a_person_is_given_when_asked_for(room: Room) -> None:
    client = room.client()
    plain = client.users_info(user=ADA)["user"]
    asked = client.users_info(user=ADA, include_locale=True)["user"]
    assert ("locale" in plain, asked["locale"]) == (False, "en-US")


def test_opening_a_conversation_with_a_person_gives_the_direct_message(room: Room) -> None:
    assert "D0ADA" == room.client().conversations_open(users=ADA)["channel"]["id"]


def test_throttling_answers_429_with_a_time_to_wait(room: Room) -> None:
    room.post(
        "/fault", target="slack", kind="throttle", match="chat.postMessage", times=1, retry_after=7
    )
    with pytest.raises(SlackApiError) as caught:
        room.client().chat_postMessage(channel=MAIN, text="x")
    response = caught.value.response
    assert (429, "7", "ratelimited") == (
        response.status_code,
        response.headers["Retry-After"],
        response["error"],
    )


def test_an_error_is_answered_as_it_was_told(room: Room) -> None:
    body = {"ok": False, "error": "team_added_to_org"}
    room.post(
        "/fault",
        target="slack",
        kind="error",
        match="chat.postMessage",
        times=1,
        status=503,
        body=body,
        headers={"Retry-After": "30", "X-Slack-Req-Id": "abc"},
    )
    client = room.client()
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=MAIN, text="x")
    response = caught.value.response
    assert (503, body, "30", "abc") == (
        response.status_code,
        response.data,
        response.headers["Retry-After"],
        response.headers["X-Slack-Req-Id"],
    )
    assert client.chat_postMessage(channel=MAIN, text="x")["ok"]


def test_only_requests_to_slack_are_recorded(room: Room) -> None:
    room.client().chat_postMessage(channel=MAIN, text="x")
    room.messages()
    paths = [call["path"] for call in room.get("/calls", target="slack")["calls"]]
    assert ["/api/chat.postMessage"] == paths


def test_messages_files_and_scopes_survive_a_restart(tmp_path: Path, serve: Serve) -> None:
    kept = Store(tmp_path / "sandbox.sqlite")
    first = make_room(kept)
    with serve(first.app()) as first.slack.base_url:
        ts = first.upload(
            "/message", [("file", "a.png", b"\x89PNG")], user=ADA, channel=MAIN, text="keep"
        )["ts"]
        first.post("/scopes", scope="files:write", granted=False)
    kept.close()
    second = make_room(Store(tmp_path / "sandbox.sqlite"))
    with serve(second.app()) as second.slack.base_url:
        [message] = second.messages()
        picture = second.http.get(second.url + message["files"][0]["url"], timeout=30)
        later = second.client().chat_postMessage(channel=MAIN, text="later")["ts"]
    assert (ts, b"\x89PNG", True) == (message["ts"], picture.content, later > ts)
    assert "files:write" not in second.slack.state.scopes()


def test_every_route_is_in_the_coverage_table(room: Room) -> None:
    app = room.slack.app()
    table = room.slack.COVERAGE
    assert ([], []) == (uncovered(app, table), unserved(app, table))
