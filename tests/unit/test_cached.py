from __future__ import annotations

import threading

import pytest

from services.catalog.cached import Cached
from services.errors import TemporaryError
from tests.texts import made_up

PATIENCE = 30.0


class Service:
    """Answers with how often it was asked; may be held up, may refuse."""

    def __init__(self) -> None:
        self.asked = 0
        self.now = 0.0
        self.refuses = False
        self.open = threading.Event()
        self.open.set()

    def ask(self) -> int:
        self.asked += 1
        if not self.open.wait(PATIENCE):
            raise AssertionError("held up for ever")
        if self.refuses:
            raise TemporaryError(made_up("busy"))
        return self.asked

    def answer(self) -> Cached[int]:
        return Cached(self.ask, seconds=60, again=15, now=lambda: self.now)


def test_a_fresh_answer_is_not_asked_for_again() -> None:
    service = Service()
    answer = service.answer()

    assert [1, 1] == [answer.within(PATIENCE), answer.within(PATIENCE)]


def test_an_old_answer_is_asked_for_again() -> None:
    service = Service()
    answer = service.answer()
    answer.within(PATIENCE)
    service.now = 60.0

    assert 2 == answer.within(PATIENCE)


def test_what_takes_too_long_is_not_waited_for_and_comes_later() -> None:
    service = Service()
    service.open.clear()
    answer = service.answer()
    with pytest.raises(TimeoutError):
        answer.within(0.0)

    service.open.set()

    assert (1, 1) == (answer.within(PATIENCE), service.asked)


def test_a_failure_is_raised_and_soon_tried_again() -> None:
    service = Service()
    service.refuses = True
    answer = service.answer()
    with pytest.raises(TemporaryError):
        answer.within(PATIENCE)
    with pytest.raises(TemporaryError):
        answer.within(PATIENCE)
    service.refuses, service.now = False, 15.0

    assert 2 == answer.within(PATIENCE)


def test_what_is_known_is_never_waited_for() -> None:
    service = Service()
    service.open.clear()
    answer = service.answer()

    assert answer.known(600) is None
    service.open.set()
    answer.within(PATIENCE)
    assert 1 == answer.known(600)


def test_a_stale_answer_still_serves_while_it_is_asked_for_again() -> None:
    service = Service()
    answer = service.answer()
    answer.within(PATIENCE)
    service.now = 100.0
    service.open.clear()

    assert 1 == answer.known(600)
    service.open.set()
    assert 2 == answer.within(PATIENCE)


def test_an_answer_that_is_too_old_is_not_known() -> None:
    service = Service()
    answer = service.answer()
    answer.within(PATIENCE)
    service.now = 601.0

    assert answer.known(600) is None


def test_what_others_learned_counts() -> None:
    service = Service()
    answer = service.answer()
    answer.learn(7)

    assert (7, 0) == (answer.within(PATIENCE), service.asked)
