"""Simulated time of the stand-ins: real time, sped up, plus what was advanced by hand."""

from __future__ import annotations

import time


class SandboxClock:
    """`now = real * speed + offset`, starting at the real time of `started`.

    The bot gets the same two numbers (`AML_BOT_TIME_SCALE`, `AML_BOT_TIME_OFFSET`), so both sides
    agree on every elapsed time. States of the stand-ins follow from start times, never from
    timers, so they survive a restart and an advance.
    """

    def __init__(self, speed: float = 60.0, offset: float | None = None) -> None:
        self.speed = speed
        self.offset = time.time() * (1 - speed) if offset is None else offset

    def now(self) -> float:
        """Simulated seconds since the epoch."""
        return time.time() * self.speed + self.offset

    def advance(self, seconds: float) -> None:
        """Move simulated time on."""
        self.offset += seconds

    def real_seconds(self, simulated: float) -> float:
        """How long a simulated duration takes on the wall clock."""
        return simulated / self.speed
