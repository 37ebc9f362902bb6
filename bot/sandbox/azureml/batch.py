"""Batch endpoints: endpoint, deployments, and invocations that become jobs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from aiohttp import web

from bot.sandbox.azureml.arm import Json, Route, answer, bad, body_of, invalid, missing
from bot.sandbox.azureml.assets import Assets
from bot.sandbox.azureml.endpoints import TAKEN, check_name
from bot.sandbox.azureml.jobs import Jobs
from bot.sandbox.azureml.resources import Asked, ChangingResources, Kind
from bot.sandbox.azureml.state import REGION, WORKSPACE_PATH, Change, State

CREATING, UPDATING, DELETING = 30.0, 15.0, 30.0
STEP, SCORING_SECONDS = "batchscoring", 180.0


class BatchEndpoints(ChangingResources):
    """Batch endpoints of the workspace."""

    kind = Kind(
        collection="batch_endpoints",
        path="batchEndpoints/{endpoint}",
        noun="batch endpoint",
        family="beidp",
        creating=CREATING,
        updating=UPDATING,
        deleting=DELETING,
    )

    def wanted(self, asked: Asked) -> tuple[Json, Change]:
        name = asked.key
        if asked.before is None:
            check_name("Endpoint", name)
            if name in self._state.collection("endpoints"):
                raise invalid("", TAKEN)
        default = (asked.properties.get("defaults") or {}).get("deploymentName")
        if default and f"{name}/{default}" not in self._state.collection("batch_deployments"):
            raise bad("BadArgument", f"The default deployment {default} does not exist.")
        document = {
            **(asked.before or {}),
            "tags": asked.sent.get("tags") or {},
            "description": asked.properties.get("description"),
            "default": default,
        }
        return document, self.change(asked.before)

    def shape(self, key: str, document: Json) -> Json:
        return {
            "location": REGION,
            "tags": document["tags"],
            "properties": {
                "authMode": "AADToken",
                "description": document["description"],
                "provisioningState": self._state.provisioning(document),
                "scoringUri": f"{self._state.base_url}/batch/{key}/jobs",
                "swaggerUri": None,
                "defaults": {"deploymentName": document["default"]},
                "properties": {},
            },
        }


class BatchDeployments(ChangingResources):
    """Deployments beneath a batch endpoint; they run on a cluster."""

    kind = Kind(
        collection="batch_deployments",
        path="batchEndpoints/{endpoint}/deployments/{deployment}",
        noun="batch deployment",
        family="bdidp",
        creating=CREATING,
        updating=UPDATING,
        deleting=DELETING,
    )

    def __init__(self, state: State, endpoints: BatchEndpoints, assets: Assets) -> None:
        super().__init__(state, endpoints)
        self._endpoints = endpoints
        self._assets = assets

    def wanted(self, asked: Asked) -> tuple[Json, Change]:
        check_name("Deployment", asked.key.rpartition("/")[2])
        asset = self._assets.check(asked.properties.get("model"))
        if asset.registry == "HuggingFace":
            message = "Models of the HuggingFace registry run on online endpoints only."
            raise bad("BadArgument", message)
        cluster = str(asked.properties.get("compute") or "").rpartition("/")[2]
        if cluster not in self._state.collection("computes"):
            raise bad("BadArgument", f"Compute {cluster} was not found.")
        document = {
            **(asked.before or {}),
            "tags": asked.sent.get("tags") or {},
            "asked": asked.properties,
        }
        return document, self.change(asked.before)

    def check_deletion(self, key: str, document: Json) -> None:  # noqa: ARG002 - its endpoint says
        endpoint, _, name = key.partition("/")
        if self._endpoints.document(endpoint)["default"] == name:
            message = f"Deployment {name} is the default of {endpoint}; choose another first."
            raise bad("BadArgument", message)

    def shape(self, key: str, document: Json) -> Json:  # noqa: ARG002 - the document says it all
        state = self._state.provisioning(document)
        return {
            "location": REGION,
            "tags": document["tags"],
            "properties": {**document["asked"], "provisioningState": state},
        }


class BatchScoring:
    """The scoring address of batch endpoints: a call becomes a job."""

    def __init__(
        self, state: State, endpoints: BatchEndpoints, deployments: BatchDeployments, jobs: Jobs
    ) -> None:
        self._state = state
        self._endpoints = endpoints
        self._deployments = deployments
        self._jobs = jobs

    def routes(self) -> Iterator[Route]:
        yield Route(
            method="POST",
            path="/batch/{endpoint}/jobs",
            handler=self.invoke,
            status="partial",
            note="the job runs and ends; it writes no predictions",
        )

    async def invoke(self, request: web.Request) -> web.Response:
        """Start a scoring job on the named deployment, or on the default one."""
        name = request.match_info["endpoint"]
        endpoint = self._endpoints.document(name)
        chosen = request.headers.get("azureml-model-deployment") or endpoint["default"]
        document = self._deployments.find(f"{name}/{chosen}")
        if document is None or self._state.provisioning(document) != "Succeeded":
            raise missing(f"Batch endpoint {name} has no deployment that can run.", "NotFound")
        sent = (await body_of(request)).get("properties") or {}
        job = f"batchjob-{uuid.uuid4()}"
        self._jobs.start(
            job,
            {"experimentName": name, "displayName": job, "inputs": {}, "outputs": {}},
            [(STEP, SCORING_SECONDS)],
        )
        body = {
            "id": f"{WORKSPACE_PATH}/batchEndpoints/{name}/jobs/{job}",
            "name": job,
            "type": f"{self._endpoints.kind.type}/jobs",
            "properties": {
                "status": "Preparing",
                "inputData": sent.get("inputData") or {},
                "interactionEndpoints": {},
            },
        }
        return answer(body, status=201)
