"""Deploying a model: endpoint, deployment, a first question to it, and all traffic to it.

The step sequence of `deploy.v1` is frozen once released; the next change ships `deploy.v2`.
Every step may run twice (a process can die between the effect and its record): names are fixed by
the plan, everything is asked for by name, and what is there already is only taken for ours when
its tag says so.
"""

from __future__ import annotations

import dataclasses

from dbos import DBOS

from services import diagnosis, planning
from services.errors import ErrorText, QuotaExceededError, ServiceRefusedError, UserError
from services.kinds import OperationKind
from services.models import (
    DeploymentSpec,
    DeployPlan,
    DeployResult,
    Endpoint,
    EndpointSpec,
    Problem,
    RemoteStatus,
    Step,
)
from services.store import records
from services.store.records import JSON
from services.tasks import CLASSIFIER_TASK
from services.workflows.first_question import ask_about_grid
from services.workflows.lifecycle import announce, finish, happy_ending, unhappy_ending
from services.workflows.ownership import (
    DEPLOY,
    ENDPOINT_TAKEN,
    check_ours,
    is_ours,
    taken,
    taken_elsewhere,
)
from services.workflows.provisioning import (
    IN_PROGRESS,
    LONGEST,
    deployment_status,
    endpoint_status,
    logs_of,
    succeeded,
    too_late,
)
from services.workflows.steps import StepFailedError, Work, perform, problem_of, stored
from services.workflows.tools import tools

_LONGEST_REMOVAL = 3600.0  # simulated seconds

STEPS = {
    "quota": "Check the quota",
    "endpoint": "Create the endpoint {endpoint}",
    "deployment": "Start the model on {size}",
    "test": "Ask it a first question",
    "traffic": "Send all traffic to it",
}
CLEAN_UP = "Clean up"
START_MODEL = "start the model on {size}"  # completes "Azure could not …"
WAITING_FOR_NAME = "Waiting until an earlier endpoint of this name is gone"
QUOTA_UNKNOWN = "Not known, so Azure may refuse: {reason}"
NO_QUESTION = "Skipped: no sample question is known for {task}"
ITS_TASK = "its task"
NOTHING_LEFT = "Nothing was left at Azure"
DELETING, DELETED = "Deleting the endpoint {endpoint}", "Deleted the endpoint {endpoint}"
LEFT = (
    "The endpoint {endpoint} could not be deleted and may cost money: "
    "delete it in Azure Machine Learning studio."
)
THE_ENDPOINT, THE_DEPLOYMENT, THE_RULE = "the endpoint", "the deployment", "the traffic rule"
NO_QUOTA = ErrorText(
    code="QuotaNoLongerEnough",
    what="The quota no longer covers {model} on {size}.",
    why="It needs {needed} cores of {family} in {region}; {left} are left.",
    advice="Choose a smaller size, delete an endpoint you no longer need, or ask for more quota in "
    "the Azure portal.",
)
SHORT_OF_CORES = "It needs {needed} cores of {family} in {region}; {left} of {limit} are left."
NOT_DELETED = ErrorText(code="NotDeleted", what="Azure did not delete {endpoint}.")


def planned_steps(plan: DeployPlan) -> tuple[Step, ...]:
    """Return the steps that people see from the beginning."""
    places = {"endpoint": plan.endpoint, "size": plan.size}
    return tuple(Step(name=name, title=title.format(**places)) for name, title in STEPS.items())


@DBOS.workflow(name="deploy.v1", max_recovery_attempts=1000)
async def deploy(operation_id: str, boot: str) -> JSON:
    """`boot` names the process that started it; in any other one this is a recovery."""
    await announce(operation_id, boot)
    facts: JSON = {"ok": True}
    for step in (
        check_quota,
        create_endpoint,
        await_endpoint,
        create_deployment,
        await_deployment,
        ask,
        send_traffic,
    ):
        facts = {**facts, **await step(operation_id, facts)}
        if not facts["ok"]:
            facts = {**facts, **await clean_up(operation_id, facts)}
            break
    return await finish(operation_id, await conclude(operation_id, facts), boot)


@DBOS.step(name="deploy.quota")
async def check_quota(operation_id: str, _facts: JSON) -> JSON:
    async def check(work: Work) -> JSON:
        plan = work.plan(DeployPlan)
        endpoint = await work.call(lambda: tools().azureml.endpoints.get(plan.endpoint))
        if endpoint is not None and is_ours(endpoint, work.operation):
            return {}  # a repetition: our own deployment may be using the quota already
        try:
            quota = await work.call(tools().azureml.endpoints.quota)
        except UserError as error:
            await work.detail(QUOTA_UNKNOWN.format(reason=error.what))
            return {}  # as the plan said: Azure itself will tell
        left = planning.cores_left(quota, plan.family)
        if left is not None and left < plan.cores_needed:
            raise QuotaExceededError(
                NO_QUOTA,
                code="QuotaExceeded",
                model=plan.model_name,
                size=plan.size,
                needed=plan.cores_needed,
                family=plan.family,
                region=plan.region,
                left=left,
            )
        return {}

    return await perform(operation_id, "quota", check)


