"""What no visitor may ever cause, written down case by case."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

LIMIT = 0.2  # seconds of work; what others do on the machine meanwhile does not count


@dataclass(kw_only=True)
class Findings:
    """What went wrong in so many cases; each entry begins with the case that did it.

    Attributes:
        cases: that were tried.
        foreign: exceptions that are none of ours, and errors that were logged.
        slow: cases above `LIMIT`.
        unfit: breaches of Slack's limits.
        live: text of others that Slack would read as a mention or a link.
        slowest: seconds of the slowest case.
    """

    cases: int = 0
    foreign: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def took(self, case: str, seconds: float) -> None:
        self.cases += 1
        self.slowest = max(self.slowest, seconds)
        if seconds > LIMIT:
            self.slow.append(f"{case}: {seconds:.2f} s")

    def wrong(self) -> list[str]:
        """Everything but what was slow: how long something takes is the machine's to say, too."""
        return [*self.foreign, *self.unfit, *self.live]


def together(parts: Iterator[Findings]) -> Findings:
    """The findings of several rounds as one."""
    whole = Findings()
    for part in parts:
        whole.cases += part.cases
        whole.foreign += part.foreign
        whole.slow += part.slow
        whole.unfit += part.unfit
        whole.live += part.live
        whole.slowest = max(whole.slowest, part.slowest)
    return whole


class Trouble(logging.Handler):
    """Keeps what was logged with an exception or as an error."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR or record.exc_info:
            reason = record.exc_info[1] if record.exc_info else None
            self._lines.append(f"{record.getMessage()}: {reason!r}")

    def taken(self) -> list[str]:
        lines, self._lines = self._lines, []
        return lines


@contextmanager
def listening() -> Iterator[Trouble]:
    """Hear what the code logs meanwhile; no case is charged with looking for garbage of others."""
    trouble, root = Trouble(), logging.getLogger()
    root.addHandler(trouble)
    gc.disable()
    try:
        yield trouble
    finally:
        gc.enable()
        root.removeHandler(trouble)


Round = Callable[[int, int], Findings]  # a seed and a number of cases
