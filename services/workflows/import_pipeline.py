"""The steps of Azure's import pipeline, as steps of the operation that follows it."""

from __future__ import annotations

import dataclasses

from services import diagnosis
from services.errors import ErrorText, UserError
from services.models import Job, JobStep, Operation, Problem, Step, StepState
from services.workflows.steps import Work, problem_of

# The children of Azure's import pipeline, in order, and what people read instead.
CHILDREN = {
    "validation_trigger_import": "Check the request",
    "download_model": "Download it from the Hub",
    "convert_model_to_mlflow": "Convert it to MLflow",
    "mlflow_model_local_validation": "Validate the converted model",
    "register_model": "Register it in the workspace",
}
FAILED_AT, STUDIO = "Failed at: {steps}", "Job in the studio: {url}"
JOB_CANCELED = ErrorText(
    code="JobCanceled",
    what="Somebody cancelled the import job at Azure.",
    advice="Retry when it should run after all.",
)
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


def failure(job: Job) -> Problem:
    """Explain why the job has failed, with the steps at which it did, and where to look."""
    failed = [CHILDREN.get(step.name, step.name) for step in job.steps if step.status == "Failed"]
    if job.status == "Canceled":
        return problem_of(UserError(JOB_CANCELED))
    problem = diagnosis.explain("JobFailed", job.error, "")
    where = (FAILED_AT.format(steps=", ".join(failed)),) if failed else ()
    studio = (STUDIO.format(url=job.studio_url),) if job.studio_url else ()
    return dataclasses.replace(problem, evidence=(*where, *problem.evidence, *studio))


def pipeline_steps(work: Work, job: Job, waits: str = "") -> tuple[Step, ...]:
    """Return the job's steps as we show them; those of a newer pipeline under their names.

    Args:
        work: whose steps they are.
        job: as Azure has it now.
        waits: what its current step waits for; "" for nothing.
    """
    shown = tuple(_child(work, child, waits) for child in job.steps)
    if waits and work.step not in {step.name for step in shown}:
        return (work.changed(work.step, StepState.RUNNING, waits), *shown)
    return shown


def _child(work: Work, child: JobStep, waits: str) -> Step:
    """With Azure's own times: nobody looked at the very moment when a step began or ended."""
    state = _state(child.status, current=child.name == work.step)
    title = CHILDREN.get(child.name, child.name)
    waiting = child.name == work.step and state is StepState.RUNNING
    detail = waits if waiting else ""
    shown = work.changed(child.name, state, detail, title=title)
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
