"""The event loop that workflows run on, in a thread of its own beside the Slack listeners."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


class Loop:
    """Runs coroutines for other threads.

    DBOS has a loop of its own, but starting an async workflow there from a thread keeps one of its
    worker threads until the workflow ends, so a few dozen operations would starve it. Launched
    from inside this loop, it runs the workflows here and needs no thread for those that wait.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="workflows", daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], T]) -> T:
        """Call a plain function on the loop and wait for what it returns."""

        async def run() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def begin(self, coroutine: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine and do not wait for it; a failure is logged."""
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).add_done_callback(_report)

    def stop(self, seconds: float) -> None:
        """Cut short whatever runs here; waits at most that long."""
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).add_done_callback(
            lambda _: self._loop.call_soon_threadsafe(self._loop.stop)
        )
        self._thread.join(timeout=seconds)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _report(future: Future[object]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        log.error("a workflow could not be started; it is tried again soon", exc_info=error)
