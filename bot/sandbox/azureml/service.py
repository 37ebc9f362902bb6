"""The local Azure ML as one application: guard, routes and their coverage."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox import websites
from bot.sandbox.azureml.arm import (
    TARGET,
    UNAUTHORIZED,
    WORKSPACE,
    Handler,
    RefusalError,
    Route,
    add_routes,
    bad,
    missing,
)
from bot.sandbox.azureml.assets import Assets
from bot.sandbox.azureml.batch import BatchDeployments, BatchEndpoints, BatchScoring
from bot.sandbox.azureml.blobs import Blobs
from bot.sandbox.azureml.catalog import Catalog
from bot.sandbox.azureml.computes import Computes
from bot.sandbox.azureml.deployments import Deployments
from bot.sandbox.azureml.endpoints import Endpoints
from bot.sandbox.azureml.gallery import Gallery
from bot.sandbox.azureml.imports import Imports
from bot.sandbox.azureml.inference import Inference, Scorer
from bot.sandbox.azureml.jobs import Jobs
from bot.sandbox.azureml.models import WorkspaceModels
from bot.sandbox.azureml.quota import Quota
from bot.sandbox.azureml.registries import Registries
from bot.sandbox.azureml.state import (
    ACCOUNT,
    GROUP,
    REGION,
    SUBSCRIPTION_ID,
    WORKSPACE_NAME,
    State,
)
from bot.sandbox.azureml.workspace import Workspace
from bot.sandbox.calls import Calls, recording
from bot.sandbox.clock import SandboxClock
from bot.sandbox.coverage import Covered
from bot.sandbox.faults import Faults
from bot.sandbox.hub.state import HubState
from bot.sandbox.store import Store

LARGEST_BODY = 64 * 1024 * 1024
ANONYMOUS = ("/asset-gallery/", "/discovery", "/metadata/endpoints", "/endpoints/")
LOCAL_HOSTS = ("127.0.0.1", "localhost")
VERSIONED = "/subscriptions/"
NOT_PLAYED = (
    ("POST", f"{WORKSPACE}/models/{{name}}/versions/{{version}}/package", "model packaging"),
    ("POST", f"{WORKSPACE}/onlineEndpoints/{{endpoint}}/regenerateKeys", "new keys"),
    ("GET", "/endpoints/{endpoint}/swagger.json", "the model's OpenAPI description"),
    ("POST", "/history/v1.0" + WORKSPACE + "/rundata", "jobs.download"),
)


class LocalAzure:
    """Azure Resource Manager, Azure ML's registries, catalog search, scoring and blob storage.

    Args:
        store: keeps everything under the prefix `azure.`.
        clock: simulated time; all states follow from it.
        faults: what people switched on.
        calls: where requests are noted.
        catalog: models of the registries (JSON lines).
        sizes: virtual machine sizes (JSON lines).
        hub: repositories of the Hub (JSON lines), for imports.
        scorer: runs deployed zero-shot image classification models.
    """

    subscription_id = SUBSCRIPTION_ID
    resource_group = GROUP
    workspace = WORKSPACE_NAME
    region = REGION

    def __init__(  # noqa: PLR0913 - four shared parts and four sources of facts
        self,
        *,
        store: Store,
        clock: SandboxClock,
        faults: Faults,
        calls: Calls,
        catalog: Path,
        sizes: Path,
        hub: Path,
        scorer: Scorer,
    ) -> None:
        self._state = State(store, clock, faults)
        self._faults = faults
        self._calls = calls
        entries = Catalog.read(catalog)
        quota = Quota(self._state, sizes)
        assets = Assets(self._state, entries)
        models = WorkspaceModels(self._state)
        endpoints = Endpoints(self._state)
        batch_endpoints = BatchEndpoints(self._state)
        batch_deployments = BatchDeployments(self._state, batch_endpoints, assets)
        self._jobs = Jobs(self._state, Imports(entries, HubState(hub)), models)
        parts = (
            Workspace(self._state),
            Registries(self._state, entries),
            Gallery(entries),
            models,
            endpoints,
            Deployments(self._state, endpoints, quota, assets),
            Inference(self._state, assets, scorer),
            batch_endpoints,
            batch_deployments,
            BatchScoring(self._state, batch_endpoints, batch_deployments, self._jobs),
            Computes(self._state, quota),
            self._jobs,
            quota,
            Blobs(self._state),
        )
        self._routes: tuple[Route, ...] = tuple(route for part in parts for route in part.routes())
        self.COVERAGE = (*(route.covered() for route in self._routes), *_missing())

    @property
    def token(self) -> str:
        """The one bearer token that is accepted."""
        return self._state.token

    @property
    def base_url(self) -> str:
        return self._state.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self._state.base_url = url.rstrip("/")

    @property
    def blob_url(self) -> str:
        """The storage account, in path style."""
        return f"{self.base_url}/{ACCOUNT}"

    def app(self) -> web.Application:
        noted = recording(TARGET, self._calls, self._faults)
        app = web.Application(middlewares=[noted, self._guard], client_max_size=LARGEST_BODY)
        add_routes(app, self._routes)
        websites.close(app)
        return app

    def reset(self) -> None:
        """The first state again: an empty workspace. The caller cleared the store."""
        self._state.reset()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check who asks and for what; let happen what is due; put refusals into Azure's form."""
        try:
            _check_caller(request)
            self._check_token(request)
            _check_scope(request)
            self._state.settle()
            self._jobs.settle()
            return await handler(request)
        except RefusalError as refusal:
            return refusal.response()
        except web.HTTPNotFound:
            message = f"The local Azure ML does not play {request.method} {request.path}."
            return missing(message, "InvalidResourceType").response()
        except web.HTTPMethodNotAllowed as error:
            message = f"The local Azure ML does not play {request.method} {request.path}."
            return RefusalError(error.status, "MethodNotAllowed", message).response()

    def _check_token(self, request: web.Request) -> None:
        if request.path.startswith(ANONYMOUS):
            return
        if request.path.startswith(f"/{ACCOUNT}/") and "sig" in request.query:
            return
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if not secrets.compare_digest(sent.encode(), self.token.encode()):
            words = "The access token is missing or not the sandbox's."
            raise RefusalError(UNAUTHORIZED, "InvalidAuthenticationToken", words)


