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
from services.azureml.endpoints import TAG_OPERATION
from services.errors import QuotaExceededError, ServiceRefusedError
from services.models import (
    DeploymentSpec,
    DeployPlan,
    DeployResult,
    Endpoint,
    EndpointSpec,
    Operation,
    Problem,
    RemoteStatus,
    Step,
)
from services.store.records import JSON
from services.tasks import CLASSIFIER_TASK
from services.workflows.first_question import ask_about_grid
from services.workflows.steps import Work, failure, perform, stored
from services.workflows.telling import announce, finish, happy_ending, unhappy_ending
from services.workflows.tools import tools
from services.workflows.watching import (
    IN_PROGRESS,
    check_progress,
    deployment_status,
    endpoint_status,
    logs_of,
)

_LONGEST_REMOVAL = 3600.0  # simulated seconds


def planned_steps(plan: DeployPlan) -> tuple[Step, ...]:
    """What people see from the beginning."""
    return (
        Step(name="quota", title="Check the quota"),
        Step(name="endpoint", title=f"Create the endpoint {plan.endpoint}"),
        Step(name="deployment", title=f"Start the model on {plan.size}"),
        Step(name="test", title="Ask it a first question"),
        Step(name="traffic", title="Send all traffic to it"),
    )


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
        plan = _plan(work.operation)
        endpoint = await work.call(lambda: tools().azureml.endpoints.get(plan.endpoint))
        if endpoint is not None and _is_ours(endpoint, work.operation):
            return {}  # a repetition: our own deployment may be using the quota already
        quota = await work.call(tools().azureml.endpoints.quota)
        left = planning.cores_left(quota, plan.family)
        if left is not None and left < plan.cores_needed:
            raise QuotaExceededError(
                f"The quota no longer covers {plan.model_name} on {plan.size}.",
                why=f"It needs {plan.cores_needed} cores of {plan.family} in {plan.region}; "
                f"{left} are left.",
                advice="Choose a smaller size, delete an endpoint you no longer need, or ask for "
                "more quota in the Azure portal.",
            )
        return {}

    return await perform(operation_id, "quota", check)


@DBOS.step(name="deploy.endpoint")
async def create_endpoint(operation_id: str, _facts: JSON) -> JSON:
    async def create(work: Work) -> JSON:
        plan, began = _plan(work.operation), tools().clock.now()
        while (found := await work.call(lambda: tools().azureml.endpoints.get(plan.endpoint))) and (
            found.state == "Deleting"
        ):
            if tools().clock.now() - began > _LONGEST_REMOVAL:
                break
            await work.detail("Waiting until an earlier endpoint of this name is gone")
            await work.between_polls()
        if found is not None:
            _check_ours(found, work.operation)
            return {"endpoint_url": ""}
        spec = EndpointSpec(
            name=plan.endpoint,
            operation=work.operation.id,
            requested_by=work.operation.asked.user,
        )
        return {"endpoint_url": await work.call(lambda: tools().azureml.endpoints.create(spec))}

    return await perform(operation_id, "endpoint", create, more=True)


@DBOS.step(name="deploy.endpoint-wait", preemptible=True)
async def await_endpoint(operation_id: str, facts: JSON) -> JSON:
    async def wait(work: Work) -> JSON:
        plan, began = _plan(work.operation), tools().clock.now()
        while True:
            remote = await work.call(lambda: endpoint_status(plan, facts["endpoint_url"]))
            if remote.state == "Succeeded":
                return {}
            check_progress(remote, began, "the endpoint")
            await work.between_polls()

    return await perform(operation_id, "endpoint", wait)


@DBOS.step(name="deploy.deployment")
async def create_deployment(operation_id: str, _facts: JSON) -> JSON:
    async def create(work: Work) -> JSON:
        plan = _plan(work.operation)
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
        )
        return {"deployment_url": await work.call(lambda: tools().azureml.endpoints.deploy(spec))}

    return await perform(operation_id, "deployment", create, more=True)


@DBOS.step(name="deploy.deployment-wait", preemptible=True)
async def await_deployment(operation_id: str, facts: JSON) -> JSON:
    problems: list[Problem] = []

    async def wait(work: Work) -> JSON:
        plan, began = _plan(work.operation), tools().clock.now()
        while True:
            remote = await work.call(lambda: deployment_status(plan, facts["deployment_url"]))
            if remote.state == "Succeeded":
                await work.detail("")
                return {}
            if remote.state not in IN_PROGRESS:
                logs = await work.call(lambda: logs_of(plan))
                problems.append(_explained(plan, remote, logs))
                raise ServiceRefusedError(problems[0].what, code=problems[0].code)
            check_progress(remote, began, "the deployment")
            phase = diagnosis.phase(await work.call(lambda: logs_of(plan)))
            if phase:
                await work.detail(phase)
            await work.between_polls()

    outcome = await perform(operation_id, "deployment", wait)
    return failure(problems[0]) if problems else outcome


