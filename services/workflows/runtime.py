"""The life of durable operations in this process: bind, launch, start, cancel, shut down."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from services.models import (
    Asked,
    ClassifyPlan,
    DeployPlan,
    ImportPlan,
    Operation,
    OperationState,
    Problem,
    Started,
    Step,
)
from services.store.database import Database
from services.store.exclusive import DataDirLock
from services.store.operations import short_id
from services.store.sqlite import sqlite_engine
from services.workflows import classify, deploy, import_model
from services.workflows.keeper import Keeper
from services.workflows.loop import Loop
from services.workflows.telling import announce_end
from services.workflows.tools import Tools, bind, tools

__all__ = [
    "Tools",
    "Wish",
    "bind",
    "boot",
    "cancel",
    "launch",
    "planned_steps",
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

_Workflow = Callable[[str, str], Coroutine[Any, Any, dict[str, Any]]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants done: `kind` is deploy, import or classify; `target` what it is about.

    `once` names the one thing somebody did (a message, a form): however often it reaches us, it
    starts one operation, whatever became of that. Without it, the same target means the same wish.
    """

    kind: str
    target: str
    title: str
    asked: Asked
    plan: DeployPlan | ImportPlan | ClassifyPlan
    attempt: int = 1
    plan_id: str | None = None
    once: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    keeper: Keeper
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
    keeper = Keeper(tools(), _start_workflow, _bury)
    _running = _Running(keeper=keeper, loop=loop, engine=engine, lock=lock)
    keeper.start()


def boot() -> str:
    """The name of this run of this process."""
    return tools().boot


def start(wish: Wish) -> Started:
    """Begin what is wished for, or follow the operation that does the same already.

    Returns after a few milliseconds, once the operation is safely in the database; should this
    process die before the workflow has started, another one starts it.
    """
    bound = tools()
    new = Operation(
        id=short_id(wish.kind),
        key="",
        kind=wish.kind,
        target=wish.target,
        title=wish.title,
        asked=wish.asked,
        state=OperationState.QUEUED,
        created=bound.clock.now(),
        plan=wish.plan,
        steps=planned_steps(wish.plan),
    )
    operation, joined = bound.store.operations.insert_or_join(
        new,
        workspace=bound.azureml.workspace,
        attempt=wish.attempt,
        plan=wish.plan_id,
        once=wish.once,
    )
    if not joined:
        _start_workflow(operation)
    return Started(operation=operation, joined=joined)


def cancel(operation: Operation, user: str) -> Operation:
    """Ask for the end of an operation; it stops where it is and cleans up after itself."""
    changed = tools().store.operations.cancel(operation.id, user)
    tools().wishes.add(operation.id)
    if not changed.state.ended:
        tools().notifier.update(changed)
    return changed


def planned_steps(plan: DeployPlan | ImportPlan | ClassifyPlan) -> tuple[Step, ...]:
    """The steps people see before the first one has begun."""
    match plan:
        case DeployPlan():
            return deploy.planned_steps(plan)
        case ImportPlan():
            return import_model.planned_steps(plan)
        case ClassifyPlan():
            return classify.planned_steps(plan)


def shutdown() -> None:
    """Stop within a few seconds; unfinished work goes on in the next process or another replica.

    Threads that wait for Azure or Slack are left behind, so the process must end with `os._exit`.
    """
    global _running
    running, _running = _running, None
    if running is None:
        return
    tools().stopping.set()
    running.keeper.stop()
    logging.getLogger("dbos").setLevel(logging.CRITICAL + 1)  # it complains of what we cut short
    running.loop.stop(_PATIENCE / 2)
    stopping = threading.Thread(target=_destroy, name="stopping", daemon=True)
    stopping.start()
    stopping.join(timeout=_PATIENCE / 2)
    if tools().store.shared:
        running.keeper.leave()
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
    workflows: dict[str, _Workflow] = {
        "deploy": deploy.deploy,
        "import": import_model.import_model,
        "classify": classify.classify,
    }
    if _running is None:
        return  # stopping: whoever runs next adopts it
    _running.loop.begin(_begin(workflows[operation.kind], operation.id))


async def _begin(workflow: _Workflow, operation_id: str) -> None:
    with SetWorkflowID(operation_id):
        await DBOS.start_workflow_async(workflow, operation_id, tools().boot)


def _bury(operation: Operation) -> None:
    """End an operation whose workflow DBOS has given up; nobody would tell otherwise."""
    log.error("%s: its workflow ended without a result", operation.id)
    problem = Problem(
        code="Unexpected",
        what="Something went wrong inside the bot.",
        why="The operation ended without a result.",
        advice=f"Look for {operation.target} at Azure, then Retry.",
    )
    announce_end(operation, OperationState.FAILED, problem)


def _destroy() -> None:
    try:
        DBOS.destroy(workflow_completion_timeout_sec=0)
    except Exception:  # the process ends anyway, and nothing is lost: all is in the database
        log.debug("DBOS did not stop cleanly", exc_info=True)
