"""Whether the cluster can run an import: its state, its disk, its identity."""

from __future__ import annotations

from services.models import Check, Cluster
from services.planning.findings import Findings
from services.planning.imports import disk_needed

GIBIBYTE = 2**30
ROLE = "AzureML Data Scientist"

CLUSTER, DISK, IDENTITY = "Cluster", "Disk", "Identity"  # titles
OTHER_CLUSTER = (
    "Set AML_BOT_IMPORT_COMPUTE to another name: a cluster of that name is made when it is missing."
)
MACHINES_RETIRED = "{cluster} has machines of {size}, which Azure retired on {date}"
ALL_RETIRED = "no machine fits but {size}, which Azure retired on {date}"
WILL_BE_MADE = "{cluster} will be made with {size}; it costs nothing while idle"
BROKEN = "{cluster} is in the state {state}"
BROKEN_BECAUSE = "{cluster} is in the state {state}: {reason}"
MEND = "Mend or delete it in the studio. {other}"
NO_CLUSTER = "{cluster}, {size}: it is no cluster but {kind}, which may not do"
CHANGING = "{cluster}, {size}, {state} now"
THERE = "{cluster}, {size}, is there"
SIZE_UNKNOWN = "size not known"
DISK_NEED_UNKNOWN = "the Hub does not say how large it is; twice that and 1 GB must fit"
DISK_UNKNOWN = (
    "needs about {needed}: twice the repository and 1 GB. Azure does not say how much {size} has"
)
THE_MACHINES = "the cluster's machines"
DISK_TOO_SMALL = "needs about {needed}: twice the repository and 1 GB, and {size} has {disk}"
LARGER_DISK = "Make a cluster of a size with a larger disk and set AML_BOT_IMPORT_COMPUTE to it."
DISK_DOES = "needs about {needed}: twice the repository and 1 GB; {size} has {disk}"
HAS_IDENTITY = "the cluster's managed identity registers the model; it needs the role {role}"
NO_IDENTITY = (
    "the cluster has no managed identity, so the job registers with the bot's login; "
    "whether a service principal may is not known"
)
GIVE_IDENTITY = "The sure way is a managed identity with the role {role}."


def compute(found: Findings) -> Check:
    """Judge the cluster that Azure has, or the size of the one that will be made."""
    cluster, retired = found.cluster, found.known_size.retired if found.known_size else None
    if retired:
        text = MACHINES_RETIRED if cluster else ALL_RETIRED
        name = cluster.name if cluster else ""
        shown = text.format(cluster=name, size=found.size, date=retired)
        return Check(title=CLUSTER, passed=False, text=shown, advice=OTHER_CLUSTER)
    if cluster is None:
        text = WILL_BE_MADE.format(cluster=found.compute, size=found.size)
        return Check(title=CLUSTER, passed=True, text=text)
    if cluster.state in {"Failed", "Canceled"}:
        text = BROKEN_BECAUSE if cluster.error else BROKEN
        shown = text.format(cluster=cluster.name, state=cluster.state, reason=cluster.error)
        advice = MEND.format(other=OTHER_CLUSTER)
        return Check(title=CLUSTER, passed=False, text=shown, advice=advice)
    return _standing(cluster, found.size)


def _standing(cluster: Cluster, size: str) -> Check:
    """Of a cluster that Azure has, and that has not failed."""
    text = THERE
    if cluster.kind not in {"", "AmlCompute"}:
        text = NO_CLUSTER
    elif cluster.state not in {"", "Succeeded"}:
        text = CHANGING
    shown = text.format(
        cluster=cluster.name,
        size=size or SIZE_UNKNOWN,
        kind=cluster.kind,
        state=cluster.state.lower(),
    )
    return Check(title=CLUSTER, passed=True if text is THERE else None, text=shown)


def disk(found: Findings) -> Check:
    """Judge whether the repository fits onto the cluster's machines."""
    needed = disk_needed(found.hub)
    if not needed:
        return Check(title=DISK, passed=None, text=DISK_NEED_UNKNOWN)
    if found.disk is None:
        text = DISK_UNKNOWN.format(needed=_gb(needed), size=found.size or THE_MACHINES)
        return Check(title=DISK, passed=None, text=text)
    fits = found.disk >= needed
    text = (DISK_DOES if fits else DISK_TOO_SMALL).format(
        needed=_gb(needed), size=found.size, disk=_gb(found.disk)
    )
    return Check(title=DISK, passed=fits, text=text, advice="" if fits else LARGER_DISK)


def identity(found: Findings) -> Check:
    """Judge who will register the model."""
    if found.cluster is not None and found.cluster.identity:
        return Check(title=IDENTITY, passed=True, text=HAS_IDENTITY.format(role=ROLE))
    advice = GIVE_IDENTITY.format(role=ROLE)
    return Check(title=IDENTITY, passed=None, text=NO_IDENTITY, advice=advice)


def _gb(size: int) -> str:
    return f"{size / GIBIBYTE:,.1f} GB"
