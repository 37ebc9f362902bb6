from __future__ import annotations

from typing import Any, cast

from slack_bolt import Ack

from handlers.acknowledgement import ACK_SECONDS, MOST_HELD, Acknowledgements
from tests.unit.threads import ByHand


class Acks:
    """Remembers what was acknowledged."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []

    def __call__(self, **answer: Any) -> None:  # noqa: ANN401 - as Bolt's
        self.answers.append(answer)

    def bolt(self) -> Ack:
        return cast(Ack, self)


def test_a_slow_answer_is_acknowledged_in_time() -> None:
    acks, time = Acks(), ByHand()
    waiting = Acknowledgements(time).hold(acks.bolt())

    time.passes(ACK_SECONDS)

    assert not waiting(response_action="errors")
    assert [{}] == acks.answers


def test_what_is_known_in_time_is_in_the_acknowledgement() -> None:
    acks, time = Acks(), ByHand()

    assert Acknowledgements(time).hold(acks.bolt())(response_action="errors")

    assert ([{"response_action": "errors"}], 0) == (acks.answers, time.pending)


def test_few_are_held_at_a_time() -> None:
    acks, time = Acks(), ByHand()
    held = Acknowledgements(time)

    for _ in range(MOST_HELD + 2):
        held.hold(acks.bolt())

    assert 2 == len(acks.answers)


def test_the_next_is_held_once_one_was_made() -> None:
    acks, held = Acks(), Acknowledgements(ByHand())
    all_held = [held.hold(acks.bolt()) for _ in range(MOST_HELD)]
    all_held[0]()

    held.hold(acks.bolt())

    assert 1 == len(acks.answers)
