from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from handlers.operators import SLOW, Operators
from tests.unit.slack import MemorySlack

PATIENCE = 30.0


class SilentSlack(MemorySlack):
    """Tells who is in a group once a test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.go_on = threading.Event()
        self.told = threading.Event()

    def usergroups_users_list(self, **arguments: str) -> dict[str, list[str]]:
        self.asked += 1
        self.go_on.wait(PATIENCE)
        self.told.set()
        return super().usergroups_users_list(**arguments)


@pytest.fixture
def silent() -> Iterator[SilentSlack]:
    slack = SilentSlack()
    slack.members["S1"] = ["U2"]
    yield slack
    slack.go_on.set()
    if slack.asked:
        slack.told.wait(PATIENCE)


def test_while_slack_is_silent_nobody_of_a_group_may_and_is_told_why(silent: SilentSlack) -> None:
    verdict = Operators(("S1",), silent.client(), wait=0.01).judge("U2")

    assert (False, SLOW) == (verdict.allowed, verdict.reason)


def test_its_silence_is_waited_for_once(silent: SilentSlack) -> None:
    operators = Operators(("S1",), silent.client(), wait=0.01)
    for _ in range(50):
        operators.judge("U2")

    assert 1 == silent.asked


def test_who_is_named_is_known_all_the_same(silent: SilentSlack) -> None:
    assert Operators(("U1", "S1"), silent.client(), wait=PATIENCE).judge("U1").allowed
    assert 0 == silent.asked


def test_members_of_a_group_may() -> None:
    slack = MemorySlack()
    slack.members["S1"] = ["U2"]

    operators = Operators(("S1",), slack.client(), wait=PATIENCE)

    assert [True, False] == [operators.judge(user).allowed for user in ("U2", "U3")]


def test_the_groups_that_slack_tells_of_count_where_it_is_silent_about_another() -> None:
    slack = MemorySlack()
    slack.members["S2"] = ["U2"]
    slack.refuse("usergroups_users_list", "missing_scope")

    verdict = Operators(("S1", "S2"), slack.client(), wait=PATIENCE).judge("U2")

    assert verdict.allowed
    assert "usergroups:read" in verdict.reason
