"""Stand-ins and bots as processes of their own, for tests that kill them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_FOREIGN = ("SLACK_", "AZURE_", "AZUREML_", "AML_BOT_", "HF_", "HUGGING_FACE_", "DBOS_")


def _clean_environment() -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
    return {**inherited, "PYTHONPATH": str(ROOT)}


@contextmanager
def stand_ins(folder: Path, *, speed: float) -> Iterator[dict[str, Any]]:
    """The sandbox without a bot; yields what `sandbox --json` prints."""
    options = ("--without-bot", "--json", "--no-browser", "--port", "0")
    command = (sys.executable, "-m", "bot", "sandbox", *options)
    process = subprocess.Popen(
        (*command, "--speed", str(speed), "--data", str(folder)),
        cwd=folder,
        env=_clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the sandbox did not start"
        yield json.loads(line)
    finally:
        _end(process, signal.SIGTERM)
        if process.stdout is not None:
            process.stdout.close()


class Bot:
    """One `aml-bot run`, started, killed and started again."""

    def __init__(self, folder: Path, env: Mapping[str, str], name: str) -> None:
        self._folder = folder
        self._env = {**_clean_environment(), **env, "AML_BOT_LOG_LEVEL": "WARNING"}
        self.log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "bot", "run"),
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """What a power cut does."""
        self._stop(signal.SIGKILL)

    def stop(self) -> float:
        """SIGTERM; how many seconds it took to end."""
        began = time.monotonic()
        self._stop(signal.SIGTERM)
        return time.monotonic() - began

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _stop(self, how: signal.Signals) -> None:
        if self._process is not None:
            _end(self._process, how)


def _end(process: subprocess.Popen[Any], how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(how)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
