"""How a durable step works: shown while it runs, patient with passing faults, never raising.

What leaves a step is JSON: `{"ok": true, …}` or `{"ok": false, "problem": …}`. Exceptions do not
survive a replay with their type, so none crosses a step's boundary.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.errors import ErrorText, ServiceRefusedError, TemporaryError, UserError
from services.models import Operation, OperationPlan, Problem, Step, StepState
from services.store import records
from services.store.records import JSON
from services.workflows.tools import tools

log = logging.getLogger(__name__)

T = TypeVar("T")
P = TypeVar("P", bound=OperationPlan)

STILL_TRYING = "Still trying: {reason}"
CANCELLED = "Cancelled"
GAVE_UP = ErrorText(
    code="GaveUp",
    what="Gave up after {minutes} minutes without an answer.",
    why="{reason}",
    advice="Try again once the service is back.",
)
UNEXPECTED = ErrorText(
    code="Unexpected",
    what="Something went wrong inside the bot.",
    advice="Retry; if it happens again, tell whoever runs the bot the reference {reference}.",
)

GIVE_UP = 30 * 60.0  # simulated seconds of nothing but passing faults
_GIVE_UP_REAL = 20.0  # and never sooner than that, however fast the clock runs
_MENTION = 20.0  # simulated seconds until people read that we are still trying
_FIRST_DELAY, _LONGEST_DELAY, _SHORTEST_REAL = 2.0, 60.0, 0.1
POLL = 12.0  # simulated seconds between two looks at Azure
_POLL_REAL = 0.5  # real seconds at least
_POLLS_A_SECOND = 12  # of all operations of this process together
_SLICE = 0.5  # real seconds after which a request to cancel is noticed


class CancelRequestedError(Exception):
    """Somebody asked for the operation to end; unwinds a step."""


class StepFailedError(Exception):
    """A step has failed with a problem that is explained already; unwinds it.

    Args:
        problem: what people read.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


