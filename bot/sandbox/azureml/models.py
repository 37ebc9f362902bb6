"""Models of the workspace: what imports registered."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from bot.sandbox.azureml.arm import WORKSPACE, Json, Route, answer, body_of, missing, page
from bot.sandbox.azureml.assets import workspace_asset
from bot.sandbox.azureml.state import WORKSPACE_PATH, State


class WorkspaceModels:
    """Versions by name; the newest comes first."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        models = f"{WORKSPACE}/models"
        version = f"{models}/{{name}}/versions/{{version}}"
        yield Route(method="GET", path=models, handler=self.listed)
        yield Route(method="GET", path=f"{models}/{{name}}", handler=self.container)
        yield Route(method="GET", path=f"{models}/{{name}}/versions", handler=self.versions)
        yield Route(method="GET", path=version, handler=self.version)
        yield Route(
            method="PUT",
            path=version,
            handler=self.put,
            status="partial",
            note="kept as sent; the files behind the path are not looked at",
        )

    async def listed(self, request: web.Request) -> web.Response:
        names = dict.fromkeys(key.partition("/")[0] for key in self._state.collection("models"))
        bodies = [self._container(name) for name in sorted(names)]
        return page(request, self._state.base_url, bodies)

    async def container(self, request: web.Request) -> web.Response:
        return answer(self._container(request.match_info["name"]))

    async def versions(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        bodies = [self._body(name, version, model) for version, model in self._versions(name)]
        return page(request, self._state.base_url, bodies)

    async def version(self, request: web.Request) -> web.Response:
        name, version = request.match_info["name"], request.match_info["version"]
        model = self._state.collection("models").get(f"{name}/{version}")
        if model is None:
            raise missing(f"Model {name} with version {version} was not found.")
        return answer(self._body(name, version, model))

    async def put(self, request: web.Request) -> web.Response:
        name, version = request.match_info["name"], request.match_info["version"]
        asked = (await body_of(request)).get("properties") or {}
        now = self._state.clock.now()
        before = self._state.collection("models").get(f"{name}/{version}") or {}
        model = {
            "tags": asked.get("tags") or {},
            "properties": asked.get("properties") or {},
            "description": asked.get("description"),
            "type": asked.get("modelType") or "custom_model",
            "job": asked.get("jobName"),
            "created": before.get("created", now),
            "modified": now,
        }
        self._state.collection("models")[f"{name}/{version}"] = model
        return answer(self._body(name, version, model), status=201)

    def register(self, name: str, model: Json) -> str:
        """Write a model down under the next free version, which is returned."""
        numbers = [int(version) for version, _ in self._all(name) if version.isdecimal()]
        version = str(max(numbers, default=0) + 1)
        self._state.collection("models")[f"{name}/{version}"] = model
        return version

    def _all(self, name: str) -> list[tuple[str, Json]]:
        return list(self._state.children("models", name))

    def _versions(self, name: str) -> list[tuple[str, Json]]:
        """The newest first.

        Raises:
            RefusalError: the workspace has no model of that name.
        """
        found = self._all(name)
        if not found:
            raise missing(f"Model container {name} was not found.")
        return sorted(found, key=lambda row: float(row[1]["created"]), reverse=True)

    def _container(self, name: str) -> Json:
        versions = self._versions(name)
        numbers = [int(version) for version, _ in versions if version.isdecimal()]
        return {
            "id": f"{WORKSPACE_PATH}/models/{name}",
            "name": name,
            "type": "Microsoft.MachineLearningServices/workspaces/models",
            "systemData": self._state.system_data(versions[0][1]),
            "properties": {
                "description": None,
                "tags": {},
                "properties": {},
                "isArchived": False,
                "latestVersion": versions[0][0],
                "nextVersion": str(max(numbers, default=0) + 1),
            },
        }

    def _body(self, name: str, version: str, model: Json) -> Json:
        flavors: Json = {"python_function": {"data": {}}} if "mlflow" in model["type"] else {}
        return {
            "id": workspace_asset(name, version),
            "name": version,
            "type": "Microsoft.MachineLearningServices/workspaces/models/versions",
            "systemData": self._state.system_data(model),
            "properties": {
                "description": model["description"],
                "isArchived": False,
                "isAnonymous": False,
                "modelType": model["type"],
                "modelUri": f"azureml:/{WORKSPACE_PATH}/datastores/workspaceblobstore/paths/"
                f"{name}/{version}",
                "flavors": flavors,
                "jobName": model["job"],
                "stage": None,
                "provisioningState": "Succeeded",
                "tags": model["tags"],
                "properties": model["properties"],
            },
        }
