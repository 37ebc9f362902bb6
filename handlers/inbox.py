"""Keep what people sent, from before Slack hears that it came until it is answered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any

from services.operations import Operations

log = logging.getLogger(__name__)

InboxEntry = dict[str, Any]
LOOK_SECONDS = 5.0  # real, between two looks for what a bot that died left behind


class Inbox:
    """Slack never repeats what was acknowledged, so it is in the database before that.

    Args:
        operations: keeps it.
        pool: a few threads that answer.
    """

    def __init__(self, operations: Operations, pool: Executor) -> None:
        self._operations = operations
        self._pool = pool

    def receive(self, key: str, said: InboxEntry, work: Callable[[], None]) -> None:
        """Keep it, unless it came before, and answer it soon; safe to acknowledge afterwards.

        Args:
            key: the same for every delivery.
            said: JSON from which another process can answer it.
            work: answers it; raises nothing.
        """
        if self._operations.seen(key, said):
            return
        try:
            self._pool.submit(self._answer, key, work)
        except RuntimeError:
            log.info("stopping; the next process answers %s", key)

    def hold(self, key: str, said: InboxEntry, work: Callable[[], None]) -> None:
        """Keep it while it is answered here and now."""
        self._operations.seen(key, said)
        self._answer(key, work)

    def watch(self, work: Callable[[InboxEntry], None]) -> None:
        """From now on, answer what processes that died have left; `work` raises nothing."""
        watching = threading.Thread(target=self._watch, args=(work,), name="inbox", daemon=True)
        watching.start()

    def _watch(self, work: Callable[[InboxEntry], None]) -> None:
        pause = threading.Event()
        while True:
            try:
                left: Mapping[str, InboxEntry] = self._operations.unanswered()
            except Exception:  # the thread must outlive a database that is away
                log.exception("what was left unanswered cannot be read")
                left = {}
            for key, said in left.items():
                log.info("answering what another process left: %s", key)
                self._pool.submit(self._answer, key, partial(work, said))
            pause.wait(LOOK_SECONDS)

    def _answer(self, key: str, work: Callable[[], None]) -> None:
        work()
        self._operations.answered(key)
