"""Answers that are edited once more is known, unless something newer stands there by then."""

from __future__ import annotations

import threading
from collections.abc import Callable

Place = tuple[str, str]  # channel and timestamp of a message


class Edit:
    """One edit that is still to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._off = False

    def make(self, send: Callable[[], None]) -> bool:
        """Send it, unless it was called off; True when it was sent."""
        with self._lock:
            if not self._off:
                send()
            return not self._off

    def call_off(self) -> None:
        """Let nothing be sent from now on; waits for what is being sent."""
        with self._lock:
            self._off = True


class Edits:
    """The edits this process still owes, by the message they are for.

    A click may be answered by another process. Its page can then be overwritten by a late edit of
    this one, for as long as that edit may take (a few seconds).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owed: dict[Place, Edit] = {}

    def owe(self, place: Place) -> Edit:
        """Announce an edit of that message; an earlier one is called off."""
        edit = Edit()
        with self._lock:
            before = self._owed.get(place)
            self._owed[place] = edit
        if before is not None:
            before.call_off()
        return edit

    def call_off(self, place: Place) -> None:
        """Something newer is about to stand there."""
        with self._lock:
            edit = self._owed.pop(place, None)
        if edit is not None:
            edit.call_off()

    def settle(self, place: Place, edit: Edit) -> None:
        """Forget an edit that was made or will not be."""
        with self._lock:
            if self._owed.get(place) is edit:
                del self._owed[place]