class Work:
    """One operation, as a step works on it and shows it."""

    def __init__(self, operation: Operation, step: str, *, stoppable: bool) -> None:
        self.operation = operation
        self.step = step
        self._stoppable = stoppable

    async def show(self, *changed: Step) -> None:
        """Record and show these steps; one with a new name goes to the end."""
        steps = {step.name: step for step in self.operation.steps}
        steps.update({step.name: step for step in changed})
        shown = tuple(steps.values())
        if shown != self.operation.steps:
            self.operation = await asyncio.to_thread(_show, self.operation.id, shown)

    async def state(self, state: StepState, detail: str | None = None, title: str = "") -> None:
        """Change the state of this work's own step."""
        await self.show(self.changed(self.step, state, detail, title))

    async def detail(self, text: str) -> None:
        """Say what the step is doing now."""
        await self.state(StepState.RUNNING, text)

    def changed(
        self, name: str, state: StepState, detail: str | None = None, title: str = ""
    ) -> Step:
        """A step with a new state and its times; a detail of None leaves what it says."""
        now = tools().clock.now()
        steps = {step.name: step for step in self.operation.steps}
        step = steps.get(name, Step(name=name, title=title or name))
        begun = step.started
        if begun is None and state in {StepState.RUNNING, StepState.DONE, StepState.FAILED}:
            begun = now
        over = state not in {StepState.PENDING, StepState.RUNNING}
        return dataclasses.replace(
            step,
            state=state,
            detail=step.detail if detail is None else detail,
            started=begun,
            ended=(step.ended or now) if over else None,
        )

    def stop_if_requested(self) -> None:
        """Raise CancelRequestedError when somebody asked for the end and the step may be left."""
        if self._stoppable and self.operation.id in tools().cancel_requests:
            raise CancelRequestedError

    async def call(self, function: Callable[[], T], *, patience: float = GIVE_UP) -> T:
        """Run a blocking call in a thread, again and again while it fails in passing.

        Args:
            function: raises TemporaryError for what is worth another try.
            patience: simulated seconds after which passing faults count as final.

        Raises:
            UserError: what the call raised, or that patience ran out.
            CancelRequestedError: see `stop_if_requested`.
        """
        clock, loop = tools().clock, asyncio.get_running_loop()
        began, began_real, delay = clock.now(), loop.time(), _FIRST_DELAY
        said, mentioned = self._said(), False
        while True:
            self.stop_if_requested()
            try:
                result = await loop.run_in_executor(tools().pool, function)
            except TemporaryError as error:
                waited = clock.now() - began
                if waited > patience and loop.time() - began_real > _GIVE_UP_REAL:
                    raise _gave_up(error, waited) from error
                if self.step and (waited > _MENTION or error.retry_after > _MENTION):
                    mentioned = True
                    await self.detail(STILL_TRYING.format(reason=error.what))
                await self.pause(max(error.retry_after, delay, _SHORTEST_REAL * clock.scale))
                delay = min(2 * delay, _LONGEST_DELAY)
            else:
                if mentioned:
                    await self.detail(said)  # the trouble is over
                return result

    def _said(self) -> str:
        """Return what this work's own step says now."""
        return next((step.detail for step in self.operation.steps if step.name == self.step), "")

    def plan(self, kind: type[P]) -> P:
        """Return the operation's plan, which is of that type.

        Raises:
            TypeError: it is of another.
        """
        if not isinstance(self.operation.plan, kind):
            raise TypeError(f"{self.operation.id} has no {kind.__name__}")
        return self.operation.plan

    async def poll(
        self,
        look: Callable[[], Awaitable[T | None]],
        *,
        limit: float,
        late: Callable[[], UserError],
    ) -> T:
        """Look again and again until there is something to return.

        Args:
            look: returns None as long as it has to be looked at again.
            limit: simulated seconds.
            late: makes the error for when the limit has passed.

        Raises:
            UserError: what `look` or `late` says.
            CancelRequestedError: see `stop_if_requested`.
        """
        clock = tools().clock
        began = clock.now()
        while (found := await look()) is None:
            if clock.now() - began > limit:
                raise late()
            await self.between_polls()
        return found

    async def between_polls(self) -> None:
        """Wait until it is time to look again; with many operations each looks less often."""
        clock, polling = tools().clock, tools().polling
        polling.add(self.operation.id)
        try:
            real = max(_POLL_REAL, len(polling) / _POLLS_A_SECOND)
            await self.pause(max(POLL, real * clock.scale))
        finally:
            polling.discard(self.operation.id)

    async def pause(self, seconds: float) -> None:
        """Wait that many simulated seconds, or until a request to cancel unwinds the step."""
        clock = tools().clock
        end = clock.now() + seconds
        self.stop_if_requested()
        while (left := end - clock.now()) > 0:
            await clock.sleep_async(min(left, _SLICE * clock.scale))
            self.stop_if_requested()


async def perform(  # noqa: PLR0913 - what a step is, and three ways in which some differ
    operation_id: str,
    step: str,
    action: Callable[[Work], Awaitable[JSON]],
    *,
    title: str = "",
    stoppable: bool = True,
    more: bool = False,
) -> JSON:
    """Run one step of an operation and make a result of whatever happens.

    Args:
        operation_id: whose step it is.
        step: the visible step's name; it is shown as running, then as done or failed.
        action: does the work and returns facts for the steps that follow.
        title: for a step that was not planned from the beginning.
        stoppable: False for what must happen even after somebody cancelled.
        more: True when another durable step goes on with the same visible one.

    Returns:
        The facts with `ok` True; else `ok` False and a `problem`, or `cancelled` True.
    """
    operation = await asyncio.to_thread(stored, operation_id)
    work = Work(operation, step, stoppable=stoppable)
    try:
        work.stop_if_requested()
        await work.state(StepState.RUNNING, title=title)
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
    except Exception as error:
        if tools().stopping.is_set():
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


def _show(operation_id: str, steps: tuple[Step, ...]) -> Operation:
    operation = tools().store.operations.show(operation_id, steps)
    if not operation.state.ended:
        tools().notifier.update(operation)
    return operation


def _gave_up(error: TemporaryError, waited: float) -> ServiceRefusedError:
    return ServiceRefusedError(GAVE_UP, minutes=f"{waited / 60:.0f}", reason=error.what)


def _unexpected(operation_id: str, step: str, error: Exception) -> Problem:
    reference = secrets.token_hex(4)
    log.error("%s: %s failed, reference %s", operation_id, step, reference, exc_info=error)
    return problem_of(UserError(UNEXPECTED, reference=reference))
