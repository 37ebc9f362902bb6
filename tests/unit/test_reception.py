from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from handlers.answers import Answers
from handlers.command import Origin
from handlers.posting import Message
from handlers.reception import LEFT, NEXT, OTHERS, SLOW, SLOW_SECONDS, Reception, Request
from handlers.turns import ASKED, LATER, Turns
from services.models import Asked
from tests.unit.slack import MemorySlack
from tests.unit.threads import ByHand, Held

BEN = Origin(asked=Asked(user="U2", channel="C1"), surface="mention")


class Desk:
    """A reception whose threads and time go on by hand."""

    def __init__(self) -> None:
        self.slack, self.threads, self.time = MemorySlack(), Held(), ByHand()
        self.answers = Answers(self.slack.client(), lambda _: None)
        turns = Turns(self.threads, self.time, self.time.now)
        self.reception = Reception(self.answers, turns, self.time)
        self.answered: list[str] = []

    def asks(self, name: str = "list", origin: Origin = BEN, **more: object) -> bool:
        request = Request(
            origin=origin,
            lane="list",
            work=lambda: self.says(name, origin),
            done=lambda: self.answered.append(name),
        )
        return self.reception.take(replace(request, **more))  # type: ignore[arg-type] # fields by name

    def says(self, text: str, origin: Origin = BEN) -> None:
        self.answers.say(origin, Message(text=text))

    def takes_long(self) -> None:
        """So long that whoever waits is told."""
        self.time.passes(SLOW_SECONDS)
        while len(self.threads.held) > self.before:
            self.threads.held.pop()()

    def waits(self) -> None:
        """What is at work now does not end."""
        self.before = len(self.threads.held)

    @property
    def said(self) -> list[str]:
        return [message["text"] for message in self.slack.messages]


def test_who_waits_for_a_slow_answer_is_told_within_five_seconds_of_asking() -> None:
    desk = Desk()
    desk.asks()
    desk.waits()

    desk.takes_long()

    assert [SLOW] == desk.said


def test_the_answer_follows_the_word() -> None:
    desk = Desk()
    desk.asks()
    desk.waits()
    desk.takes_long()

    desk.threads.run()

    assert [SLOW, "list"] == desk.said


def test_who_is_answered_in_time_is_told_nothing_else() -> None:
    desk = Desk()
    desk.asks()
    desk.threads.run()
    desk.waits()

    desk.takes_long()

    assert (["list"], 0) == (desk.said, desk.time.pending)


def test_whose_turn_is_next_is_told_so() -> None:
    desk = Desk()
    for _ in range(ASKED.at_work):
        desk.asks(soothing=False)
    desk.asks()
    desk.waits()

    desk.takes_long()

    assert [NEXT.format(count="Two")] == desk.said
    assert "Two of your requests are at work; this one is next …" == desk.said[0]


@pytest.mark.parametrize(
    ("number", "words"), [(1, "one more comes before"), (3, "three more come before")]
)
def test_who_waits_behind_others_of_their_own_is_told_how_many(number: int, words: str) -> None:
    desk = Desk()
    for _ in range(ASKED.at_work + number):
        desk.asks(soothing=False)
    desk.asks()
    desk.waits()

    desk.takes_long()

    assert [f"Two of your requests are at work, and {words} this one …"] == desk.said


def test_who_waits_for_a_thread_is_told_that_many_ask() -> None:
    desk = Desk()
    for lane in range(40):
        for each in range(4):
            other = replace(BEN, asked=Asked(user=f"U{lane}x{each}", channel="C1"))
            desk.asks(origin=other, lane=f"lane {lane}", soothing=False)
            desk.time.passes(1.0)
    desk.asks()
    desk.waits()

    desk.takes_long()

    assert [OTHERS] == desk.said


def test_one_request_too_many_is_refused_with_a_word() -> None:
    desk = Desk()
    for _ in range(ASKED.at_work + ASKED.waiting):
        desk.asks(soothing=False)
    desk.waits()

    taken = desk.asks("refused")
    desk.takes_long()

    assert not taken
    assert (
        "One at a time, please: two of your requests are at work and ten more wait."
        in (desk.said[0])
    )
    assert ["refused"] == desk.answered  # it needs no answer any more


def test_what_is_only_added_is_left_out_without_a_word() -> None:
    desk = Desk()
    for _ in range(LATER.at_work + LATER.waiting):
        desk.asks(share=LATER, soothing=False)
    desk.waits()

    assert not desk.asks(share=LATER, soothing=False)
    desk.takes_long()

    assert [] == desk.said


def test_who_cannot_be_answered_before_the_end_is_told() -> None:
    desk = Desk()
    for _ in range(ASKED.at_work + 1):
        desk.asks()

    desk.reception.close(0.0)
    desk.waits()
    desk.threads.run()

    assert LEFT in desk.said


def test_what_the_inbox_keeps_is_left_to_the_next_process() -> None:
    desk = Desk()
    for _ in range(ASKED.at_work + 1):
        desk.asks(kept=True)
    begun = len(desk.threads.held)

    desk.reception.close(0.0)

    assert begun == len(desk.threads.held)
    assert not desk.asks(kept=True)
    assert [] == desk.answered


def fails(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_somebody_who_cannot_be_told_is_a_warning_with_person_and_command(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk()
    desk.slack.refuse("chat_postMessage", "user_not_found")
    desk.slack.refuse("chat_postMessage", "user_not_found")
    desk.asks(what="mention list")

    desk.threads.run()

    (told,) = [one for one in caplog.records if "cannot be told" in one.getMessage()]
    assert (logging.WARNING, None) == (told.levelno, told.exc_info)
    assert "U2 (mention list)" in told.getMessage()
