"""Reading the catalog search service page by page, from one that answers as a test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox.server import Served, Servers, listen, port_of
from services.clock import Clock
from services.errors import ServiceRefusedError, TemporaryError
from services.gallery import Gallery
from services.models import Model

Json = dict[str, Any]
Answer = Callable[[Json], web.Response]
REGISTRIES = ("azureml", "HuggingFace")
NOT_SERVED = "http://127.0.0.1:9"  # the discard port: nothing listens there


def row(name: str, version: str = "1", registry: str = "azureml") -> Json:
    return {"name": name, "version": version, "registryName": registry, "inferenceTasks": ["x"]}


def page(*rows: Json, total: int | None = None, token: str | None = None) -> Answer:
    body = {"totalCount": total, "continuationToken": token, "summaries": list(rows)}
    return lambda _: web.json_response(body)


def refuses(status: int, **headers: str) -> Answer:
    return lambda _: web.json_response({"error": "no"}, status=status, headers=headers)


def says(text: str, kind: str = "application/json") -> Answer:
    return lambda _: web.Response(text=text, content_type=kind)


@dataclass
class Service:
    """Gives its answers in turn, the last one for ever."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    asked: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        self.asked.append(body)
        self.headers.append(dict(request.headers))
        said = self.answers[min(len(self.asked), len(self.answers)) - 1]
        return said(body)

    def gallery(self, size: int = 2) -> Gallery:
        def wait(seconds: float) -> bool:
            self.waited.append(seconds)
            return False

        return Gallery(self.url, None, Clock(), page=size, wait=wait)

    def names(self, size: int = 2) -> list[str]:
        return [model.name for model in self.models(size)]

    def models(self, size: int = 2) -> tuple[Model, ...]:
        return self.gallery(size).models(REGISTRIES)["azureml"]


@pytest.fixture
def service() -> Iterator[Service]:
    made, listener = Service(), listen(0)
    made.url = f"http://127.0.0.1:{port_of(listener)}/"
    app = web.Application()
    app.router.add_post("/asset-gallery/v1.0/models", made.answer)
    servers = Servers()
    servers.start([Served(app=app, listener=listener)])
    yield made
    servers.stop()


def test_all_pages_are_read_and_sorted_by_registry(service: Service) -> None:
    service.answers = [
        page(row("a"), row("b", registry="huggingface"), total=4, token="two"),
        page(row("c"), row("d", registry="nvidia-ai"), total=4),
    ]
    found = service.gallery().models(REGISTRIES)
    names = {place: [model.name for model in models] for place, models in found.items()}
    assert {"azureml": ["a", "c"], "HuggingFace": ["b"]} == names
    assert [None, "two"] == [body.get("continuationToken") for body in service.asked]


