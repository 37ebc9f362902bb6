from __future__ import annotations

import pytest

from handlers.history import ANSWER, identified
from handlers.posting import Message
from handlers.posts import Posts
from services.errors import TemporaryError
from tests.unit.slack import MemorySlack

KNOWN = identified(ANSWER, "answer", "1")
HELLO = Message(text="Hello")


def test_a_post_whose_confirmation_is_lost_is_found_again() -> None:
    slack = MemorySlack()
    slack.lose_confirmation()

    ts = Posts(slack.client()).post("C1", HELLO, metadata=KNOWN)

    assert [ts] == [message["ts"] for message in slack.messages]


def test_a_post_that_did_not_come_through_is_tried_again() -> None:
    slack = MemorySlack()
    posts = Posts(slack.client())
    slack.refuse("chat_postMessage", "internal_error")

    with pytest.raises(TemporaryError):
        posts.post("C1", HELLO, metadata=KNOWN)
    posts.post("C1", HELLO, metadata=KNOWN, again=True)

    assert 1 == len(slack.messages)


def test_what_came_through_late_is_found_before_the_next_try() -> None:
    slack = MemorySlack()
    posts = Posts(slack.client())
    first = posts.post("C1", HELLO, metadata=KNOWN)

    assert first == posts.post("C1", HELLO, metadata=KNOWN, again=True)


def test_a_throttled_post_is_looked_for_nowhere() -> None:
    slack = MemorySlack()
    slack.refuse("chat_postMessage", "ratelimited", status=429)

    with pytest.raises(TemporaryError):
        Posts(slack.client()).post("C1", HELLO, metadata=KNOWN)

    assert [] == slack.made("conversations_history")


def test_where_nothing_can_be_read_the_fault_is_what_is_told() -> None:
    slack = MemorySlack()
    slack.refuse("chat_postMessage", "fatal_error")
    slack.refuse("conversations_history", "missing_scope")

    with pytest.raises(TemporaryError, match="fatal_error"):
        Posts(slack.client()).post("C1", HELLO, metadata=KNOWN)
