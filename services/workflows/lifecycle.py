"""How an operation begins and ends for people: its one message, and its final state."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import secrets
from collections.abc import Callable

from dbos import DBOS

from services.errors import UserError
from services.models import Operation, OperationResult, OperationState, Problem, StepState
from services.store import records
from services.store.records import JSON
from services.workflows.steps import Work, stored
from services.workflows.tools import tools

log = logging.getLogger(__name__)


@DBOS.step(name="announce.v1")
async def announce(operation_id: str, boot: str) -> JSON:
    """Post the operation's one message, or find the one an earlier attempt posted."""
    operation = await asyncio.to_thread(stored, operation_id)
    work = Work(operation, "", stoppable=False)
    tries = 0

    def post() -> None:
        nonlocal tries
        tries += 1
        again = tries > 1 or boot != tools().boot
        place = tools().notifier.announce(stored(operation_id), again=again)
        tools().store.operations.place(operation_id, channel=place.channel, message=place.message)

    return await _told(work, post)


@DBOS.step(name="finish.v1")
async def finish(operation_id: str, ending: JSON, boot: str) -> JSON:
    """Record how it ended (`state`, and `problem` or `result`) and show it until Slack has it."""
    operation = await asyncio.to_thread(stored, operation_id)
    if not operation.state.ended:
        final = _ended(operation, ending)
        operation = await asyncio.to_thread(tools().store.operations.end, final)
    tries = 0

    def show() -> None:
        nonlocal tries
        tries += 1
        again = tries > 1 or boot != tools().boot
        tools().notifier.finish(operation, again=again)

    return await _told(Work(operation, "", stoppable=False), show)


def announce_end(operation: Operation, state: OperationState, problem: Problem) -> None:
    """End an operation from outside of its workflow, and show it once."""
    ending = {"state": state.value, "problem": records.dump(problem)}
    final = tools().store.operations.end(_ended(operation, ending))
    tools().notifier.finish(final, again=True)


async def _told(work: Work, tell: Callable[[], None]) -> JSON:
    """Tell people; an operation goes on even where nobody can be told."""
    try:
        await work.call(tell, patience=24 * 3600.0)
    except UserError as error:
        log.warning("%s: nobody could be told: %s", work.operation.id, error)
        return {"ok": False}
    except Exception as error:  # the work itself must not depend on its message
        if tools().stopping.is_set():
            raise asyncio.CancelledError from error
        reference = secrets.token_hex(4)
        log.exception("%s: telling failed, reference %s", work.operation.id, reference)
        return {"ok": False}
    return {"ok": True}


def unhappy_ending(facts: JSON, left: str = "") -> JSON:
    """Cancelled or failed; `left` says what is still there, "" for nothing."""
    if facts.get("cancelled"):
        problem = Problem(code="Cancelled", what="Cancelled", advice=left) if left else None
        return {"state": OperationState.CANCELLED.value, "problem": records.dump(problem)}
    problem = records.load(Problem, facts["problem"])
    advice = " ".join(part for part in (problem.advice, left) if part)
    return {
        "state": OperationState.FAILED.value,
        "problem": {**records.dump(problem), "advice": advice},
    }


def happy_ending(result: OperationResult) -> JSON:
    """Return the ending of an operation that has achieved this."""
    return {"state": OperationState.SUCCEEDED.value, "result": records.dump_tagged(result)}


def _ended(operation: Operation, ending: JSON) -> Operation:
    """The operation in its final state, with no step left open."""
    now = tools().clock.now()
    steps = tuple(
        step
        if step.state not in {StepState.PENDING, StepState.RUNNING}
        else dataclasses.replace(step, state=StepState.SKIPPED, ended=now if step.started else None)
        for step in operation.steps
    )
    kind = tools().store.kinds[operation.kind]
    return dataclasses.replace(
        operation,
        state=OperationState(ending["state"]),
        problem=records.load(Problem | None, ending.get("problem")),
        result=records.load(kind.result | None, ending.get("result")),
        steps=steps,
        ended=now,
    )
