"""How soon a bot ends when it is asked to, and how soon it replaces a connection that broke."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.worlds import world

TIMES = 5
PATIENCE = 60.0
LOOK = 0.02
SLOW = 600_000  # milliseconds; nobody waits for the answer


def measure(folder: Path) -> Iterator[Figure]:
    """Seconds from SIGTERM to the process's end, idle and with Azure asked; to a new connection."""
    with world(folder) as (sandbox, person):
        person.types("/aml list")
        replaced = [_replaced(sandbox) for _ in range(TIMES)]
        idle = [_ended(sandbox) for _ in range(TIMES)]
        sandbox.faults.add(Fault(target="azure", kind="slow", options={"ms": SLOW}))
        asking = []
        for _ in range(TIMES):
            person.sends_command("/aml list")
            time.sleep(1)  # Azure is being asked
            asking.append(_ended(sandbox))
        sandbox.faults.clear()
    for name, seconds in (
        ("connection broken to a new one", replaced),
        ("SIGTERM to the end, idle", idle),
        ("SIGTERM to the end, Azure silent", asking),
    ):
        yield Figure(name=f"{name}, p50", value=percentile(seconds, 0.5), unit="s", n=TIMES)
        yield Figure(name=f"{name}, max", value=max(seconds), unit="s", n=TIMES)


def _replaced(sandbox: Sandbox) -> float:
    opened = sandbox.slack.workspace.sockets.opened
    begun = time.monotonic()
    sandbox.slack.workspace.sockets.drop()
    while not sandbox.slack.connected(opened):
        assert time.monotonic() < begun + PATIENCE, "the bot did not connect again"
        time.sleep(LOOK)
    return time.monotonic() - begun


def _ended(sandbox: Sandbox) -> float:
    begun = time.monotonic()
    sandbox.bot("stop")
    taken = time.monotonic() - begun
    sandbox.bot("start")
    return taken
