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
    skipped = step.state is StepState.SKIPPED
    instead = StepState.DONE if succeeded else StepState.PENDING
    task: Block = {
        "type": "task_card",
        "task_id": step.name,
        "title": clip(step.title, LONGEST_TITLE),
        "status": STATUS[instead if skipped else step.state],
    }
    if not (skipped or step.started is not None or step.detail):
        return task
    return {**task, "details": _details(step, now)}


def _details(step: Step, now: float) -> Block:
    """How long it took, or its state where it has not begun; then what it says of itself."""
    begun = step.started is not None and step.state is not StepState.SKIPPED
    took = duration((step.ended or now) - (step.started or now))
    first: Block = {"type": "text", "text": took if begun else STEP_WORDS[step.state]}
    if not begun:
        first["style"] = {"italic": True}
    said = {"type": "text", "text": f"{BETWEEN}{clip(step.detail, LONGEST_DETAIL)}"}
    elements = [first, said] if step.detail else [first]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }


def _line(task: Block) -> str:
    texts = task["details"]["elements"][0]["elements"] if "details" in task else []
    state = STEP_WORDS[STATES[task["status"]]]
    mark = STEP_MARKS[STATES[task["status"]]]
    took = detail = ""
    if texts and "style" in texts[0]:  # it never began
        state = texts[0]["text"]
        mark = STEP_MARKS[StepState.SKIPPED] if state == STEP_WORDS[StepState.SKIPPED] else mark
    elif texts:
        took = f"{BETWEEN}{texts[0]['text']}"
    if len(texts) > 1:
        detail = f"\n{UNDER}{escape(texts[1]['text'].removeprefix(BETWEEN))}"
    return f"{mark} *{escape(task['title'])}*{BETWEEN}{state}{took}{detail}"
