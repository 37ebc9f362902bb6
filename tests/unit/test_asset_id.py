from __future__ import annotations

import pytest

from services.models import AssetId

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/M/workspaces/w"


@pytest.mark.parametrize(
    ("text", "asset"),
    [
        (
            "azureml://registries/azureml/models/clip/versions/12",
            AssetId(name="clip", version="12", registry="azureml"),
        ),
        (
            "azureml://registries/azureml/models/clip/labels/latest",
            AssetId(name="clip", registry="azureml"),
        ),
        (
            f"{WORKSPACE}/models/clip/versions/3",
            AssetId(name="clip", version="3", workspace="w"),
        ),
        (f"{WORKSPACE}/models/clip", AssetId(name="clip", workspace="w")),
        ("azureml:clip:4", AssetId(name="clip", version="4")),
        ("clip", None),
        ("azureml:clip", None),
        ("", None),
    ],
)
def test_an_id_says_which_model_it_is(text: str, asset: AssetId | None) -> None:
    assert asset == AssetId.parse(text)


@pytest.mark.parametrize("part", ["..", ".", "a?b", "a#b", "a%2fb", "a@b", "a b", "-a", "ä", "a;b"])
@pytest.mark.parametrize(
    "form",
    [
        "azureml://registries/{}/models/m/versions/1",
        "azureml:/registries/{}/models/m",
        "azureml://registries/r1/models/{}/versions/1",
        "azureml://registries/r1/models/m/versions/{}",
        "azureml:{}:1",
        "azureml:m:{}",
    ],
)
def test_what_would_lead_an_address_elsewhere_is_no_id(form: str, part: str) -> None:
    assert AssetId.parse(form.format(part)) is None


def test_an_id_with_a_label_means_the_newest() -> None:
    assert AssetId(name="clip") == AssetId.parse("azureml:clip@latest")
