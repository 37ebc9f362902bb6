"""What the bot process does while nobody asks it anything: processor time and threads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bot.sandbox import Sandbox
from tests.benchmarks.figures import Figure
from tests.benchmarks.worlds import start_imports, world

RUNNING = 20
SETTLED = 5.0
WATCHED = 10.0  # seconds


def measure(folder: Path) -> Iterator[Figure]:
    """Percent of one core, idle and with operations that wait for Azure in real time."""
    with world(folder, speed=1, repositories=RUNNING) as (sandbox, person):
        yield from _watched(sandbox, "idle")
        start_imports(sandbox, person, RUNNING)
        yield from _watched(sandbox, f"with {RUNNING} running")


def _watched(sandbox: Sandbox, state: str) -> Iterator[Figure]:
    assert sandbox.bot_pid is not None
    process = psutil.Process(sandbox.bot_pid)
    time.sleep(SETTLED)
    before = process.cpu_times()
    time.sleep(WATCHED)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    yield Figure(name=f"processor {state}", value=100 * used / WATCHED, unit="% of a core")
    yield Figure(name=f"threads {state}", value=process.num_threads(), unit="threads")
