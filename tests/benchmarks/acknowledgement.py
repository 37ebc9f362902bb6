"""How fast slash commands are acknowledged while operations run, against a bare Bolt app."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.worlds import BARE, start_imports, world
from tests.conversation import Person

RUNNING = 20
PER_SECOND = 20
BLOCKS, BLOCK = 10, 100  # in turn for each: what else the machine does meets both alike
BURSTS, BURST = 6, 50
WARM_UP = 20


def measure(folder: Path) -> Iterator[Figure]:
    """Paced and burst acknowledgements in milliseconds."""
    with (
        world(folder / "bot", speed=1, repositories=RUNNING) as (sandbox, person),
        world(folder / "bare", bot=BARE) as (_, baseline),
    ):
        start_imports(sandbox, person, RUNNING)
        for one in (person, baseline):
            _paced(one, WARM_UP)
        bare, ours = [], []
        for _ in range(BLOCKS):
            bare += _paced(baseline, BLOCK)
            ours += _paced(person, BLOCK)
        name = f"acknowledgement paced {PER_SECOND}/s with {RUNNING} running"
        yield from _figures(name, ours, bare)
        bare, ours = [], []
        for _ in range(BURSTS):
            bare += _burst(baseline)
            ours += _burst(person)
        yield from _figures(f"acknowledgement burst of {BURST}", ours, bare)


def _figures(name: str, ours: list[float], bare: list[float]) -> Iterator[Figure]:
    for label, share in (("p50", 0.5), ("p99", 0.99)):
        yield Figure(
            name=f"{name} {label}",
            value=percentile(ours, share),
            unit="ms",
            baseline=percentile(bare, share),
            n=len(ours),
        )


def _acked(person: Person) -> float:
    answer = person.sends_command("/aml help")
    return float(answer.get("acked_ms", 3000.0))  # operation_timeout counts as three seconds


def _paced(person: Person, count: int) -> list[float]:
    """One command every 1/20 s, whether or not the last one was answered."""
    with ThreadPoolExecutor(32) as pool:
        begun = time.monotonic()
        futures: list[Future[float]] = []
        for number in range(count):
            time.sleep(max(0.0, begun + number / PER_SECOND - time.monotonic()))
            futures.append(pool.submit(_acked, person))
        return [future.result() for future in futures]


def _burst(person: Person) -> list[float]:
    with ThreadPoolExecutor(BURST) as pool:
        return list(pool.map(lambda _: _acked(person), range(BURST)))
