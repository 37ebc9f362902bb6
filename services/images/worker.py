"""One decoder process, as the thread sees it that hands pictures to it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from services.decoder.frames import FrameError, receive, send
from services.decoder.values import (
    MOST_JPEG,
    SECONDS,
    Decoded,
    Note,
    Reason,
    Refused,
)

_PIPE = 2**20  # bytes, where the system lets it be chosen: a photo goes through in a few pieces
START_SECONDS = 20.0  # real; a tenth of a second as a rule
_PROGRAM = """import sys
sys.path[:] = sys.argv[2:]
from services.decoder.process import main
main()
"""
# What the system needs to start Python; nothing of the bot's, above all no token.
_INHERITED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")


class WorkerGoneError(Exception):
    """The process does not start, or was ended while it worked on nothing that it could end of."""


class Memory:
    """What all decoders take for pixels at the same time; the rest waits."""

    def __init__(self, total: int) -> None:
        self._free = self._total = total
        self._turn = threading.Lock()  # so that many small pictures never keep a large one waiting
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, amount: int) -> Iterator[None]:
        amount = max(0, min(amount, self._total))
        with self._turn, self._changed:
            self._changed.wait_for(lambda: self._free >= amount)
            self._free -= amount
        try:
            yield
        finally:
            with self._changed:
                self._free += amount
                self._changed.notify_all()


class Worker:
    """Used by one thread at a time; may be killed by any.

    Raises:
        WorkerGoneError: it does not start.
    """

    def __init__(self) -> None:
        self.pictures = 0
        self._late = self._killed = False
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-I", "-S", "-c", _PROGRAM, str(os.getpid()), *_path()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pipesize=_PIPE,
                env=_environment(),
            )
        except OSError as error:
            raise WorkerGoneError(str(error)) from error
        try:
            with self._at_most(START_SECONDS):
                receive(self._answers, 0)
        except FrameError as error:
            self.kill()
            raise WorkerGoneError("it ended at its start") from error

    def decode(self, raw: bytes, memory: Memory) -> Decoded | Refused:
        """Have a picture read; whatever it does, it costs this process at most.

        Args:
            raw: the file.
            memory: waited for once it is known how much the pixels take.
        """
        self.pictures += 1
        begun = time.monotonic()
        try:
            with self._at_most(SECONDS):
                send(self._asked, {}, raw)
                header, body = receive(self._answers, MOST_JPEG)
            if "needs" in header:
                left = max(0.1, SECONDS - (time.monotonic() - begun))
                with memory.taken(int(header["needs"])), self._at_most(left):
                    send(self._asked, {"go": True})
                    header, body = receive(self._answers, MOST_JPEG)
            answer = _answer(header, body)
        except (FrameError, OSError, ValueError, TypeError, KeyError):
            self.kill()
            return Refused(reason=Reason.TOO_SLOW if self._late else Reason.DIED)
        if isinstance(answer, Refused) and answer.reason is Reason.TOO_MUCH_MEMORY:
            self.kill()  # what it has taken is in pieces now
        return answer

    @property
    def alive(self) -> bool:
        return not self._killed and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """End it at once, also in the midst of a picture."""
        self._killed = True
        self._process.kill()

    def end(self) -> None:
        """End it and forget it."""
        self.kill()
        with contextlib.suppress(OSError), self._process:  # closes the pipes and waits
            pass

    @property
    def _asked(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        return self._process.stdin

    @property
    def _answers(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        return self._process.stdout

    @contextmanager
    def _at_most(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _expire(self) -> None:
        self._late = True
        self.kill()


def _answer(header: Mapping[str, Any], jpeg: bytes) -> Decoded | Refused:
    """What came, if it can be; a decoder that a picture has taken over may say anything.

    Raises:
        ValueError, TypeError, KeyError: it cannot.
    """
    if "reason" in header:
        return Refused(
            reason=Reason(header["reason"]),
            millions=int(header["millions"]),
            whole=bool(header["whole"]),
        )
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise ValueError("no JPEG")
    return Decoded(
        jpeg=jpeg,
        width=int(header["width"]),
        height=int(header["height"]),
        notes=tuple(Note(note) for note in header["notes"]),
    )


def _path() -> list[str]:
    """Where this process finds modules; the decoder is started without looking for them."""
    return [os.path.abspath(part) for part in sys.path]  # noqa: PTH100 - "" is the current folder


def _environment() -> dict[str, str]:
    return {name: value for name in _INHERITED if (value := os.environ.get(name))}  # noqa: TID251 - nothing is read: the system's own is handed on
