"""The steps of an operation: Slack's own plan block, and lines where a workspace refuses that."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.blocks.elements import clip, escape, section
from handlers.blocks.words import STEP_MARKS, STEP_WORDS, duration
from handlers.command import Block
from services.models import Step, StepState

PLAN = "plan"
TITLE = "Progress"
LONGEST_TITLE = 256  # of a plan and of a task, as Slack's client library checks
LONGEST_DETAIL = 300
MOST_TASKS = 50
BETWEEN = " · "
UNDER = "\u2003\u2002↳ "  # wide spaces: Slack would drop ordinary ones
# Slack has four states. A step that was left out is done where all went well, else never begun.
STATUS = {
    StepState.PENDING: "pending",
    StepState.RUNNING: "in_progress",
    StepState.DONE: "complete",
    StepState.FAILED: "error",
}
STATES = {status: state for state, status in STATUS.items()}
SKIPPED = STEP_WORDS[StepState.SKIPPED]


def plan(steps: Iterable[Step], now: float, *, succeeded: bool) -> Block:
    """Return the steps as a plan with a task card each.

    Args:
        steps: in the order in which people see them.
        now: simulated seconds.
        succeeded: whether the whole has gone well.
    """
    tasks = [_task(step, now, succeeded=succeeded) for step in steps]
    return {"type": PLAN, "title": TITLE, "tasks": tasks[:MOST_TASKS]}


def lines(block: Block) -> Block:
    """Return a plan as a section with a line for each task."""
    return section("\n".join(_line(task) for task in block["tasks"]))


def _task(step: Step, now: float, *, succeeded: bool) -> Block:
    skipped = StepState.DONE if succeeded else StepState.PENDING
    state = skipped if step.state is StepState.SKIPPED else step.state
    task: Block = {
        "type": "task_card",
        "task_id": step.name,
        "title": clip(step.title, LONGEST_TITLE),
        "status": STATUS[state],
    }
    said = [_took(step, now), clip(step.detail, LONGEST_DETAIL)]
    texts = [text for text in said if text]
    return {**task, "details": _rich_text(BETWEEN.join(texts))} if texts else task


def _took(step: Step, now: float) -> str:
    if step.state is StepState.SKIPPED:
        return SKIPPED
    return "" if step.started is None else duration((step.ended or now) - step.started)


def _rich_text(text: str) -> Block:
    elements = [{"type": "text", "text": text}]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }


def _line(task: Block) -> str:
    said = task["details"]["elements"][0]["elements"][0]["text"] if "details" in task else ""
    first, _, rest = said.partition(BETWEEN)
    state = StepState.SKIPPED if first == SKIPPED else STATES[task["status"]]
    took = f" · {first}" if first and state is not StepState.SKIPPED else ""
    detail = f"\n{UNDER}{escape(rest)}" if rest else ""
    return f"{STEP_MARKS[state]} *{escape(task['title'])}* · {STEP_WORDS[state]}{took}{detail}"
