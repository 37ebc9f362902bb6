"""Batch endpoints: endpoint, deployments, and invocations that become jobs."""

from __future__ import annotations

import uuid
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
from bot.sandbox.azureml.endpoints import busy, check_name
from bot.sandbox.azureml.jobs import Jobs
from bot.sandbox.azureml.state import REGION, WORKSPACE_PATH, Change, State

CREATING, UPDATING, DELETING = 30.0, 15.0, 30.0
STEP, SCORING_SECONDS = "batchscoring", 180.0
KIND = "Microsoft.MachineLearningServices/workspaces/batchEndpoints"


class Batch:
    """Batch endpoints of the workspace."""

    def __init__(self, state: State, assets: Assets, jobs: Jobs) -> None:
        self._state = state
        self._assets = assets
        self._jobs = jobs

    def routes(self) -> Iterator[Route]:
        every = f"{WORKSPACE}/batchEndpoints"
        one = f"{every}/{{endpoint}}"
        deployments = f"{one}/deployments"
        deployment = f"{deployments}/{{deployment}}"
        yield Route(method="GET", path=every, handler=self.listed)
        yield Route(method="GET", path=one, handler=self.got)
        yield Route(method="PUT", path=one, handler=self.put)
        yield Route(method="DELETE", path=one, handler=self.delete)
        yield Route(method="GET", path=deployments, handler=self.deployments)
        yield Route(method="GET", path=deployment, handler=self.deployment)
        yield Route(method="PUT", path=deployment, handler=self.put_deployment)
        yield Route(method="DELETE", path=deployment, handler=self.delete_deployment)
        yield Route(
            method="POST",
            path="/batch/{endpoint}/jobs",
            handler=self.invoke,
            status="partial",
            note="the job runs and ends; it writes no predictions",
        )

    async def listed(self, request: web.Request) -> web.Response:
        found = self._state.collection("batch_endpoints").items()
        return page(request, self._state.base_url, [self._body(n, d) for n, d in found])

    async def got(self, request: web.Request) -> web.Response:
        name = request.match_info["endpoint"]
        return answer(self._body(name, self._found(name)))

    async def put(self, request: web.Request) -> web.Response:
        name = request.match_info["endpoint"]
        sent = await body_of(request)
        before = self._state.collection("batch_endpoints").get(name)
        if before is None:
            check_name("Endpoint", name)
            if name in self._state.collection("endpoints"):
                message = f"The endpoint name {name} is already used in the region {REGION}."
                raise bad("BadArgument", message)
        elif self._state.busy(before):
            raise busy("batch endpoint", name, self._state.provisioning(before))
        asked = sent.get("properties") or {}
        default = (asked.get("defaults") or {}).get("deploymentName")
        if default and f"{name}/{default}" not in self._state.collection("batch_deployments"):
            raise bad("BadArgument", f"The default deployment {default} does not exist.")
        document = {
            **(before or {}),
            "tags": sent.get("tags") or {},
            "description": asked.get("description"),
            "default": default,
        }
        return self._begun("batch_endpoints", name, document, before)

    async def delete(self, request: web.Request) -> web.Response:
        name = request.match_info["endpoint"]
        for child, document in list(self._state.children("batch_deployments", name)):
            change = Change(verb="Deleting", seconds=DELETING)
            key = f"{name}/{child}"
            self._state.begin("batch_deployments", key, document, change, "bdidp")
        return self._deleted("batch_endpoints", name)

    async def deployments(self, request: web.Request) -> web.Response:
        endpoint = request.match_info["endpoint"]
        self._found(endpoint)
        found = self._state.children("batch_deployments", endpoint)
        bodies = [self._deployment_body(endpoint, name, document) for name, document in found]
        return page(request, self._state.base_url, bodies)

    async def deployment(self, request: web.Request) -> web.Response:
        endpoint, name = request.match_info["endpoint"], request.match_info["deployment"]
        document = self._state.collection("batch_deployments").get(f"{endpoint}/{name}")
        if document is None:
            message = f"The Resource '{KIND}/deployments/{endpoint}/{name}' was not found."
            raise missing(message, "ResourceNotFound")
        return answer(self._deployment_body(endpoint, name, document))

    async def put_deployment(self, request: web.Request) -> web.Response:
        endpoint, name = request.match_info["endpoint"], request.match_info["deployment"]
        key = f"{endpoint}/{name}"
        sent = await body_of(request)
        above = self._found(endpoint)
        if self._state.busy(above):
            raise busy("batch endpoint", endpoint, self._state.provisioning(above))
        before = self._state.collection("batch_deployments").get(key)
        if before is not None and self._state.busy(before):
            raise busy("batch deployment", name, self._state.provisioning(before))
        check_name("Deployment", name)
        asked = sent.get("properties") or {}
        asset = self._assets.check(asked.get("model"))
        if asset.registry == "HuggingFace":
            message = "Models of the HuggingFace registry run on online endpoints only."
            raise bad("BadArgument", message)
        cluster = str(asked.get("compute") or "").rpartition("/")[2]
        if cluster not in self._state.collection("computes"):
            raise bad("BadArgument", f"Compute {cluster} was not found.")
        document = {**(before or {}), "tags": sent.get("tags") or {}, "asked": asked}
        return self._begun("batch_deployments", key, document, before)

    async def delete_deployment(self, request: web.Request) -> web.Response:
        endpoint, name = request.match_info["endpoint"], request.match_info["deployment"]
        above = self._state.collection("batch_endpoints").get(endpoint) or {}
        if above.get("default") == name:
            message = f"Deployment {name} is the default of {endpoint}; choose another first."
            raise bad("BadArgument", message)
        return self._deleted("batch_deployments", f"{endpoint}/{name}")

    async def invoke(self, request: web.Request) -> web.Response:
        """Start a scoring job on the named deployment, or on the default one."""
        name = request.match_info["endpoint"]
        endpoint = self._found(name)
        chosen = request.headers.get("azureml-model-deployment") or endpoint["default"]
        document = self._state.collection("batch_deployments").get(f"{name}/{chosen}")
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
            "type": f"{KIND}/jobs",
            "properties": {
                "status": "Preparing",
                "inputData": sent.get("inputData") or {},
                "interactionEndpoints": {},
            },
        }
        return answer(body, status=201)

    def _found(self, name: str) -> Json:
        found = self._state.collection("batch_endpoints").get(name)
        if found is None:
            raise missing(f"The Resource '{KIND}/{name}' was not found.", "ResourceNotFound")
        return found

    def _begun(
        self, collection: str, key: str, document: Json, before: Json | None
    ) -> web.Response:
        change = Change(
            verb="Updating" if before else "Creating", seconds=UPDATING if before else CREATING
        )
        operation = self._state.begin(collection, key, document, change, "beidp")
        endpoint, _, name = key.partition("/")
        body = (
            self._deployment_body(endpoint, name, document)
            if name
            else self._body(endpoint, document)
        )
        headers = {"Azure-AsyncOperation": self._state.operation_url(operation)}
        return answer(body, status=200 if before else 201, headers=headers)

    def _deleted(self, collection: str, key: str) -> web.Response:
        document = self._state.collection(collection).get(key)
        if document is None:
            return empty(204)
        change = Change(verb="Deleting", seconds=DELETING)
        operation = self._state.begin(collection, key, document, change, "beidp")
        return empty(202, {"Azure-AsyncOperation": self._state.operation_url(operation)})

    def _body(self, name: str, document: Json) -> Json:
        return {
            "id": f"{WORKSPACE_PATH}/batchEndpoints/{name}",
            "name": name,
            "type": KIND,
            "location": REGION,
            "tags": document["tags"],
            "systemData": self._state.system_data(document),
            "properties": {
                "authMode": "AADToken",
                "description": document["description"],
                "provisioningState": self._state.provisioning(document),
                "scoringUri": f"{self._state.base_url}/batch/{name}/jobs",
                "swaggerUri": None,
                "defaults": {"deploymentName": document["default"]},
                "properties": {},
            },
        }

    def _deployment_body(self, endpoint: str, name: str, document: Json) -> Json:
        return {
            "id": f"{WORKSPACE_PATH}/batchEndpoints/{endpoint}/deployments/{name}",
            "name": name,
            "type": f"{KIND}/deployments",
            "location": REGION,
            "tags": document["tags"],
            "systemData": self._state.system_data(document),
            "properties": {
                **document["asked"],
                "provisioningState": self._state.provisioning(document),
            },
        }
