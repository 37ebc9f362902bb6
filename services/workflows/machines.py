"""Why a job has no machine yet, as its cluster tells: hours in a queue are said, not hidden."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from services import diagnosis
from services.errors import ServiceError
from services.models import Cluster, Job, Problem
from services.workflows.tools import tools

log = logging.getLogger(__name__)

AT_WORK = frozenset({"Running", "Finalizing", "CancelRequested", "Canceling"})
BROKEN = frozenset({"failed", "canceled"})
UNEXPLAINED = 10 * 60.0  # simulated seconds of waiting that need no reason: images are built then

WAITS = "Waiting for a machine since {since}: {reason}"
CLOCK, DAY = "%H:%M UTC", "%d %b %H:%M UTC"
GONE = "the cluster {cluster} is gone. Cancel this and import anew: it is made again."
FAILED = "the cluster {cluster} has failed. {error}Mend or delete it in the studio."
DELETED = "the cluster {cluster} is being deleted. Cancel this and import anew."
STOPPED = "{cluster} is stopped. Start it in the studio."
NEVER = (
    "the cluster {cluster} may have no machine: its largest number is 0. Raise it in the studio."
)
QUOTA = "quota. {said} Ask for more in the Azure portal (Quotas, Machine Learning), or Cancel."
CAPACITY = "{said} It starts by itself once there is one; or Cancel, and use another cluster."
TROUBLE = "{said} Look at the cluster {cluster} in the studio, or Cancel."
IN_LINE = "all {count} machines of {cluster} work for other jobs; it is in line."
IN_LINE_FOR_ONE = "the one machine of {cluster} works for another job; it is in line."
TAKEN_BACK = "Azure took it back for others, as may happen with low priority. It is tried again."
STARTING = "Azure is starting one."
NO_REASON = "Azure gives no reason. Look at the cluster {cluster} in the studio, or Cancel."
CAPACITY_CODE = "OutOfCapacity"


def waits(job: Job) -> bool:
    """Tell whether nothing of the job is at work: its machine is missing, or being made ready."""
    return not any(step.status in AT_WORK for step in job.steps) and job.status not in AT_WORK - {
        "Running"  # a pipeline runs from the beginning, whatever its steps do
    }


async def reason(name: str, since: float | None) -> str:
    """Return why the cluster gives no machine, and what to do; "" where there is nothing to say.

    Args:
        name: the cluster's.
        since: when the waiting began, in simulated seconds; None where that is not known.
    """
    now = tools().clock.now()
    began = now if since is None else since
    try:
        cluster = await asyncio.get_running_loop().run_in_executor(tools().pool, _asked(name))
    except ServiceError as error:  # the job goes on, whether or not we learn what it waits for
        log.info("the cluster %s could not be read: %s", name, error)
        return ""
    said = told(cluster, name, waited=now - began)
    return WAITS.format(since=_time(began, now), reason=said) if said else ""


def told(cluster: Cluster | None, name: str, *, waited: float) -> str:
    """Return the reason and the way out, from what is known of the cluster; "" for none.

    Args:
        cluster: None where there is none of that name.
        name: the cluster's.
        waited: simulated seconds so far.
    """
    if cluster is None:
        return GONE.format(cluster=name)
    return _broken(cluster) or _short(cluster) or _busy(cluster, waited=waited)


def _broken(cluster: Cluster) -> str:
    state = cluster.state.casefold()
    if state in BROKEN:
        error = f"{diagnosis.sentence(cluster.error).rstrip('.')}. " if cluster.error else ""
        return FAILED.format(cluster=cluster.name, error=error)
    if state == "deleting":
        return DELETED.format(cluster=cluster.name)
    if cluster.power.casefold() in {"stopped", "stopping"}:
        return STOPPED.format(cluster=cluster.name)
    return NEVER.format(cluster=cluster.name) if cluster.most == 0 else ""


def _short(cluster: Cluster) -> str:
    """By the first error that the cluster reports."""
    if not cluster.troubles:
        return ""
    code, message = cluster.troubles[0]
    problem = diagnosis.explain(code, message)
    said = _sentences(problem)
    if problem.code == CAPACITY_CODE:
        return CAPACITY.format(said=said)
    about_quota = problem.code == "OutOfQuota" or "quota" in f"{code} {message}".casefold()
    return (QUOTA if about_quota else TROUBLE).format(said=said, cluster=cluster.name)


def _busy(cluster: Cluster, *, waited: float) -> str:
    if cluster.taken_back and not cluster.at_work:
        return TAKEN_BACK
    if cluster.resizing:
        return STARTING
    most = cluster.most or 0
    if most and (cluster.at_work or 0) >= most:
        text = IN_LINE_FOR_ONE if most == 1 else IN_LINE
        return text.format(count=most, cluster=cluster.name)
    return NO_REASON.format(cluster=cluster.name) if waited > UNEXPLAINED else ""


def _asked(name: str) -> Callable[[], Cluster | None]:
    return lambda: tools().azureml.computes.cluster(name)


def _sentences(problem: Problem) -> str:
    parts = (problem.what, problem.why)
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)


def _time(moment: float, now: float) -> str:
    """The time of day; with the date where that was on another day."""
    then, today = (datetime.fromtimestamp(each, UTC) for each in (moment, now))
    return then.strftime(CLOCK if then.date() == today.date() else DAY)
