from __future__ import annotations

from services.allowance import Allowance


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_so_many_in_a_while_and_no_more() -> None:
    allowance = Allowance(2, 60.0, Time())

    assert [0.0, 0.0, 60.0] == [allowance.take("ben") for _ in range(3)]


def test_what_is_refused_does_not_count() -> None:
    time = Time()
    allowance = Allowance(1, 60.0, time)
    for _ in range(5):
        allowance.take("ben")

    time.now += 60.0

    assert 0.0 == allowance.take("ben")


def test_each_has_their_own() -> None:
    allowance = Allowance(1, 60.0, Time())
    allowance.take("ben")

    assert 0.0 == allowance.take("ada")


def test_the_oldest_makes_room() -> None:
    time = Time()
    allowance = Allowance(2, 60.0, time)
    allowance.take("ben")
    time.now += 40.0
    allowance.take("ben")

    assert 20.0 == allowance.take("ben")
