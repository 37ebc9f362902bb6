"""The whole way: the stand-in's catalog service and registries, the real SDK, the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from services.azureml.catalog import ModelReader
from services.azureml.sdk import Sdk
from services.clock import Clock
from services.gallery import Gallery
from services.index import CatalogIndex, parse_query
from services.refresh import Refresh, Refreshed, Source, SourceRefreshed
from tests.integration.azureml.conftest import REGISTRIES, World

GALLERY = "/asset-gallery/"
CLIP = "openai-clip-vit-base-patch32"
TODAY = "2026-11-22"


def never(_seconds: float) -> bool:
    return False


@dataclass
class Bench:
    """A refresh over the stand-in, with an index of its own."""

    world: World
    index: CatalogIndex

    def refresh(self, *registries: str) -> Refresh:
        gallery = Gallery(self.world.connection.url, None, Clock(), wait=never)
        places = registries or REGISTRIES
        return Refresh(self.index, gallery, self.world.azureml, Clock(), places, None)

    def state(self) -> dict[str, Mapping[str, str]]:
        return {place: dict(self.index.versions(place)) for place in REGISTRIES}

    def finds(self, text: str) -> list[str]:
        page = self.index.search(parse_query(text, {}), today=TODAY)
        return [match.model.name for match in page.matches]


@pytest.fixture
def bench(world: World, tmp_path: Path) -> Iterator[Bench]:
    hasty = Sdk(world.connection)
    world.azureml.models = ModelReader(hasty, Clock(), pause=0.01)
    made = Bench(world, CatalogIndex(tmp_path / "catalog.sqlite"))
    yield made
    made.index.close()
    hasty.close()


def by_place(answer: Refreshed) -> dict[str, SourceRefreshed]:
    return {place.place: place for place in answer.places}


def test_models_newer_than_the_snapshot_are_found_after_a_refresh(bench: Bench) -> None:
    before = bench.finds("sandbox-text-classification")
    answer = bench.refresh().now()
    assert before[:1] != ["sandbox-text-classification"]
    assert "sandbox-text-classification" == bench.finds("sandbox-text-classification")[0]
    assert {Source.SERVICE} == {by_place(answer)[name].source for name in REGISTRIES}


def test_both_sources_agree_on_names_and_versions(bench: Bench) -> None:
    bench.refresh().now()
    served = bench.state()
    bench.world.fail("error", match=GALLERY, status=503)
    answer = by_place(bench.refresh().now())
    assert served == bench.state()
    assert {Source.SDK} == {answer[name].source for name in REGISTRIES}
    assert 0 == sum(answer[name].changed for name in REGISTRIES)


def test_what_the_snapshot_knew_of_an_unchanged_version_stays(bench: Bench) -> None:
    bench.refresh().now()
    clip = bench.index.get(CLIP, "azureml")
    assert clip is not None
    assert (True, True) == (bool(clip.sizes), clip.minimum is not None)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "retry_after": 90},
        {"kind": "error", "status": 503},
        {"kind": "html_body"},
        {"kind": "half_page"},
        {"kind": "changed_shape"},
        {"kind": "drop_socket"},
    ],
    ids=lambda fault: str(fault["kind"]),
)
def test_when_no_source_answers_the_index_stays_as_it_was(
    bench: Bench, fault: dict[str, Any]
) -> None:
    before = bench.state()
    bench.world.fail(**fault)
    answer = bench.refresh().now()
    assert (True, before) == (answer.silent, bench.state())
    assert answer.problems
    assert [] != bench.finds("clip")


def test_a_missing_and_a_forbidden_registry_are_told_and_stop_nothing(bench: Bench) -> None:
    bench.world.fail("error", match="/registries/secret/", status=403)
    answer = by_place(bench.refresh("nope", "secret", "azureml").now())
    sources = [answer[name].source for name in ("nope", "secret", "azureml")]
    assert [Source.KEPT, Source.KEPT, Source.SERVICE] == sources
    assert "there is no such thing" in answer["nope"].problem
    assert "Azure does not let the bot" in answer["secret"].problem


def test_the_workspaces_own_models_are_found(bench: Bench) -> None:
    path = f"/models/{CLIP}-tuned/versions/1"
    register(bench.world, path)
    answer = by_place(bench.refresh().now())
    assert 1 == answer["workspace"].new
    assert f"{CLIP}-tuned" in bench.finds("clip tuned")


def register(world: World, path: str) -> None:
    """As a person does beside the bot."""
    where = world.connection
    base = (
        f"/subscriptions/{where.subscription_id}/resourceGroups/{where.resource_group}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{where.workspace}"
    )
    answer = requests.put(
        f"{where.url}{base}{path}",
        params={"api-version": "2023-08-01-preview"},
        json={"properties": {"modelType": "mlflow_model", "tags": {"task": "fill-mask"}}},
        headers={"Authorization": f"Bearer {where.token}"},
        timeout=30,
    )
    assert answer.ok, answer.text
