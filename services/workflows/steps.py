"""How a durable step works: what it does is shown, and it never raises.

What leaves a step is JSON: `{"ok": true, …}` or `{"ok": false, "problem": …}`. Exceptions do not
survive a replay with their type, so none crosses a step's boundary.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

from services.errors import ErrorText, UserError
from services.models import Operation, Problem, StepState
from services.store import records
from services.store.records import JSON
from services.workflows.tools import tools
from services.workflows.work import CancelRequestedError, StepFailedError, Work

__all__ = [
    "CancelRequestedError",
    "StepFailedError",
    "Work",
    "perform",
    "problem_of",
    "stored",
]

log = logging.getLogger(__name__)

CANCELLED = "Cancelled"
UNEXPECTED = ErrorText(
    code="Unexpected",
    what="Something went wrong inside the bot.",
    advice="Retry; if it happens again, tell whoever runs the bot the reference {reference}.",
)


async def perform(  # noqa: PLR0913 - what a step is, and four ways in which some differ
    operation_id: str,
    step: str,
    action: Callable[[Work], Awaitable[JSON]],
    *,
    title: str = "",
    stoppable: bool = True,
    more: bool = False,
    risky: bool = False,
) -> JSON:
    """Run one step of an operation and make a result of whatever happens.

    Args:
        operation_id: whose step it is.
        step: the visible step's name; it is shown as running, then as done or failed.
        action: does the work and returns facts for the steps that follow.
        title: for a step that was not planned from the beginning.
        stoppable: False for what must happen even after somebody cancelled.
        more: True when another durable step goes on with the same visible one.
        risky: see `Work.begin`; for work whose size strangers choose.

    Returns:
        The facts with `ok` True; else `ok` False and a `problem`, or `cancelled` True.
    """
    operation = await asyncio.to_thread(stored, operation_id)
    work = Work(operation, step, stoppable=stoppable)
    try:
        work.stop_if_requested()
        await work.begin(title, risky=risky)
        facts = await action(work)
        if not more:
            await work.state(StepState.DONE)
    except CancelRequestedError:
        await work.state(StepState.SKIPPED, CANCELLED)
        return {"ok": False, "cancelled": True}
    except StepFailedError as error:
        return await _failed(work, error.problem)
    except UserError as error:
        return await _failed(work, problem_of(error))
    except asyncio.CancelledError:
        await work.leave()
        raise
    except Exception as error:
        if tools().stopping.is_set():
            await work.leave()
            raise asyncio.CancelledError from error  # the next process repeats the step
        return await _failed(work, _unexpected(operation_id, step, error))
    return {"ok": True, **facts}


async def _failed(work: Work, problem: Problem) -> JSON:
    await work.state(StepState.FAILED, problem.what)
    return {"ok": False, "problem": records.dump(problem)}


def problem_of(error: UserError) -> Problem:
    return Problem(
        code=error.code,
        what=error.what,
        why=error.why,
        advice=error.advice,
        evidence=error.evidence,
        template=error.text.code,
        fields=tuple((name, str(value)) for name, value in error.fields.items()),
    )


def stored(operation_id: str) -> Operation:
    """The operation as it is in the database now."""
    operation = tools().store.operations.get(operation_id)
    if operation is None:
        raise LookupError(f"no operation {operation_id}")
    return operation


def _unexpected(operation_id: str, step: str, error: Exception) -> Problem:
    reference = secrets.token_hex(4)
    log.error("%s: %s failed, reference %s", operation_id, step, reference, exc_info=error)
    return problem_of(UserError(UNEXPECTED, reference=reference))
