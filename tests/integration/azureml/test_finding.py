from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.catalog import Catalog
from services.clock import Clock
from services.errors import NotFoundError, Suggestion
from services.index import CatalogIndex
from services.models import Provenance, Provider, Source
from services.prices import load_sizes
from tests.integration.azureml.conftest import World

BUNDLED = Provenance(source=Source(provider=Provider.SNAPSHOT, name="2026-07-23"))
CLIP = "openai-clip-vit-base-patch32"


@pytest.fixture
def catalog(world: World) -> Iterator[Catalog]:
    index = CatalogIndex()
    yield Catalog(index, world.azureml, load_sizes(), Clock())
    index.close()


def test_a_model_newer_than_the_snapshot_is_found_where_it_is(catalog: Catalog) -> None:
    model = catalog.model("sandbox-text-classification")
    source = Source(provider=Provider.REGISTRY, name="azureml")

    assert ("azureml", Provenance(source=source)) == (model.registry, model.provenance)


def test_a_version_newer_than_the_snapshot_is_read_from_its_registry(catalog: Catalog) -> None:
    assert "11" == catalog.model("openai-clip-vit-large-patch14:11").version


def test_a_hub_id_finds_the_community_registrys_model(catalog: Catalog) -> None:
    assert "HuggingFace" == catalog.model("google-bert/bert-base-uncased").registry


def test_a_card_tells_the_quota_that_is_left(catalog: Catalog) -> None:
    card = catalog.card(CLIP)
    assert (4, 100, "") == (card.cores_needed, card.cores_left, card.note)


def test_a_known_model_is_found_without_asking(world: World, catalog: Catalog) -> None:
    catalog.model(CLIP)
    catalog.search(catalog.parse("clip"))
    assert [] == world.calls.listed()


def test_when_azure_is_down_the_snapshot_answers_and_says_so(
    world: World, catalog: Catalog
) -> None:
    world.fail("error", status=503)
    card = catalog.card(CLIP)
    assert card.cores_left is None
    assert "Quota left is not known: Azure could not" in card.note
    assert BUNDLED == card.model.provenance


def test_when_azure_is_down_an_unknown_name_says_that_it_could_not_ask(
    world: World, catalog: Catalog
) -> None:
    world.fail("throttle", retry_after=30)
    with pytest.raises(NotFoundError, match="just now") as refused:
        catalog.model("openai-clip-vit-bse-patch32")
    assert Suggestion(verb="card", argument=CLIP) in refused.value.suggestions
