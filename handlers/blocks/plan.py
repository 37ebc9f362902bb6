"""Show what would be done and what it would cost, with Run, or with Ask an operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.blocks.elements import (
    Marked,
    actions,
    button,
    code,
    context,
    escape,
    mention,
    plain,
    section,
)
from handlers.command import Block, Change, PlanView
from services.models import Glimpse, Operation, OperationPlan, Plan, Started

NOTHING_YET = "Nothing has happened yet. This plan holds for 30 minutes."
ASK_TEXT = "Only operators may run this. Ask one: they see this plan and can run it for you."
ASKED_FOR = Marked("{user} asks an operator to run this: {operators}.")
BLOCKED_FOR = Marked("{user} asks an operator to look at this: {operators}.")
ASK_BLOCKED_TEXT = "Operators can take what is in the way out of it. Ask one: they see this too."
WAYS_TEXT = "Nothing was started. Once it is out of the way, ask for it again."
CHANGED = "*Something changed since the plan was made*, so nothing was started. Now it is:"
CHANGE = "{title}: {before} → *{after}*"
STARTED = Marked("Started as {operation}.")
JOINED = Marked("This is under way already as {operation}; you are both told in its message.")
JOINED_ELSEWHERE = Marked("This is under way already as {operation}: `status` shows how it goes.")
JOINED_UNSEEN = Marked(
    "The same is under way already. It was asked for in a private place, so its message is there: "
    "ask for it again later to see whether it is done."
)
ALREADY = Marked("{what}, by {operation}.")
DROPPED = "Cancelled. Nothing was started."
DECLINED = Marked("Cancelled by {operator}. Nothing was started for {user}.")
ASKED = Marked("Asked in {channel}. Its Run button works for operators, for 30 minutes.")
RETRY = "Attempt {attempt}: the earlier one has ended."
RUN_LABEL, CANCEL_LABEL, ASK_LABEL = "Run", "Cancel", "Ask an operator"
CANCEL_SAYS = "Drop this plan"
LONGEST_CAUTION = 300  # Slack's limit for the text of a question
RUN, CANCEL, ASK = "aml.plan.run", "aml.plan.cancel", "aml.plan.ask"


def card(
    plan: Plan, view: PlanView[Any], *, may_run: bool, note: str = ""
) -> tuple[str, list[Block]]:
    """Return text and blocks of a stored plan.

    Args:
        plan: the plan.
        view: shows plans of its kind.
        may_run: whether the reader is an operator; others get Ask an operator.
        note: why nobody can tell whether they are one.
    """
    content = plan.content
    blocks = view.body(content)
    if content.attempt > 1:
        blocks.append(context(RETRY.format(attempt=content.attempt)))
    if content.blocked:
        blocks += _blocked(plan, view, may_run=may_run, note=note)
    elif may_run:
        blocks += [actions(_buttons(plan, view)), context(NOTHING_YET)]
    else:
        blocks += [context(*_notes(ASK_TEXT, note)), actions([_ask(plan), _cancel(plan)])]
    return view.sentence(content), blocks


def request(plan: Plan, view: PlanView[Any], operators: str) -> tuple[str, list[Block]]:
    """Return the plan as everybody in a channel sees it when somebody asks an operator.

    Args:
        plan: the plan.
        view: shows plans of its kind.
        operators: mentions of them, so that Slack tells them.
    """
    content = plan.content
    asks = (BLOCKED_FOR if content.blocked else ASKED_FOR).format(
        user=mention(plan.asked.user), operators=operators
    )
    blocks = [section(asks), *view.body(content), actions(_buttons(plan, view))]
    return Marked("{} {}").format(asks, view.sentence(content)), blocks


def changed(plan: Plan, view: PlanView[Any], old: OperationPlan) -> tuple[str, list[Block]]:
    """Return the fresh plan, with what differs from the one that was clicked."""
    lines = [CHANGED, *(f"• {line}" for line in differences(view.changes(old, plan.content)))]
    text, blocks = card(plan, view, may_run=True)
    return f"{CHANGED.replace('*', '')} {text}", [section("\n".join(lines)), *blocks]


def started(
    view: PlanView[Any],
    content: OperationPlan,
    begun: Started,
    seen: Operation | Glimpse,
    *,
    told: bool,
) -> Marked:
    """Return what is said to whoever clicked Run.

    Args:
        view: shows plans of its kind.
        content: what was run.
        begun: the operation.
        seen: as much of it as whoever asked may know.
        told: whether whoever asked is named in its message, and so told how it ends.
    """
    operation = code(begun.operation.id)
    if not begun.joined:
        return STARTED.format(operation=operation)
    if begun.operation.state.ended:
        return ALREADY.format(what=view.already(content), operation=operation)
    if isinstance(seen, Glimpse):
        return JOINED_UNSEEN
    return (JOINED if told else JOINED_ELSEWHERE).format(operation=operation)


def differences(changes: Sequence[Change]) -> list[str]:
    """Return the rows that differ, in words; empty when nothing of weight changed."""
    return [
        CHANGE.format(title=row.title, before=escape(row.before), after=escape(row.after))
        for row in changes
        if row.after and row.before != row.after
    ]


def _notes(text: str, note: str) -> list[str]:
    return [text, escape(note)] if note else [text]


def _blocked(plan: Plan, view: PlanView[Any], *, may_run: bool, note: str) -> list[Block]:
    """The ways out in place of Run; an operator is asked only where one can help."""
    ways = [*view.ways(plan, plan.content, may_run), _cancel(plan)]
    if may_run or not view.askable(plan.content):
        return [actions(ways), context(WAYS_TEXT)]
    return [context(*_notes(ASK_BLOCKED_TEXT, note)), actions([_ask(plan), *ways])]


def _buttons(plan: Plan, view: PlanView[Any]) -> list[Block]:
    """For operators: Run unless something stands in the way, the ways out of it, and Cancel."""
    run = [] if plan.content.blocked else [_run(plan, view)]
    return [*run, *view.ways(plan, plan.content, True), _cancel(plan)]  # noqa: FBT003 - PlanView's


def _run(plan: Plan, view: PlanView[Any]) -> Block:
    run = button(RUN_LABEL, RUN, plan.id, style="primary", says=view.says(plan.content))
    caution = view.caution(plan.content)
    if caution is None:
        return run
    sure = {
        "title": plain(caution.title, 100),
        "text": plain(caution.text, LONGEST_CAUTION),
        "confirm": plain(caution.yes, 30),
        "deny": plain(caution.no, 30),
    }
    return {**run, "confirm": sure}


def _ask(plan: Plan) -> Block:
    return button(ASK_LABEL, ASK, plan.id, style="primary")


def _cancel(plan: Plan) -> Block:
    return button(CANCEL_LABEL, CANCEL, plan.id, says=CANCEL_SAYS)
