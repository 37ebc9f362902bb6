"""What is to be done in some seconds: one thread for all of it, and none while there is nothing."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Appointment:
    """Something that will be done, unless it is cancelled before."""

    def __init__(self, timetable: Timetable, call: Callable[[], None]) -> None:
        self._timetable = timetable
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Let it not be done; what has begun goes on."""
        self._timetable.cancel(self)


class Timetable:
    """Calls functions later, one after the other: each must return at once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Appointment]] = []
        self._numbers = itertools.count()
        self._running = False

    def after(self, seconds: float, call: Callable[[], None]) -> Appointment:
        """Have it called in so many real seconds."""
        made = Appointment(self, call)
        at = time.monotonic() + seconds
        with self._changed:
            heapq.heappush(self._due, (at, next(self._numbers), made))
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="timetable", daemon=True).start()
            elif self._due[0][2] is made:
                self._changed.notify()
        return made

    def cancel(self, appointment: Appointment) -> None:
        """Let it not be done; what has begun goes on."""
        with self._changed:
            appointment.call = None
            if self._due and self._due[0][2].call is None:
                self._changed.notify()

    def close(self) -> None:
        """Forget everything that is not due yet."""
        with self._changed:
            self._due.clear()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                call = self._next()
                if call is None:
                    if not self._due:
                        self._running = False
                        return
                    self._changed.wait(max(0.0, self._due[0][0] - time.monotonic()))
                    continue
            try:
                call()
            except Exception:  # the thread is everybody's
                log.exception("something that was to be done later failed")

    def _next(self) -> Callable[[], None] | None:
        """What is due now, taken out; what was cancelled is forgotten. The lock is held."""
        while self._due:
            at, _, first = self._due[0]
            if first.call is not None and at > time.monotonic():
                return None
            heapq.heappop(self._due)
            if first.call is not None:
                call, first.call = first.call, None
                return call
        return None
