"""The one message of an operation: its steps while it runs, its result and next actions after."""

from __future__ import annotations

from dataclasses import replace

from handlers.blocks import import_plan, scores
from handlers.blocks.elements import actions, button, clip, code, context, escape, header, section
from handlers.blocks.error import evidence, markup, sentence
from handlers.blocks.words import (
    STATE_MARKS,
    STATES,
    STEP_MARKS,
    STEP_WORDS,
    duration,
    instances,
    price,
)
from handlers.command import Block
from services.models import (
    ClassifyPlan,
    ClassifyResult,
    DeployPlan,
    DeployResult,
    ImportPlan,
    ImportResult,
    Operation,
    OperationState,
    Problem,
    Step,
    StepState,
)
from services.tasks import CLASSIFIER_TASK

READY = "{name} answers at the endpoint {endpoint}."
READY_CLASSIFY = (
    "Mention me with a picture and labels, like `@aml-bot cat, coffee, dog`, or click Classify."
)
UNDER = "\u2003\u2002↳ "  # wide spaces: Slack would drop ordinary ones
IMPORTED = "{name} version {version} is registered in the workspace."
JOB = "Azure's pipeline job: {job}"
CANCELLED = "Cancelled by <@{user}>."
CANCELLING = "<@{user}> asked to cancel it; it stops after the step it is in and cleans up."
LOOKING = "Looking at {pictures} …"
ELSEWHERE = (
    "I am not in <#{channel}>, so this message came here. "
    "To see progress there, type `/invite @aml-bot` in that channel."
)
ATTEMPT = "attempt {attempt}"


def message(operation: Operation, now: float) -> tuple[str, list[Block]]:
    """Text and blocks of the operation as it is at `now` (simulated seconds)."""
    if isinstance(operation.plan, ClassifyPlan):
        return _classification(operation, operation.plan)
    blocks = [header(title(operation)), *_plan_line(operation, now)]
    blocks += _steps(operation, now)
    blocks += _ending(operation)
    return text_of(operation), blocks


def title(operation: Operation) -> str:
    """`Ready: Deploy clip`; the state is always in words."""
    word = STATES[operation.state]
    if operation.state is OperationState.SUCCEEDED and operation.kind == "deploy":
        word = "Ready"
    return f"{word}: {operation.title}"


def text_of(operation: Operation) -> str:
    """What a phone shows."""
    head = f"{title(operation)} ({operation.id})"
    if operation.problem is not None and operation.state is OperationState.FAILED:
        return f"{head}. {sentence(operation.problem.what)}"
    if isinstance(operation.result, DeployResult):
        return f"{head}. {_ready(operation.result)}"
    if isinstance(operation.result, ImportResult):
        return f"{head}. {_imported(operation.result)}"
    running = [step for step in operation.steps if step.state is StepState.RUNNING]
    return f"{head}. {running[0].title}" if running else head


def news(operation: Operation) -> tuple[str, list[Block]]:
    """A line for its thread at the end, so that whoever asked is told; with the evidence."""
    lines = f"<@{operation.asked.user}> {STATE_MARKS[operation.state]} {escape(text_of(operation))}"
    blocks = [section(lines)]
    problem, result = operation.problem, operation.result
    if isinstance(result, ImportResult) and result.job:
        blocks.append(context(JOB.format(job=code(result.job))))
    if problem is not None and problem.evidence:
        blocks += [section("What the log says:"), evidence(problem.evidence)]
    return f"<@{operation.asked.user}> {text_of(operation)}", blocks


def line(operation: Operation, now: float) -> str:
    """The operation in one line of a list."""
    took = duration((operation.ended or now) - operation.created)
    return (
        f"{STATE_MARKS[operation.state]} {code(operation.id)} {escape(operation.title)} · "
        f"{STATES[operation.state].lower()} · {took} · <@{operation.asked.user}>"
    )


def _plan_line(operation: Operation, now: float) -> list[Block]:
    took = duration((operation.ended or now) - operation.created)
    parts = [code(operation.id)]
    plan = operation.plan
    if isinstance(plan, DeployPlan):
        parts += [f"{escape(plan.size)}, {instances(plan.count)}", price(plan.usd_per_hour)]
    notes: list[str] = []
    if isinstance(plan, ImportPlan):
        licence, code_note = import_plan.details(plan)
        parts.append(licence)
        notes = [code_note] if code_note else []
        if not operation.state.ended:
            notes.append(import_plan.WHY_SO_LONG)
    if not isinstance(plan, ClassifyPlan) and plan.attempt > 1:
        parts.append(ATTEMPT.format(attempt=plan.attempt))
    parts += [f"<@{operation.asked.user}>", f"{took} in all"]
    return [context(" · ".join(parts), *notes)]


