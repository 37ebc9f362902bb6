"""The real Azure SDK against the local Azure, served over TLS on a loopback port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import certificates
from bot.sandbox.azureml import LocalAzure
from bot.sandbox.calls import Calls
from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.scoring import Scorer
from bot.sandbox.server import Served, Servers, listen, port_of
from bot.sandbox.store import Store
from services.azureml.client import AzureML, Connection
from services.clock import Clock

REGISTRIES = ("azureml", "azureml-meta", "HuggingFace")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The bot's side (`azureml`) and the stand-in's."""

    azureml: AzureML
    connection: Connection
    clock: SandboxClock
    faults: Faults
    calls: Calls

    def fail(self, kind: str, match: str = "", times: int | None = None, **options: Any) -> None:  # noqa: ANN401 - a fault's options are any JSON
        fault = Fault(target="azure", kind=kind, match=match, times=times, options=options)
        self.faults.add(fault)

    def wait(self, seconds: float) -> None:
        """Simulated time goes on."""
        self.clock.advance(seconds)

    def sent(self, method: str) -> list[str]:
        return [call["path"] for call in self.calls.listed() if call["method"] == method]


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path, Path]:
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def scorer() -> Scorer:
    return Scorer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The local Azure behind its one server, and what tests do to it."""

    azure: LocalAzure
    store: Store
    clock: SandboxClock
    faults: Faults
    calls: Calls
    bundle: Path


@pytest.fixture(scope="session")
def served(tls: tuple[Any, Path, Path], scorer: Scorer) -> Iterator[Shared]:
    """One server for the whole session: to start one and trust it takes longer than most tests."""
    context, _, bundle = tls
    data = Path(str(resources.files("services"))) / "data"
    store, clock, faults, calls = Store(), SandboxClock(speed=1.0), Faults(), Calls()
    azure = LocalAzure(
        store=store,
        clock=clock,
        faults=faults,
        calls=calls,
        catalog=data / "catalog.jsonl",
        sizes=data / "sizes.jsonl",
        hub=data / "hub.jsonl",
        scorer=scorer,
    )
    listener = listen(0)
    azure.base_url = f"https://127.0.0.1:{port_of(listener)}"
    servers = Servers()
    servers.start([Served(app=azure.app(), listener=listener, tls=context)])
    yield Shared(azure=azure, store=store, clock=clock, faults=faults, calls=calls, bundle=bundle)
    servers.stop()


@pytest.fixture
def world(served: Shared, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty workspace, and a client that knows nothing yet."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(served.bundle))
    azure = served.azure
    served.store.clear("azure.")
    azure.reset()
    served.faults.clear()
    served.calls.clear()
    connection = Connection(
        subscription_id=azure.subscription_id,
        resource_group=azure.resource_group,
        workspace=azure.workspace,
        url=azure.base_url,
        token=azure.token,
        registries=REGISTRIES,
    )
    azureml = AzureML(connection, Clock())
    yield World(
        azureml=azureml,
        connection=connection,
        clock=served.clock,
        faults=served.faults,
        calls=served.calls,
    )
    azureml.close()
