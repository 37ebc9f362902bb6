"""The one clock: simulated time is `real * scale + offset`, so polls, elapsed, price and TTL agree.

With the defaults (scale 1, offset 0) it is the real clock. Message timestamps of Slack are real
time and never come from here.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Seconds since the epoch, on a scale that the sandbox may speed up.

    Args:
        scale: simulated seconds in a real one (60: a simulated minute takes a second).
        offset: simulated seconds added after scaling.
        patience: how many times longer than usual people wait for what is slow.
    """

    scale: float = 1.0
    offset: float = 0.0
    patience: float = 1.0

    def now(self) -> float:
        return time.time() * self.scale + self.offset

    def while_people_read(self, seconds: float) -> float:
        """Return the simulated seconds meanwhile: nobody reads faster in a faster world."""
        return seconds * max(1.0, self.scale)

    def while_people_wait(self, seconds: float) -> float:
        """The real seconds after which they get an answer without what is slow."""
        return seconds * self.patience

    def sleep(self, seconds: float) -> None:
        """Block this thread for that many simulated seconds."""
        time.sleep(max(0.0, seconds / self.scale))

    async def sleep_async(self, seconds: float) -> None:
        """The same, without blocking a thread."""
        await asyncio.sleep(max(0.0, seconds / self.scale))

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for the event at most that many simulated seconds; True when it was set."""
        return event.wait(max(0.0, seconds / self.scale))