def test_only_the_newest_versions_are_asked_for_without_a_login(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    service.answers = [page(row("a"), total=1)]
    service.names(200)
    [body], [headers] = service.asked, service.headers
    assert [{"field": "labels", "operator": "eq", "values": ["latest"]}] == body["filters"]
    assert (200, True) == (body["pageSize"], body["includeTotalResultCount"])
    assert ("aml-bot", None) == (headers["User-Agent"], headers.get("Authorization"))


def test_of_two_versions_the_newer_one_wins(service: Service) -> None:
    service.answers = [page(row("a", "9"), row("A", "10"), total=2)]
    assert ["10"] == [model.version for model in service.models()]


def test_what_one_scan_missed_because_the_set_moved_the_next_one_has(service: Service) -> None:
    service.answers = [
        page(row("a"), row("b"), total=4, token="two"),
        page(row("b"), row("d"), total=4),
        page(row("a"), row("b"), total=4, token="two"),
        page(row("c"), row("d"), total=4),
    ]
    assert ["a", "b", "c", "d"] == sorted(service.names())
    assert 4 == len(service.asked)


def test_a_catalog_that_never_stands_still_is_given_up(service: Service) -> None:
    service.answers = [page(row("a"), row("b"), total=9, token="two"), page(row("b"), total=9)]
    service.answers *= 3
    with pytest.raises(TemporaryError, match="all of the models that it counts"):
        service.names()
    assert 6 == len(service.asked)


def test_a_few_that_are_counted_but_never_named_are_accepted(service: Service) -> None:
    rows = [row(f"m{number}") for number in range(99)]
    service.answers = [page(*rows, total=100)]
    assert 99 == len(service.names(200))
    assert 2 == len(service.asked)


def test_a_token_that_leads_in_a_circle_is_given_up(service: Service) -> None:
    service.answers = [page(row("a"), total=1, token="again")]
    with pytest.raises(TemporaryError):
        service.names()
    assert 6 == len(service.asked)


def test_rows_that_are_no_models_are_left_out(service: Service) -> None:
    service.answers = [page(row("a"), {"name": ""}, row("b"), total=3)]
    assert ["a", "b"] == service.names(200)


@pytest.mark.parametrize(
    "answer",
    [
        page({"id": 1}, {"id": 2}, total=2),
        says('{"result": {"summaries": []}}'),
        says('{"summaries": [], "continuationToken": 5}'),
        says("[]"),
        says("7"),
        page(row("a"), row("b")),  # a full page, no count and no way on: where is the rest?
    ],
    ids=["rows", "keys", "token", "list", "number", "no end"],
)
def test_a_form_that_is_not_known_is_refused(service: Service, answer: Answer) -> None:
    service.answers = [answer]
    with pytest.raises(ServiceRefusedError):
        service.names()
    assert 1 == len(service.asked)


@pytest.mark.parametrize(
    "answer",
    [
        says("<html><h1>Sign in</h1></html>", "text/html"),
        says('{"summaries": [{"name": "a", "ver'),
        says(""),
        says("[" * 200_000),
        refuses(500),
        refuses(503),
        refuses(429),
    ],
    ids=["web page", "half a page", "nothing", "deep", "500", "503", "429"],
)
def test_a_passing_fault_is_tried_again_and_then_reported(service: Service, answer: Answer) -> None:
    service.answers = [answer]
    with pytest.raises(TemporaryError):
        service.names()
    assert ([1.0, 2.0, 4.0], 4) == (service.waited, len(service.asked))


def test_a_fault_in_the_middle_costs_one_page_and_not_the_scan(service: Service) -> None:
    service.answers = [
        page(row("a"), row("b"), total=3, token="two"),
        refuses(429, **{"Retry-After": "7"}),
        page(row("c"), total=3),
    ]
    assert ["a", "b", "c"] == service.names()
    assert [7.0] == service.waited
    assert [None, "two", "two"] == [body.get("continuationToken") for body in service.asked]


def test_nobody_waits_an_hour_because_the_service_says_so(service: Service) -> None:
    service.answers = [refuses(429, **{"Retry-After": "3600"})]
    with pytest.raises(TemporaryError):
        service.names()
    assert [] == service.waited


def test_a_page_size_that_is_refused_becomes_one_that_every_client_uses(service: Service) -> None:
    service.answers = [refuses(400), page(row("a"), total=1)]
    assert ["a"] == service.names(200)
    assert [200, 50] == [body["pageSize"] for body in service.asked]


@pytest.mark.parametrize("status", [301, 401, 403, 404, 400])
def test_a_refusal_is_not_asked_again(service: Service, status: int) -> None:
    service.answers = [refuses(status, Location="https://example.com/")]
    with pytest.raises(ServiceRefusedError, match=str(status)):
        service.names(50)
    assert 1 == len(service.asked)


def test_where_nobody_listens_it_cannot_be_reached() -> None:
    gallery = Gallery(NOT_SERVED, None, Clock(), wait=lambda _: False)
    with pytest.raises(TemporaryError, match="cannot be reached"):
        gallery.models(REGISTRIES)


def test_closing_ends_the_waiting(service: Service) -> None:
    service.answers = [refuses(503)]
    gallery = Gallery(service.url, None, Clock())
    gallery.close()
    with pytest.raises(TemporaryError):
        gallery.models(REGISTRIES)
    assert 1 == len(service.asked)


def test_the_probe_asks_for_one_model(service: Service) -> None:
    service.answers = [page(row("a"), total=11_812, token="two")]
    assert 11_812 == service.gallery().probe()
    assert [1] == [body["pageSize"] for body in service.asked]
