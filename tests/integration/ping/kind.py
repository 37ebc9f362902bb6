"""A kind of operation that exists in the tests alone: it waits some minutes, and says so."""

from __future__ import annotations

from dataclasses import dataclass

from dbos import DBOS

from handlers.blocks.elements import code, header
from handlers.command import (
    Block,
    Call,
    Change,
    Command,
    Effect,
    Facts,
    May,
    OperationView,
    Outcome,
    PlanView,
    Reply,
)
from services.errors import ErrorText, InvalidInputError, ServiceRefusedError, Suggestion, UserError
from services.kinds import OperationKind
from services.models import OperationPlan, OperationResult, Started, Step
from services.store.records import JSON
from services.workflows import runtime
from services.workflows.lifecycle import announce, finish, happy_ending, unhappy_ending
from services.workflows.runtime import OperationRequest
from services.workflows.steps import Work, perform
from services.workflows.tools import tools

TITLE = "Ping after {minutes} minutes"
QUESTION = "Ping after {minutes} minutes?"
WAIT, REPORT = "Wait", "Report"
WAITED = "{passed} of {minutes} minutes"
PONG = "Pong after {minutes} minutes."
ALREADY = "{minutes} minutes have been waited for already"
SAYS = "Begin to wait"
MINUTES = "Minutes"
WHICH = ErrorText(code="PingWhich", what="How many minutes shall I wait?", advice="Name a number.")
TOO_LONG = ErrorText(code="PingTooLong", what="Time stands still.")
EXAMPLE = "5"
_LONGEST = 365 * 24 * 3600.0  # simulated seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class PingPlan(OperationPlan):
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PingResult(OperationResult):
    minutes: int


def planned_steps(_plan: PingPlan) -> tuple[Step, ...]:
    """Return the steps that people see from the beginning."""
    return (Step(name="wait", title=WAIT), Step(name="report", title=REPORT))


@DBOS.workflow(name="ping.v1", max_recovery_attempts=1000)
async def ping(operation_id: str, boot: str) -> JSON:
    """`boot` names the process that started it; in any other one this is a recovery."""
    await announce(operation_id, boot)
    facts = await wait(operation_id)
    if facts["ok"]:
        facts = await report(operation_id)
    ending = facts["ending"] if facts["ok"] else unhappy_ending(facts)
    return await finish(operation_id, ending, boot)


@DBOS.step(name="ping.wait", preemptible=True)
async def wait(operation_id: str) -> JSON:
    async def watch_the_clock(work: Work) -> JSON:
        minutes = work.plan(PingPlan).minutes

        async def look() -> JSON | None:
            passed = (tools().clock.now() - work.operation.created) / 60
            if passed >= minutes:
                return {}
            await work.detail(WAITED.format(passed=int(passed), minutes=minutes))
            return None

        return await work.poll(look, limit=_LONGEST, late=_too_long)

    return await perform(operation_id, "wait", watch_the_clock)


@DBOS.step(name="ping.report")
async def report(operation_id: str) -> JSON:
    async def tell(work: Work) -> JSON:
        return {"ending": happy_ending(PingResult(minutes=work.plan(PingPlan).minutes))}

    return await perform(operation_id, "report", tell)


def _too_long() -> UserError:
    return ServiceRefusedError(TOO_LONG)


KIND = OperationKind(
    name="ping",
    prefix="png",
    plan=PingPlan,
    result=PingResult,
    steps=planned_steps,
    workflow=ping,
)


def run(call: Call) -> Reply:
    if not call.text.isdecimal():
        raise InvalidInputError(WHICH, suggestions=(Suggestion(verb="ping", argument=EXAMPLE),))
    return Reply(plan=PingPlan(minutes=int(call.text)))


def start(call: Call, plan: PingPlan) -> Started:
    title = TITLE.format(minutes=plan.minutes)
    return runtime.start(
        OperationRequest(
            kind=KIND,
            target=str(plan.minutes),
            title=title,
            asked=call.asked,
            plan=plan,
            plan_id=call.value,
        )
    )


def _body(plan: PingPlan) -> list[Block]:
    return [header(QUESTION.format(minutes=plan.minutes))]


def _changes(old: PingPlan, new: PingPlan) -> list[Change]:
    return [Change(title=MINUTES, before=str(old.minutes), after=str(new.minutes))]


def _outcome(result: PingResult) -> Outcome:
    return Outcome(text=PONG.format(minutes=result.minutes))


VIEW = OperationView(
    kind=KIND,
    outcome=_outcome,
    facts=lambda _, plan: Facts(parts=(code(str(plan.minutes)),)),
    retry="aml.ping.retry",
    plan=PlanView(
        sentence=lambda plan: QUESTION.format(minutes=plan.minutes),
        body=_body,
        changes=_changes,
        again=lambda plan: Suggestion(verb="ping", argument=str(plan.minutes)),
        reconsider=lambda _, plan: plan,
        start=start,
        already=lambda plan: ALREADY.format(minutes=plan.minutes),
        says=lambda _: SAYS,
    ),
)

COMMAND = Command(
    name="ping",
    usage="ping <minutes>",
    summary="Wait some minutes, and say so.",
    example=f"ping {EXAMPLE}",
    effect=Effect.SPEND,
    may=May.OPERATOR,
    view=VIEW,
    run=run,
)
