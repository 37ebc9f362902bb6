"""How what was asked of Azure goes on: by the operation's address, else by the thing itself."""

from __future__ import annotations

from services.errors import NotFoundError, ServiceRefusedError, UserError
from services.models import DeployPlan, RemoteStatus
from services.workflows.tools import tools

_LONGEST = 3 * 3600.0  # simulated seconds; Azure's own limit for a deployment is about two hours
_LOG_LINES = 100
IN_PROGRESS = frozenset({"InProgress", "Creating", "Updating", "Scaling", "Running", "Accepted"})


def endpoint_status(plan: DeployPlan, url: str) -> RemoteStatus:
    """By the operation's address where Azure gave one, else by the endpoint itself."""
    if url:
        remote = _status(url)
        if remote is not None:
            return remote
    endpoint = tools().azureml.endpoints.get(plan.endpoint)
    if endpoint is None:
        return RemoteStatus(state="Failed", code="ResourceNotFound", message="it is gone")
    return RemoteStatus(state=endpoint.state)


def deployment_status(plan: DeployPlan, url: str) -> RemoteStatus:
    remote = _status(url) if url else None
    if remote is not None:
        return remote
    deployment = tools().azureml.endpoints.deployment(plan.endpoint, plan.deployment)
    if deployment is None:
        return RemoteStatus(state="Failed", code="ResourceNotFound", message="it is gone")
    return RemoteStatus(state=deployment.state)


def _status(url: str) -> RemoteStatus | None:
    """None where Azure no longer knows the operation: it forgets them after a day."""
    try:
        return tools().azureml.endpoints.status(url)
    except NotFoundError:
        return None


def check_progress(remote: RemoteStatus, began: float, subject: str) -> None:
    """Raise unless it is still going on and has not taken far too long."""
    if remote.state not in IN_PROGRESS:
        raise ServiceRefusedError(
            f"Azure ended {subject} as {remote.state}.",
            why=f"{remote.code}: {remote.message}" if remote.code else remote.message,
            advice="Retry; if it happens again, look at the endpoint in the studio.",
            code=remote.code or remote.state,
        )
    if tools().clock.now() - began > _LONGEST:
        raise ServiceRefusedError(
            f"Azure has not finished {subject} in {_LONGEST / 3600:.0f} hours.",
            advice="Retry, with another size if this one is short in your region.",
            code="TimedOut",
        )


def logs_of(plan: DeployPlan) -> str:
    """The container's log, or nothing where there is none yet: it only decorates."""
    try:
        return tools().azureml.endpoints.logs(plan.endpoint, plan.deployment, lines=_LOG_LINES)
    except UserError:
        return ""
