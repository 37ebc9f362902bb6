"""Importing a model from the Hub: Azure's own pipeline does the work, this follows it.

The step sequence of `import.v1` is frozen once released; the next change ships `import.v2`.
"""

from __future__ import annotations

import asyncio
import dataclasses

from dbos import DBOS

from services import diagnosis
from services.errors import NotFoundError, ServiceRefusedError
from services.models import (
    ImportPlan,
    ImportResult,
    ImportSpec,
    Job,
    JobStep,
    Model,
    Operation,
    Problem,
    Step,
    StepState,
)
from services.planning import IMPORT_SIZE
from services.store.records import JSON
from services.workflows.steps import Work, failure, perform, stored
from services.workflows.telling import announce, finish, happy_ending, unhappy_ending
from services.workflows.tools import tools

_LONGEST = 24 * 3600.0  # simulated seconds
_LONGEST_REMOVAL = 3600.0
_LOST_AFTER = 3  # looks in a row at which Azure does not know the job
_REGISTRATION = 10 * 60.0  # simulated seconds from the job's end until its model must be there

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
_ENDED = frozenset({"Completed", "Failed", "Canceled"})
_OVER = frozenset({StepState.DONE, StepState.SKIPPED})


def planned_steps(plan: ImportPlan) -> tuple[Step, ...]:
    """What people see from the beginning."""
    return (
        Step(name="compute", title=f"Get the cluster {plan.compute}"),
        Step(name="job", title="Start Azure's import pipeline"),
        *(Step(name=name, title=title) for name, title in CHILDREN.items()),
        Step(name="model", title="Find the new model"),
    )


@DBOS.workflow(name="import.v1", max_recovery_attempts=1000)
async def import_model(operation_id: str, boot: str) -> JSON:
    """`boot` names the process that started it; in any other one this is a recovery."""
    await announce(operation_id, boot)
    facts: JSON = {"ok": True}
    for step in (ensure_compute, start_job, follow_job, find_model):
        facts = {**facts, **await step(operation_id, facts)}
        if not facts["ok"]:
            facts = {**facts, **await clean_up(operation_id, facts)}
            break
    if facts["ok"]:
        return await finish(operation_id, facts["ending"], boot)
    left = "" if facts["clean"] else "The job may still be running: look in the studio."
    return await finish(operation_id, unhappy_ending(facts, left), boot)


@DBOS.step(name="import.compute", preemptible=True)
async def ensure_compute(operation_id: str, _facts: JSON) -> JSON:
    async def ensure(work: Work) -> JSON:
        plan = _plan(work.operation)
        name, size = plan.compute, plan.size or IMPORT_SIZE
        began = tools().clock.now()
        url = await work.call(lambda: tools().azureml.jobs.ensure_compute(name, size))
        while url:
            remote = await work.call(lambda: tools().azureml.endpoints.status(url))
            if remote.state == "Succeeded":
                break
            if remote.state != "InProgress" or tools().clock.now() - began > _LONGEST:
                raise ServiceRefusedError(
                    f"Azure did not make the cluster {name}.",
                    why=f"{remote.code}: {remote.message}" if remote.code else remote.state,
                    advice="Check the quota of the workspace, or set AML_BOT_IMPORT_COMPUTE to a "
                    "cluster that exists.",
                    code=remote.code or "ComputeFailed",
                )
            await work.detail("Azure is making the cluster")
            await work.between_polls()
        await work.detail("Ready; it costs nothing while idle")
        return {}

    return await perform(operation_id, "compute", ensure)


@DBOS.step(name="import.job")
async def start_job(operation_id: str, _facts: JSON) -> JSON:
    async def start(work: Work) -> JSON:
        plan = _plan(work.operation)
        spec = ImportSpec(
            job=job_name(work.operation),
            hub_id=plan.hub_id,
            task=plan.task,
            compute=plan.compute,
            requested_by=work.operation.asked.user,
            trust_remote_code=plan.code is not None,
        )
        known = await work.call(lambda: tools().azureml.jobs.job(spec.job))
        if known is None:
            token = tools().hub_token if plan.with_token else None
            await work.call(lambda: tools().azureml.jobs.start_import(spec, token))
        return {}

    return await perform(operation_id, "job", start)