@DBOS.step(name="deploy.endpoint")
async def create_endpoint(operation_id: str, _facts: JSON) -> JSON:
    async def create(work: Work) -> JSON:
        plan = work.plan(DeployPlan)

        async def look() -> tuple[Endpoint | None] | None:
            found = await work.call(lambda: tools().azureml.endpoints.get(plan.endpoint))
            if found is None or found.state != "Deleting":
                return (found,)
            await work.detail(WAITING_FOR_NAME)
            return None

        (found,) = await work.poll(look, limit=_LONGEST_REMOVAL, late=lambda: taken(plan.endpoint))
        if found is not None:
            check_ours(found, work.operation)
            return {"endpoint_url": ""}
        spec = EndpointSpec(
            name=plan.endpoint,
            operation=work.operation.id,
            requested_by=work.operation.asked.user,
            run_by=work.operation.run_by or "",
        )
        try:
            url = await work.call(lambda: tools().azureml.endpoints.create(spec))
        except ServiceRefusedError as error:
            if error.code != ENDPOINT_TAKEN:
                raise
            said = str(error.fields.get("said", ""))
            raise taken_elsewhere(plan.endpoint, plan.region, said) from error
        return {"endpoint_url": url}

    return await perform(operation_id, "endpoint", create, more=True)


@DBOS.step(name="deploy.endpoint-wait", preemptible=True)
async def await_endpoint(operation_id: str, facts: JSON) -> JSON:
    async def wait(work: Work) -> JSON:
        plan = work.plan(DeployPlan)
        await succeeded(work, lambda: endpoint_status(plan, facts["endpoint_url"]), THE_ENDPOINT)
        return {}

    return await perform(operation_id, "endpoint", wait)


@DBOS.step(name="deploy.deployment")
async def create_deployment(operation_id: str, _facts: JSON) -> JSON:
    async def create(work: Work) -> JSON:
        plan = work.plan(DeployPlan)
        found = await work.call(
            lambda: tools().azureml.endpoints.deployment(plan.endpoint, plan.deployment)
        )
        if found is not None:
            return {"deployment_url": ""}  # Azure refuses a second PUT while the first is running
        spec = DeploymentSpec(
            name=plan.deployment,
            endpoint=plan.endpoint,
            model=plan.model,
            size=plan.size,
            count=plan.count,
            operation=work.operation.id,
            requested_by=work.operation.asked.user,
            run_by=work.operation.run_by or "",
        )
        try:
            url = await work.call(lambda: tools().azureml.endpoints.deploy(spec))
        except QuotaExceededError as error:
            said = "\n".join(error.evidence)
            raise StepFailedError(_in_numbers(plan, problem_of(error), said)) from error
        return {"deployment_url": url}

    return await perform(operation_id, "deployment", create, more=True)


@DBOS.step(name="deploy.deployment-wait", preemptible=True)
async def await_deployment(operation_id: str, facts: JSON) -> JSON:
    async def wait(work: Work) -> JSON:
        plan = work.plan(DeployPlan)

        async def look() -> bool | None:
            remote = await work.call(lambda: deployment_status(plan, facts["deployment_url"]))
            if remote.state == "Succeeded":
                return True
            logs = await work.call(lambda: logs_of(plan))
            if remote.state not in IN_PROGRESS:
                raise StepFailedError(_explained(plan, remote, logs))
            phase = diagnosis.phase(logs)
            if phase:
                await work.detail(phase)
            return None

        await work.poll(look, limit=LONGEST, late=lambda: too_late(THE_DEPLOYMENT))
        await work.detail("")
        return {}

    return await perform(operation_id, "deployment", wait)


@DBOS.step(name="deploy.test", preemptible=True)
async def ask(operation_id: str, _facts: JSON) -> JSON:
    async def question(work: Work) -> JSON:
        plan = work.plan(DeployPlan)
        if plan.task != CLASSIFIER_TASK:
            await work.detail(NO_QUESTION.format(task=plan.task or ITS_TASK))
            return {"smoke_test": ""}
        answer = await work.call(lambda: ask_about_grid(plan))
        await work.detail(answer)
        return {"smoke_test": answer}

    return await perform(operation_id, "test", question)


