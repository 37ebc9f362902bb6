"""Keep what people sent, from before Slack hears that it came until it is answered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from services.operations import Operations

log = logging.getLogger(__name__)

InboxEntry = dict[str, Any]
LOOK_SECONDS = 5.0  # real, between two looks for what a bot that died left behind
TRIES = 3  # what ended three processes may well be what ended them


class Inbox:
    """Slack never repeats what was acknowledged, so it is in the database before that.

    Args:
        operations: keeps it.
    """

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def keep(self, key: str, said: InboxEntry) -> bool:
        """Keep it, safe to acknowledge afterwards; False where it came before.

        Args:
            key: the same for every delivery.
            said: JSON from which another process can answer it.
        """
        return not self._operations.seen(key, said)

    def answered(self, key: str) -> None:
        """It needs no answer any more."""
        self._operations.answered(key)

    def begin_again(self, key: str, said: InboxEntry) -> None:
        """Count one more try, before it begins: it may end this process too."""
        self._operations.tried(key, {**said, "tries": tries(said) + 1})

    def watch(self, resume: Callable[[str, InboxEntry], None]) -> None:
        """From now on, resume what processes that died have left."""
        watching = threading.Thread(target=self._watch, args=(resume,), name="inbox", daemon=True)
        watching.start()

    def _watch(self, resume: Callable[[str, InboxEntry], None]) -> None:
        pause = threading.Event()
        while True:
            try:
                left: Mapping[str, InboxEntry] = self._operations.unanswered()
            except Exception:  # the thread must outlive a database that is away
                log.exception("what was left unanswered cannot be read")
                left = {}
            for key, said in left.items():
                log.info("answering what another process left: %s", key)
                resume(key, said)
            pause.wait(LOOK_SECONDS)


def tries(said: InboxEntry) -> int:
    """How often somebody has begun to answer it."""
    known = said.get("tries")
    return known if isinstance(known, int) else 1
