"""The workspace itself: its facts, discovery, datastores, environments and operations."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.azureml.arm import (
    LOCATION,
    WORKSPACE,
    Json,
    Route,
    answer,
    body_of,
    missing,
)
from bot.sandbox.azureml.state import (
    ACCOUNT,
    CONTAINER,
    REGION,
    WORKSPACE_ID,
    WORKSPACE_NAME,
    WORKSPACE_PATH,
    State,
    iso,
)

DATASTORE = "workspaceblobstore"
BLOB_SIGNATURE = "sv=2024-11-04&sr=c&sp=rwdl&sig=sandbox"


class Workspace:
    """One workspace with one datastore."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        yield Route(method="GET", path="/metadata/endpoints", handler=self.clouds)
        yield Route(method="GET", path="/discovery", handler=self.discovery)
        yield Route(method="GET", path=WORKSPACE, handler=self.workspace)
        status = f"{LOCATION}/mfeOperationsStatus/{{operation}}"
        yield Route(method="GET", path=status, handler=self.operation)
        stores = f"{WORKSPACE}/datastores"
        yield Route(method="GET", path=stores, handler=self.datastores)
        yield Route(method="GET", path=f"{stores}/{{name}}", handler=self.datastore)
        yield Route(
            method="POST",
            path=f"{stores}/{{name}}/listSecrets",
            handler=self.datastore_secrets,
            note="one fixed signature, good for the whole container",
        )
        environment = f"{WORKSPACE}/environments/{{name}}/versions/{{version}}"
        yield Route(method="GET", path=environment, handler=self.environment)
        yield Route(
            method="PUT",
            path=environment,
            handler=self.put_environment,
            status="partial",
            note="kept as sent; no image is built",
        )

    async def clouds(self, _request: web.Request) -> web.Response:
        base = self._state.base_url
        cloud = {
            "name": "AmlBotSandbox",
            "portal": base,
            "resourceManager": f"{base}/",
            "authentication": {"loginEndpoint": base, "audiences": [base]},
            "suffixes": {"storage": "core.windows.net"},
        }
        return answer([cloud])

    async def discovery(self, _request: web.Request) -> web.Response:
        services = ("api", "history", "experimentation", "modelmanagement", "studio", "pipelines")
        return answer(dict.fromkeys(services, self._state.base_url))

    async def workspace(self, _request: web.Request) -> web.Response:
        base = self._state.base_url
        seeded = self._state.seeded
        body = {
            "id": WORKSPACE_PATH,
            "name": WORKSPACE_NAME,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "location": REGION,
            "kind": "Default",
            "tags": {},
            "systemData": self._state.system_data({"created": seeded, "modified": seeded}),
            "identity": {
                "type": "SystemAssigned",
                "principalId": str(uuid.UUID(int=1)),
                "tenantId": str(uuid.UUID(int=2)),
            },
            "properties": {
                "workspaceId": WORKSPACE_ID,
                "friendlyName": WORKSPACE_NAME,
                "provisioningState": "Succeeded",
                "discoveryUrl": f"{base}/discovery",
                "mlFlowTrackingUri": f"azureml://{urlsplit(base).netloc}/mlflow/v1.0"
                + WORKSPACE_PATH,
            },
        }
        return answer(body)

    async def operation(self, request: web.Request) -> web.Response:
        """How a long-running operation goes: InProgress until its time has passed."""
        operation = self._state.collection("operations").get(request.match_info["operation"])
        if operation is None:
            raise missing("The operation was not found.", "NotFound")
        return answer(self._operation_body(operation))

    def _operation_body(self, operation: Json) -> Json:
        ends = operation["started"] + operation["seconds"]
        started = iso(operation["started"])
        if operation["cancelled"] is not None:
            message = "The operation was canceled by another operation of higher priority."
            return {
                "status": "Canceled",
                "startTime": started,
                "endTime": iso(operation["cancelled"]),
                "error": {"code": "OperationCanceled", "message": message},
            }
        if self._state.clock.now() < ends:
            return {"status": "InProgress", "startTime": started}
        ended = {"startTime": started, "endTime": iso(ends)}
        if operation["error"]:
            return {"status": "Failed", **ended, "error": _without_code(operation["error"])}
        return {"status": "Succeeded", **ended}

    async def datastores(self, _request: web.Request) -> web.Response:
        return answer({"value": [self._datastore()]})

    async def datastore(self, request: web.Request) -> web.Response:
        _known_datastore(request)
        return answer(self._datastore())

    async def datastore_secrets(self, request: web.Request) -> web.Response:
        _known_datastore(request)
        return answer({"secretsType": "Sas", "sasToken": BLOB_SIGNATURE})

    def _datastore(self) -> Json:
        return {
            "id": f"{WORKSPACE_PATH}/datastores/{DATASTORE}",
            "name": DATASTORE,
            "properties": {
                "datastoreType": "AzureBlob",
                "isDefault": True,
                "accountName": ACCOUNT,
                "containerName": CONTAINER,
                "endpoint": "core.windows.net",
                "protocol": "https",
                "serviceDataAccessAuthIdentity": "None",
                "description": None,
                "tags": {},
                "properties": {},
                "credentials": {"credentialsType": "Sas"},
            },
        }

    async def environment(self, request: web.Request) -> web.Response:
        key = "{name}/{version}".format(**request.match_info)
        body = self._state.collection("environments").get(key)
        if body is None:
            raise missing(f"Environment {key} was not found.")
        return answer(body)

    async def put_environment(self, request: web.Request) -> web.Response:
        key = "{name}/{version}".format(**request.match_info)
        sent = await body_of(request)
        body = {
            "id": f"{WORKSPACE_PATH}/environments/{key.replace('/', '/versions/')}",
            "name": request.match_info["version"],
            "properties": {**sent.get("properties", {}), "provisioningState": "Succeeded"},
        }
        self._state.collection("environments")[key] = body
        return answer(body, status=201)


def _known_datastore(request: web.Request) -> None:
    name = request.match_info["name"]
    if name != DATASTORE:
        raise missing(f"Datastore {name} was not found.")


def _without_code(error: Json) -> Json:
    """The inference service names the code in front of its message, and none in its place."""
    message = f"{error['code']}: {error['message']}"
    return {"code": None, "message": message, "details": [], "additionalInfo": []}
