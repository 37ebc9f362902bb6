"""When the next refresh is due: one thread that waits, runs, and waits again."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from services.clock import Clock

log = logging.getLogger(__name__)

RETRY = 900.0  # seconds after a run in which nobody answered, doubled each time
MOST_DOUBLINGS = 10
JITTER = 0.1  # of the time between two runs, so that replicas do not ask together
CLOSING = 1.0  # real seconds that a run has to notice the end


class Schedule:
    """Calls a function again and again, in a daemon thread.

    Args:
        clock: its seconds are the schedule's.
        every: seconds between two runs.
        run: does one; tells whether anybody answered, else it is tried again sooner.
        grace: real seconds before the first; up to twice as many, by chance.
        least: real seconds between two runs at least, however fast simulated time goes.
    """

    def __init__(
        self, clock: Clock, every: float, run: Callable[[], bool], *, grace: float, least: float
    ) -> None:
        self._clock = clock
        self._every = every
        self._run = run
        self._grace = grace
        self._least = least
        self._closed = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, pause: float) -> None:
        """Begin; the first run is due after so many seconds, and never within the grace."""
        self._thread = threading.Thread(
            target=self._loop, args=(pause,), name="refresh", daemon=True
        )
        self._thread.start()

    def soon(self) -> None:
        """Something new can be read: do not wait for the next run."""
        self._wake.set()

    def close(self) -> None:
        """No run begins any more; waits a moment for one that is going on."""
        self._closed.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(CLOSING)

    def _loop(self, pause: float) -> None:
        if self._closed.wait(self._grace * random.uniform(1, 2)):  # noqa: S311 - no secret
            return
        failures = 0
        while True:
            self._clock.wait(self._wake, pause)
            self._wake.clear()
            if self._closed.is_set():
                return
            failures = 0 if self._answered() else failures + 1
            soon = RETRY * 2 ** min(failures - 1, MOST_DOUBLINGS) if failures else self._every
            chance = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
            pause = max(min(soon, self._every) * chance, self._least * self._clock.scale)

    def _answered(self) -> bool:
        try:
            return self._run()
        except Exception:
            log.exception("a refresh of the catalog failed")  # and the next one may not
            return False