@DBOS.step(name="deploy.traffic", preemptible=True)
async def send_traffic(operation_id: str, _facts: JSON) -> JSON:
    async def send(work: Work) -> JSON:
        plan = work.plan(DeployPlan)
        url = await work.call(
            lambda: tools().azureml.endpoints.set_traffic(plan.endpoint, plan.deployment)
        )
        await succeeded(work, lambda: endpoint_status(plan, url), THE_RULE)
        return {}

    return await perform(operation_id, "traffic", send)


@DBOS.step(name="deploy.cleanup", preemptible=True)
async def clean_up(operation_id: str, facts: JSON) -> JSON:
    """Delete what this operation made, and nothing else; keeps the facts' `ok` and `problem`."""

    async def remove(work: Work) -> JSON:
        plan, said = work.plan(DeployPlan), NOTHING_LEFT
        if not work.began_step("endpoint"):
            await work.detail(said)  # nothing can be there that Azure would have to be asked for
            return {}

        async def look() -> str | None:
            nonlocal said
            found = await work.call(lambda: tools().azureml.endpoints.get(plan.endpoint))
            if found is None or not is_ours(found, work.operation):
                return said
            await work.detail(DELETING.format(endpoint=plan.endpoint))
            if found.state != "Deleting":
                await work.call(lambda: tools().azureml.endpoints.delete(plan.endpoint))
            said = DELETED.format(endpoint=plan.endpoint)
            return None

        def late() -> ServiceRefusedError:
            return ServiceRefusedError(NOT_DELETED, endpoint=plan.endpoint)

        await work.detail(await work.poll(look, limit=_LONGEST_REMOVAL, late=late))
        return {}

    outcome = await perform(operation_id, "cleanup", remove, title=CLEAN_UP, stoppable=False)
    return {"clean": outcome["ok"], "why_left": _why_left(outcome, _problem_in(facts))}


@DBOS.step(name="deploy.conclude")
async def conclude(operation_id: str, facts: JSON) -> JSON:
    """The ending that `finish` records."""
    operation = stored(operation_id)
    plan = KIND.plan_of(operation)
    if facts["ok"]:
        result = DeployResult(
            endpoint=plan.endpoint,
            deployment=plan.deployment,
            model_name=plan.model_name,
            model_version=plan.model_version,
            task=plan.task,
            size=plan.size,
            count=plan.count,
            usd_per_hour=plan.usd_per_hour,
            smoke_test=facts.get("smoke_test", ""),
        )
        return happy_ending(result)
    left = "" if facts.get("clean", True) else LEFT.format(endpoint=plan.endpoint)
    ending = {**facts, "problem": records.dump(_named(plan, _problem_in(facts)))}
    return unhappy_ending(ending, " ".join(filter(None, (left, facts.get("why_left", "")))))


def _problem_in(facts: JSON) -> Problem | None:
    problem: Problem | None = records.load(Problem | None, facts.get("problem"))
    return problem


def _named(plan: DeployPlan, problem: Problem | None) -> Problem | None:
    """The same problem; where Azure found the name taken, with one that may be free."""
    if problem is None or problem.template != diagnosis.NAME_TAKEN:
        return problem
    return problem_of(taken_elsewhere(plan.endpoint, plan.region, problem.why))


def _why_left(outcome: JSON, before: Problem | None) -> str:
    """Why the endpoint could not be deleted, and who can do something about it.

    Nothing that was said before of the failure itself is said again.
    """
    problem = _problem_in(outcome)
    if problem is None:
        return ""
    said = () if before is None else (before.what, before.advice)
    return " ".join(part for part in (problem.what, problem.advice) if part and part not in said)


def _explained(plan: DeployPlan, remote: RemoteStatus, logs: str) -> Problem:
    """Why the deployment failed; where cores are missing, how many of which family."""
    doing = START_MODEL.format(size=plan.size)
    problem = diagnosis.explain(remote.code, remote.message, logs, doing=doing)
    return _in_numbers(plan, problem, remote.message)


def _in_numbers(plan: DeployPlan, problem: Problem, said: str) -> Problem:
    """The same problem; where cores are missing, with the family and region of the plan."""
    found = diagnosis.shortage(said)
    if problem.template != diagnosis.SHORT_OF_QUOTA or found.needed is None or found.left is None:
        return problem
    why = SHORT_OF_CORES.format(
        needed=found.needed,
        family=plan.family,
        region=plan.region,
        left=found.left,
        limit=found.limit,
    )
    return dataclasses.replace(problem, why=why)


KIND = OperationKind(
    name=DEPLOY,
    prefix="dep",
    plan=DeployPlan,
    result=DeployResult,
    steps=planned_steps,
    workflow=deploy,
)
