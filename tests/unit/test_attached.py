"""Which pictures a message has, in every shape that Slack sends them in."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.attached import pictures_of
from handlers.events import direct, mention, shortcut
from services.models import Picture

CAT, DOG = {"id": "F1", "name": "cat.jpg"}, {"id": "F2", "name": "dog.jpg"}
SHARED: dict[str, Any] = {
    "is_share": True,
    "is_msg_unfurl": True,
    "author_id": "U2",
    "files": [CAT],
}


def names(message: dict[str, Any]) -> list[str]:
    return [picture.name for picture in pictures_of(message)]


@pytest.mark.parametrize(
    "message",
    [
        {"files": [CAT]},
        {"attachments": [SHARED]},
        {"attachments": [{"text": "a link"}, SHARED]},
        {"attachments": [{"is_msg_unfurl": True, "files": [CAT]}]},
        {"attachments": [{"is_share": True, "attachments": [SHARED]}]},
        {"attachments": [{"is_share": True, "message": {"files": [CAT]}}]},
        {"attachments": [{"message_blocks": [{"message": {"files": [CAT]}}]}]},
        {"attachments": [{"message_blocks": [{"message": {"attachments": [SHARED]}}]}]},
        {"files": [CAT], "attachments": [SHARED]},
        {"files": [{"id": "F1", "file_access": "check_file_info"}], "attachments": [SHARED]},
        {"files": [{"id": "F1", "title": "cat.jpg"}]},
        {"files": [CAT, {"id": "F3", "mode": "tombstone"}, None, "F4", {"name": "no id"}]},
        {"files": [CAT], "attachments": None},
        {"files": [CAT], "attachments": "odd"},
        {"files": [CAT], "attachments": [{"image_url": "https://elsewhere.example/x.jpg"}]},
    ],
    ids=range(15),
)
def test_a_picture_is_seen_wherever_it_is(message: dict[str, Any]) -> None:
    assert (Picture(file="F1", name="cat.jpg"),) == pictures_of(message)


def test_a_picture_in_a_block_is_known_by_its_id() -> None:
    blocks = [{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a cat"}]
    shared = {"message_blocks": [{"message": {"blocks": blocks}}]}

    assert (Picture(file="F1", name=""),) == pictures_of({"attachments": [shared]})


def test_own_pictures_come_before_forwarded_ones() -> None:
    assert ["dog.jpg", "cat.jpg"] == names({"files": [DOG], "attachments": [SHARED]})


def test_nesting_ends_somewhere() -> None:
    message: dict[str, Any] = {"files": [CAT]}
    for _ in range(2_000):
        message = {"attachments": [message]}

    assert [] == names(message)


EVENT: dict[str, Any] = {"user": "U1", "channel": "D1", "ts": "1.0", "text": "cat, dog"}
EVENT |= {"channel_type": "im", "attachments": [SHARED]}


@pytest.mark.parametrize(
    "read", [mention, lambda event, bot: direct({**event, "channel_type": "im"}, bot)]
)
def test_a_forwarded_picture_reaches_the_command(read: Any) -> None:  # noqa: ANN401 - either reader
    assert ["cat.jpg"] == [picture.name for picture in read(EVENT, "UBOT").pictures]


def test_the_shortcut_sees_forwarded_pictures() -> None:
    body = {
        "user": {"id": "U1"},
        "channel": {"id": "C1"},
        "message": {"ts": "1.0", "attachments": [SHARED]},
    }
    assert ["cat.jpg"] == [picture.name for picture in shortcut(body)[1]]
