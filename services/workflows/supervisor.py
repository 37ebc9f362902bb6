"""Keeps operations going: a sign of life for this bot, and care for the work of dead ones.

DBOS recovers only what the same executor id left behind, and only at its launch. We use a new id
for every run of the process (two processes under one id would strand each other's work), so a
thread here hands the work of every id that is no longer alive to whoever sees it first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from dbos import DBOS

from services.models import Operation
from services.workflows.tools import Tools

log = logging.getLogger(__name__)

LEASE = 8.0  # real seconds that a bot counts as alive after its last sign of life
_TICK = 1.0  # real seconds; cancel_requests to cancel from other replicas are read this often
_BEAT = 2.0
_ADOPT = 5.0
_RETIRE = 3600.0
_KEPT = timedelta(days=7)  # history of ended workflows; our own tables keep the operations
_BATCH = 200
_DEAD_ENDS = ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


class Supervisor:
    """A thread from `start` to `stop`; what fails in one round is tried again in the next."""

    def __init__(
        self,
        bound: Tools,
        start: Callable[[Operation], None],
        bury: Callable[[Operation], None],
    ) -> None:
        self._tools = bound
        self._start = start
        self._bury = bury
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self._due: dict[str, float] = {}

    def start(self) -> None:
        """Be alive before the first workflow starts, then look around."""
        self._renew()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)

    def leave(self) -> None:
        """Let others take over at once; only when no workflow runs here any more."""
        self._tools.store.leases.release(self._tools.boot)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._round("cancel_requests", _TICK, self._read_cancel_requests)
            self._round("lease", _BEAT, self._sweep)
            self._round("adopt", _ADOPT, self._adopt)
            self._round("retire", _RETIRE, self._forget)
            self._stopped.wait(_TICK)

    def _round(self, name: str, every: float, work: Callable[[], object]) -> None:
        now = time.monotonic()
        if now < self._due.get(name, 0.0):
            return
        self._due[name] = now + every
        try:
            work()
        except Exception:  # the thread must outlive a database that is away
            if not self._stopped.is_set():
                log.exception("keeping operations going: %s failed", name)

    def _read_cancel_requests(self) -> None:
        self._tools.cancel_requests.replace(self._tools.store.operations.cancelled())

    def _renew(self) -> frozenset[str]:
        """Everybody alive. Without replicas that is us alone: the data directory is locked."""
        if not self._tools.store.shared:
            return frozenset({self._tools.boot})
        return self._tools.store.leases.renew(self._tools.boot, LEASE)

    def _sweep(self) -> None:
        alive = self._renew()
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        dead = sorted({str(workflow.executor_id) for workflow in pending} - alive)
        if dead:
            log.info("taking over %d operations of %s", recover(dead), ", ".join(dead))

    def _forget(self) -> None:
        retire()
        forgotten = self._tools.store.prune(self._tools.clock.now(), self._tools.keep)
        if forgotten:
            log.info("forgot %d operations that ended long ago", forgotten)
        self._tools.store.leases.prune(_KEPT.total_seconds())

    def _adopt(self) -> None:
        """Start what was asked for when the process died, end what DBOS has given up."""
        running = {operation.id: operation for operation in self._tools.store.operations.running()}
        known = (
            DBOS.list_workflows(workflow_ids=list(running), load_input=False, load_output=False)
            if running
            else []
        )
        for status in known:
            if status.status in _DEAD_ENDS:
                self._bury(running[status.workflow_id])
        for operation in set(running) - {status.workflow_id for status in known}:
            self._start(running[operation])


def recover(executors: list[str]) -> int:
    """Hand the running workflows of dead executors to a living one; returns how many.

    The one private call of DBOS that we make (a contract test watches it). Two bots may call it at
    the same time: a workflow moves only while the dead executor still owns it, and a zombie that
    wakes up can record nothing any more.
    """
    return len(DBOS._recover_pending_workflows(executors))  # noqa: SLF001 - nothing public does it


def retire() -> None:
    """Delete the histories of workflows that ended long ago, a batch at a time."""
    before = (datetime.now(UTC) - _KEPT).isoformat()
    old = DBOS.list_workflows(
        status=["SUCCESS", *_DEAD_ENDS],
        completed_before=before,
        limit=_BATCH,
        load_input=False,
        load_output=False,
    )
    if old:
        DBOS.delete_workflows([workflow.workflow_id for workflow in old])
