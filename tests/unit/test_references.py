"""What people paste and type for a model, without looking anything up."""

from __future__ import annotations

import pytest

from services.catalog.references import Reference, is_link, linked, meant, named
from services.errors import NotFoundError

WORKSPACE = (
    "/subscriptions/0-1/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/w"
)
CLIP = Reference(name="clip", registry="azureml", version="12")


@pytest.mark.parametrize(
    "text",
    [
        "https://ml.azure.com/registries/azureml/models/clip/version/12",
        "https://ml.azure.com/registries/azureml/models/clip/version/12?tid=72f9#overview",
        "https://ml.azure.com/models/clip/version/12/catalog/registry/azureml",
        "https://ai.azure.com/explore/models/clip/version/12/registry/azureml?cid=docs",
        "azureml://registries/azureml/models/clip/versions/12",
        "`azureml://registries/azureml/models/clip/versions/12/`",
    ],
)
def test_a_registrys_model_by_link_or_id(text: str) -> None:
    assert CLIP == linked(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "https://ml.azure.com/registries/azureml-meta/models/Llama-2-7b",
            Reference(name="Llama-2-7b", registry="azureml-meta"),
        ),
        (
            "azureml://registries/azureml/models/clip/labels/latest",
            Reference(name="clip", registry="azureml"),
        ),
        ("https://ai.azure.com/catalog/models/Phi-4", Reference(name="Phi-4")),
    ],
)
def test_a_link_may_leave_the_version_out(text: str, expected: Reference) -> None:
    assert expected == linked(text)


@pytest.mark.parametrize(
    "text",
    [
        f"https://ml.azure.com/model/mine:3/details?wsid={WORKSPACE}&tid=1",
        f"https://ml.azure.com/models/mine/version/3?wsid={WORKSPACE}",
        f"{WORKSPACE}/models/mine/versions/3",
        f"azureml:{WORKSPACE}/models/mine/versions/3",
    ],
)
def test_a_workspaces_own_model_by_link_or_id(text: str) -> None:
    assert Reference(name="mine", version="3", ours=True, workspace="w") == linked(text)


def test_the_short_id_is_the_workspaces_too() -> None:
    assert Reference(name="mine", version="3", ours=True) == linked("azureml:mine:3")


@pytest.mark.parametrize(
    "text",
    [
        "https://huggingface.co/google-bert/bert-base-uncased",
        "http://www.huggingface.co/google-bert/bert-base-uncased/",
        "https://hf.co/google-bert/bert-base-uncased?library=transformers#usage",
        "https://huggingface.co/google-bert/bert-base-uncased/tree/main",
        "https://huggingface.co/google-bert/bert-base-uncased/blob/main/config.json",
    ],
)
def test_a_page_of_the_hub(text: str) -> None:
    assert Reference(name="google-bert/bert-base-uncased", hub=True) == linked(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gpt2",
        "cat, coffee, dog",
        "look at https://huggingface.co/gpt2",
        "https://huggingface.co/gpt2 please",
        "https://huggingface.co/",
        "https://huggingface.co/datasets/squad",
        "https://huggingface.co/spaces/someone/thing",
        "https://huggingface.co/docs/transformers",
        "https://ml.azure.com/endpoints/clip",
        "https://ml.azure.com/registries/azureml/environments/x/version/1",
        "https://huggingface.co.evil.example/gpt2/x",
        "https://evil.example/registries/azureml/models/clip/version/12",
        "https://[::1",
        "labels: cat, dog",
    ],
)
def test_anything_else_is_no_link(text: str) -> None:
    assert not is_link(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpt2", Reference(name="gpt2")),
        ("gpt2:3", Reference(name="gpt2", version="3")),
        ("AzureML/gpt2:3", Reference(name="gpt2", registry="azureml", version="3")),
        ("owner/gpt2", Reference(name="owner/gpt2")),
        ("'gpt2'", Reference(name="gpt2")),
        ("a:b", Reference(name="a:b")),
    ],
)
def test_a_name_may_have_a_registry_and_a_version(text: str, expected: Reference) -> None:
    assert expected == named(text, {"azureml": "azureml"})


@pytest.mark.parametrize("version", ["1.10.0", "2024-05-01", "v2", "12"])
def test_a_version_of_any_form_is_read_after_the_name(version: str) -> None:
    assert Reference(name="clip", version=version) == named(f"clip:{version}", {})


def test_latest_is_the_newest_whatever_its_number() -> None:
    assert Reference(name="clip") == named("clip:Latest", {})


@pytest.mark.parametrize("part", ["..", "a?b", "a#b", "a%2fb", "a@b", "%2e%2e", ""])
def test_an_id_with_a_registry_that_cannot_be_is_refused(part: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        meant(f"azureml://registries/{part}/models/m/versions/1", known=(), allowed=("azureml",))
    assert "ModelIdImpossible" == refused.value.code


@pytest.mark.parametrize(
    "text",
    [
        "azureml://registries/elsewhere/models/m/versions/1",
        "azureml:/registries/elsewhere/models/m",
        "https://ml.azure.com/registries/elsewhere/models/m/version/1",
        "elsewhere/m",
    ],
)
def test_only_registries_of_the_setting_are_asked(text: str) -> None:
    with pytest.raises(NotFoundError, match="AZUREML_REGISTRIES") as refused:
        meant(text, known=("elsewhere",), allowed=("azureml",))
    assert ("RegistryNotConfigured", "I use azureml.") == (
        refused.value.code,
        refused.value.why,
    )


def test_a_registry_is_spelt_as_the_setting_does() -> None:
    text = "azureml://registries/HUGGINGFACE/models/m/versions/1"
    assert "HuggingFace" == meant(text, known=(), allowed=("HuggingFace",)).registry