@DBOS.step(name="import.follow", preemptible=True)
async def follow_job(operation_id: str, _facts: JSON) -> JSON:
    problems: list[Problem] = []

    async def follow(work: Work) -> JSON:
        name, lost, began = job_name(work.operation), 0, tools().clock.now()
        while True:
            job = await work.call(lambda: tools().azureml.jobs.job(name))
            lost = 0 if job else lost + 1
            if lost >= _LOST_AFTER:
                raise _lost(name)
            if job is not None:
                await work.show(*_children(work, job))
                if job.status == "Completed":
                    await work.show(*_left_out(work))
                work.step = _current(work.operation)
                if job.status == "Completed":
                    return {}
                if job.status in _ENDED:
                    problems.append(_why(job))
                    raise ServiceRefusedError(problems[0].what, code=problems[0].code)
            if tools().clock.now() - began > _LONGEST:
                raise ServiceRefusedError(
                    f"The import has not ended in {_LONGEST / 3600:.0f} hours.", code="TimedOut"
                )
            await work.between_polls()

    current = _current(await asyncio.to_thread(stored, operation_id))
    outcome = await perform(operation_id, current, follow)
    return failure(problems[0]) if problems else outcome


@DBOS.step(name="import.model", preemptible=True)
async def find_model(operation_id: str, _facts: JSON) -> JSON:
    async def find(work: Work) -> JSON:
        plan, began = _plan(work.operation), tools().clock.now()
        while (model := await work.call(lambda: _registered(plan))) is None:
            if tools().clock.now() - began > _REGISTRATION:
                raise ServiceRefusedError(
                    f"The import ended well, but the workspace has no model {plan.model_name}.",
                    advice="Look at the models of the workspace in the studio, or Retry.",
                    code="ModelMissing",
                )
            await work.between_polls()
        await work.call(lambda: tools().imported(model))
        result = ImportResult(
            model_name=model.name,
            model_version=model.version,
            asset_id=model.asset_id,
            hub_id=plan.hub_id,
            task=plan.task,
            job=job_name(work.operation),
        )
        return {"ending": happy_ending(result)}

    return await perform(operation_id, "model", find)


@DBOS.step(name="import.cleanup", preemptible=True)
async def clean_up(operation_id: str, _facts: JSON) -> JSON:
    """Cancel the job unless it has ended; the cluster stays, it costs nothing while idle."""

    async def stop(work: Work) -> JSON:
        name, asked, began = job_name(work.operation), False, tools().clock.now()
        while tools().clock.now() - began < _LONGEST_REMOVAL:
            job = await work.call(lambda: tools().azureml.jobs.job(name))
            if job is None or job.status in _ENDED:
                await work.detail("The job is cancelled" if asked else "Nothing was left running")
                return {}
            if not asked:
                await work.call(lambda: tools().azureml.jobs.cancel(name))
                await work.detail("Cancelling the job")
            asked = True
            await work.between_polls()
        raise ServiceRefusedError(f"Azure did not cancel {name}.", code="NotCancelled")

    outcome = await perform(operation_id, "cleanup", stop, title="Clean up", stoppable=False)
    return {"clean": outcome["ok"]}


def job_name(operation: Operation) -> str:
    """The job's name at Azure; the same each time a step is repeated, never used again."""
    return f"aml-bot-{operation.id}-{operation.created:.0f}"


def _plan(operation: Operation) -> ImportPlan:
    if not isinstance(operation.plan, ImportPlan):
        raise TypeError(f"{operation.id} is no import")
    return operation.plan


def _registered(plan: ImportPlan) -> Model | None:
    """The newest version of the model; not the one that was there before the import began."""
    try:
        model = tools().azureml.models.workspace_model(plan.model_name)
    except NotFoundError:
        return None
    return None if model.version == plan.before else model


def _children(work: Work, job: Job) -> tuple[Step, ...]:
    """The pipeline's steps as we show them; those of a newer pipeline appear under their names."""
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


def _left_out(work: Work) -> tuple[Step, ...]:
    """The steps that this pipeline turned out not to have."""
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


def _current(operation: Operation) -> str:
    """The pipeline's step that is running or comes next: what happens to the job is said there."""
    children = [step for step in operation.steps if step.name in CHILDREN]
    return next((step.name for step in children if step.state not in _OVER), children[-1].name)


def _why(job: Job) -> Problem:
    failed = [CHILDREN.get(step.name, step.name) for step in job.steps if step.status == "Failed"]
    if job.status == "Canceled":
        return Problem(
            code="JobCanceled",
            what="Somebody cancelled the import job at Azure.",
            advice="Retry when it should run after all.",
        )
    problem = diagnosis.explain("JobFailed", job.error, "")
    where = (f"Failed at: {', '.join(failed)}",) if failed else ()
    studio = (f"Job in the studio: {job.studio_url}",) if job.studio_url else ()
    return Problem(
        code=problem.code,
        what=problem.what,
        why=problem.why,
        advice=problem.advice,
        evidence=(*where, *problem.evidence, *studio),
    )


def _lost(name: str) -> ServiceRefusedError:
    return ServiceRefusedError(
        "Azure no longer knows the import job.",
        why=f"The job {name} was started and has disappeared.",
        advice="Retry: it starts a new job. Nothing of the old one costs money.",
        code="JobLost",
    )
