"""The life of a decoder: limits first, then one picture after the other, until nobody asks.

What it has to fear is one hostile file. It holds no secrets (its environment is almost empty), can
take only so much memory and time, is the first to go when the machine runs out of memory, and ends
with the bot, however that ended. Limits of memory exist where the system has them (Linux); on
macOS and Windows the bot still ends a decoder that takes too long.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from collections.abc import Callable
from typing import IO, Any

from services.decoder.frames import FrameError, receive, send
from services.decoder.values import (
    FEW_PIXELS,
    MEMORY,
    MOST_BYTES,
    SECONDS,
    Decoded,
    Reason,
    Refused,
    RefusedError,
)

if sys.platform != "win32":
    import resource

_KILLED_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_MOST_WILLING = "1000"  # to be ended when the machine has no memory left


def main() -> None:
    """Answer on standard output what comes on standard input; ends when that is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bot, which then ends us
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    _end_with(int(sys.argv[1]))
    warnings.simplefilter("ignore")
    from services.decoder import picture  # noqa: PLC0415 - what it loads is no picture's memory

    _limit_memory()
    with contextlib.suppress(FrameError, OSError):
        send(answers, {"ready": True})
        while True:
            _, raw = receive(asked, MOST_BYTES)
            _limit_time()
            _tell(answers, _answer(asked, answers, raw, picture.read))


def _answer(
    asked: IO[bytes],
    answers: IO[bytes],
    raw: bytes,
    read: Callable[[bytes, Callable[[int], object]], Decoded],
) -> Decoded | Refused:
    def allow(needed: int) -> None:
        if needed <= FEW_PIXELS:
            return
        send(answers, {"needs": needed})
        receive(asked, 0)

    try:
        return read(raw, allow)
    except RefusedError as error:
        return error.refused
    except (FrameError, BrokenPipeError):
        raise
    except MemoryError:
        return Refused(reason=Reason.TOO_MUCH_MEMORY)
    except Exception:  # noqa: BLE001 - a foreign parser may raise anything for a broken file
        return Refused(reason=Reason.DAMAGED)


def _tell(answers: IO[bytes], answer: Decoded | Refused) -> None:
    header: dict[str, Any]
    if isinstance(answer, Refused):
        header = {
            "reason": answer.reason,
            "millions": answer.millions,
            "whole": answer.whole,
        }
        send(answers, header)
    else:
        header = {"width": answer.width, "height": answer.height, "notes": answer.notes}
        send(answers, header, answer.jpeg)


def _end_with(parent: int) -> None:
    """Let the system end this process with the bot, also in the midst of a picture."""
    if sys.platform != "linux":
        return  # standard input ends with the bot; until then the limit of time holds
    import ctypes  # noqa: PLC0415 - only here

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_KILLED_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)  # the bot was gone before that
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - no pathlib for a line
        score.write(_MOST_WILLING)


def _limit_memory() -> None:
    """Allow that much beyond what is taken now."""
    if sys.platform != "linux":
        return  # others take the limit and do not keep it, or have none
    with open("/proc/self/statm") as measured:  # noqa: PTH123 - no pathlib for a line
        taken = int(measured.read().split()[0]) * resource.getpagesize()
    _set(resource.RLIMIT_AS, taken + MEMORY)
    _set(resource.RLIMIT_CORE, 0)  # no file of memory for a picture that breaks its reader


def _limit_time() -> None:
    """Allow a picture its seconds of the processor; the bot looks at the clock on the wall."""
    if sys.platform != "win32":
        used = resource.getrusage(resource.RUSAGE_SELF)
        _set(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + SECONDS) + 1, hard=False)


def _set(limit: int, value: int, *, hard: bool = True) -> None:
    if sys.platform == "win32":
        return
    most = resource.getrlimit(limit)[1]
    allowed = value if most == resource.RLIM_INFINITY else min(value, most)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(limit, (allowed, allowed if hard else most))
