"""Models of the Hub: the catalog's card where it has them, else the Hub's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from services.azureml.client import AzureML
from services.catalog import Card, Catalog, HubCard
from services.clock import Clock
from services.errors import ErrorText, NotFoundError, Suggestion, TemporaryError
from services.huggingface import Hub
from services.index import CatalogIndex
from services.models import HubModel
from services.prices import load_sizes

SST = "distilbert-base-uncased-finetuned-sst-2-english"
PAGE = "https://huggingface.co/"


SILENT = ErrorText(code="HubUnreachable", what="The Hugging Face Hub cannot be reached.")
NOWHERE = ErrorText(code="HubModelNotFound", what="The Hugging Face Hub has no such model.")


class FakeHub:
    """Knows some repositories, under their old names too."""

    def __init__(self) -> None:
        self.ids = {
            f"distilbert/{SST}": f"distilbert/{SST}",
            SST: f"distilbert/{SST}",
            "someone/gpt2": "someone/gpt2",
            "gpt2": "openai-community/gpt2",
            "old/clip": "openai/clip-vit-base-patch32",
            "fresh/model": "fresh/model",
        }
        self.down = False

    def model(self, hub_id: str) -> HubModel:
        if self.down:
            raise TemporaryError(SILENT)
        if hub_id not in self.ids:
            raise NotFoundError(NOWHERE)
        return HubModel(
            id=self.ids[hub_id],
            sha="1",
            task=None,
            license="gpl-3.0",
            license_url=None,
            gated="",
            access=True,
            size_bytes=0,
        )

    def page(self, hub_id: str) -> str:
        return f"{PAGE}{hub_id}"


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def catalog(hub: FakeHub) -> Iterator[Catalog]:
    index, clock = CatalogIndex(), Clock()
    yield Catalog(index, AzureML(None, clock), load_sizes(), clock, cast(Hub, hub))
    index.close()


def test_a_link_to_what_the_catalog_has_asks_nobody(catalog: Catalog, hub: FakeHub) -> None:
    hub.down = True

    card = catalog.open(f"{PAGE}openai/clip-vit-base-patch32")

    assert isinstance(card, Card)
    assert "openai-clip-vit-base-patch32" == card.model.name


def test_a_repository_that_got_an_owner_is_still_the_catalogs(catalog: Catalog) -> None:
    card = catalog.open(f"{PAGE}distilbert/{SST}")

    assert isinstance(card, Card)
    assert SST == card.model.name


def test_a_repository_of_the_same_name_is_another_model(catalog: Catalog) -> None:
    card = catalog.open(f"{PAGE}someone/gpt2")

    assert isinstance(card, HubCard)
    assert ("someone/gpt2", "copyleft") == (card.model.id, card.licence)


def test_a_repository_that_was_renamed_is_the_catalogs(catalog: Catalog) -> None:
    card = catalog.open(f"{PAGE}old/clip")

    assert isinstance(card, Card)


def test_an_id_that_only_the_hub_has_opens_its_card(catalog: Catalog) -> None:
    card = catalog.open("fresh/model")

    assert isinstance(card, HubCard)
    assert f"{PAGE}fresh/model" == card.page


def test_a_link_to_nothing_says_what_the_hub_says(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError, match="Hub has no such model"):
        catalog.open(f"{PAGE}nobody/nothing")


def test_an_id_of_nothing_suggests_what_is_near(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError) as caught:
        catalog.open("openai/clip-vit-base-patch31")

    near = Suggestion(verb="card", argument="openai-clip-vit-base-patch32")
    assert near in caught.value.suggestions


def test_a_link_while_the_hub_is_silent_says_so(catalog: Catalog, hub: FakeHub) -> None:
    hub.down = True

    with pytest.raises(TemporaryError, match="cannot be reached"):
        catalog.open(f"{PAGE}fresh/model")
