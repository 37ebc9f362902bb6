"""The folder of a sandbox: documents, ports and the clock, for the next one that starts in it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bot.sandbox.clock import SandboxClock
from bot.sandbox.store import Store

NOT_USABLE = "The folder {folder} cannot be used: {reason}. Choose another --data."
USED = "another sandbox uses it"
FOREIGN = "what lies there was not written by a sandbox"


class UnusableError(Exception):
    """The port or the folder cannot be used; one sentence that says why and what to do."""


class Folder:
    """A folder and what the last sandbox in it wrote down.

    Args:
        path: of the folder, made if it is not there; None for one that goes with the sandbox.

    Raises:
        UnusableError: it cannot be written, or somebody else uses it.
    """

    def __init__(self, path: Path | None) -> None:
        self._temporary = path is None
        self.path = path.resolve() if path else Path(tempfile.mkdtemp(prefix="aml-bot-"))
        self._file = self.path / "sandbox.json"
        self.store, self._kept = self._opened()

    @property
    def bot(self) -> Path:
        """Where the bot keeps its databases."""
        return self.path / "bot"

    def port(self, stand_in: str) -> int:
        """Return the port that a stand-in (azure, hub) had the last time; 0 for none."""
        return int(self._kept.get(f"{stand_in}_port", 0))

    def clock(self, speed: float) -> SandboxClock:
        """Return time as it was kept: it ran on meanwhile, or goes on at another speed."""
        if "now" not in self._kept:
            return SandboxClock(speed)
        if self._kept["speed"] == speed:
            return SandboxClock(speed, self._kept["offset"])
        return SandboxClock(speed, self._kept["now"] - time.time() * speed)

    def keep(self, clock: SandboxClock, *, azure: int, hub: int) -> None:
        """Write down the time and the ports of the stand-ins."""
        kept = {
            "speed": clock.speed,
            "offset": clock.offset,
            "now": clock.now(),
            "azure_port": azure,
            "hub_port": hub,
        }
        written = self._file.with_suffix(".new")
        written.write_text(json.dumps(kept))
        written.replace(self._file)

    def close(self) -> None:
        """Let go of the folder; a temporary one is removed."""
        self.store.close()
        if self._temporary:
            shutil.rmtree(self.path, ignore_errors=True)

    def _make(self) -> None:
        """For this user alone; a sandbox's folder of earlier releases is closed to others."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = self._file.is_file() and sys.platform != "win32"
        if mine and self.path.stat().st_uid == os.geteuid():
            self.path.chmod(0o700)

    def _opened(self) -> tuple[Store, dict[str, Any]]:
        try:
            self._make()
            store = Store(self.path / "sandbox.sqlite")
            return store, json.loads(self._file.read_text()) if self._file.is_file() else {}
        except sqlite3.OperationalError as error:
            reason = USED if "locked" in str(error) else str(error)
        except OSError as error:
            reason = error.strerror or str(error)
        except (ValueError, sqlite3.DatabaseError):
            reason = FOREIGN
        raise UnusableError(NOT_USABLE.format(folder=self.path, reason=reason))
