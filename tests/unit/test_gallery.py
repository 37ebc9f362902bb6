"""What the catalog search service says of a model, in both of its forms and in none."""

from __future__ import annotations

from typing import Any

import pytest

from services.gallery.rows import model_of, rows_of
from services.models import Lifecycle, Model, Provenance, Provider, Source
from services.versions import is_newer

READ = 1_800_000_000.0
FACTS = Provenance(source=Source(provider=Provider.SEARCH))
FLAT: dict[str, Any] = {
    "name": "openai-clip-vit-base-patch32",
    "version": "12",
    "publisher": "OpenAI",
    "registryName": "azureml",
    "displayName": "CLIP",
    "azureOffers": ["standard-paygo", "VM"],
    "assetId": "azureml://registries/azureml/models/openai-clip-vit-base-patch32/versions/12",
    "inferenceTasks": ["zero-shot-image-classification"],
    "modelLimits": {"supportedLanguages": ["EN", "fr"]},
    "license": "MIT",
    "deprecation": {"inferenceRetirementDate": "2027-03-01T00:00:00Z"},
    "summary": "Compares pictures\nwith words.",
}
NESTED: dict[str, Any] = {
    "entityResourceName": "HuggingFace",
    "kind": "Versioned",
    "version": "3",
    "annotations": {
        "name": "facebook-bart-large-cnn",
        "archived": False,
        "tags": {"Preview": "", "huggingface_model_id": "facebook/bart-large-cnn"},
        "systemCatalogData": {
            "publisher": "Meta",
            "license": "mit",
            "inferenceTasks": ["Summarization", "Chat completion"],
            "azureOffers": ["VM-withSurcharge"],
            "summary": "Summaries.",
        },
    },
    "properties": {"name": "facebook-bart-large-cnn", "version": 3},
}


def read(row: object) -> Model | None:
    return model_of(row, READ, FACTS)


def known(row: object) -> Model:
    model = read(row)
    assert model is not None
    return model


def test_a_flat_row_is_read_whole() -> None:
    expected = Model(
        name="openai-clip-vit-base-patch32",
        version="12",
        registry="azureml",
        asset_id=FLAT["assetId"],
        tasks=("zero-shot-image-classification",),
        license="MIT",
        publisher="OpenAI",
        languages=("en", "fr"),
        lifecycle=Lifecycle(retired="2027-03-01"),
        managed=True,
        summary="Compares pictures with words.",
        detailed=False,
        read=READ,
        provenance=FACTS,
    )
    assert expected == read(FLAT)


def test_a_nested_row_is_read_as_well() -> None:
    model = known(NESTED)
    identity = "azureml://registries/HuggingFace/models/facebook-bart-large-cnn/versions/3"
    assert ("HuggingFace", identity) == (model.registry, model.asset_id)
    assert ("Meta", "mit", "Summaries.") == (model.publisher, model.license, model.summary)
    assert ("facebook/bart-large-cnn", True, False) == (
        model.hub_id,
        model.preview,
        model.archived,
    )


def test_tasks_get_the_catalogs_names() -> None:
    assert ("text-summarization", "chat-completion") == known(NESTED).tasks


def test_a_list_never_says_sizes() -> None:
    model = known(FLAT)
    unknown = (model.sizes, model.minimum, model.size_bytes, model.batch, model.shared_quota)
    assert ((), None, None, None, None) == unknown


@pytest.mark.parametrize(
    ("offers", "managed"),
    [(["VM"], True), (["standard-paygo"], False), ([], None), (None, None), ("VM", True)],
)
def test_managed_compute_follows_from_the_offers(offers: object, managed: object) -> None:
    assert managed is known(FLAT | {"azureOffers": offers}).managed


@pytest.mark.parametrize(
    "row",
    [
        None,
        "text",
        [],
        {},
        FLAT | {"assetId": None, "name": None},
        FLAT | {"assetId": None, "name": {"a": 1}},
        FLAT | {"assetId": None, "name": "two\nlines"},
        FLAT | {"assetId": None, "name": "turned\u202earound"},
        FLAT | {"assetId": None, "name": "a/b"},
        FLAT | {"assetId": None, "name": "x" * 256},
        FLAT | {"assetId": None, "registryName": ""},
        FLAT | {"assetId": None, "version": True},
    ],
)
def test_a_row_without_a_usable_identity_is_none(row: object) -> None:
    assert None is read(row)


@pytest.mark.parametrize("name", ["Phi-3.5-mini", "modèle-😀", "نموذج", "模型", "a.b_c-1"])
def test_names_with_dots_emoji_and_other_scripts_stay_as_they_are(name: str) -> None:
    assert name == known(FLAT | {"assetId": None, "name": name}).name


@pytest.mark.parametrize(
    "changed",
    [
        {"inferenceTasks": "text-classification"},
        {"inferenceTasks": 7},
        {"publisher": ["a"]},
        {"license": {"id": "mit"}},
        {"modelLimits": "none"},
        {"deprecation": ["2027"]},
        {"summary": 5},
        {"azureOffers": [None, 3]},
    ],
)
def test_values_of_other_types_are_unknown_and_break_nothing(changed: dict[str, Any]) -> None:
    assert "openai-clip-vit-base-patch32" == known(FLAT | changed).name


def test_long_texts_are_cut_and_have_no_control_characters() -> None:
    model = known(FLAT | {"summary": "a\x00b " * 5_000, "publisher": "p" * 5_000})
    assert ("a b", True, 400) == (
        model.summary[:3],
        model.summary.endswith("…"),
        len(model.summary),
    )
    assert 120 == len(model.publisher or "")


def test_dates_that_are_none_are_left_out() -> None:
    dates = {"inferenceRetirementDate": "soon", "inferenceDeprecationDate": "2026-13"}
    assert Lifecycle() == known(FLAT | {"deprecation": dates}).lifecycle


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        ({"summaries": [1]}, [1]),
        ({"value": []}, []),
        ({"summaries": {"a": 1}}, None),
        ({"result": {"summaries": []}}, None),
        ([], None),
        (None, None),
    ],
)
def test_rows_are_found_in_both_forms_of_a_page(page: object, rows: list[Any] | None) -> None:
    assert rows == rows_of(page)


@pytest.mark.parametrize(("older", "newer"), [("9", "10"), ("1.0.1", "1.0.2"), ("1", "2")])
def test_versions_are_compared_as_numbers_where_they_are(older: str, newer: str) -> None:
    assert (True, False, False) == (
        is_newer(newer, older),
        is_newer(older, newer),
        is_newer(newer, newer),
    )
