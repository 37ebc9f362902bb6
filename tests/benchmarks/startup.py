"""From the command typed to the sandbox ready, with a warm disk cache."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figures import Figure, percentile

TIMES = 5


def measure(folder: Path) -> Iterator[Figure]:
    """Seconds until `aml-bot sandbox --json` prints its line, the first start left out."""
    seconds = [_start(folder) for _ in range(TIMES + 1)][1:]
    yield Figure(
        name="sandbox to ready, warm p50", value=percentile(seconds, 0.5), unit="s", n=TIMES
    )


def _start(folder: Path) -> float:
    begun = time.monotonic()
    command = (sys.executable, "-m", "bot", "sandbox", "--json", "--no-browser", "--port", "0")
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"{"), "the sandbox did not start"
        taken = time.monotonic() - begun
        process.terminate()
    return taken
