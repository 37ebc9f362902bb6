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
)
from bot.sandbox.azureml.assets import Assets
from bot.sandbox.azureml.endpoints import Endpoints, check_name
from bot.sandbox.azureml.logs import STARTED_AT, log
from bot.sandbox.azureml.quota import Quota, Size
from bot.sandbox.azureml.resources import Asked, ChangingResources, Kind
from bot.sandbox.azureml.state import REGION, Change, State

CREATING, UPDATING = 480.0, 120.0
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


class Deployments(ChangingResources):
    """Managed deployments beneath an online endpoint."""

    kind = Kind(
        collection="deployments",
        path="onlineEndpoints/{endpoint}/deployments/{deployment}",
        noun="deployment",
        family="odidp",
        creating=CREATING,
        updating=UPDATING,
        deleting=60.0,
        note="models of registries and the workspace",
    )

    def __init__(self, state: State, endpoints: Endpoints, quota: Quota, assets: Assets) -> None:
        super().__init__(state, endpoints)
        self._endpoints = endpoints
        self._quota = quota
        self._assets = assets

    def routes(self) -> Iterator[Route]:
        yield from super().routes()
        path = f"{WORKSPACE}/{self.kind.path}/getLogs"
        yield Route(method="POST", path=path, handler=self.logs)

    def wanted(self, asked: Asked) -> tuple[Json, Change]:
        size, count = self._check(asked)
        document = {
            **(asked.before or {}),
            "model": asked.properties["model"],
            "size": size.name,
            "count": count,
            "asked": {key: asked.properties.get(key, usual) for key, usual in DEFAULTS.items()},
            "tags": asked.sent.get("tags") or {},
            "compute": asked.properties.get("endpointComputeType") or "Managed",
        }
        return document, self._change(asked.path, size, document, asked.before)

    def check_deletion(self, key: str, document: Json) -> None:  # noqa: ARG002 - its traffic counts
        endpoint, _, name = key.partition("/")
        share = self._endpoints.document(endpoint)["traffic"].get(name.lower(), 0)
        if share:
            message = (
                f"Deployment {name} of endpoint {endpoint} cannot be deleted while it has "
                f"traffic ({share} %). Set its traffic to 0 first."
            )
            raise bad("BadArgument", message)

    async def logs(self, request: web.Request) -> web.Response:
        self.above(request)
        document = self.document(self.key(request))
        sent = await body_of(request)
        text = log(self._state, document, str(sent.get("containerType") or "InferenceServer"))
        lines = text.splitlines()[-int(sent.get("tail") or len(text)) :]
        return answer({"content": "\n".join(lines)})

    def shape(self, key: str, document: Json) -> Json:  # noqa: ARG002 - the document says it all
        return {
            "location": REGION,
            "kind": "Managed",
            "tags": document["tags"],
            "sku": {"name": "Default", "tier": "Standard", "capacity": document["count"]},
            "properties": {
                **document["asked"],
                "endpointComputeType": document.get("compute", "Managed"),
                "model": document["model"],
                "instanceType": document["size"],
                "provisioningState": self._state.provisioning(document),
                "scaleSettings": {"scaleType": "Default"},
                "egressPublicNetworkAccess": "Enabled",
                "properties": {"AzureAsyncOperationUri": self.operation_uri(document)},
            },
        }

    def _check(self, asked: Asked) -> tuple[Size, int]:
        """Refuse what Azure refuses at once; return the size and count that were asked for."""
        endpoint, _, name = asked.key.partition("/")
        above = self._endpoints.document(endpoint)
        if self._state.provisioning(above) != "Succeeded":
            raise self._endpoints.conflict(endpoint, above)
        check_name("Deployment", name)
        self._assets.check(asked.properties.get("model"))
        wanted = str(asked.properties.get("instanceType") or "")
        size = self._quota.size(wanted)
        if size is None or not size.usable:
            raise bad("BadArgument", f"The instance type '{wanted}' is not supported in {REGION}.")
        count = int((asked.sent.get("sku") or {}).get("capacity") or 1)
        if not 1 <= count <= MOST_INSTANCES:
            raise bad("BadArgument", f"The instance count must be 1 to {MOST_INSTANCES}.")
        if asked.before is None and len(list(self.beneath(endpoint))) >= MOST_DEPLOYMENTS:
            raise bad("OutOfQuota", f"The limit of {MOST_DEPLOYMENTS} deployments is reached.")
        return size, count

    def _change(self, path: str, size: Size, document: Json, before: Json | None) -> Change:
        """How this deployment will go: decided now, seen when its time has come."""
        cores = self._quota.needed(size, document["count"])
        if self._state.faults.take("azure", path, "quota"):
            error = self._quota.shortage(size, cores)
            return self.change(before, seconds=QUOTA_CHECKED, error=error)
        refused = self._quota.refusal(size, cores, self._held(size, before))
        if refused:
            return self.change(before, seconds=QUOTA_CHECKED, error=refused)
        crash = self._state.faults.take("azure", path, "crash")
        if crash:
            document["crash"] = str(crash.options.get("reason") or CRASH_REASON)
            message = (
                "User container has crashed or terminated: Liveness probe failed: HTTP probe "
                "failed with statuscode: 502. Please see troubleshooting guide, available here: "
                "https://aka.ms/oe-tsg#error-resourcenotready"
            )
            error = {"code": "ResourceNotReady", "message": message}
            return self.change(before, seconds=CRASHED, error=error)
        document.pop("crash", None)
        same = before is not None and before["size"] == document["size"]
        scaled = same and before is not None and before["model"] == document["model"]
        healthy = before is not None and not before["change"]["error"]
        return self.change(before, seconds=UPDATING if scaled and healthy else CREATING)

    def _held(self, size: Size, before: Json | None) -> int:
        """Cores of the same family that the deployment holds already."""
        if before is None or (before["change"]["error"] or {}).get("code") == "OutOfQuota":
            return 0
        held = self._quota.size(before["size"])
        same = held is not None and held.family == size.family
        return self._quota.needed(held, before["count"]) if held and same else 0
