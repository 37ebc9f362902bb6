"""The data directory: what people said and sent lies there, so it is for the bot's user alone."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

OTHERS = 0o077
FOLDER, FILE = 0o700, 0o600
_OURS = ("operations.sqlite", "workflows.sqlite", "catalog.sqlite", "bot.lock")  # and -wal, -shm


def make_private(folder: Path) -> None:
    """Make the folder; one that earlier releases left open to others is closed, with its files.

    A folder that holds other things as well, or belongs to somebody else, stays as it is: others
    may have reasons to read it. `open_to_others` tells. On Windows files are private by default.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    if sys.platform == "win32":
        return
    entries = list(folder.iterdir())
    ours = [entry for entry in entries if entry.name.startswith(_OURS)]
    for entry in ours:
        _close(entry, FILE)
    if ours == entries:
        _close(folder, FOLDER)


def open_to_others(path: Path) -> bool:
    """Tell whether other users of the machine can read it, or look into it."""
    return sys.platform != "win32" and path.exists() and bool(path.stat().st_mode & OTHERS)


def _close(path: Path, mode: int) -> None:
    found = path.lstat()
    mine = found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX
    if mine and not stat.S_ISLNK(found.st_mode) and found.st_mode & OTHERS:
        path.chmod(mode)
