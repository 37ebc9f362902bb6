from __future__ import annotations

import dataclasses

import pytest

from services.errors import NotFoundError, TemporaryError
from services.index import load_snapshot
from services.models import Model, Provenance, Provider, Source
from tests.integration.azureml.conftest import World

SNAPSHOT = load_snapshot()
CLIP = "openai-clip-vit-base-patch32"


def facts(model: Model) -> Model:
    """What both sources should agree on."""
    return dataclasses.replace(
        model,
        inputs=(),
        size_bytes=None,
        recommended=(),
        managed=None,
        description="",
        read=None,
        provenance=None,
        hub_id=None,
    )


@pytest.mark.parametrize("place", [0, 1, 2, 57, 58, 59])
def test_new_system_metadata_and_old_tags_are_both_read(world: World, place: int) -> None:
    bundled = SNAPSHOT[place]
    read = world.azureml.models.registry_model(
        bundled.registry or "", bundled.name, bundled.version
    )
    assert bundled.tasks == read.tasks
    assert bundled.license == read.license
    assert set(bundled.sizes) == set(read.sizes)
    assert bundled.minimum == read.minimum
    assert bundled.asset_id == read.asset_id
    assert (
        Provenance(source=Source(provider=Provider.REGISTRY, name=str(bundled.registry)))
        == read.provenance
    )


def test_clip_is_read_whole(world: World) -> None:
    bundled = next(model for model in SNAPSHOT if model.name == CLIP)
    read = world.azureml.models.registry_model("azureml", CLIP)
    assert facts(bundled) == facts(read)


def test_lifecycle_and_archived_are_read(world: World) -> None:
    llama = world.azureml.models.registry_model("azureml-meta", "Llama-2-7b")
    phi = world.azureml.models.registry_model("azureml", "Phi-3.5-mini-instruct")
    assert ("2025-06-30", True) == (llama.lifecycle.retired, phi.archived)


def test_without_a_version_the_newest_is_read(world: World) -> None:
    newest = world.azureml.models.registry_model("azureml", "openai-clip-vit-large-patch14")
    assert "11" == newest.version


def test_tasks_of_the_community_registry_get_the_catalogs_names(world: World) -> None:
    model = world.azureml.models.registry_model("HuggingFace", "facebook-bart-large-cnn")
    assert ("text-summarization",) == model.tasks
    assert model.batch is False


@pytest.mark.parametrize(
    ("registry", "name", "version"),
    [("azureml", "nope", None), ("azureml", CLIP, "999"), ("no-such-registry", CLIP, None)],
)
def test_what_is_not_there_is_not_found(
    world: World, registry: str, name: str, version: str | None
) -> None:
    with pytest.raises(NotFoundError):
        world.azureml.models.registry_model(registry, name, version)


def test_a_model_that_the_workspace_lacks_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError):
        world.azureml.models.workspace_model("nope")


def test_the_workspaces_models_are_listed_in_their_newest_version(world: World) -> None:
    models = world.azureml.models.workspace_models()
    assert [model.name for model in models] == sorted(model.name for model in models)
    assert all(model.registry is None for model in models)


@pytest.mark.parametrize("kind", ["html_body", "drop_socket"])
def test_a_registry_that_answers_nonsense_is_a_passing_fault(world: World, kind: str) -> None:
    world.fail(kind)
    with pytest.raises(TemporaryError):
        world.azureml.models.registry_model("azureml", CLIP)
