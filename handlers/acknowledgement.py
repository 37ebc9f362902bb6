"""Acknowledge a click or a form within Slack's three seconds, with an answer where one is known."""

from __future__ import annotations

import threading
from typing import Any

from slack_bolt import Ack

from handlers.timetable import Appointment, Timetable

ACK_SECONDS = 2.4  # real; Slack gives up after three
MOST_HELD = 6  # acknowledgements at a time; each keeps one of the ten threads that listen to Slack


class Acknowledgements:
    """Gives clicks and forms time, few of them at once.

    Args:
        timetable: for those that take too long.
        seconds: real; that much time.
    """

    def __init__(self, timetable: Timetable, seconds: float = ACK_SECONDS) -> None:
        self._timetable = timetable
        self._seconds = seconds
        self._free = threading.BoundedSemaphore(MOST_HELD)

    def hold(self, ack: Ack) -> Acknowledgement:
        """One that is made in time; at once where many are held already."""
        if not self._free.acquire(blocking=False):
            made = Acknowledgement(ack)
            made()
            return made
        made = Acknowledgement(ack, self._free)
        made.limit(self._timetable.after(self._seconds, made.late))
        return made


class Acknowledgement:
    """Acknowledges once: with what we know in time, or empty when knowing takes too long."""

    def __init__(self, ack: Ack, held: threading.BoundedSemaphore | None = None) -> None:
        self._ack = ack
        self._held = held
        self._lock = threading.Lock()
        self._done = False
        self._limit: Appointment | None = None

    def __call__(self, **response: Any) -> bool:  # noqa: ANN401 - what Slack takes
        """True when this call acknowledged, so that Slack sees the response."""
        with self._lock:
            if self._done:
                return False
            self._done = True
        if self._limit is not None:
            self._limit.cancel()
        self._ack(**response)
        if self._held is not None:
            self._held.release()
        return True

    def limit(self, appointment: Appointment) -> None:
        """When it is made at the latest."""
        self._limit = appointment

    def late(self) -> None:
        """It has taken too long."""
        self()


def too_late(**_: object) -> bool:
    """Stand for an acknowledgement that nobody waits for any more."""
    return False
