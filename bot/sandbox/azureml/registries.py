"""Registries: discovery, models and the import pipeline's component."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import cached_property

from aiohttp import web

from bot.sandbox.azureml.arm import REGISTRY, Json, Route, answer, missing, page
from bot.sandbox.azureml.catalog import PUBLISHED, Catalog, container_body, version_body
from bot.sandbox.azureml.import_component import (
    COMPONENT,
    FIRST_STEP,
    FIRST_STEP_VERSION,
    VERSION,
    component_spec,
    first_step_spec,
)
from bot.sandbox.azureml.state import REGION, State

REGISTRY_SUBSCRIPTION = "22222222-2222-2222-2222-222222222222"
COMPONENT_REGISTRY = "azureml"
COMPONENTS = {
    COMPONENT: (VERSION, component_spec),
    FIRST_STEP: (FIRST_STEP_VERSION, first_step_spec),
}


class Registries:
    """Answers for the registries of the catalog; `latest` is the newest created."""

    def __init__(self, state: State, catalog: Catalog) -> None:
        self._state = state
        self._catalog = catalog

    def routes(self) -> Iterator[Route]:
        discovery = "/registrymanagement/v1.0/registries/{registry}/discovery"
        components = f"{REGISTRY}/components/{{name}}/versions"
        yield Route(method="GET", path=discovery, handler=self.discovery)
        yield Route(
            method="GET",
            path=f"{REGISTRY}/models",
            handler=self.models,
            note="names only and no filter, as the real registries; 100 a page",
        )
        yield Route(method="GET", path=f"{REGISTRY}/models/{{name}}", handler=self.model)
        yield Route(
            method="GET", path=f"{REGISTRY}/models/{{name}}/versions", handler=self.versions
        )
        yield Route(
            method="GET",
            path=f"{REGISTRY}/models/{{name}}/versions/{{version}}",
            handler=self.version,
            note="every third model still has the tags of before systemMetadata",
        )
        yield Route(
            method="GET",
            path=components,
            handler=self.component_versions,
            status="partial",
            note="import_model and its first step only",
        )
        yield Route(
            method="GET",
            path=f"{components}/{{version}}",
            handler=self.component_version,
            status="partial",
            note="import_model and its first step only, without the definition of the others",
        )

    async def discovery(self, request: web.Request) -> web.Response:
        name = self._name(request)
        base = self._state.base_url
        body = {
            "registryName": name,
            "tenantId": str(uuid.UUID(int=9)),
            "primaryRegion": REGION,
            "regions": [REGION],
            "registryFqdns": {REGION: {"uri": base}},
            "subscriptionId": REGISTRY_SUBSCRIPTION,
            "resourceGroup": f"rg-{name}",
            "workspaceName": None,
            "primaryRegionResourceProviderUri": f"{base}/",
        }
        return answer(body)

    async def models(self, request: web.Request) -> web.Response:
        return page(request, self._state.base_url, self._containers[self._name(request)])

    async def model(self, request: web.Request) -> web.Response:
        registry, name = self._name(request), request.match_info["name"]
        versions = (self._catalog.registry(registry) or {}).get(name)
        if not versions:
            raise _no_model(registry, name)
        return answer(container_body(versions))

    async def versions(self, request: web.Request) -> web.Response:
        registry, name = self._name(request), request.match_info["name"]
        versions = (self._catalog.registry(registry) or {}).get(name)
        if not versions:
            raise _no_model(registry, name)
        return page(request, self._state.base_url, [version_body(entry) for entry in versions])

    async def version(self, request: web.Request) -> web.Response:
        registry, name = self._name(request), request.match_info["name"]
        entry = self._catalog.find(registry, name, request.match_info["version"])
        if entry is None:
            raise _no_model(registry, name, request.match_info["version"])
        return answer(version_body(entry))

    async def component_versions(self, request: web.Request) -> web.Response:
        name = self._component(request)
        return page(request, self._state.base_url, [_component_body(name)])

    async def component_version(self, request: web.Request) -> web.Response:
        name = self._component(request)
        version = request.match_info["version"]
        if version != COMPONENTS[name][0]:
            raise missing(f"Component {name} with version {version} was not found.")
        return answer(_component_body(name))

    @cached_property
    def _containers(self) -> dict[str, list[Json]]:
        """The list of each registry; built once, since registries never change here."""
        return {
            name: [
                container_body(versions)
                for _, versions in sorted((self._catalog.registry(name) or {}).items())
            ]
            for name in self._catalog.names()
        }

    def _name(self, request: web.Request) -> str:
        wanted = request.match_info["registry"]
        for name in self._catalog.names():
            if name.lower() == wanted.lower():
                return name
        raise missing(f"Registry {wanted} not found.", "RegistryNotFound")

    def _component(self, request: web.Request) -> str:
        registry, name = self._name(request), request.match_info["name"]
        if registry != COMPONENT_REGISTRY or name not in COMPONENTS:
            raise missing(f"Component {name} was not found in the registry {registry}.")
        return name


def _no_model(registry: str, name: str, version: str | None = None) -> Exception:
    wanted = name if version is None else f"{name} with version {version}"
    return missing(f"Model {wanted} was not found in the registry {registry}.")


def _component_body(name: str) -> Json:
    version, spec = COMPONENTS[name][0], COMPONENTS[name][1]()
    return {
        "id": f"azureml://registries/{COMPONENT_REGISTRY}/components/{name}/versions/{version}",
        "name": version,
        "type": "Microsoft.MachineLearningServices/registries/components/versions",
        "systemData": {
            "createdAt": PUBLISHED,
            "createdBy": "Microsoft",
            "createdByType": "User",
            "lastModifiedAt": PUBLISHED,
            "lastModifiedBy": "Microsoft",
            "lastModifiedByType": "User",
        },
        "properties": {
            "description": spec["description"],
            "tags": spec["tags"],
            "properties": {},
            "isArchived": False,
            "isAnonymous": False,
            "componentSpec": spec,
            "stage": None,
            "provisioningState": "Succeeded",
        },
    }
