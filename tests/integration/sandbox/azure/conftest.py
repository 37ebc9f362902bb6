"""The real azure-ai-ml client, pointed at a local Azure over TLS, with a clock to advance."""

from __future__ import annotations

import importlib
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import trustme

from bot.sandbox.azureml import LocalAzure
from bot.sandbox.calls import Calls
from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.server import Served, Servers, listen, port_of
from bot.sandbox.store import Store

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.core.credentials import AccessToken

Json = dict[str, Any]
DATA = Path(__file__).parents[4] / "services" / "data"
CLIP = "azureml://registries/azureml/models/openai-clip-vit-base-patch32/versions/12"
BERT = "azureml://registries/azureml/models/bert-base-uncased/versions/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


class EvenScorer:
    """Gives every label the same share and says so: enough to see that the route reaches it."""

    def score(self, body: bytes) -> Reply:  # noqa: ARG002 - this scorer does not look
        return Reply(status=200, body=[{"probs": [1.0]}], headers={"x-model-engine": "even"})


class FixedCredential:
    """The one token of the local Azure, as azure-identity would hand it out."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:  # noqa: ARG002, ANN401 - azure-core's own signature
        from azure.core.credentials import AccessToken  # noqa: PLC0415 - azure takes two seconds

        return AccessToken(self._token, int(time.time()) + 3600)


class World:
    """A local Azure with everything a test says to it."""

    def __init__(self, folder: Path) -> None:
        self.clock = SandboxClock(speed=1.0)
        self.faults = Faults()
        self.calls = Calls()
        self.store = Store()
        authority = trustme.CA()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self.tls)
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        self.azure = LocalAzure(
            store=self.store,
            clock=self.clock,
            faults=self.faults,
            calls=self.calls,
            catalog=DATA / "catalog.jsonl",
            sizes=DATA / "sizes.jsonl",
            hub=DATA / "hub.jsonl",
            scorer=EvenScorer(),
        )
        self.cloud = ""
        self.raw: list[Any] = []
        self._clients: dict[str, MLClient] = {}

    @property
    def workspace_path(self) -> str:
        azure = self.azure
        return (
            f"/subscriptions/{azure.subscription_id}/resourceGroups/{azure.resource_group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{azure.workspace}"
        )

    def begin(self) -> None:
        """A fresh workspace for the next test."""
        self.store.clear("azure.")
        self.azure.reset()
        self.faults.clear()
        self.calls.clear()
        self.raw.clear()

    @property
    def ml(self) -> MLClient:
        """The client of the workspace."""
        azure = self.azure
        return self._client(
            "workspace", azure.subscription_id, azure.resource_group, azure.workspace
        )

    def registry(self, name: str) -> MLClient:
        return self._client(name, registry_name=name)

    def forget_clients(self) -> None:
        """The next use makes new ones, with the requests that their constructors send."""
        self._clients.clear()

    def fault(self, kind: str, match: str = "", **options: object) -> None:
        fault = Fault(target="azure", kind=kind, match=match, options=options)
        self.faults.add(fault)

    def ask(
        self, method: str, path: str, body: Json | None = None, **headers: str
    ) -> requests.Response:
        """One request of our own, with the token."""
        url = path if path.startswith("https") else self.azure.base_url + path
        return requests.request(
            method,
            url,
            json=body,
            headers={"Authorization": f"Bearer {self.azure.token}", **headers},
            verify=str(self.ca),
            timeout=30,
        )

    def arm(self, method: str, path: str, body: Json | None = None) -> requests.Response:
        """One request beneath the workspace."""
        return self.ask(method, f"{self.workspace_path}/{path}?api-version=2023-10-01", body)

    def endpoint(self, name: str = "clip-ep") -> None:
        """An endpoint that is ready."""
        body = {"location": "eastus", "properties": {"authMode": "Key"}, "tags": {"by": "test"}}
        assert self.arm("PUT", f"onlineEndpoints/{name}", body).status_code == 201
        self.clock.advance(61)

    def put_deployment(
        self,
        name: str = "blue",
        endpoint: str = "clip-ep",
        model: str = CLIP,
        size: str = "Standard_DS3_v2",
        count: int = 1,
    ) -> requests.Response:
        body = {
            "location": "eastus",
            "properties": {
                "model": model,
                "instanceType": size,
                "endpointComputeType": "Managed",
                "requestSettings": {"requestTimeout": "PT1M30S"},
            },
            "sku": {"name": "Default", "capacity": count},
        }
        return self.arm("PUT", f"onlineEndpoints/{endpoint}/deployments/{name}", body)

    def deployed(self, name: str = "blue", endpoint: str = "clip-ep", model: str = CLIP) -> None:
        """An endpoint with a deployment that has all the traffic."""
        self.endpoint(endpoint)
        assert self.put_deployment(name, endpoint, model).status_code == 201
        self.clock.advance(481)
        body = {"location": "eastus", "properties": {"authMode": "Key", "traffic": {name: 100}}}
        assert self.arm("PUT", f"onlineEndpoints/{endpoint}", body).status_code == 200
        self.clock.advance(21)

    def operation(self, response: requests.Response) -> Json:
        """How the operation that a response announced goes now."""
        found: Json = self.ask("GET", response.headers["Azure-AsyncOperation"]).json()
        return found

    def _client(self, key: str, *scope: str, **options: str) -> MLClient:
        if key not in self._clients:
            from azure.ai.ml import MLClient  # noqa: PLC0415 - azure takes two seconds

            base = self.azure.base_url
            self._clients[key] = MLClient(
                FixedCredential(self.azure.token),
                *scope,
                **options,
                cloud=self.cloud,
                cloud_metadata={
                    "azure_portal": base,
                    "resource_manager": f"{base}/",
                    "active_directory": base,
                    "aml_resource_id": "https://ml.azure.com",
                    "storage_endpoint": "core.windows.net",
                    "registry_discovery_endpoint": f"{base}/",
                },
                show_progress=False,
                enable_telemetry=False,
                polling_interval=0.1,
                retry_total=0,
                raw_response_hook=lambda response: self.raw.append(response.http_response),
            )
        return self._clients[key]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    # Before the variable of the fixture below is set: the import refuses clouds it does not know.
    importlib.import_module("azure.ai.ml")
    world = World(tmp_path_factory.mktemp("azure"))
    listener = listen(0)
    port = port_of(listener)
    world.azure.base_url = f"https://127.0.0.1:{port}"
    # A cloud's name can be registered once in a process: a name of its own for this server.
    world.cloud = f"LocalAzure{port}"
    servers = Servers()
    servers.start([Served(app=world.azure.app(), listener=listener, tls=world.tls)])
    yield world
    servers.stop()


@pytest.fixture
def world(served: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The local Azure, empty.

    The client trusts it through the environment, as the bot's does.
    """
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(served.ca))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    # Calls that the SDK makes on the side go to the cloud that this variable names; it is put
    # back after the test, whatever the client's constructor writes into it.
    monkeypatch.setenv("AZUREML_CURRENT_CLOUD", served.cloud)
    served.begin()
    return served
