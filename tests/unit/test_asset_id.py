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
