"""The bot as a child process of the sandbox: started, restarted, killed and stopped on request."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

STOP_SECONDS = 4.2  # the bot ends itself within four

# What a user's own shell may hold and the bot in the sandbox must never see.
FOREIGN = ("SLACK_", "AZURE_", "AZUREML_", "AML_BOT_", "HF_", "HUGGING_FACE_", "DBOS_")


class Child:
    """One process at a time; safe to call from any thread.

    Args:
        command: what to run.
        folder: its working directory, made when missing; one without an `.env`.
    """

    def __init__(self, command: tuple[str, ...], folder: Path) -> None:
        # util-linux's setpriv ends the child with us, even when we are killed.
        guard = shutil.which("setpriv")
        self._command = (*((guard, "--pdeathsig", "KILL", "--") if guard else ()), *command)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.RLock()

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process and process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How the last process ended; None while one runs, or before the first."""
        return self._process.poll() if self._process else None

    def start(self, env: Mapping[str, str]) -> None:
        """Start it with the sandbox's environment on top of the user's harmless variables."""
        with self._lock:
            if self.pid is not None:
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            inherited = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                self._command,
                env={**inherited, **env},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def stop(self) -> None:
        """SIGTERM, and SIGKILL after a while; returns when it is gone."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: what a power cut does."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                return
            process.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
                return
            process.kill()
            process.wait()
