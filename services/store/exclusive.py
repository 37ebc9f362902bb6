"""One bot per data directory: SQLite files are not for sharing."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO

from services.errors import ErrorText, NotConfiguredError

IN_USE = ErrorText(
    code="DataDirInUse",
    what="Another bot is running on the data directory {folder}",
    advice="Stop it, or give this one another AML_BOT_DATA_DIR; for several bots side by side set "
    "AML_BOT_DATABASE_URL to a PostgreSQL database",
)
_PATIENCE = 5.0  # real seconds: a bot that is just stopping gives it up within that time


class DataDirLock:
    """Held from creation until `release` or the end of the process, however it ends.

    Raises:
        NotConfiguredError: another bot holds it.
    """

    def __init__(self, data_dir: Path, *, patience: float = _PATIENCE) -> None:
        self._file = (data_dir / "bot.lock").open("a+")
        end = time.monotonic() + patience
        while not _locked(self._file):
            if time.monotonic() >= end:
                self._file.close()
                raise NotConfiguredError(IN_USE, folder=str(data_dir))
            time.sleep(0.05)

    def release(self) -> None:
        """Let the next one in."""
        self._file.close()


def _locked(file: IO[str]) -> bool:
    """Try to lock the file; the operating system lets go when the process dies."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists only there

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - does not exist on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
