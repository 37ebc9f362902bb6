"""How what was asked of Azure goes on: by the operation's address, else by the thing itself."""

from __future__ import annotations

from collections.abc import Callable

from services import diagnosis
from services.errors import ErrorText, NotFoundError, ServiceRefusedError, UserError
from services.models import DeployPlan, RemoteStatus
from services.workflows.steps import StepFailedError, Work
from services.workflows.tools import tools

LONGEST = 3 * 3600.0  # simulated seconds; Azure's own limit for a deployment is about two hours
_LOG_LINES = 100
IN_PROGRESS = frozenset({"InProgress", "Creating", "Updating", "Scaling", "Running", "Accepted"})
GONE = RemoteStatus(state="Failed", code="ResourceNotFound", message="it is gone")
SET_UP = "set up {subject}"  # completes "Azure could not …"

ENDED = ErrorText(
    code="AzureEnded",
    what="Azure ended {subject} as {state}.",
    why="{reason}",
    advice="Retry; if it happens again, look at the endpoint in the studio.",
)
TIMED_OUT = ErrorText(
    code="TimedOut",
    what="Azure has not finished {subject} in {hours} hours.",
    advice="Retry, with another size if this one is short in your region.",
)


def endpoint_status(plan: DeployPlan, url: str) -> RemoteStatus:
    """Return the endpoint's state, by the operation's address where Azure gave one."""
    remote = _status(url) if url else None
    if remote is not None:
        return remote
    endpoint = tools().azureml.endpoints.get(plan.endpoint)
    return GONE if endpoint is None else RemoteStatus(state=endpoint.state)


def deployment_status(plan: DeployPlan, url: str) -> RemoteStatus:
    """Return the deployment's state, by the operation's address where Azure gave one."""
    remote = _status(url) if url else None
    if remote is not None:
        return remote
    deployment = tools().azureml.endpoints.deployment(plan.endpoint, plan.deployment)
    return GONE if deployment is None else RemoteStatus(state=deployment.state)


def cluster_status(name: str, url: str) -> RemoteStatus:
    """Return the cluster's state, by the operation's address where Azure gave one."""
    remote = _status(url) if url else None
    if remote is not None:
        return remote
    cluster = tools().azureml.computes.cluster(name)
    if cluster is None:
        return GONE
    state = "Succeeded" if cluster.state.lower() in {"", "succeeded"} else cluster.state
    return RemoteStatus(state=state, message=cluster.error)


def _status(url: str) -> RemoteStatus | None:
    """None where Azure no longer knows the operation: it forgets them after a day."""
    try:
        return tools().azureml.endpoints.status(url)
    except NotFoundError:
        return None


async def succeeded(work: Work, status: Callable[[], RemoteStatus], subject: str) -> None:
    """Wait until Azure has succeeded.

    Args:
        work: the step that waits.
        status: asks Azure how it goes on.
        subject: what is waited for, in words: `the endpoint`.

    Raises:
        StepFailedError: Azure ended it otherwise, for a reason that can be explained.
        ServiceRefusedError: Azure ended it otherwise, or it takes far too long.
    """

    async def look() -> bool | None:
        return is_over(await work.call(status), subject) or None

    await work.poll(look, limit=LONGEST, late=lambda: too_late(subject))


def is_over(remote: RemoteStatus, subject: str) -> bool:
    """Tell whether Azure has succeeded.

    Raises:
        StepFailedError: it ended otherwise, for a reason that can be explained.
        ServiceRefusedError: it ended otherwise.
    """
    if remote.state == "Succeeded" or remote.state in IN_PROGRESS:
        return remote.state == "Succeeded"
    problem = diagnosis.explain(remote.code, remote.message, doing=SET_UP.format(subject=subject))
    if problem.template not in diagnosis.NO_REASON:
        raise StepFailedError(problem)
    reason = ": ".join(filter(None, (remote.code, problem.why)))
    code = remote.code or remote.state
    raise ServiceRefusedError(ENDED, code=code, subject=subject, state=remote.state, reason=reason)


def too_late(subject: str) -> UserError:
    """Return the error for what Azure has not finished in hours."""
    return ServiceRefusedError(TIMED_OUT, subject=subject, hours=f"{LONGEST / 3600:.0f}")


def logs_of(plan: DeployPlan) -> str:
    """Return the container's log, or nothing where there is none yet: it only decorates."""
    try:
        return tools().azureml.endpoints.logs(plan.endpoint, plan.deployment, lines=_LOG_LINES)
    except UserError:
        return ""
