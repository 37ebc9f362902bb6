"""Acknowledge a click or a form within Slack's three seconds, with an answer where one is known."""

from __future__ import annotations

import threading
from typing import Any

from slack_bolt import Ack

ACK_SECONDS = 2.4  # real; Slack gives up after three


class Acknowledgement:
    """Acknowledges once: with what we know in time, or empty when knowing takes too long."""

    def __init__(self, ack: Ack, seconds: float = ACK_SECONDS) -> None:
        self._ack = ack
        self._lock = threading.Lock()
        self._done = False
        self._timer = threading.Timer(seconds, self)
        self._timer.daemon = True
        self._timer.start()

    def __call__(self, **response: Any) -> bool:  # noqa: ANN401 - what Slack takes
        """True when this call acknowledged, so that Slack sees the response."""
        with self._lock:
            if self._done:
                return False
            self._done = True
        self._timer.cancel()
        self._ack(**response)
        return True


def too_late(**_: object) -> bool:
    """Stand for an acknowledgement that nobody waits for any more."""
    return False
