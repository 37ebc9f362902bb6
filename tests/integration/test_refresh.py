"""20,000 models from the catalog search service while people search, and the bot's own schedule."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiohttp import web

from bot.sandbox import Sandbox
from bot.sandbox.server import Served, Servers, listen, port_of
from services.azureml.client import AzureML
from services.clock import Clock
from services.gallery import Gallery
from services.index import CatalogIndex, parse_query
from services.refresh import Refresh, Refreshed, Source
from tests.conftest import REFRESHING_BOT, make_sandbox
from tests.conversation import BLINK, Person

MANY, SIZE = 20_000, 200
TASKS = ("fill-mask", "text-classification", "translation", "image-classification")
TODAY = "2026-11-22"
MEGABYTE = 2**20
MOST_MEMORY = 150 * MEGABYTE  # that 20,000 models may add
PAUSE = 0.01  # seconds between two searches
PATIENCE = 60.0  # seconds; the bot waits five to ten after its start
LAST = f"owner-{MANY - 1}-model.v1-😀"


def rows(number: int) -> list[dict[str, object]]:
    """One page, as the service would send it."""
    first = number * SIZE
    return [
        {
            "name": f"owner-{one}-model.v1-{'😀' if one % 2 else 'نموذج'}",
            "version": str(one % 20 + 1),
            "registryName": "HuggingFace",
            "publisher": f"Publisher {one % 300}",
            "inferenceTasks": [TASKS[one % len(TASKS)]],
            "license": "apache-2.0",
            "azureOffers": ["VM"],
            "summary": f"Model {one} does what models of its kind do, and does it often.",
        }
        for one in range(first, first + SIZE)
    ]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    last = MANY // SIZE - 1
    pages = [
        json.dumps(
            {
                "totalCount": MANY,
                "continuationToken": str(number + 1) if number < last else None,
                "summaries": rows(number),
            }
        ).encode()
        for number in range(last + 1)
    ]

    async def answer(request: web.Request) -> web.Response:
        token = (await request.json()).get("continuationToken") or "0"
        return web.Response(body=pages[int(token)], content_type="application/json")

    app, listener, servers = web.Application(), listen(0), Servers()
    app.router.add_post("/asset-gallery/v1.0/models", answer)
    servers.start([Served(app=app, listener=listener)])
    yield f"http://127.0.0.1:{port_of(listener)}"
    servers.stop()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[CatalogIndex]:
    made = CatalogIndex(tmp_path / "catalog.sqlite")
    yield made
    made.close()


def refreshed(url: str, index: CatalogIndex) -> Refreshed:
    gallery, clock = Gallery(url, None, Clock()), Clock()
    places = ("HuggingFace",)
    return Refresh(index, gallery, AzureML(None, clock), clock, places, None).now()


def test_twenty_thousand_models_take_bounded_memory(service: str, index: CatalogIndex) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    [place] = refreshed(service, index).places
    assert (Source.SERVICE, MANY, "") == (place.source, place.models, place.problem)
    assert process.memory_info().rss - before < MOST_MEMORY
    found = index.get("owner-6-model.v1-نموذج", "HuggingFace")
    assert (("text-translation",), "apache-2.0") == (found and found.tasks, found and found.license)


def test_people_find_models_while_the_index_is_refreshed(service: str, index: CatalogIndex) -> None:
    query, done = parse_query("clip", {}), threading.Event()
    seen: list[int] = []

    def search() -> None:
        while not done.wait(PAUSE):
            seen.append(index.search(query, today=TODAY).total)

    person = threading.Thread(target=search)
    person.start()
    try:
        refreshed(service, index)
    finally:
        done.set()
        person.join()
    assert 0 < min(seen)
    assert LAST == index.search(parse_query(LAST, {}), today=TODAY).matches[0].model.name


# --- the bot itself ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with make_sandbox(tmp_path_factory.mktemp("refreshing"), bot=REFRESHING_BOT) as made:
        yield made


def asked(sandbox: Sandbox, part: str) -> list[str]:
    paths = (call["path"] for call in sandbox.calls.listed("azure"))
    return [path for path in paths if part in path]


def waits_for_call(sandbox: Sandbox, part: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not asked(sandbox, part):
        assert time.monotonic() < deadline, f"nobody asked for {part}"
        time.sleep(BLINK)


def test_the_bot_reads_the_catalog_by_itself_and_the_workspace_once_it_may(
    sandbox: Sandbox,
) -> None:
    waits_for_call(sandbox, "/asset-gallery/")
    assert [] == asked(sandbox, "/workspaces/")  # that would have loaded the SDK for nothing
    users = sandbox.slack.operator, sandbox.slack.main_channel
    ada = Person(sandbox.control_url, *users)
    found = ada.types("/aml search sandbox-question-answering")
    assert "sandbox-question-answering" in found.words
    waits_for_call(sandbox, "/workspaces/ws-sandbox/models")
