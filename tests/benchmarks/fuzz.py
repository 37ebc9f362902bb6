"""Twenty thousand hostile cases from a seed: how many of them did what none may do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.fuzz import conversation, http, pictures
from tests.fuzz.findings import Findings, Round, together

SEED = 20261129
ROUND = 500  # cases
ROUNDS: tuple[tuple[str, Round, int], ...] = (
    ("conversation", conversation.round_of, 16),
    ("pictures", pictures.round_of, 14),
    ("http", http.round_of, 10),
)


def measure(_folder: Path) -> Iterator[Figure]:
    for name, round_of, times in ROUNDS:
        found = together(round_of(SEED + number, ROUND) for number in range(times))
        yield from _figures(name, found)


def _figures(name: str, found: Findings) -> Iterator[Figure]:
    for line in (*found.wrong(), *found.slow):
        print(line, file=sys.stderr)
    counts = {"foreign": found.foreign, "slow": found.slow, "unfit": found.unfit}
    for kind, entries in {**counts, "live": found.live}.items():
        yield Figure(name=f"fuzz {name} {kind}", value=len(entries), unit="cases", n=found.cases)
    slowest = found.slowest * 1000
    yield Figure(name=f"fuzz {name} slowest", value=slowest, unit="ms", n=found.cases)
