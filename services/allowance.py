"""How much one person may ask for in a while; kept by each process for itself."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class Allowance:
    """Counts what each person has asked for.

    Args:
        most: things of one person.
        seconds: real; in so long.
        now: real seconds.
    """

    def __init__(
        self, most: int, seconds: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._taken: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, person: str) -> float:
        """Count one more; 0.0 where it is allowed, else the real seconds until it will be."""
        with self._lock:
            now = self._now()
            self._forget(now - self._seconds)
            times = self._taken.setdefault(person, deque())
            if len(times) >= self._most:
                return times[0] + self._seconds - now
            times.append(now)
            return 0.0

    def _forget(self, before: float) -> None:
        for person, times in list(self._taken.items()):
            while times and times[0] <= before:
                times.popleft()
            if not times:
                del self._taken[person]
