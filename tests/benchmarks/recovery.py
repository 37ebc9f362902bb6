"""From kill -9 to every one of 200 running operations re-entered, and asking Azure again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from bot.sandbox import Sandbox
from tests.benchmarks.figures import Figure
from tests.benchmarks.worlds import start_imports, world

RUNNING = 200
PATIENCE = 120.0
LOOK = 0.02
WAITING = "nobody"


def measure(folder: Path) -> Iterator[Figure]:
    """Seconds.

    Re-entered: the new process has taken the workflow over and runs its function (DBOS writes its
    name beside a workflow when it begins to run it). Asking again: the job was read after the
    kill, which takes two requests over TLS for each of them.
    """
    with world(folder, speed=1, repositories=RUNNING) as (sandbox, person):
        start_imports(sandbox, person, RUNNING)
        history = folder / "bot" / "workflows.sqlite"
        _wait(lambda: _jobs_read(sandbox, 0.0) >= RUNNING)
        old = _owners(history) | {WAITING}
        killed = time.time()
        sandbox.bot("kill")
        connected = time.time()
        _wait(lambda: not _owners(history) & old)
        entered = time.time()
        _wait(lambda: _jobs_read(sandbox, killed) >= RUNNING)
        asked = time.time()
    for name, moment in (
        ("connected to Slack again", connected),
        (f"{RUNNING} operations re-entered", entered),
        (f"{RUNNING} operations asking Azure again", asked),
    ):
        yield Figure(name=f"kill to {name}", value=moment - killed, unit="s", n=RUNNING)


def _owners(history: Path) -> set[str]:
    """The processes that workflows run in, and WAITING for those between two."""
    query = (
        "SELECT DISTINCT CASE status WHEN 'PENDING' THEN executor_id ELSE ? END"
        " FROM workflow_status WHERE status IN ('PENDING', 'ENQUEUED')"
    )
    with closing(sqlite3.connect(f"file:{history}?mode=ro", uri=True)) as connection:
        return {str(row[0]) for row in connection.execute(query, (WAITING,))}


def _jobs_read(sandbox: Sandbox, since: float) -> int:
    """How many jobs were read since then."""
    return len(
        {
            str(call["path"]).rpartition("/jobs/")[2].partition("/")[0]
            for call in sandbox.calls.listed("azure")
            if call["when"] >= since and call["method"] == "GET" and "/jobs/" in str(call["path"])
        }
    )


def _wait(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "not all came back"
        time.sleep(LOOK)
