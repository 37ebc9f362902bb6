"""Clusters of the workspace, and what the region's machines have."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from services import diagnosis
from services.azureml.responses import Json
from services.azureml.sdk import Sdk
from services.clock import Clock
from services.errors import NotFoundError
from services.models import Cluster

# Completes "Azure could not …" where a call fails.
FIND_CLUSTER = "find the cluster {name}"
LIST_SIZES = "list the machine sizes"

KEPT = 24 * 3600.0  # simulated seconds; a region's sizes hardly ever change
MEBIBYTE = 2**20


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
    body = document.get("properties") or {}
    errors = body.get("provisioningErrors") or []
    identity = str((document.get("identity") or {}).get("type") or "")
    return Cluster(
        name=name,
        kind=str(body.get("computeType") or ""),
        size=str((body.get("properties") or {}).get("vmSize") or ""),
        state=str(body.get("provisioningState") or ""),
        identity="" if identity == "None" else identity,
        error=next((text for each in errors if (text := _message(each))), ""),
    )


def _message(error: object) -> str:
    answer = diagnosis.read(error)
    return answer.innermost or answer.code


def _disk(row: Json) -> tuple[str, int]:
    """Name and bytes; `maxResourceVolumeMB` is the disk that comes with the machine."""
    size = row.get("maxResourceVolumeMB")
    known = size if isinstance(size, int | float) else 0
    return str(row.get("name") or "").lower(), int(known * MEBIBYTE)
