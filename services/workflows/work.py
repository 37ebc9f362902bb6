"""An operation as a step works on it: shown while it runs, patient with passing faults."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from services.errors import ErrorText, ServiceRefusedError, TemporaryError, UserError
from services.models import Operation, OperationPlan, Problem, Step, StepState
from services.workflows.tools import tools

T = TypeVar("T")
P = TypeVar("P", bound=OperationPlan)

STILL_TRYING = "Still trying: {reason}"
GAVE_UP = ErrorText(
    code="GaveUp",
    what="Gave up after {minutes} minutes without an answer.",
    why="{reason}",
    advice="Try again once the service is back.",
)
STOPPED = ErrorText(
    code="StoppedTooOften",
    what="The bot was stopped three times while it worked on this, so it is not tried again.",
    advice="Retry if it was stopped on purpose; otherwise send fewer pictures at a time.",
)

GIVE_UP = 30 * 60.0  # simulated seconds of nothing but passing faults
_GIVE_UP_REAL = 20.0  # and never sooner than that, however fast the clock runs
_MENTION = 20.0  # simulated seconds until people read that we are still trying
_FIRST_DELAY, _LONGEST_DELAY, _SHORTEST_REAL = 2.0, 60.0, 0.1
POLL = 12.0  # simulated seconds between two looks at Azure
_POLL_REAL = 0.5  # real seconds at least
_POLLS_A_SECOND = 12  # of all operations of this process together
_MOST_DEATHS = 3  # of processes that worked on a step whose size strangers choose
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

    async def begin(self, title: str, *, risky: bool) -> None:
        """Show the step as running.

        Args:
            title: for a step that was not planned from the beginning.
            risky: three processes may die while they work on it, and no fourth begins.

        Raises:
            UserError: three have.
        """
        step = self.changed(self.step, StepState.RUNNING, title=title)
        if risky:
            if step.tries >= _MOST_DEATHS:
                raise UserError(STOPPED)
            step = dataclasses.replace(step, tries=step.tries + 1)
        await self.show(step)

    async def leave(self) -> None:
        """Take back that it was begun: this process stops in an orderly way, it did not die."""
        step = next((step for step in self.operation.steps if step.name == self.step), None)
        if step is not None and step.tries:
            await self.show(dataclasses.replace(step, tries=step.tries - 1))

    async def alongside(self, waiting: Awaitable[T]) -> T:
        """Wait for what needs no thread of the pool; a request to cancel ends it.

        Raises:
            CancelRequestedError: see `stop_if_requested`.
        """
        task = asyncio.ensure_future(waiting)
        try:
            while not task.done():
                self.stop_if_requested()
                await asyncio.wait({task}, timeout=_SLICE)
            return task.result()
        finally:
            # Several that are cancelled together end with an exception that asyncio would log.
            task.add_done_callback(_heard)
            task.cancel()

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

    def began(self) -> float | None:
        """Return when this work's own step began, in simulated seconds; None before that."""
        steps = (step for step in self.operation.steps if step.name == self.step)
        return next((step.started for step in steps), None)

    def began_step(self, name: str) -> bool:
        """Tell whether the work on that visible step has begun, in this process or an earlier."""
        return any(step.name == name and step.started is not None for step in self.operation.steps)

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


def _show(operation_id: str, steps: tuple[Step, ...]) -> Operation:
    operation = tools().store.operations.show(operation_id, steps)
    if not operation.state.ended:
        tools().notifier.update(operation)
    return operation


def _gave_up(error: TemporaryError, waited: float) -> ServiceRefusedError:
    return ServiceRefusedError(GAVE_UP, minutes=f"{waited / 60:.0f}", reason=error.what)


def _heard(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()