@DBOS.step(name="deploy.test", preemptible=True)
async def ask(operation_id: str, _facts: JSON) -> JSON:
    async def question(work: Work) -> JSON:
        plan = _plan(work.operation)
        if plan.task != CLASSIFIER_TASK:
            await work.detail(f"Skipped: no sample question is known for {plan.task or 'its task'}")
            return {"smoke_test": ""}
        answer = await work.call(lambda: ask_about_grid(plan))
        await work.detail(answer)
        return {"smoke_test": answer}

    return await perform(operation_id, "test", question)


@DBOS.step(name="deploy.traffic", preemptible=True)
async def send_traffic(operation_id: str, _facts: JSON) -> JSON:
    async def send(work: Work) -> JSON:
        plan, began = _plan(work.operation), tools().clock.now()
        url = await work.call(
            lambda: tools().azureml.endpoints.set_traffic(plan.endpoint, plan.deployment)
        )
        while True:
            remote = await work.call(lambda: endpoint_status(plan, url))
            if remote.state == "Succeeded":
                return {}
            check_progress(remote, began, "the traffic rule")
            await work.between_polls()

    return await perform(operation_id, "traffic", send)


@DBOS.step(name="deploy.cleanup", preemptible=True)
async def clean_up(operation_id: str, _facts: JSON) -> JSON:
    """Delete what this operation made, and nothing else; keeps the facts' `ok` and `problem`."""

    async def remove(work: Work) -> JSON:
        plan, began, text = _plan(work.operation), tools().clock.now(), "Nothing was left at Azure"
        while tools().clock.now() - began < _LONGEST_REMOVAL:
            found = await work.call(lambda: tools().azureml.endpoints.get(plan.endpoint))
            if found is None or not _is_ours(found, work.operation):
                await work.detail(text)
                return {}
            await work.detail(f"Deleting the endpoint {plan.endpoint}")
            if found.state != "Deleting":
                await work.call(lambda: tools().azureml.endpoints.delete(plan.endpoint))
            text = f"Deleted the endpoint {plan.endpoint}"
            await work.between_polls()
        raise ServiceRefusedError(f"Azure did not delete {plan.endpoint}.", code="NotDeleted")

    outcome = await perform(operation_id, "cleanup", remove, title="Clean up", stoppable=False)
    return {"clean": outcome["ok"]}


@DBOS.step(name="deploy.conclude")
async def conclude(operation_id: str, facts: JSON) -> JSON:
    """The ending that `finish` records."""
    operation = stored(operation_id)
    plan = _plan(operation)
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
    left = "" if facts.get("clean", True) else _LEFT.format(endpoint=plan.endpoint)
    return unhappy_ending(facts, left)


_LEFT = (
    "The endpoint {endpoint} could not be deleted and may cost money: "
    "delete it in Azure Machine Learning studio."
)


def _explained(plan: DeployPlan, remote: RemoteStatus, logs: str) -> Problem:
    """Why the deployment failed; where cores are missing, how many of which family."""
    problem = diagnosis.explain(remote.code, remote.message, logs)
    shortage = planning.shortage(remote.message, plan.family, plan.region)
    if not shortage:
        return problem
    first = diagnosis.first_line(remote.message)
    return dataclasses.replace(problem, why=shortage, evidence=(first,))


def _plan(operation: Operation) -> DeployPlan:
    if not isinstance(operation.plan, DeployPlan):
        raise TypeError(f"{operation.id} is no deployment")
    return operation.plan


def _is_ours(endpoint: Endpoint, operation: Operation) -> bool:
    return dict(endpoint.tags).get(TAG_OPERATION) == operation.id


def _check_ours(endpoint: Endpoint, operation: Operation) -> None:
    if _is_ours(endpoint, operation):
        return
    other = dict(endpoint.tags).get(TAG_OPERATION)
    raise ServiceRefusedError(
        f"There is an endpoint called {endpoint.name} already.",
        why=f"The operation {other} made it." if other else "Somebody made it outside this bot.",
        advice="Deploy under another name with endpoint:<name>, or delete the old one first.",
        code="EndpointTaken",
    )
