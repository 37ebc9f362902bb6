"""The product as people start it: processes of `python -m bot`, under the guard of the tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import run_command_line
from bot.sandbox.child import FOREIGN

ROOT = Path(__file__).parents[1]
GUARDED = (sys.executable, str(ROOT / "tests" / "guard.py"))
QUIET = ("--json", "--no-browser", "--port", "0", "--speed", "600")  # a sandbox for scripts
PATIENCE = 60.0  # seconds; machines that run everything at once are slow


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        return self.err.splitlines()


def environment(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the user's own settings, and a data directory below that folder."""
    harmless = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    return {**harmless, "AML_BOT_DATA_DIR": str(folder / "bot"), **env}


def ends(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run one command line in that folder until it ends by itself."""
    done = subprocess.run(
        [*GUARDED, *words],
        cwd=folder,
        env=environment(folder, env or {}),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


class CommandLine:
    """Command lines in this process: what they say of a mistake needs no process of its own."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]
    ) -> None:
        self._folder = folder
        self._patch = patch
        self._captured = captured

    def __call__(self, *words: str, env: Mapping[str, str] | None = None) -> Ended:
        """Carry out one command line in the folder, with nothing of the user's own settings."""
        with self._patch.context() as patch:
            patch.chdir(self._folder)
            # Every client of the SDK leaves the name of its cloud there.
            patch.setenv("AZUREML_CURRENT_CLOUD", "")
            for name in [name for name in os.environ if name.startswith(FOREIGN)]:
                patch.delenv(name)
            for name, value in environment(self._folder, env or {}).items():
                patch.setenv(name, value)
            self._captured.readouterr()
            code = run_command_line(words)
        said = self._captured.readouterr()
        return Ended(code, said.out, said.err)


@contextmanager
def running(
    folder: Path, *words: str, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A process that runs until the block ends; its stderr is in `stderr.txt` of the folder."""
    with (folder / "stderr.txt").open("w") as err:
        process = subprocess.Popen(
            [*GUARDED, *words],
            cwd=folder,
            env=environment(folder, env or {}),
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


@contextmanager
def sandbox_process(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """`aml-bot sandbox` as a script starts it, and what it printed."""
    folder.mkdir(exist_ok=True)
    # The guard watches the sandbox itself; its bot is one that people would get.
    env = {"PYTHONPATH": str(ROOT)}
    with running(folder, "sandbox", *QUIET, *words, env=env) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "stderr.txt").read_text()
        yield process, json.loads(line)


def refused(ended: Ended, *mentioned: str) -> None:
    """Exit 2, nothing on stdout, one line per problem, and each names what it is about."""
    assert (2, "", len(mentioned)) == (ended.code, ended.out, len(ended.problems)), ended.err
    assert all(line.startswith("aml-bot: ") for line in ended.problems)
    missing = [
        (word, line)
        for word, line in zip(mentioned, ended.problems, strict=True)
        if word not in line
    ]
    assert [] == missing


def eventually(true: Callable[[], object], what: str = "nothing happened") -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def ends_by_itself(process: subprocess.Popen[str]) -> int:
    """Wait until it has ended; the answer is its exit code."""
    return process.wait(PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
