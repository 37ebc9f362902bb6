"""Clusters of the workspace, and what the region's machines have."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping

from services import diagnosis
from services.azureml.responses import Json
from services.azureml.sdk import Sdk
from services.clock import Clock
from services.errors import NotFoundError
from services.models import Cluster, Quota

# Completes "Azure could not …" where a call fails.
FIND_CLUSTER = "find the cluster {name}"
LIST_SIZES = "list the machine sizes"
READ_CHEAP_QUOTA = "read the quota of low-priority machines"

KEPT = 24 * 3600.0  # simulated seconds; a region's sizes hardly ever change
MEBIBYTE = 2**20
# `Microsoft.MachineLearningServices/lowPriorityCores/usages`, `TotalLowPriorityCores`
LOW_PRIORITY = re.compile(r"low[ -]?priority", re.IGNORECASE)


class Computes:
    """Reads computes; `Jobs` makes the one it needs."""

    def __init__(self, sdk: Sdk, region: Callable[[], str], clock: Clock) -> None:
        self._sdk = sdk
        self._region = region
        self._clock = clock
        self._disks: Mapping[str, int] = {}
        self._read = float("-inf")
        self._lock = threading.Lock()

    def cluster(self, name: str) -> Cluster | None:
        """Return the compute of that name; None where there is none.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        try:
            answer = self._sdk.read(
                FIND_CLUSTER.format(name=name), lambda client: client.compute.get(name)
            )
        except NotFoundError:
            return None
        document = next((found for found in answer.documents if "properties" in found), {})
        return _cluster(name, document)

    def low_priority_quota(self) -> tuple[Quota, ...]:
        """Return the rows of low-priority cores that set a limit: one pool for all families.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        region = self._region()
        answer = self._sdk.read(
            READ_CHEAP_QUOTA, lambda client: list(client.compute.list_usage(location=region))
        )
        found = (_cheap(row) for row in answer.items())
        return tuple(row for row in found if row is not None)

    def disks(self) -> Mapping[str, int]:
        """Bytes of the local disk of each size of the region, by its name in small letters.

        A size whose disk Azure does not tell is left out. Kept for a day.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        with self._lock:
            if self._clock.now() - self._read > KEPT:
                region = self._region()
                answer = self._sdk.read(
                    LIST_SIZES,
                    lambda client: list(client.compute.list_sizes(location=region)),
                )
                self._disks = dict(_disk(row) for row in answer.items() if _disk(row)[1])
                self._read = self._clock.now()
            return self._disks


def _cluster(name: str, document: Json) -> Cluster:
    body = _object(document.get("properties"))
    own = _object(body.get("properties"))
    errors = [_said(each) for each in _list(body.get("provisioningErrors"))]
    identity = str(_object(document.get("identity")).get("type") or "")
    counts, scale = _object(own.get("nodeStateCounts")), _object(own.get("scaleSettings"))
    troubles = (_said(each) for each in _list(own.get("errors")))
    return Cluster(
        name=name,
        kind=str(body.get("computeType") or ""),
        size=str(own.get("vmSize") or ""),
        state=str(body.get("provisioningState") or ""),
        identity="" if identity == "None" else identity,
        error=next((message or code for code, message in errors if message or code), ""),
        power=str(own.get("state") or ""),
        low_priority=str(own.get("vmPriority") or "").casefold() == "lowpriority",
        resizing=str(own.get("allocationState") or "").casefold() == "resizing",
        machines=_count(own.get("currentNodeCount")),
        at_work=_count(counts.get("runningNodeCount")),
        taken_back=_count(counts.get("preemptedNodeCount")),
        most=_count(scale.get("maxNodeCount")),
        troubles=tuple(trouble for trouble in troubles if any(trouble)),
    )


def _said(error: object) -> tuple[str, str]:
    """Return code and message of an error, the innermost; empty where it has none."""
    answer = diagnosis.read(error)
    return answer.code, answer.innermost


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    """The list; of a single thing a list of it."""
    return value if isinstance(value, list) else [value] if value else []


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _cheap(row: Json) -> Quota | None:
    """Return a row of the usages that counts low-priority cores of the subscription, else None."""
    name = row.get("name")
    value = str((name.get("value") if isinstance(name, dict) else name) or "")
    used, limit = _count(row.get("currentValue")), _count(row.get("limit"))
    counts = LOW_PRIORITY.search(f"{row.get('type')} {value}")
    if not counts or "/workspaces/" in str(row.get("id")) or used is None or limit is None:
        return None
    return Quota(family=value, used=used, limit=limit) if limit >= 0 else None


def _disk(row: Json) -> tuple[str, int]:
    """Name and bytes; `maxResourceVolumeMB` is the disk that comes with the machine."""
    size = row.get("maxResourceVolumeMB")
    known = size if isinstance(size, int | float) else 0
    return str(row.get("name") or "").lower(), int(known * MEBIBYTE)
