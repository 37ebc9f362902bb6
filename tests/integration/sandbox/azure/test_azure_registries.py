from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests.integration.sandbox.azure.conftest import Json

if TYPE_CHECKING:
    from tests.integration.sandbox.azure.conftest import World

GALLERY = "/asset-gallery/v1.0"


def search(world: World, **body: object) -> Json:
    url = f"{world.azure.base_url}{GALLERY}/models"
    answer = requests.post(url, json=body, verify=str(world.ca), timeout=30)
    assert 200 == answer.status_code, answer.text
    found: Json = answer.json()
    return found


def test_the_real_client_reads_a_model_of_a_registry(world: World) -> None:
    model = world.registry("azureml").models.get("openai-clip-vit-base-patch32", label="latest")
    assert ("12", "mlflow_model") == (model.version, model.type)


def test_raw_bodies_carry_system_metadata(world: World) -> None:
    world.registry("azureml").models.get("openai-clip-vit-base-patch32", version="12")
    metadata = world.raw[-1].json()["properties"]["systemMetadata"]
    assert ["zero-shot-image-classification"] == metadata["tasks"]["inferenceTasks"]
    assert "MIT" == metadata["license"]
    assert "Standard_DS3_v2" in metadata["supportedComputes"]["inferenceComputes"]
    assert "2|0|7|14" == metadata["SKU"]["inferenceMinSkuSpec"]


def test_some_models_still_have_tags_instead_of_system_metadata(world: World) -> None:
    registry = world.registry("azureml")
    names = [model.name for model in registry.models.list(list_view_type="ActiveOnly")][:30]
    for name in names:
        registry.models.get(name, label="latest")
    bodies = [raw.json() for raw in world.raw if "/versions/" in str(raw.request.url)]
    old = [body for body in bodies if "systemMetadata" not in body["properties"]]
    assert 5 <= len(old) <= 15
    assert all("task" in body["properties"]["tags"] for body in old)
    assert all(isinstance(tag, str) for body in old for tag in body["properties"]["tags"].values())


def test_lists_are_paged_and_name_the_latest_version_only(world: World) -> None:
    models = list(world.registry("azureml").models.list(list_view_type="ActiveOnly"))
    pages = [raw.json() for raw in world.raw if "/azureml/models?" in raw.request.url]
    assert [100, len(models) - 100] == [len(page["value"]) for page in pages]
    clip = next(model for model in models if model.name == "openai-clip-vit-base-patch32")
    assert ("12", None, {}) == (clip.latest_version, clip.version, clip.tags)


def test_a_newer_version_and_three_models_are_not_in_the_bundled_catalog(world: World) -> None:
    registry = world.registry("azureml")
    versions = [m.version for m in registry.models.list(name="openai-clip-vit-large-patch14")]
    assert ["11", "10"] == versions
    made = [m.name for m in registry.models.list() if m.name.startswith("sandbox-")]
    assert 3 == len(made)


def test_the_community_registry_holds_a_dozen_models(world: World) -> None:
    models = list(world.registry("HuggingFace").models.list())
    assert 12 == len(models)


def test_a_registry_that_does_not_exist_refuses_its_client(world: World) -> None:
    from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415 - two seconds

    with pytest.raises(ResourceNotFoundError, match="Registry nowhere not found"):
        world.registry("nowhere")


def test_a_missing_version_is_not_found(world: World) -> None:
    from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415 - two seconds

    with pytest.raises(ResourceNotFoundError, match="nope"):
        world.registry("azureml").models.get("nope", version="1")


def test_the_import_component_has_its_true_inputs(world: World) -> None:
    component = world.registry("azureml").components.get("import_model", label="latest")
    assert "0.0.42" == component.version
    assert {"model_id", "task_name", "compute", "token", "update_existing_model"} < set(
        component.inputs
    )


def test_the_gallery_filters_by_name_label_and_task(world: World) -> None:
    found = search(
        world,
        filters=[
            {"field": "labels", "operator": "eq", "values": ["latest"]},
            {"field": "name", "operator": "contains", "values": ["clip"]},
            {
                "field": "inferenceTasks",
                "operator": "eq",
                "values": ["zero-shot-image-classification"],
            },
        ],
        order=[{"field": "name", "direction": "asc"}],
        includeTotalResultCount=True,
    )
    names = [(row["name"], row["version"]) for row in found["summaries"]]
    assert ("openai-clip-vit-base-patch32", "12") in names
    assert ("openai-clip-vit-large-patch14", "11") in names
    assert names == sorted(names, key=lambda row: row[0].lower())
    assert len(names) == found["totalCount"]


def test_the_gallery_pages_with_a_token(world: World) -> None:
    first = search(world, pageSize=60)
    second = search(world, pageSize=60, continuationToken=first["continuationToken"])
    assert 60 == len(first["summaries"])
    assert first["summaries"][0] != second["summaries"][0]
    last = search(world, pageSize=1000)
    assert last["continuationToken"] is None
    assert last["totalCount"] == first["totalCount"] == len(last["summaries"])


def test_the_gallery_shows_one_model(world: World) -> None:
    url = f"{world.azure.base_url}{GALLERY}/azureml/models/openai-clip-vit-base-patch32/version/12"
    detail = requests.get(url, verify=str(world.ca), timeout=30).json()
    assert ["VM"] == detail["azureOffers"]
    assert "MIT" == detail["license"]


def test_the_gallery_refuses_a_field_it_does_not_know(world: World) -> None:
    body = {"filters": [{"field": "price", "operator": "eq", "values": ["0"]}]}
    url = f"{world.azure.base_url}{GALLERY}/models"
    answer = requests.post(url, json=body, verify=str(world.ca), timeout=30)
    assert (400, "InvalidFilter") == (answer.status_code, answer.json()["error"]["code"])
