"""Compute clusters of the workspace."""

from __future__ import annotations

from bot.sandbox.azureml.arm import Json, bad
from bot.sandbox.azureml.quota import Quota, Size
from bot.sandbox.azureml.resources import Asked, ChangingResources, Kind
from bot.sandbox.azureml.state import REGION, Change, State

QUOTA_CHECKED = 30.0


class Computes(ChangingResources):
    """AmlCompute clusters; they keep as many nodes as their minimum says."""

    kind = Kind(
        collection="computes",
        path="computes/{name}",
        noun="compute",
        absent="Compute {key} was not found.",
        family="cidp",
        creating=300.0,
        updating=30.0,
        deleting=60.0,
        status="partial",
        note="AmlCompute only",
    )

    def __init__(self, state: State, quota: Quota) -> None:
        super().__init__(state)
        self._quota = quota

    def wanted(self, asked: Asked) -> tuple[Json, Change]:
        if asked.properties.get("computeType") != "AmlCompute":
            raise bad("BadArgument", "This sandbox makes clusters (AmlCompute) only.")
        wanted = asked.properties.get("properties") or {}
        size = self._quota.size(str(wanted.get("vmSize") or ""))
        if size is None or size.retired:
            raise bad("BadArgument", f"The VM size {wanted.get('vmSize')} is not offered here.")
        scale = wanted.get("scaleSettings") or {}
        document = {
            **(asked.before or {}),
            "size": size.name,
            "min_nodes": int(scale.get("minNodeCount") or 0),
            "properties": wanted,
        }
        return document, self._change(asked.path, size, asked.before)

    def _change(self, path: str, size: Size, before: Json | None) -> Change:
        """A cluster for which not even one node fits the quota fails."""
        limit = self._quota.limit(size)
        if limit < size.vcpus or self._state.faults.take("azure", path, "quota"):
            message = (
                f"The specified subscription has a {size.family} vCPU quota of {limit} and "
                "cannot accommodate for at least 1 requested managed compute node which maps "
                f"to {size.vcpus} vCPUs."
            )
            error = {"code": "ClusterMinNodesExceedCoreQuota", "message": message}
            return self.change(before, seconds=QUOTA_CHECKED, error=error)
        return self.change(before)

    def _starved(self, key: str, document: Json) -> Json | None:
        """The error of a cluster that a job waits for, and that gets no node."""
        jobs = self._state.collection("jobs").values()
        if not any(job.get("starves") == key and job["cancelled"] is None for job in jobs):
            return None
        size = self._quota.size(document["size"])
        if size is None:
            return None
        limit = self._quota.limit(size)
        message = (
            f"Operation results in exceeding quota limits of Core. Maximum allowed: {limit}, "
            f"Current in use: {limit}, Additional requested: {size.vcpus}."
        )
        return {"code": "ClusterCoreQuotaReached", "message": message}

    def shape(self, key: str, document: Json) -> Json:
        error = document["change"]["error"]
        failed = error and not self._state.busy(document)
        starved = self._starved(key, document)
        return {
            "location": REGION,
            "properties": {
                "computeType": "AmlCompute",
                "computeLocation": REGION,
                "provisioningState": self._state.provisioning(document),
                "provisioningErrors": [{"error": error}] if failed else None,
                "isAttachedCompute": False,
                "properties": {
                    "vmPriority": "Dedicated",
                    **document["properties"],
                    "allocationState": "Resizing" if starved else "Steady",
                    "errors": [{"error": starved}] if starved else None,
                    "currentNodeCount": document["min_nodes"],
                    "targetNodeCount": document["min_nodes"],
                },
            },
        }
