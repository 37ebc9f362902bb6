"""Block Kit as the local Slack accepts and refuses it."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack.blocks import check_message, check_view
from bot.sandbox.slack.refusal import Refusal
from tests.integration.sandbox.slack_room import MAIN, Room, button, modal, plain, text_input

Json = dict[str, Any]


def section(text: str = "hello", **more: object) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def chart(*categories: str, labels: tuple[str, ...] | None = None) -> Json:
    data = [{"label": label, "value": 1} for label in labels or categories]
    drawn = {
        "type": "bar",
        "series": [{"name": "share", "data": data}],
        "axis_config": {"categories": list(categories)},
    }
    return {"type": "data_visualization", "title": "Shares", "chart": drawn}


def table(columns: int, rows: int) -> Json:
    row = [{"type": "raw_text", "text": "x"}] * columns
    return {"type": "table", "rows": [row] * rows}


def rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def task(status: str, **more: object) -> Json:
    return {"type": "task_card", "task_id": "t", "title": "Quota", "status": status, **more}


def plan(*tasks: Json, **more: object) -> Json:
    return {"type": "plan", "title": "Deploying", "tasks": list(tasks), **more}


STATUSES = ("pending", "in_progress", "complete", "error")


def problems(*blocks: Json) -> list[str]:
    with pytest.raises(Refusal) as caught:
        check_message(list(blocks))
    return list(caught.value.body["response_metadata"]["messages"])


GOOD: dict[str, Json] = {
    "section": section(),
    "chart": chart("cat", "dog"),
    "table": table(3, 100),
    "plan": plan(*[task(status) for status in STATUSES]),
    "plan of 50 tasks": plan(*[task("pending")] * 50),
    "plan with details": plan(
        task(
            "complete",
            block_id="t1",
            details=rich("6 of 100 cores"),
            output=rich("enough"),
            sources=[{"type": "url", "url": "https://example.com", "text": "Studio"}],
        )
    ),
    "plan without tasks": {"type": "plan", "title": "Deploying"},
    "markdown": {"type": "markdown", "text": "# x"},
    "card": {"type": "card", "title": plain("clip"), "actions": [button("open")]},
    "data_table": {
        "type": "data_table",
        "caption": "Models",
        "rows": [
            [{"type": "raw_text", "text": "name"}, {"type": "raw_text", "text": "likes"}],
            [{"type": "raw_text", "text": "clip"}, {"type": "raw_number", "value": 3}],
        ],
    },
}

BAD: dict[str, tuple[Json, str]] = {
    "header too long": (
        {"type": "header", "text": plain("x" * 151)},
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "header in mrkdwn": (
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        "must be one of: plain_text [json-pointer:/blocks/0/text/type]",
    ),
    "section too long": (
        section("x" * 3001),
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "section without text": (
        {"type": "section"},
        "must provide one of: text, fields [json-pointer:/blocks/0]",
    ),
    "unknown type": (
        {"type": "banner"},
        "unsupported type: banner [json-pointer:/blocks/0/type]",
    ),
    "unknown property": (
        {"type": "divider", "colour": "red"},
        "invalid additional property: colour [json-pointer:/blocks/0]",
    ),
    "26 buttons": (
        {"type": "actions", "elements": [button(f"a{n}") for n in range(26)]},
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "same action id twice": (
        {"type": "actions", "elements": [button("a"), button("a")]},
        "action_id already exists: a [json-pointer:/blocks/0]",
    ),
    "image without alt text": (
        {"type": "image", "image_url": "https://example.com/a.png"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    "alert in a message": (
        {"type": "alert", "text": plain("x")},
        "unsupported type: alert on surface message [json-pointer:/blocks/0/type]",
    ),
    "21 columns": (
        table(21, 1),
        "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
    ),
    "long category": (
        chart("x" * 21),
        "must be less than 21 characters [json-pointer:/blocks/0/chart/series/0/data/0/label]",
    ),
    "label that is no category": (
        chart("cat", labels=("dog",)),
        "labels must match the categories [json-pointer:/blocks/0/chart/series/0/data]",
    ),
    "pending task outside a plan": (
        task("pending"),
        "a task card outside a plan cannot be pending [json-pointer:/blocks/0/status]",
    ),
    "plan without a title": (
        {"type": "plan", "tasks": []},
        "missing required field: title [json-pointer:/blocks/0]",
    ),
    "plan with a text object as title": (
        plan(title=plain("Deploying")),
        "must be a string [json-pointer:/blocks/0/title]",
    ),
    "plan title too long": (
        plan(title="x" * 257),
        "must be less than 257 characters [json-pointer:/blocks/0/title]",
    ),
    "51 tasks": (
        plan(*[task("pending")] * 51),
        "no more than 50 items allowed [json-pointer:/blocks/0/tasks]",
    ),
    "task with an unknown status": (
        plan(task("completed")),
        f"must be one of: {', '.join(STATUSES)} [json-pointer:/blocks/0/tasks/0/status]",
    ),
    "task without a status": (
        plan({"type": "task_card", "task_id": "t", "title": "Quota"}),
        "missing required field: status [json-pointer:/blocks/0/tasks/0]",
    ),
    "task without an id": (
        plan({"type": "task_card", "title": "Quota", "status": "pending"}),
        "missing required field: task_id [json-pointer:/blocks/0/tasks/0]",
    ),
    "task title too long": (
        plan(task("pending", title="x" * 257)),
        "must be less than 257 characters [json-pointer:/blocks/0/tasks/0/title]",
    ),
    "details that are a string": (
        plan(task("pending", details="soon")),
        "must provide an object [json-pointer:/blocks/0/tasks/0/details]",
    ),
    "output that is a section": (
        plan(task("pending", output=section())),
        "unsupported type: section [json-pointer:/blocks/0/tasks/0/output/type]",
    ),
    "something else in a plan": (
        plan(section()),
        "unsupported type: section [json-pointer:/blocks/0/tasks/0/type]",
    ),
    "file input in a message": (
        {
            "type": "input",
            "label": plain("x"),
            "element": {"type": "file_input", "action_id": "f"},
        },
        "unsupported type: file_input on surface message [json-pointer:/blocks/0/element/type]",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_block_is_taken(name: str) -> None:
    assert 1 == len(check_message([GOOD[name]]))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_block_is_refused_with_its_place(name: str) -> None:
    block, expected = BAD[name]
    assert f"[ERROR] {expected}" in problems(block)


def test_51_blocks_are_too_many_for_a_message() -> None:
    expected = ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    assert expected == problems(*[{"type": "divider"}] * 51)


def test_block_ids_are_unique_in_a_message() -> None:
    expected = ["[ERROR] block_id already exists: a [json-pointer:/blocks]"]
    assert expected == problems(section(block_id="a"), section(block_id="a"))


def test_a_third_chart_is_refused() -> None:
    expected = ["[ERROR] no more than 2 data_visualization blocks allowed [json-pointer:/blocks]"]
    assert expected == problems(*[chart("cat")] * 3)


def test_a_plan_and_a_task_card_are_not_mixed() -> None:
    expected = ["[ERROR] plan and task_card blocks cannot be mixed [json-pointer:/blocks]"]
    assert expected == problems(plan(task("pending")), task("complete"))


@pytest.mark.parametrize("block", [plan(task("pending")), task("complete")])
def test_plans_are_for_messages(block: Json) -> None:
    with pytest.raises(Refusal) as caught:
        check_view(modal(block), ("modal",))
    assert "invalid_arguments" == caught.value.code


def test_more_than_13200_characters_are_too_long() -> None:
    with pytest.raises(Refusal) as caught:
        check_message([section("x" * 2900) for _ in range(5)])
    assert "msg_blocks_too_long" == caught.value.code


def test_blocks_without_an_id_get_one() -> None:
    made = check_message([section(), section(block_id="b00"), section()])
    assert 3 == len({block["block_id"] for block in made})


def test_a_modal_with_inputs_needs_a_submit_button() -> None:
    view = modal(text_input("labels"), submit=None)
    with pytest.raises(Refusal) as caught:
        check_view(view, ("modal",))
    expected = ["[ERROR] missing required field: submit [json-pointer:/view]"]
    assert expected == caught.value.body["response_metadata"]["messages"]


def test_a_modal_takes_an_alert_but_no_chart() -> None:
    check_view(modal({"type": "alert", "text": plain("x"), "level": "error"}), ("modal",))
    with pytest.raises(Refusal):
        check_view(modal(chart("cat")), ("modal",))


def test_slack_answers_with_every_problem(room: Room) -> None:
    blocks = [BAD["header too long"][0], BAD["unknown type"][0]]
    with pytest.raises(SlackApiError) as caught:
        room.client().chat_postMessage(channel=MAIN, text="x", blocks=blocks)
    response = caught.value.response
    assert ("invalid_blocks", 2) == (
        response["error"],
        len(response["response_metadata"]["messages"]),
    )


@pytest.mark.parametrize(
    ("switch", "block"),
    [
        ("native_charts", chart("cat")),
        ("native_plans", plan(task("pending"))),
        ("native_plans", task("complete")),
    ],
)
def test_newer_blocks_can_be_made_unknown(room: Room, switch: str, block: Json) -> None:
    room.post(f"/{switch}", on=False)
    client = room.client()
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=MAIN, text="x", blocks=[block])
    refused = room.get("/state")[switch]
    room.post(f"/{switch}", on=True)
    client.chat_postMessage(channel=MAIN, text="x", blocks=[block])
    assert ("invalid_blocks", False, 1) == (
        caught.value.response["error"],
        refused,
        len(room.messages()),
    )


def test_a_plan_is_edited_in_place(room: Room) -> None:
    client = room.client()
    before = [plan(task("in_progress"), block_id="v1")]
    ts = client.chat_postMessage(channel=MAIN, text="x", blocks=before)["ts"]
    after = [plan(task("complete", output=rich("enough")), block_id="v2")]
    client.chat_update(channel=MAIN, ts=ts, text="x", blocks=after)
    assert [(ts, after)] == [(message["ts"], message["blocks"]) for message in room.messages()]
