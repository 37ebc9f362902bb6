"""Threads and a timetable that do nothing by themselves: a test says what happens when."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

from handlers.timetable import Appointment, Timetable


class AtOnce(Executor):
    """Runs what it is given before it returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as Executor
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Held(Executor):
    """Keeps what it is given until it is told to run it."""

    def __init__(self) -> None:
        self.held: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as Executor
        self.held.append(partial(fn, *args, **kwargs))
        return Future()

    def run_next(self) -> None:
        """Run the first of what is held to its end."""
        self.held.pop(0)()

    def run(self) -> None:
        """Run everything that is held now."""
        for _ in range(len(self.held)):
            self.run_next()


class ByHand(Timetable):
    """Time passes when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1_000.0
        self._all: list[tuple[float, Appointment]] = []

    def now(self) -> float:
        return self.time

    def after(self, seconds: float, call: Callable[[], None]) -> Appointment:
        made = Appointment(self, call)
        self._all.append((self.time + seconds, made))
        return made

    def passes(self, seconds: float) -> None:
        """Let so much time pass, and do what is due by then."""
        self.time += seconds
        due = [made for at, made in self._all if at <= self.time]
        self._all = [(at, made) for at, made in self._all if at > self.time]
        for made in due:
            if made.call is not None:
                made.call()

    @property
    def pending(self) -> int:
        """How many appointments are still to come."""
        return sum(made.call is not None for _, made in self._all)
