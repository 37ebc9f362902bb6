"""How fast models are found, and how fast the index is filled, with 12,000 models."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from services.azureml.client import AzureML, Connection
from services.catalog import Catalog, Usable
from services.clock import Clock
from services.gallery import Gallery
from services.huggingface import Hub
from services.index import CatalogIndex
from services.planning import licence_class
from services.prices import load_sizes
from services.refresh import Refresh
from tests.benchmarks.apart import alone, stand_ins
from tests.benchmarks.catalogs import DATA, write_catalog
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.worlds import world
from tests.conversation import Person

MODELS = 12_000
LATENCY = 50  # ms that the local Azure takes longer for each answer
ROUNDS = 5
TYPED = 40
REGISTRIES = ("azureml", "azureml-meta")
NOWHERE = "http://127.0.0.1:9"  # a catalog service that is down, so that the SDK is asked
JUDGED = Path(__file__).parents[1] / "judged" / "seen.jsonl"
KIB = 1024
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Seconds of two refreshes in a row, megabytes the process grew by, milliseconds a search."""

    first: float
    second: float
    models: int
    grew: float
    searches: tuple[float, ...]


def measure(folder: Path) -> Iterator[Figure]:
    """Refreshes through both sources, then searches, then a person's search in the chat."""
    catalog = folder / "catalog.jsonl"
    write_catalog(catalog, MODELS)
    hub, sizes = DATA / "hub.jsonl", DATA / "sizes.jsonl"
    with stand_ins(catalog, folder / "stand-ins", hub, sizes) as described:
        _slow(described["control_url"], LATENCY)
        env: Mapping[str, str] = described["env"]
        listed = alone(fill, folder / "listed.sqlite", env, env["AML_BOT_CATALOG_URL"], env=env)
        read = alone(fill, folder / "read.sqlite", env, NOWHERE, env=env)
    yield from _refreshes(listed, read)
    searches = read.searches
    for label, share in (("p50", 0.5), ("p99", 0.99)):
        yield Figure(
            name=f"search in process {label}, listing and getting through the SDK as baseline",
            value=percentile(searches, share),
            unit="ms",
            baseline=read.first * 1000,
            n=len(searches),
        )
    shown = _typed(folder / "bot", catalog)
    for label, share in (("p50", 0.5), ("p99", 0.99)):
        value = percentile(shown, share)
        yield Figure(name=f"search typed to shown {label}", value=value, unit="ms", n=len(shown))


def fill(path: Path, env: Mapping[str, str], url: str) -> Filled:
    """Refresh an empty index twice, from the catalog service at `url` or else from the SDK."""
    clock = Clock()
    azureml = AzureML(_connection(env) if url == NOWHERE else None, clock)
    ca = Path(env["AML_BOT_AZURE_CA"])
    gallery = Gallery(url, ca, clock, wait=lambda _: False)  # not patient with one that is down
    usable = Usable(load_sizes(), clock)
    index = CatalogIndex(path, runs_on=usable.names, licence_of=licence_class)
    refresh = Refresh(index, gallery, azureml, clock, REGISTRIES, None)
    hub = Hub(env["HF_ENDPOINT"], None)
    catalog = Catalog(index, AzureML(None, clock), load_sizes(), clock, hub)
    before = _peak()
    seconds = []
    for full in (url == NOWHERE, False):
        began = time.monotonic()
        answer = refresh.now(full=full)
        seconds.append(time.monotonic() - began)
    grew = _peak() - before
    return Filled(
        first=seconds[0],
        second=seconds[1],
        models=sum(place.models for place in answer.places if place.place in REGISTRIES),
        grew=grew,
        searches=_searched(catalog),
    )


def _refreshes(listed: Filled, read: Filled) -> Iterator[Figure]:
    late = f"at {LATENCY} ms latency"
    service = f"full refresh through the catalog service {late}"
    yield Figure(name=service, value=listed.first, unit="s", n=listed.models)
    yield Figure(name="memory growth of it, without the SDK", value=listed.grew, unit="MB")
    sdk = f"full refresh through the SDK {late}"
    yield Figure(name=sdk, value=read.first, unit="s", n=read.models)
    nothing = f"refresh through the SDK with nothing changed {late}"
    yield Figure(name=nothing, value=read.second, unit="s", baseline=read.first, n=read.models)


def _connection(env: Mapping[str, str]) -> Connection:
    return Connection(
        subscription_id=env["AZURE_SUBSCRIPTION_ID"],
        resource_group=env["AZURE_RESOURCE_GROUP"],
        workspace=env["AZUREML_WORKSPACE_NAME"],
        url=env["AML_BOT_AZURE_URL"],
        token=env["AML_BOT_AZURE_TOKEN"],
        ca=Path(env["AML_BOT_AZURE_CA"]),
        registries=REGISTRIES,
    )


def _peak() -> float:
    """Megabytes this process ever had; what `getrusage` tells includes its parent's."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return int(found[1]) * KIB / MEGABYTE if found else float("nan")


def _queries() -> tuple[str, ...]:
    """What people ask, without filters: those the command takes out of the text first."""
    lines = JUDGED.read_text(encoding="utf-8").splitlines()
    queries = [str(json.loads(line)["query"]) for line in lines if line.strip()]
    return tuple(query for query in queries if ":" not in query)


def _searched(catalog: Catalog) -> tuple[float, ...]:
    """Milliseconds of each search, the first round left out."""
    took = []
    for number in range(ROUNDS + 1):
        for query in _queries():
            began = time.perf_counter()
            catalog.search(catalog.parse(query))
            if number:
                took.append((time.perf_counter() - began) * 1000)
    return tuple(took)


def _slow(control: str, milliseconds: int) -> None:
    fault: dict[str, Any] = {"target": "azure", "kind": "slow", "ms": milliseconds}
    requests.post(f"{control}/fault", json=fault, timeout=10).raise_for_status()


def _typed(folder: Path, catalog: Path) -> list[float]:
    """Milliseconds from the slash command to the message that is shown."""
    with world(folder, catalog=catalog) as (_, person):
        _shown(person, "clip")
        return [_shown(person, query) for query in _queries()[:TYPED]]


def _shown(person: Person, query: str) -> float:
    before = {message.ts for message in person.reads()}
    began = time.perf_counter()
    person.sends_command(f"/aml search {query}")
    while not any(one.ts not in before for one in person.reads()):
        time.sleep(0.002)
    return (time.perf_counter() - began) * 1000
