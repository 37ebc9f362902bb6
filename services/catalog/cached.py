"""Answers of slow services: asked beside what people wait for, kept for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")


class Cached(Generic[T]):
    """Keep a service's last answer; one thread at a time asks it, which nobody has to wait for.

    Args:
        ask: asks the service; may take long, may raise.
        seconds: real seconds for which an answer is as good as a new one.
        again: real seconds after a failure before it is asked again.
        now: real seconds, for ages.
    """

    def __init__(
        self,
        ask: Callable[[], T],
        *,
        seconds: float,
        again: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._again = again
        self._now = now
        self._lock = threading.Lock()
        self._asking: Future[T] | None = None
        self._last: Future[T] | None = None
        self._at = 0.0

    def known(self, oldest: float) -> T | None:
        """The last answer if it is younger than that; asks anew in the background when it is time.

        Args:
            oldest: real seconds.
        """
        with self._lock:
            last, age = self._last, self._now() - self._at
            if not self._fresh():
                self._start()
        if last is None or last.exception() is not None or age > oldest:
            return None
        return last.result()

    def settled(self) -> bool:
        """Whether `within` would answer at once."""
        with self._lock:
            return self._fresh()

    def within(self, seconds: float) -> T:
        """The answer, waited for at most so many real seconds.

        Raises:
            TimeoutError: it did not come in time; asking goes on.
            Exception: whatever asking raised.
        """
        with self._lock:
            future = self._last if self._last is not None and self._fresh() else self._start()
        return future.result(seconds)

    def learn(self, value: T) -> None:
        """Take a newer answer, that somebody asked for elsewhere."""
        future: Future[T] = Future()
        future.set_result(value)
        with self._lock:
            self._last, self._at = future, self._now()

    def _fresh(self) -> bool:
        if self._last is None:
            return False
        limit = self._seconds if self._last.exception() is None else self._again
        return self._now() - self._at < limit

    def _start(self) -> Future[T]:
        """Ask, unless that is under way; the lock is held."""
        if self._asking is None:
            asking = self._asking = Future()
            threading.Thread(target=self._run, args=(asking,), name="ask", daemon=True).start()
        return self._asking

    def _run(self, future: Future[T]) -> None:
        done: Callable[[], None]
        try:
            answer = self._ask()
            done = partial(future.set_result, answer)
        except Exception as error:  # noqa: BLE001 - raised again where the answer is waited for
            done = partial(future.set_exception, error)
        with self._lock:
            done()
            self._last, self._at, self._asking = future, self._now(), None
