"""The steps of Azure's import pipeline, as steps of the operation that follows it."""

from __future__ import annotations

import dataclasses

from services.models import Job, JobStep, Operation, Step, StepState
from services.workflows.steps import Work

# The children of Azure's import pipeline, in order, and what people read instead.
CHILDREN = {
    "validation_trigger_import": "Check the request",
    "download_model": "Download it from the Hub",
    "convert_model_to_mlflow": "Convert it to MLflow",
    "mlflow_model_local_validation": "Validate the converted model",
    "register_model": "Register it in the workspace",
}
_STATES = {
    "Completed": StepState.DONE,
    "Finished": StepState.DONE,
    "Failed": StepState.FAILED,
    "Canceled": StepState.SKIPPED,
    "Bypassed": StepState.SKIPPED,
}
_WAITING = frozenset({"NotStarted", "Unknown", "Queued"})
ENDED = frozenset({"Completed", "Failed", "Canceled"})
_OVER = frozenset({StepState.DONE, StepState.SKIPPED})


def pipeline_steps(work: Work, job: Job) -> tuple[Step, ...]:
    """Return the job's steps as we show them; those of a newer pipeline under their names."""
    return tuple(_child(work, child) for child in job.steps)


def _child(work: Work, child: JobStep) -> Step:
    """With Azure's own times: nobody looked at the very moment when a step began or ended."""
    state = _state(child.status, current=child.name == work.step)
    title = CHILDREN.get(child.name, child.name)
    shown = work.changed(child.name, state, title=title)
    if child.started is None or state in {StepState.PENDING, StepState.SKIPPED}:
        return shown
    over = shown.ended is not None and child.ended is not None
    return dataclasses.replace(
        shown, started=child.started, ended=child.ended if over else shown.ended
    )


def left_out_steps(work: Work) -> tuple[Step, ...]:
    """Return, as skipped, the steps that this pipeline turned out not to have."""
    return tuple(
        work.changed(step.name, StepState.SKIPPED)
        for step in work.operation.steps
        if step.name in CHILDREN and step.state in {StepState.PENDING, StepState.RUNNING}
    )


def _state(status: str, *, current: bool) -> StepState:
    """Of a child; the current one counts as running while Azure finds a machine for it."""
    if status in _WAITING:
        return StepState.RUNNING if current else StepState.PENDING
    return _STATES.get(status, StepState.RUNNING)


def current_step(operation: Operation) -> str:
    """Name the step that is running or comes next: what happens to the job is said there."""
    children = [step for step in operation.steps if step.name in CHILDREN]
    return next((step.name for step in children if step.state not in _OVER), children[-1].name)
