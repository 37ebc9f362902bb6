"""Importing a model from the Hub: Azure's own pipeline does the work, this follows it.

The step sequence of `import.v1` is frozen once released; the next change ships `import.v2`.
"""

from __future__ import annotations

import asyncio

from dbos import DBOS

from services import diagnosis
from services.errors import ErrorText, NotFoundError, ServiceRefusedError, UserError
from services.kinds import OperationKind
from services.models import (
    ImportPlan,
    ImportResult,
    ImportSpec,
    Job,
    Model,
    Operation,
    RemoteStatus,
    Step,
)
from services.planning import IMPORT_SIZE
from services.store.records import JSON
from services.workflows import machines, revision
from services.workflows.import_pipeline import (
    CHILDREN,
    ENDED,
    current_step,
    failure,
    left_out_steps,
    pipeline_steps,
)
from services.workflows.lifecycle import announce, finish, happy_ending, unhappy_ending
from services.workflows.provisioning import IN_PROGRESS, cluster_status
from services.workflows.steps import StepFailedError, Work, perform, stored
from services.workflows.tools import tools

_LONGEST = 24 * 3600.0  # simulated seconds
_LONGEST_REMOVAL = 3600.0
_LOST_AFTER = 3  # looks in a row at which Azure does not know the job
_REGISTRATION = 10 * 60.0  # simulated seconds from the job's end until its model must be there

GET_CLUSTER, START, FIND = (
    "Get the cluster {cluster}",
    "Start Azure's import pipeline",
    "Find the new model",
)
CLEAN_UP = "Clean up"
STILL_RUNNING = "The job may still be running: look in the studio."
MAKING, READY = "Azure is making the cluster", "Ready; it costs nothing while idle"
JOB_CANCELLED, CANCELLING = "The job is cancelled", "Cancelling the job"
NOTHING_LEFT = "Nothing was left running"
MAKE = "make the cluster {cluster}"  # completes "Azure could not …"
CHECK = "Check the quota of the workspace, or set AML_BOT_IMPORT_COMPUTE to a cluster that exists."
NO_CLUSTER = ErrorText(
    code="ComputeFailed",
    what="Azure did not make the cluster {cluster}.",
    why="{reason}",
    advice="{advice}",
)
TOO_LONG = ErrorText(code="ImportTimedOut", what="The import has not ended in {hours} hours.")
NO_MODEL = ErrorText(
    code="ModelMissing",
    what="The import ended well, but the workspace has no model {model}.",
    advice="Look at the models of the workspace in the studio, or Retry.",
)
NOT_CANCELLED = ErrorText(code="NotCancelled", what="Azure did not cancel {job}.")
LOST = ErrorText(
    code="JobLost",
    what="Azure no longer knows the import job.",
    why="The job {job} was started and has disappeared.",
    advice="Retry: it starts a new job. Nothing of the old one costs money.",
)


