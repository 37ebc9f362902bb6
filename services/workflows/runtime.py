"""The life of durable operations in this process: bind, launch, start, cancel, shut down."""

from __future__ import annotations

import dataclasses
import logging
import threading
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from services.errors import ErrorText, UserError
from services.kinds import OperationKind, Workflow
from services.models import Asked, Operation, OperationPlan, OperationState, Started
from services.store.database import Database
from services.store.exclusive import DataDirLock
from services.store.operations import short_id
from services.store.sqlite import sqlite_engine
from services.workflows.lifecycle import announce_end
from services.workflows.loop import Loop
from services.workflows.steps import problem_of
from services.workflows.supervisor import Supervisor
from services.workflows.tools import Tools, bind, tools

__all__ = [
    "OperationRequest",
    "Tools",
    "bind",
    "boot",
    "cancel",
    "launch",
    "shutdown",
    "start",
]

log = logging.getLogger(__name__)

# Never changes with a release: DBOS recovers only what carries the version of the running code.
# New behaviour gets a new workflow name instead (`deploy.v2`).
APPLICATION_VERSION = "operations-1"
SCHEMA = "aml_bot_workflows"
_THREADS = 32
_PATIENCE = 3.0  # real seconds for the engine to stop

LOST = ErrorText(
    code="Lost",
    what="Something went wrong inside the bot.",
    why="The operation ended without a result.",
    advice="Look for {target} at Azure, then Retry.",
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OperationRequest:
    """Hold what somebody wants done; `target` is what it is about (an endpoint, a repository).

    `once` names the one thing somebody did (a message, a form): however often it reaches us, it
    starts one operation, whatever became of that. Without it, the same target means the same
    operation.
    """

    kind: OperationKind[Any, Any]
    target: str
    title: str
    asked: Asked
    plan: OperationPlan
    plan_id: str | None = None
    once: str = ""
    by: str = ""  # who said yes; "" for whoever asked


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    supervisor: Supervisor
    loop: Loop
    engine: sa.Engine | None
    lock: DataDirLock | None


_running: _Running | None = None


def launch(database: Database) -> None:
    """Begin to run workflows, first of all those that an earlier process left unfinished.

    Raises:
        NotConfiguredError: another bot uses the same data directory.
    """
    global _running
    lock = None if database.shared else DataDirLock(database.data_dir)
    engine = None if database.shared else sqlite_engine(database.data_dir / "workflows.sqlite")
    _quiet()
    loop = Loop()
    try:
        DBOS(config=_config(database, engine))
        loop.call(DBOS.launch)
    except BaseException:
        loop.stop(_PATIENCE)
        if lock is not None:
            lock.release()
        raise
    supervisor = Supervisor(tools(), _start_workflow, _bury)
    _running = _Running(supervisor=supervisor, loop=loop, engine=engine, lock=lock)
    supervisor.start()


def boot() -> str:
    """The name of this run of this process."""
    return tools().boot


def start(request: OperationRequest) -> Started:
    """Begin what is wished for, or follow the operation that does the same already.

    Returns after a few milliseconds, once the operation is safely in the database; should this
    process die before the workflow has started, another one starts it.
    """
    bound = tools()
    new = Operation(
        id=short_id(request.kind.prefix),
        key="",
        kind=request.kind.name,
        target=request.target,
        title=request.title,
        asked=request.asked,
        run_by=request.by or request.asked.user,
        state=OperationState.QUEUED,
        created=bound.clock.now(),
        plan=request.plan,
        steps=request.kind.steps(request.plan),
    )
    operation, joined = bound.store.operations.insert_or_join(
        new,
        workspace=bound.azureml.workspace,
        attempt=request.plan.attempt,
        plan=request.plan_id,
        once=request.once,
    )
    if not joined:
        _start_workflow(operation)
    return Started(operation=operation, joined=joined)


def cancel(operation: Operation, user: str) -> Operation:
    """Ask for the end of an operation; it stops where it is and cleans up after itself."""
    changed = tools().store.operations.cancel(operation.id, user)
    tools().cancel_requests.add(operation.id)
    if not changed.state.ended:
        tools().notifier.update(changed)
    return changed


def shutdown() -> None:
    """Stop within a few seconds; unfinished work goes on in the next process or another replica.

    Threads that wait for Azure or Slack are left behind, so the process must end with `os._exit`.
    """
    global _running
    running, _running = _running, None
    if running is None:
        return
    tools().stopping.set()
    tools().decoders.close()
    running.supervisor.stop()
    logging.getLogger("dbos").setLevel(logging.CRITICAL + 1)  # it complains of what we cut short
    running.loop.stop(_PATIENCE / 2)
    stopping = threading.Thread(target=_destroy, name="stopping", daemon=True)
    stopping.start()
    stopping.join(timeout=_PATIENCE / 2)
    if tools().store.shared:
        running.supervisor.leave()
    if running.engine is not None:
        running.engine.dispose()
    if running.lock is not None:
        running.lock.release()


def _config(database: Database, engine: sa.Engine | None) -> DBOSConfig:
    config = DBOSConfig(
        name="aml-bot",
        executor_id=tools().boot,
        application_version=APPLICATION_VERSION,
        serializer=DBOSPortableJSONSerializer(),
        max_executor_threads=_THREADS,
        log_level="WARNING",
    )
    if engine is not None:
        config["system_database_url"] = engine.url.render_as_string(hide_password=False)
        config["system_database_engine"] = engine
    elif database.url is not None:
        config["system_database_url"] = database.url.render_as_string(hide_password=False)
        config["dbos_system_schema"] = SCHEMA
    return config


def _quiet() -> None:
    """Let DBOS log like everybody else: through the root logger, and only what matters."""
    logger = logging.getLogger("dbos")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.addHandler(logging.NullHandler())  # keeps DBOS from adding a handler of its own
    logger.propagate = True


def _start_workflow(operation: Operation) -> None:
    if _running is None:
        return  # stopping: whoever runs next adopts it
    workflow = tools().store.kinds[operation.kind].workflow
    _running.loop.begin(_begin(workflow, operation.id))


async def _begin(workflow: Workflow, operation_id: str) -> None:
    with SetWorkflowID(operation_id):
        await DBOS.start_workflow_async(workflow, operation_id, tools().boot)


def _bury(operation: Operation) -> None:
    """End an operation whose workflow DBOS has given up; nobody would tell otherwise."""
    log.error("%s: its workflow ended without a result", operation.id)
    problem = problem_of(UserError(LOST, target=operation.target))
    announce_end(operation, OperationState.FAILED, problem)


def _destroy() -> None:
    try:
        DBOS.destroy(workflow_completion_timeout_sec=0)
    except Exception:  # the process ends anyway, and nothing is lost: all is in the database
        log.debug("DBOS did not stop cleanly", exc_info=True)
