"""A slice of the hostile cases; `python -m tests.benchmarks fuzz` tries all of them."""

from __future__ import annotations

import pytest

from tests.fuzz import conversation, http, pictures
from tests.fuzz.findings import Round

SEED = 20261129
FROZEN = 2.0  # seconds of work in one case, ten times what is aimed at: no machine is that slow
ROUNDS: dict[str, tuple[Round, int]] = {
    "conversation": (conversation.round_of, 300),
    "pictures": (pictures.round_of, 600),
    "http": (http.round_of, 300),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_hostile_cases_cause_nothing_of_what_nobody_may_cause(name: str) -> None:
    round_of, cases = ROUNDS[name]

    found = round_of(SEED, cases)

    assert (cases, []) == (found.cases, found.wrong())
    assert found.slowest < FROZEN
