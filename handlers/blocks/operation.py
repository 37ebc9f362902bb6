"""The one message of an operation: its steps while it runs, its result and next actions after."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handlers.blocks import progress
from handlers.blocks.elements import (
    Marked,
    actions,
    button,
    code,
    context,
    escape,
    header,
    mention,
    section,
)
from handlers.blocks.error import evidence, sentence
from handlers.blocks.words import STATE_MARKS, STATES, capitalised, duration
from handlers.command import Block, OperationView, Outcome
from services.models import Glimpse, Operation, OperationState, Problem, StepState

CANCELLED = Marked("Cancelled by {user}.")
CANCELLING = Marked("{user} asked to cancel it; it stops after the step it is in and cleans up.")
TITLE, HEAD = "{state}: {title}", "{title} ({operation})"
ATTEMPT, IN_ALL = "attempt {attempt}", "{took} in all"
SUCCESS, FAILED, LEFT = ":tada: {text}", ":x: *{title}*", ":warning: {text}"
WHAT, LOG = "*{what}*", "What the log says:"
NEWS, NEWS_TEXT = Marked("{user} {mark} {text}"), Marked("{user} {text}")
LINE = "{mark} {operation} {title} · {state} · {took} · {user}"
GLIMPSE = "{kind} · {state} · began {age} ago"
GLIMPSE_LINE = "{mark} " + GLIMPSE
IN_PRIVATE = (
    "It was asked for in a private place. Only whoever asked, those who are there, and operators "
    "see more."
)
CANCEL, CANCEL_SAYS = "Cancel", "Cancel {operation}"
RETRY, RETRY_SAYS = "Retry", "Retry {title}"
LINES_OF_EVIDENCE = 3

View = OperationView[Any, Any]


def message(operation: Operation, view: View, now: float) -> tuple[str, list[Block]]:
    """Return text and blocks of the operation as it is at `now` (simulated seconds)."""
    instead = view.instead(operation)
    if instead is not None:
        return instead
    if view.brief:
        failed = section(FAILED.format(title=escape(title(operation, view))))
        return text_of(operation, view), [failed, *_ending(operation, view)]
    blocks = [header(title(operation, view)), *_head(operation, view, now)]
    blocks += _steps(operation, view, now)
    blocks += _ending(operation, view)
    return text_of(operation, view), blocks


def title(operation: Operation, view: View) -> str:
    """Return `Ready: Deploy clip`; the state is always in words."""
    succeeded = operation.state is OperationState.SUCCEEDED
    state = view.done if succeeded else STATES[operation.state]
    return TITLE.format(state=state, title=operation.title)


def text_of(operation: Operation, view: View) -> str:
    """Return what a phone shows."""
    head = HEAD.format(title=title(operation, view), operation=operation.id)
    if operation.problem is not None and operation.state is OperationState.FAILED:
        return f"{head}. {sentence(operation.problem.what)}"
    outcome = _outcome(operation, view)
    if outcome is not None:
        return f"{head}. {outcome.text}"
    running = [step for step in operation.steps if step.state is StepState.RUNNING]
    return f"{head}. {running[0].title}" if running else head


def news(operation: Operation, view: View) -> tuple[str, list[Block]]:
    """Return a line for its thread at the end, so that whoever asked is told; with the evidence."""
    user, text = mention(operation.asked.user), text_of(operation, view)
    mark = STATE_MARKS[operation.state]
    blocks = [section(NEWS.format(user=user, mark=mark, text=text))]
    outcome, problem = _outcome(operation, view), operation.problem
    if outcome is not None and outcome.footnote:
        blocks.append(context(outcome.footnote))
    if problem is not None and problem.evidence:
        blocks += [section(LOG), evidence(problem.evidence)]
    return NEWS_TEXT.format(user=user, text=text), blocks


def glimpse(seen: Glimpse, now: float) -> tuple[str, list[Block]]:
    """Return text and blocks of what others may know of an operation."""
    text = _glimpse(GLIMPSE, seen, now)
    return f"{text}. {IN_PRIVATE}", [section(line(seen, now)), context(IN_PRIVATE)]


def named(operation: Operation | Glimpse) -> str:
    """Return what a phone shows of it in a list."""
    if isinstance(operation, Glimpse):
        return operation.kind
    return HEAD.format(title=operation.id, operation=operation.title)


def line(operation: Operation | Glimpse, now: float) -> str:
    """Return the operation in one line of a list."""
    if isinstance(operation, Glimpse):
        return _glimpse(GLIMPSE_LINE, operation, now)
    return LINE.format(
        mark=STATE_MARKS[operation.state],
        operation=code(operation.id),
        title=escape(operation.title),
        state=STATES[operation.state].lower(),
        took=_took(operation, now),
        user=mention(operation.asked.user),
    )


def cancel(operation: Operation) -> Block:
    says = CANCEL_SAYS.format(operation=operation.id)
    return button(CANCEL, "aml.cancel.stop", operation.id, says=says)


def _glimpse(text: str, seen: Glimpse, now: float) -> str:
    return text.format(
        mark=STATE_MARKS[seen.state],
        kind=capitalised(seen.kind),  # as titles begin: `Deploy`
        state=STATES[seen.state].lower(),
        age=duration(now - seen.created),
    )


def _took(operation: Operation, now: float) -> str:
    return duration((operation.ended or now) - operation.created)


def _outcome(operation: Operation, view: View) -> Outcome | None:
    result = view.kind.result_of(operation)
    return None if result is None else view.outcome(result)


def _head(operation: Operation, view: View, now: float) -> list[Block]:
    plan = view.kind.plan_of(operation)
    facts = view.facts(operation, plan)
    parts = [code(operation.id), *facts.parts]
    if plan.attempt > 1:
        parts.append(ATTEMPT.format(attempt=plan.attempt))
    parts += [mention(operation.asked.user), IN_ALL.format(took=_took(operation, now))]
    return [context(progress.BETWEEN.join(parts), *facts.notes)]


def _steps(operation: Operation, view: View, now: float) -> list[Block]:
    if not operation.steps:
        return []
    outcome, problem = _outcome(operation, view), operation.problem
    told = (*(outcome.lines if outcome else ()), problem.what if problem else "")
    steps = (  # what the end of the message says anyway is not repeated
        replace(step, detail="") if step.detail in told else step for step in operation.steps
    )
    succeeded = operation.state is OperationState.SUCCEEDED
    return [progress.plan(steps, now, succeeded=succeeded)]


def _ending(operation: Operation, view: View) -> list[Block]:
    outcome = _outcome(operation, view)
    if outcome is not None:
        return _success(outcome)
    if operation.state is OperationState.FAILED:
        return [*_problem(operation.problem), actions([_retry(operation, view)])]
    if operation.state is OperationState.CANCELLED:
        by = operation.cancelled_by
        said = [section(CANCELLED.format(user=mention(by)))] if by else []
        left = operation.problem.advice if operation.problem else ""
        if left:
            said.append(section(LEFT.format(text=escape(sentence(left)))))
        return [*said, actions([_retry(operation, view)])]
    if operation.cancelled_by:
        return [context(CANCELLING.format(user=mention(operation.cancelled_by)))]
    return [] if operation.state.ended else [actions([cancel(operation)])]


def _success(outcome: Outcome) -> list[Block]:
    lines = [SUCCESS.format(text=escape(outcome.text))]
    lines += [escape(sentence(text)) for text in outcome.lines]
    shown = section("\n".join([*lines, *outcome.hints]))
    return [shown, actions(outcome.buttons)] if outcome.buttons else [shown]


def _retry(operation: Operation, view: View) -> Block:
    says = RETRY_SAYS.format(title=operation.title)
    return button(RETRY, view.retry, operation.id, says=says)


def _problem(problem: Problem | None) -> list[Block]:
    if problem is None:
        return []
    lines = [WHAT.format(what=escape(sentence(problem.what)))]
    lines += [escape(sentence(part)) for part in (problem.why, problem.advice) if part]
    blocks = [section("\n".join(lines))]
    raw = problem.evidence[:LINES_OF_EVIDENCE]
    return [*blocks, evidence(raw)] if raw else blocks