def _check_caller(request: web.Request) -> None:
    """Only programs on this machine: no other Host name, and nothing that a web page sends."""
    host = urlsplit(f"//{request.host}").hostname
    if host not in LOCAL_HOSTS or "Origin" in request.headers:
        status = web.HTTPForbidden.status_code
        raise RefusalError(status, "Forbidden", "Only programs on this machine are answered.")


def _check_scope(request: web.Request) -> None:
    """Only one subscription, group, workspace and region are here; each call names a version."""
    named = request.match_info
    if request.path.startswith(VERSIONED) and "api-version" not in request.query:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise bad("MissingApiVersionParameter", message)
    if "registry" in named:
        return
    subscription = named.get("subscription", SUBSCRIPTION_ID)
    if subscription != SUBSCRIPTION_ID:
        message = f"The subscription '{subscription}' could not be found."
        raise missing(message, "SubscriptionNotFound")
    group = named.get("group", GROUP)
    if group.lower() != GROUP:
        message = f"Resource group '{group}' could not be found."
        raise missing(message, "ResourceGroupNotFound")
    workspace = named.get("workspace", WORKSPACE_NAME)
    if workspace.lower() != WORKSPACE_NAME:
        message = (
            f"The Resource 'Microsoft.MachineLearningServices/workspaces/{workspace}' under "
            f"resource group '{group}' was not found."
        )
        raise missing(message, "ResourceNotFound")
    location = named.get("location", REGION)
    if location.lower() != REGION:
        message = f"The location '{location}' has nothing of this subscription."
        raise bad("LocationNotAvailableForResourceType", message)


def _missing() -> Iterator[Covered]:
    for method, path, what in NOT_PLAYED:
        yield Covered(target=TARGET, method=method, path=path, status="missing", note=what)
