"""Virtual machine sizes and the quota of cores that deployments and clusters use up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.azureml.arm import LOCATION, Json, Route, answer
from bot.sandbox.azureml.state import REGION, SUBSCRIPTION_ID, State

TOTAL = "Total Cluster Dedicated Regional vCPUs"
TOTAL_NAME, CLUSTERS, CLUSTER_LIMIT = "TotalDedicatedCores", "TotalClusters", 200
DEDICATED, LOW_PRIORITY = "dedicatedCores/", "lowPriorityCores/"
NO_LIMIT = -1
REGION_LIMIT = 500
CPU_LIMIT = 100
T4_LIMIT = 24
MEBIBYTES = 1024  # in a gibibyte
# GiB of the disk that comes with a machine; sizes that are not here do not tell theirs.
DISKS = {
    "Standard_DS2_v2": 14,
    "Standard_DS3_v2": 28,
    "Standard_DS4_v2": 56,
    "Standard_DS5_v2": 112,
    "Standard_DS12_v2": 56,
    "Standard_NC4as_T4_v3": 176,
}
GUIDE = "Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-outofquota"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A virtual machine size; `usable` means managed endpoints may use it today."""

    name: str
    family: str
    vcpus: int
    gpus: int
    memory_gib: float
    exempt: bool
    retired: bool
    usable: bool


class Quota:
    """Counts cores by what is deployed and by the nodes that clusters keep."""

    def __init__(self, state: State, sizes: Path) -> None:
        self._state = state
        lines = sizes.read_text(encoding="utf-8").splitlines()
        found = (_size(json.loads(line)) for line in lines if line.strip())
        self._sizes = {size.name.lower(): size for size in found}

    def routes(self) -> Iterator[Route]:
        yield Route(method="GET", path=f"{LOCATION}/usages", handler=self.usages)
        yield Route(method="GET", path=f"{LOCATION}/vmSizes", handler=self.sizes)

    def size(self, name: str) -> Size | None:
        return self._sizes.get(name.lower())

    def needed(self, size: Size, instances: int) -> int:
        """Cores that a deployment takes: a fifth more for upgrades, except in exempt families."""
        reserved = instances if size.exempt else (12 * instances + 9) // 10
        return reserved * size.vcpus

    def refusal(self, size: Size, cores: int, replacing: int = 0) -> Json | None:
        """The error of an operation that finds too few cores; None when there are enough."""
        used = self.used()
        rows = ((size.family, self._limit(size.family)), (TOTAL, REGION_LIMIT))
        for family, limit in rows:
            if used[family] - replacing + cores > limit:
                return quota_error(size.name, used[family], limit, cores)
        return None

    def shortage(self, size: Size, cores: int) -> Json:
        """The same error with the family's limit as though it were all used."""
        limit = self._limit(size.family)
        return quota_error(size.name, limit, limit, cores)

    def limit(self, size: Size) -> int:
        return self._limit(size.family)

    def used(self) -> Counter[str]:
        """Cores in use by family, and their total."""
        used: Counter[str] = Counter()
        for deployment in self._state.collection("deployments").values():
            error = deployment["change"]["error"] or {}
            size = self.size(deployment["size"])
            if size and error.get("code") != "OutOfQuota":
                used[size.family] += self.needed(size, deployment["count"])
        for compute in self._state.collection("computes").values():
            size = self.size(compute["size"])
            if size and not compute["change"]["error"]:
                used[size.family] += compute["min_nodes"] * size.vcpus
        used[TOTAL] = sum(used.values())
        return used

    async def usages(self, _request: web.Request) -> web.Response:
        used = self.used()
        families = dict.fromkeys(size.family for size in self._sizes.values())
        clusters = len(self._state.collection("computes"))
        rows = [
            _row(CLUSTERS, "", clusters, CLUSTER_LIMIT),
            _row(TOTAL_NAME, DEDICATED, used[TOTAL], REGION_LIMIT, TOTAL),
            _row("TotalLowPriorityCores", LOW_PRIORITY, 0, REGION_LIMIT),
        ]
        for family in families:  # both kinds under one name: only their type tells them apart
            kind, limit = f"vmFamily/{DEDICATED}", self._limit(family)
            rows.append(_row(family, kind, used[family], limit))
            rows.append(_row(family, f"vmFamily/{LOW_PRIORITY}", 0, NO_LIMIT))
        return answer({"value": rows})

    async def sizes(self, _request: web.Request) -> web.Response:
        offered = [size for size in self._sizes.values() if not size.retired]
        return answer({"value": [_size_row(size) for size in offered]})

    def _limit(self, family: str) -> int:
        """Cores allowed: some for processors, a few for T4, none for other GPU families."""
        if any(size.gpus for size in self._sizes.values() if size.family == family):
            return T4_LIMIT if "T4" in family else 0
        return CPU_LIMIT


def quota_error(size: str, used: int, limit: int, cores: int) -> Json:
    message = (
        f"Not enough quota available for {size} in SubscriptionId {SUBSCRIPTION_ID}. "
        f"Current usage/limit: {used}/{limit}. Additional needed: {cores} {GUIDE}"
    )
    return {"code": "OutOfQuota", "message": message}


def _size(line: Json) -> Size:
    return Size(
        name=line["name"],
        family=line["arm_sku_family"],
        vcpus=line["vcpu"],
        gpus=line["gpus"],
        memory_gib=line["memory_gib"],
        exempt=bool(line["skip_20pct_reservation"]),
        retired=bool(line["retirement"]),
        usable=bool(line["managed_endpoint_supported"]) and not line["retirement"],
    )


def _row(name: str, kind: str, used: int, limit: int, words: str = "") -> Json:
    provider = "Microsoft.MachineLearningServices"
    path = f"/subscriptions/{SUBSCRIPTION_ID}/providers/{provider}/locations/{REGION}"
    return {
        "id": f"{path}/{kind}{name}/usages",
        "type": f"{provider}/{kind}usages",
        "unit": "Count",
        "currentValue": used,
        "limit": limit,
        "name": {"value": name, "localizedValue": words or name},
    }


def _size_row(size: Size) -> dict[str, Any]:
    disk = DISKS.get(size.name)
    told = {} if disk is None else {"maxResourceVolumeMB": disk * MEBIBYTES}
    return {
        **told,
        "name": size.name,
        "family": size.family,
        "vCPUs": size.vcpus,
        "gpus": size.gpus,
        "memoryGB": size.memory_gib,
        "lowPriorityCapable": True,
        "supportedComputeTypes": ["AmlCompute"],
    }
