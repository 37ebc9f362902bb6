"""Resident memory of the bot process, idle and after a deployment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bot.sandbox import Sandbox
from tests.benchmarks.figures import Figure
from tests.benchmarks.worlds import world

MEGABYTE = 1_000_000
SETTLED = 2.0  # seconds after the start


def measure(folder: Path) -> Iterator[Figure]:
    """Megabytes (10^6 bytes) of the child process."""
    with world(folder, speed=600) as (sandbox, person):
        time.sleep(SETTLED)
        yield Figure(name="resident memory idle", value=_resident(sandbox), unit="MB")
        person.sends_command("/aml deploy openai-clip-vit-base-patch32")
        person.clicks(person.waits_for_button("Run", patience=60), "Run")
        person.waits_for_button("Classify", patience=60)
        yield Figure(name="resident memory after a deploy", value=_resident(sandbox), unit="MB")


def _resident(sandbox: Sandbox) -> float:
    assert sandbox.bot_pid is not None
    return float(psutil.Process(sandbox.bot_pid).memory_info().rss) / MEGABYTE