def _steps(operation: Operation, now: float) -> list[Block]:
    if not operation.steps:
        return []
    shown = (
        replace(one, detail="") if one.detail in _told(operation) else one
        for one in operation.steps
    )
    return [section("\n".join(_step(step, now) for step in shown))]


def _told(operation: Operation) -> tuple[str, ...]:
    """What the end of the message says anyway, so that no step repeats it."""
    result, problem = operation.result, operation.problem
    answer = result.smoke_test if isinstance(result, DeployResult) else ""
    return (answer, problem.what if problem else "")


def _step(step: Step, now: float) -> str:
    took = ""
    if step.started is not None and step.state is not StepState.SKIPPED:
        took = f" · {duration((step.ended or now) - step.started)}"
    detail = f"\n{UNDER}{escape(clip(step.detail, 300))}" if step.detail else ""
    mark, word = STEP_MARKS[step.state], STEP_WORDS[step.state]
    return f"{mark} *{escape(step.title)}* · {word}{took}{detail}"


def _ending(operation: Operation) -> list[Block]:
    if operation.state is OperationState.SUCCEEDED:
        return _success(operation)
    if operation.state is OperationState.FAILED:
        return [*_problem(operation.problem), actions([_retry(operation)])]
    if operation.state is OperationState.CANCELLED:
        by = operation.cancelled_by
        said = [section(CANCELLED.format(user=by))] if by else []
        left = operation.problem.advice if operation.problem else ""
        if left:
            said.append(section(f":warning: {markup(sentence(left))}"))
        return [*said, actions([_retry(operation)])]
    if operation.cancelled_by:
        return [context(CANCELLING.format(user=operation.cancelled_by))]
    return [actions([cancel(operation)])]


def cancel(operation: Operation) -> Block:
    return button("Cancel", "aml.cancel.stop", operation.id, says=f"Cancel {operation.id}")


def _retry(operation: Operation) -> Block:
    module = {"deploy": "deploy", "import": "import_model"}.get(operation.kind, "classify")
    return button("Retry", f"aml.{module}.retry", operation.id, says=f"Retry {operation.title}")


def _problem(problem: Problem | None) -> list[Block]:
    if problem is None:
        return []
    lines = [f"*{markup(sentence(problem.what))}*"]
    lines += [markup(sentence(part)) for part in (problem.why, problem.advice) if part]
    blocks = [section("\n".join(lines))]
    return [*blocks, evidence(problem.evidence[:3])] if problem.evidence else blocks


def _success(operation: Operation) -> list[Block]:
    result = operation.result
    if isinstance(result, DeployResult):
        return _deployed(result)
    if isinstance(result, ImportResult):
        says = f"Deploy {result.model_name}"  # this one: a registry may have one of that name
        deploy = button("Deploy", "aml.deploy.model", result.asset_id, says=says)
        card = button("Open card", "aml.card.open", result.asset_id)
        return [section(f":tada: {escape(_imported(result))}"), actions([deploy, card])]
    return []


def _deployed(result: DeployResult) -> list[Block]:
    lines = [f":tada: {escape(_ready(result))}"]
    if result.smoke_test:
        lines.append(escape(sentence(result.smoke_test)))
    buttons = []
    if result.task == CLASSIFIER_TASK:
        lines.append(READY_CLASSIFY)
        says = f"Classify pictures with {result.endpoint}"
        buttons.append(
            button("Classify", "aml.classify.form", result.endpoint, style="primary", says=says)
        )
    buttons.append(button("Open card", "aml.card.open", result.model_name))
    return [section("\n".join(lines)), actions(buttons)]


def _ready(result: DeployResult) -> str:
    return READY.format(
        name=f"{result.model_name} version {result.model_version}", endpoint=result.endpoint
    )


def _imported(result: ImportResult) -> str:
    return IMPORTED.format(name=result.model_name, version=result.model_version)


def _classification(operation: Operation, plan: ClassifyPlan) -> tuple[str, list[Block]]:
    """The answer itself; before it is there, one light line."""
    if isinstance(operation.result, ClassifyResult):
        return scores.answer(operation.result)
    if operation.state in {OperationState.FAILED, OperationState.CANCELLED}:
        return text_of(operation), [
            section(f":x: *{escape(title(operation))}*"),
            *_ending(operation),
        ]
    names = ", ".join(picture.name for picture in plan.pictures)
    text = LOOKING.format(pictures=clip(names, 200))
    details = [step.detail for step in operation.steps if step.detail]
    shown = " ".join([f":hourglass_flowing_sand: {escape(text)}", *map(escape, details[:1])])
    return text, [section(shown), context(f"{code(operation.id)} · {escape(plan.endpoint)}")]
