"""Compute clusters of the workspace."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from bot.sandbox.azureml.arm import (
    WORKSPACE,
    Json,
    Route,
    answer,
    bad,
    body_of,
    empty,
    missing,
    page,
)
from bot.sandbox.azureml.endpoints import busy
from bot.sandbox.azureml.quota import Quota, Size
from bot.sandbox.azureml.state import REGION, WORKSPACE_PATH, Change, State

FAMILY = "cidp"
CREATING, UPDATING, DELETING = 300.0, 30.0, 60.0
QUOTA_CHECKED = 30.0


class Computes:
    """AmlCompute clusters; they keep as many nodes as their minimum says."""

    def __init__(self, state: State, quota: Quota) -> None:
        self._state = state
        self._quota = quota

    def routes(self) -> Iterator[Route]:
        one = f"{WORKSPACE}/computes/{{name}}"
        yield Route(method="GET", path=f"{WORKSPACE}/computes", handler=self.listed)
        yield Route(method="GET", path=one, handler=self.got)
        yield Route(
            method="PUT", path=one, handler=self.put, status="partial", note="AmlCompute only"
        )
        yield Route(method="DELETE", path=one, handler=self.delete)

    async def listed(self, request: web.Request) -> web.Response:
        found = self._state.collection("computes").items()
        return page(request, self._state.base_url, [self._body(n, d) for n, d in found])

    async def got(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        document = self._state.collection("computes").get(name)
        if document is None:
            raise missing(f"Compute {name} was not found.", "ResourceNotFound")
        return answer(self._body(name, document))

    async def put(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        before = self._state.collection("computes").get(name)
        if before is not None and self._state.busy(before):
            raise busy("compute", name, self._state.provisioning(before))
        asked = (await body_of(request)).get("properties") or {}
        if asked.get("computeType") != "AmlCompute":
            raise bad("BadArgument", "This sandbox makes clusters (AmlCompute) only.")
        wanted = asked.get("properties") or {}
        size = self._quota.size(str(wanted.get("vmSize") or ""))
        if size is None or size.retired:
            raise bad("BadArgument", f"The VM size {wanted.get('vmSize')} is not offered here.")
        scale = wanted.get("scaleSettings") or {}
        document = {
            **(before or {}),
            "size": size.name,
            "min_nodes": int(scale.get("minNodeCount") or 0),
            "properties": wanted,
        }
        change = self._change(request.path, size, before)
        operation = self._state.begin("computes", name, document, change, FAMILY)
        headers = {"Azure-AsyncOperation": self._state.operation_url(operation)}
        return answer(self._body(name, document), status=200 if before else 201, headers=headers)

    async def delete(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        document = self._state.collection("computes").get(name)
        if document is None:
            return empty(204)
        change = Change(verb="Deleting", seconds=DELETING)
        operation = self._state.begin("computes", name, document, change, FAMILY)
        return empty(202, {"Azure-AsyncOperation": self._state.operation_url(operation)})

    def _change(self, path: str, size: Size, before: Json | None) -> Change:
        """A cluster for which not even one node fits the quota fails."""
        verb = "Updating" if before else "Creating"
        limit = self._quota.limit(size)
        if limit < size.vcpus or self._state.faults.take("azure", path, "quota"):
            message = (
                f"The specified subscription has a {size.family} vCPU quota of {limit} and "
                "cannot accommodate for at least 1 requested managed compute node which maps "
                f"to {size.vcpus} vCPUs."
            )
            error = {"code": "ClusterMinNodesExceedCoreQuota", "message": message}
            return Change(verb=verb, seconds=QUOTA_CHECKED, error=error)
        return Change(verb=verb, seconds=UPDATING if before else CREATING)

    def _body(self, name: str, document: Json) -> Json:
        error = document["change"]["error"]
        failed = error and not self._state.busy(document)
        return {
            "id": f"{WORKSPACE_PATH}/computes/{name}",
            "name": name,
            "type": "Microsoft.MachineLearningServices/workspaces/computes",
            "location": REGION,
            "systemData": self._state.system_data(document),
            "properties": {
                "computeType": "AmlCompute",
                "computeLocation": REGION,
                "provisioningState": self._state.provisioning(document),
                "provisioningErrors": [{"error": error}] if failed else None,
                "isAttachedCompute": False,
                "properties": {
                    "vmPriority": "Dedicated",
                    **document["properties"],
                    "allocationState": "Steady",
                    "currentNodeCount": document["min_nodes"],
                    "targetNodeCount": document["min_nodes"],
                },
            },
        }
