"""A classification: one light line while it runs, then the answer itself."""

from __future__ import annotations

from handlers.blocks import scores
from handlers.blocks.elements import clip, code, context, escape, section
from handlers.command import Block, Facts, Outcome
from services.models import ClassifyPlan, ClassifyResult, Operation
from services.workflows.classify import KIND

LOOKING = "Looking at {pictures} …"
RUNNING = ":hourglass_flowing_sand: {text}"
FOOT = "{operation} · {endpoint}"
LONGEST_NAMES = 200


def message(operation: Operation) -> tuple[str, list[Block]] | None:
    """Return the answer, or that it is looked for; None where the operation has failed."""
    result = KIND.result_of(operation)
    if result is not None:
        return scores.answer(result)
    if operation.state.ended:
        return None
    plan = KIND.plan_of(operation)
    names = ", ".join(picture.name for picture in plan.pictures)
    text = LOOKING.format(pictures=clip(names, LONGEST_NAMES))
    details = [step.detail for step in operation.steps if step.detail]
    shown = " ".join([RUNNING.format(text=escape(text)), *map(escape, details[:1])])
    foot = FOOT.format(operation=code(operation.id), endpoint=escape(plan.endpoint))
    return text, [section(shown), context(foot)]


def facts(_operation: Operation, plan: ClassifyPlan) -> Facts:
    """Return which endpoint was asked."""
    return Facts(parts=(escape(plan.endpoint),))


def outcome(result: ClassifyResult) -> Outcome:
    """Return the labels of every picture in a sentence."""
    return Outcome(text=scores.text_of(result))
