"""Online deployments: quota, phases, failures, logs, and no deletion while they have traffic."""

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
from bot.sandbox.azureml.assets import Assets
from bot.sandbox.azureml.endpoints import Endpoints, busy, check_name
from bot.sandbox.azureml.logs import STARTED_AT, log
from bot.sandbox.azureml.quota import Quota, Size
from bot.sandbox.azureml.state import REGION, WORKSPACE_PATH, Change, State

FAMILY = "odidp"
CREATING, UPDATING, DELETING = 480.0, 120.0, 60.0
QUOTA_CHECKED = 45.0  # seconds until Azure has looked for the cores
CRASHED = CREATING * STARTED_AT + 60.0  # the container started, and died a minute later
MOST_INSTANCES, MOST_DEPLOYMENTS = 50, 20
CRASH_REASON = "the model could not be loaded"
DEFAULTS: Json = {
    "requestSettings": {"maxConcurrentRequestsPerInstance": 1, "requestTimeout": "PT5S"},
    "environmentVariables": {},
    "appInsightsEnabled": False,
    "livenessProbe": None,
    "readinessProbe": None,
    "description": None,
}


class Deployments:
    """Managed deployments beneath an online endpoint."""

    def __init__(self, state: State, endpoints: Endpoints, quota: Quota, assets: Assets) -> None:
        self._state = state
        self._endpoints = endpoints
        self._quota = quota
        self._assets = assets

    def routes(self) -> Iterator[Route]:
        every = f"{WORKSPACE}/onlineEndpoints/{{endpoint}}/deployments"
        one = f"{every}/{{deployment}}"
        yield Route(method="GET", path=every, handler=self.listed)
        yield Route(method="GET", path=one, handler=self.got)
        yield Route(
            method="PUT", path=one, handler=self.put, note="models of registries and the workspace"
        )
        yield Route(method="DELETE", path=one, handler=self.delete)
        yield Route(method="POST", path=f"{one}/getLogs", handler=self.logs)

    async def listed(self, request: web.Request) -> web.Response:
        endpoint = request.match_info["endpoint"]
        self._endpoints.document(endpoint)
        found = self._state.children("deployments", endpoint)
        bodies = [self.body(endpoint, name, document) for name, document in found]
        return page(request, self._state.base_url, bodies)

    async def got(self, request: web.Request) -> web.Response:
        endpoint, name, document = self._found(request)
        return answer(self.body(endpoint, name, document))

    async def put(self, request: web.Request) -> web.Response:
        endpoint, name = request.match_info["endpoint"], request.match_info["deployment"]
        key = f"{endpoint}/{name}"
        sent = await body_of(request)
        asked = sent.get("properties") or {}
        before = self._state.collection("deployments").get(key)
        size = self._check(endpoint, name, sent, before)
        document = {
            **(before or {}),
            "model": asked["model"],
            "size": size.name,
            "count": int((sent.get("sku") or {}).get("capacity") or 1),
            "asked": {key: asked.get(key, default) for key, default in DEFAULTS.items()},
            "tags": sent.get("tags") or {},
        }
        change = self._change(request.path, size, document, before)
        operation = self._state.begin("deployments", key, document, change, FAMILY)
        headers = {"Azure-AsyncOperation": self._state.operation_url(operation)}
        status = 201 if before is None else 200
        return answer(self.body(endpoint, name, document), status=status, headers=headers)

    async def delete(self, request: web.Request) -> web.Response:
        endpoint, name = request.match_info["endpoint"], request.match_info["deployment"]
        document = self._state.collection("deployments").get(f"{endpoint}/{name}")
        if document is None:
            return empty(204)
        share = self._endpoints.document(endpoint)["traffic"].get(name.lower(), 0)
        if share:
            message = (
                f"Deployment {name} of endpoint {endpoint} cannot be deleted while it has "
                f"traffic ({share} %). Set its traffic to 0 first."
            )
            raise bad("BadArgument", message)
        change = Change(verb="Deleting", seconds=DELETING)
        key = f"{endpoint}/{name}"
        operation = self._state.begin("deployments", key, document, change, FAMILY)
        return empty(202, {"Azure-AsyncOperation": self._state.operation_url(operation)})

    async def logs(self, request: web.Request) -> web.Response:
        _, _, document = self._found(request)
        sent = await body_of(request)
        text = log(self._state, document, str(sent.get("containerType") or "InferenceServer"))
        lines = text.splitlines()[-int(sent.get("tail") or len(text)) :]
        return answer({"content": "\n".join(lines)})

    def body(self, endpoint: str, name: str, document: Json) -> Json:
        uri = self._state.operation_url(document["change"]["operation"]).partition("&")[0]
        return {
            "id": f"{WORKSPACE_PATH}/onlineEndpoints/{endpoint}/deployments/{name}",
            "name": name,
            "type": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
            "location": REGION,
            "kind": "Managed",
            "tags": document["tags"],
            "sku": {"name": "Default", "tier": "Standard", "capacity": document["count"]},
            "systemData": self._state.system_data(document),
            "properties": {
                **document["asked"],
                "endpointComputeType": "Managed",
                "model": document["model"],
                "instanceType": document["size"],
                "provisioningState": self._state.provisioning(document),
                "scaleSettings": {"scaleType": "Default"},
                "egressPublicNetworkAccess": "Enabled",
                "properties": {"AzureAsyncOperationUri": uri},
            },
        }

    def _found(self, request: web.Request) -> tuple[str, str, Json]:
        endpoint, name = request.match_info["endpoint"], request.match_info["deployment"]
        self._endpoints.document(endpoint)
        document = self._state.collection("deployments").get(f"{endpoint}/{name}")
        if document is None:
            kind = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments"
            message = f"The Resource '{kind}/{endpoint}/{name}' was not found."
            raise missing(message, "ResourceNotFound")
        return endpoint, name, document

    def _check(self, endpoint: str, name: str, sent: Json, before: Json | None) -> Size:
        """Refuse what Azure refuses at once; gives the size that was asked for."""
        above = self._endpoints.document(endpoint)
        state = self._state.provisioning(above)
        if state != "Succeeded":
            raise busy("endpoint", endpoint, state)
        if before is not None and self._state.busy(before):
            raise busy("deployment", name, self._state.provisioning(before))
        check_name("Deployment", name)
        asked = sent.get("properties") or {}
        self._assets.check(asked.get("model"))
        wanted = str(asked.get("instanceType") or "")
        size = self._quota.size(wanted)
        if size is None or not size.usable:
            raise bad("BadArgument", f"The instance type '{wanted}' is not supported in {REGION}.")
        count = int((sent.get("sku") or {}).get("capacity") or 1)
        if not 1 <= count <= MOST_INSTANCES:
            raise bad("BadArgument", f"The instance count must be 1 to {MOST_INSTANCES}.")
        siblings = list(self._state.children("deployments", endpoint))
        if before is None and len(siblings) >= MOST_DEPLOYMENTS:
            raise bad("OutOfQuota", f"The limit of {MOST_DEPLOYMENTS} deployments is reached.")
        return size

    def _change(self, path: str, size: Size, document: Json, before: Json | None) -> Change:
        """How this deployment will go: decided now, seen when its time has come."""
        verb = "Updating" if before else "Creating"
        cores = self._quota.needed(size, document["count"])
        if self._state.faults.take("azure", path, "quota"):
            error = self._quota.shortage(size, cores)
            return Change(verb=verb, seconds=QUOTA_CHECKED, error=error)
        refused = self._quota.refusal(size, cores, self._held(size, before))
        if refused:
            return Change(verb=verb, seconds=QUOTA_CHECKED, error=refused)
        crash = self._state.faults.take("azure", path, "crash")
        if crash:
            document["crash"] = str(crash.options.get("reason") or CRASH_REASON)
            message = (
                "User container has crashed or terminated. Please see troubleshooting guide, "
                "available here: https://aka.ms/oe-tsg#error-resourcenotready"
            )
            error = {"code": "ResourceNotReady", "message": message}
            return Change(verb=verb, seconds=CRASHED, error=error)
        document.pop("crash", None)
        same = before is not None and before["size"] == document["size"]
        scaled = same and before is not None and before["model"] == document["model"]
        healthy = before is not None and not before["change"]["error"]
        return Change(verb=verb, seconds=UPDATING if scaled and healthy else CREATING)

    def _held(self, size: Size, before: Json | None) -> int:
        """Cores of the same family that the deployment holds already."""
        if before is None or (before["change"]["error"] or {}).get("code") == "OutOfQuota":
            return 0
        held = self._quota.size(before["size"])
        same = held is not None and held.family == size.family
        return self._quota.needed(held, before["count"]) if held and same else 0