def planned_steps(plan: ImportPlan) -> tuple[Step, ...]:
    """Return the steps that people see from the beginning."""
    return (
        Step(name="compute", title=GET_CLUSTER.format(cluster=plan.compute)),
        Step(name="job", title=START),
        *(Step(name=name, title=title) for name, title in CHILDREN.items()),
        Step(name="model", title=FIND),
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
    left = "" if facts["clean"] else STILL_RUNNING
    return await finish(operation_id, unhappy_ending(facts, left), boot)


@DBOS.step(name="import.compute", preemptible=True)
async def ensure_compute(operation_id: str, _facts: JSON) -> JSON:
    async def ensure(work: Work) -> JSON:
        plan = work.plan(ImportPlan)
        name, size = plan.compute, plan.size or IMPORT_SIZE
        url = await work.call(lambda: tools().azureml.jobs.ensure_compute(name, size))

        async def look() -> bool | None:
            remote = await work.call(lambda: cluster_status(name, url))
            if remote.state == "Succeeded":
                return True
            if remote.state not in IN_PROGRESS:
                raise _no_cluster(name, remote)
            await work.detail(MAKING)
            return None

        late = _no_cluster(name, RemoteStatus(state="InProgress"))
        await work.poll(look, limit=_LONGEST, late=lambda: late)
        await work.detail(READY)
        return {}

    return await perform(operation_id, "compute", ensure)


@DBOS.step(name="import.job")
async def start_job(operation_id: str, _facts: JSON) -> JSON:
    async def start(work: Work) -> JSON:
        plan = work.plan(ImportPlan)
        spec = ImportSpec(
            job=job_name(work.operation),
            hub_id=plan.hub_id,
            task=plan.task,
            compute=plan.compute,
            requested_by=work.operation.asked.user,
            run_by=work.operation.run_by or "",
            trust_remote_code=plan.code is not None and plan.code.sha == plan.sha,
        )
        known = await work.call(lambda: tools().azureml.jobs.job(spec.job))
        if known is None:
            await work.call(lambda: revision.hold_to(plan))
            token = tools().hub_token if plan.with_token else None
            await work.call(lambda: tools().azureml.jobs.start_import(spec, token))
        return {}

    return await perform(operation_id, "job", start)


@DBOS.step(name="import.follow", preemptible=True)
async def follow_job(operation_id: str, _facts: JSON) -> JSON:
    async def follow(work: Work) -> JSON:
        name, lost = job_name(work.operation), 0
        cluster = work.plan(ImportPlan).compute

        async def look() -> JSON | None:
            nonlocal lost
            job = await work.call(lambda: tools().azureml.jobs.job(name))
            lost = 0 if job else lost + 1
            if lost >= _LOST_AFTER:
                raise ServiceRefusedError(LOST, job=name)
            return None if job is None else await _followed(work, job, cluster)

        return await work.poll(look, limit=_LONGEST, late=_too_long)

    current = current_step(await asyncio.to_thread(stored, operation_id))
    return await perform(operation_id, current, follow)


async def _followed(work: Work, job: Job, cluster: str) -> JSON | None:
    """Show how far the job is; facts once it has completed, None while it goes on."""
    waits = ""
    if job.status not in ENDED and machines.waits(job):
        waits = await machines.reason(cluster, work.began())
    await work.show(*pipeline_steps(work, job, waits))
    if job.status == "Completed":
        await work.show(*left_out_steps(work))
    work.step = current_step(work.operation)
    if job.status != "Completed" and job.status in ENDED:
        raise StepFailedError(failure(job))
    return {} if job.status == "Completed" else None


@DBOS.step(name="import.model", preemptible=True)
async def find_model(operation_id: str, _facts: JSON) -> JSON:
    async def find(work: Work) -> JSON:
        plan = work.plan(ImportPlan)

        def late() -> UserError:
            return ServiceRefusedError(NO_MODEL, model=plan.model_name)

        model = await work.poll(
            lambda: work.call(lambda: _registered(plan)), limit=_REGISTRATION, late=late
        )
        await work.call(lambda: tools().imported(model))
        sha = await revision.downloaded(work, model)
        await revision.mark(work, model, plan, sha)
        result = ImportResult(
            model_name=model.name,
            model_version=model.version,
            asset_id=model.asset_id,
            hub_id=plan.hub_id,
            task=plan.task,
            job=job_name(work.operation),
            planned=plan.sha,
            sha=sha,
            hub_sha=await revision.current(plan),
        )
        return {"ending": happy_ending(result)}

    return await perform(operation_id, "model", find)


@DBOS.step(name="import.cleanup", preemptible=True)
async def clean_up(operation_id: str, _facts: JSON) -> JSON:
    """Cancel the job unless it has ended; the cluster stays, it costs nothing while idle."""

    async def stop(work: Work) -> JSON:
        name, asked = job_name(work.operation), False

        async def look() -> str | None:
            nonlocal asked
            job = await work.call(lambda: tools().azureml.jobs.job(name))
            if job is None or job.status in ENDED:
                return JOB_CANCELLED if asked else NOTHING_LEFT
            if not asked:
                await work.call(lambda: tools().azureml.jobs.cancel(name))
                await work.detail(CANCELLING)
            asked = True
            return None

        def late() -> UserError:
            return ServiceRefusedError(NOT_CANCELLED, job=name)

        await work.detail(await work.poll(look, limit=_LONGEST_REMOVAL, late=late))
        return {}

    outcome = await perform(operation_id, "cleanup", stop, title=CLEAN_UP, stoppable=False)
    return {"clean": outcome["ok"]}


def job_name(operation: Operation) -> str:
    """The job's name at Azure; the same each time a step is repeated, never used again."""
    return f"aml-bot-{operation.id}-{operation.created:.0f}"


def _registered(plan: ImportPlan) -> Model | None:
    """The newest version of the model; not the one that was there before the import began."""
    try:
        model = tools().azureml.models.workspace_model(plan.model_name)
    except NotFoundError:
        return None
    return None if model.version == plan.before else model


def _too_long() -> UserError:
    return ServiceRefusedError(TOO_LONG, code="TimedOut", hours=f"{_LONGEST / 3600:.0f}")


def _no_cluster(name: str, remote: RemoteStatus) -> UserError:
    """Why there is no cluster, explained where the reason is known."""
    problem = diagnosis.explain(remote.code, remote.message, doing=MAKE.format(cluster=name))
    if not remote.code and not remote.message:
        return ServiceRefusedError(NO_CLUSTER, cluster=name, reason=remote.state, advice=CHECK)
    known = problem.template not in diagnosis.NO_REASON
    reason = " ".join(filter(None, (problem.what, problem.why)))
    return ServiceRefusedError(
        NO_CLUSTER,
        code=problem.code,
        evidence=problem.evidence,
        cluster=name,
        reason=reason,
        advice=problem.advice if known else CHECK,
    )


KIND = OperationKind(
    name="import",
    prefix="imp",
    plan=ImportPlan,
    result=ImportResult,
    steps=planned_steps,
    workflow=import_model,
)
