from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.azureml.client import AzureML
from services.catalog import Catalog
from services.clock import Clock
from services.errors import NotConfiguredError, NotFoundError
from services.index import CatalogIndex
from services.models import Model
from services.prices import load_sizes

CLIP = "openai-clip-vit-base-patch32"


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    """Without Azure: what the bundled snapshot alone can answer."""
    index, clock = CatalogIndex(), Clock()
    yield Catalog(index, AzureML(None, clock), load_sizes(), clock)
    index.close()


def test_search_shows_ten_with_total_reason_size_and_price(catalog: Catalog) -> None:
    found = catalog.search("clip")
    assert (5, 1, 1) == (found.total, found.page, found.pages)
    first = found.hits[0]
    assert (CLIP, "name: clip") == (first.model.name, first.why)
    assert ("Standard_D2a_v4", 0.096) == (first.size, first.usd_per_hour)
    assert "bundled snapshot of 2026-07-23" == found.facts_from


def test_pages_are_counted_and_the_last_one_is_the_end(catalog: Catalog) -> None:
    assert (16, 16, 6) == (
        catalog.search("").pages,
        catalog.search("", page=99).page,
        len(catalog.search("", page=99).hits),
    )


def test_nothing_found_is_one_empty_page(catalog: Catalog) -> None:
    found = catalog.search("qwertzuiopqw")
    assert ((), 0, 1, 1) == (found.hits, found.total, found.page, found.pages)


@pytest.mark.parametrize(
    "text",
    [
        CLIP,
        CLIP.upper(),
        f" `{CLIP}` ",
        f"azureml/{CLIP}",
        f"{CLIP}:12",
        f"azureml://registries/azureml/models/{CLIP}/versions/12",
        f"azureml://registries/azureml/models/{CLIP}/labels/latest",
        "openai/clip-vit-base-patch32",
    ],
)
def test_a_model_is_known_by_many_names(catalog: Catalog, text: str) -> None:
    assert CLIP == catalog.model(text).name


def test_a_word_in_several_names_asks_which_one(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError, match="Which one") as asked:
        catalog.model("clip", verb="deploy")
    assert f"deploy {CLIP}" == asked.value.suggestions[0]
    assert 5 == len(asked.value.suggestions)


def test_a_word_in_one_name_only_is_that_model(catalog: Catalog) -> None:
    assert "projecte-aina-aguila-7b" == catalog.model("Aguila").name


def test_an_unknown_name_gets_the_nearest_and_says_who_was_not_asked(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError) as refused:
        catalog.model("openai-clip-vit-bse-patch32")
    assert f"card {CLIP}" in refused.value.suggestions
    assert "Only the bundled snapshot of 2026-07-23 was searched" in refused.value.why


def test_a_hub_id_that_is_unknown_can_be_imported(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError) as refused:
        catalog.model("google-bert/bert-base-uncased")
    assert "import google-bert/bert-base-uncased" == refused.value.suggestions[0]


def test_another_version_cannot_be_read_without_azure(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError, match="not version 7") as refused:
        catalog.model(f"{CLIP}:7")
    assert (f"card {CLIP}",) == refused.value.suggestions


def test_a_model_of_the_workspace_is_not_taken_for_the_registrys_of_that_name(
    catalog: Catalog,
) -> None:
    with pytest.raises(NotConfiguredError):
        catalog.model(f"/subscriptions/s/workspaces/w/models/{CLIP}/versions/12")


@pytest.mark.parametrize("text", ["", "   ", "👍", "a/b/c", ":", "azureml://registries/x"])
def test_odd_names_are_not_found_and_nothing_breaks(catalog: Catalog, text: str) -> None:
    with pytest.raises(NotFoundError):
        catalog.model(text)


def test_a_card_tells_size_price_cores_and_that_quota_is_not_known(catalog: Catalog) -> None:
    card = catalog.card(CLIP)
    assert card.size is not None
    assert ("Standard_D2a_v4", 0.096, 4) == (card.size.name, card.usd_per_hour, card.cores_needed)
    assert card.cores_left is None
    assert "Quota left is not known" in card.note
    assert ("permissive", "") == (card.licence, card.over)


def test_a_retired_models_card_says_so(catalog: Catalog) -> None:
    assert "retired on 2025-06-30" in catalog.card("Llama-2-7b").over


def test_an_added_model_is_found(catalog: Catalog) -> None:
    mine = Model(name="my-imported-model", version="1", registry=None, asset_id="/m/1")
    catalog.add(mine)
    assert mine == catalog.model("My-Imported-Model")
    assert "my-imported-model" == catalog.search("imported").hits[0].model.name
