"""Cards of models that only a list named: their details are read when the card is opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.catalog import Card, Catalog
from services.clock import Clock
from services.errors import NotFoundError
from services.huggingface import Hub
from services.index import CatalogIndex
from services.models import Model
from services.prices import load_sizes
from tests.integration.azureml.conftest import World

NAME = "sandbox-text-classification"
LISTED = Model(
    name=NAME,
    version="1",
    registry="azureml",
    asset_id=f"azureml://registries/azureml/models/{NAME}/versions/1",
    summary="A summary that only the list has.",
    detailed=False,
)


@pytest.fixture
def index() -> Iterator[CatalogIndex]:
    index = CatalogIndex()
    yield index
    index.close()


@pytest.fixture
def catalog(world: World, index: CatalogIndex) -> Catalog:
    return Catalog(index, world.azureml, load_sizes(), Clock())


def opened(catalog: Catalog, text: str) -> Card:
    card = catalog.open(text)
    assert isinstance(card, Card)
    return card


def test_details_are_read_when_the_card_is_opened(catalog: Catalog, index: CatalogIndex) -> None:
    index.add(LISTED)

    card = opened(catalog, NAME)

    assert "" == card.unread
    assert card.model.detailed
    assert card.size is not None
    assert LISTED.summary == card.model.summary


def test_details_that_were_read_are_kept(
    world: World, catalog: Catalog, index: CatalogIndex
) -> None:
    index.add(LISTED)
    first = opened(catalog, NAME)
    world.fail("error", match="models", status=503)

    again = opened(catalog, NAME)

    assert (first.model, "") == (again.model, again.unread)
    assert first.model.read is not None


def test_when_azure_cannot_be_asked_the_card_says_why(
    world: World, catalog: Catalog, index: CatalogIndex
) -> None:
    index.add(LISTED)
    world.fail("error", status=503)

    card = opened(catalog, NAME)

    assert "Azure could not" in card.unread
    assert (None, 0) == (card.size, card.usable)


def test_a_bundled_model_is_not_read_again(world: World, catalog: Catalog) -> None:
    opened(catalog, "gpt2")

    assert [] == [path for path in world.sent("GET") if "/models/" in path]


def test_a_description_is_read_from_the_registry(catalog: Catalog) -> None:
    found = catalog.description("azureml/gpt2")

    assert ("gpt2", "") == (found.name, found.why)
    assert found.text.startswith("gpt2 (text-generation)")


def test_a_registry_that_is_not_there_is_no_description(catalog: Catalog) -> None:
    found = catalog.description("azureml://registries/nowhere/models/gpt2/versions/1")

    assert not found.text
    assert found.why


def test_a_hub_id_finds_the_model_that_has_it(catalog: Catalog, index: CatalogIndex) -> None:
    mine = Model(
        name="renamed-here",
        version="2",
        registry=None,
        asset_id="/m/2",
        hub_id="Someone/Something",
    )
    index.add(mine)

    assert mine == catalog.model("someone/something")


def test_a_hub_id_of_several_models_asks_which(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError) as caught:
        catalog.model("Salesforce/blip2-opt-2.7b")

    assert (
        "Salesforce-BLIP-2-opt-2-7b-image-to-text",
        "Salesforce-BLIP-2-opt-2-7b-vqa",
    ) == tuple(suggestion.argument for suggestion in caught.value.suggestions)


def test_a_wrong_hub_id_in_the_catalog_does_not_mislead(catalog: Catalog) -> None:
    # Three models of the catalog say bert-base-cased; one is it.
    assert "bert-base-cased" == catalog.model("https://huggingface.co/bert-base-cased").name


def test_without_a_hub_a_link_is_looked_for_in_azure(catalog: Catalog) -> None:
    card = opened(catalog, "https://huggingface.co/google-bert/bert-base-uncased")

    assert "HuggingFace" == card.model.registry


def test_a_silent_hub_is_a_reason_of_its_own(world: World, index: CatalogIndex) -> None:
    hub = Hub("http://127.0.0.1:9", None, seconds=0.2)
    catalog = Catalog(index, world.azureml, load_sizes(), Clock(), hub)

    assert "HuggingFace" == opened(catalog, "google-bert/bert-base-uncased").model.registry
