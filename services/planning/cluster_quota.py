"""Whether the quota lets the import's cluster have a machine: asked before anything is spent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from services.models import Check, Cluster, Quota, VmSize
from services.planning.findings import Findings
from services.planning.imports import IMPORT_SIZE
from services.planning.sizes import cores_left, same_family

QUOTA = "Quota"  # the title
TOTALS = ("total", "low")  # how the names of rows begin that count all families
LOW_PRIORITY = re.compile(r"low[ -]?priority", re.IGNORECASE)
NOT_KNOWN = "Azure does not say how many cores are left for {size}"
THE_MACHINES = "the cluster's machines"
HAS_MACHINES = "{cluster} has {count} of its machines already"
NO_MACHINES = "{cluster} may have no machine at all: its largest number is 0"
RAISE_NUMBER = "Raise it in the studio. {other}"
OTHER_CLUSTER = "Or set AML_BOT_IMPORT_COMPUTE to another cluster."
TOO_SMALL = "a machine of {size} takes {needed} cores, and the quota of {family} is {limit}"
ASK = (
    "Ask for more in the Azure portal (Quotas, Machine Learning), or set AML_BOT_IMPORT_COMPUTE to "
    "a cluster of another family{such}."
)
SUCH = ", for example {size}, for which there is quota"
USED_UP = (
    "a machine of {size} takes {needed} cores, and {left} of the {limit} of {family} are left: the "
    "job would wait until others give theirs back"
)
FREE_SOME = (
    "Delete a deployment or a machine that nobody needs, or ask for more in the Azure portal "
    "(Quotas, Machine Learning)."
)
ENOUGH = "a machine of {size} takes {needed} cores; {left} of the {limit} of {family} are left"
NO_LIMIT = "a machine of {size} takes {needed} cores; Azure sets no limit for {family}"


def quota(found: Findings) -> Check:
    """Judge whether the cluster can get its one machine.

    A cluster needs the cores of its machines, without the fifth that deployments reserve. A limit
    that is too small will never do; one that others use up only means to wait.
    """
    size, cluster = found.known_size, found.cluster
    if cluster is not None and cluster.most == 0:
        text = NO_MACHINES.format(cluster=cluster.name)
        advice = RAISE_NUMBER.format(other=OTHER_CLUSTER)
        return Check(title=QUOTA, passed=False, text=text, advice=advice)
    if cluster is not None and cluster.machines:
        text = HAS_MACHINES.format(cluster=cluster.name, count=cluster.machines)
        return Check(title=QUOTA, passed=True, text=text)
    rows = _rows(found.quota, size, cluster) if size else []
    if size is None or not rows:
        text = NOT_KNOWN.format(size=found.size or THE_MACHINES)
        return Check(title=QUOTA, passed=None, text=text)
    return _judged(size, rows, found.other_size)


def _judged(size: VmSize, rows: Sequence[Quota], other: str) -> Check:
    """By the row that leaves least: the family's, or that of all families together."""
    limited = [row for row in rows if _limit(row) is not None]
    if not limited:
        text = NO_LIMIT.format(size=size.name, needed=size.vcpus, family=rows[0].family)
        return Check(title=QUOTA, passed=True, text=text)
    smallest = min(limited, key=lambda row: _limit(row) or 0)
    if (_limit(smallest) or 0) < size.vcpus:
        text = TOO_SMALL.format(
            size=size.name, needed=size.vcpus, family=smallest.family, limit=_limit(smallest)
        )
        such = SUCH.format(size=other) if other else ""
        return Check(title=QUOTA, passed=False, text=text, advice=ASK.format(such=such))
    scarce = min(limited, key=_left)
    text = (ENOUGH if _left(scarce) >= size.vcpus else USED_UP).format(
        size=size.name,
        needed=size.vcpus,
        left=_left(scarce),
        limit=_limit(scarce),
        family=scarce.family,
    )
    if _left(scarce) >= size.vcpus:
        return Check(title=QUOTA, passed=True, text=text)
    return Check(title=QUOTA, passed=None, text=text, advice=FREE_SOME)


def size_with_quota(
    sizes: Mapping[str, VmSize],
    disks: Mapping[str, int],
    needed: int,
    quota: Sequence[Quota] | None,
) -> str:
    """Return the smallest processor size that is known to do and to have quota; "" for none.

    Args:
        sizes: the price table.
        disks: bytes of local disk by name in small letters, as far as Azure tells.
        needed: bytes of disk; 0 where nobody knows.
        quota: the region's.
    """
    usual = sizes.get(IMPORT_SIZE)
    fitting = [
        size
        for size in sizes.values()
        if not size.gpus
        and not size.retired
        and size.memory_gib >= (usual.memory_gib if usual else 0)
        and disks.get(size.name.lower(), -1) >= needed
        and (cores_left(quota, size.family) or 0) >= size.vcpus
    ]
    least = min(fitting, key=lambda size: (size.vcpus, size.memory_gib, size.name), default=None)
    return least.name if least else ""


def _rows(quota: Sequence[Quota] | None, size: VmSize, cluster: Cluster | None) -> list[Quota]:
    """The rows that bind: the family's and the total; of low priority there may be a total only."""
    cheap = cluster is not None and cluster.low_priority
    ours = [row for row in quota or () if bool(LOW_PRIORITY.search(row.family)) is cheap]
    family = [row for row in quota or () if same_family(row.family, size.family)]
    total = [row for row in ours if row.family.lower().startswith(TOTALS)]
    return [*family, *total] if family or cheap else []


def _limit(row: Quota) -> int | None:
    """None where the row sets none: Azure writes -1."""
    return row.limit if row.limit is not None and row.limit >= 0 else None


def _left(row: Quota) -> int:
    return max(0, (_limit(row) or 0) - row.used)
