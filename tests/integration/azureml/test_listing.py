"""Every model of a place through the real SDK: names, then only what changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from services.azureml.catalog import SIDE_BY_SIDE, ModelReader
from services.azureml.sdk import Sdk
from services.clock import Clock
from services.errors import NotAllowedError, NotFoundError, ServiceError, TemporaryError
from tests.integration.azureml.conftest import World

CLIP = "openai-clip-vit-base-patch32"
VERSIONS = "/models/[^/]+/versions/"


@pytest.fixture
def hasty(world: World) -> Iterator[ModelReader]:
    """One that does not wait long before it tries again."""
    sdk = Sdk(world.connection)
    yield ModelReader(sdk, Clock(), pause=0.01)
    sdk.close()


def test_a_registry_lists_names_with_their_newest_versions(world: World) -> None:
    listed = world.azureml.models.listed("azureml")
    assert ("12", "11") == (
        listed.versions[CLIP],
        listed.versions["openai-clip-vit-large-patch14"],
    )
    assert 100 < len(listed.versions)
    assert 2 == sum(path.endswith("/registries/azureml/models") for path in world.sent("GET"))


def test_the_list_tells_which_are_archived(world: World) -> None:
    listed = world.azureml.models.listed("azureml")
    assert "Phi-3.5-mini-instruct" in listed.archived
    assert CLIP not in listed.archived


def test_with_nothing_changed_nothing_is_read(world: World) -> None:
    models = world.azureml.models
    known = {name.upper(): version for name, version in models.listed("azureml").versions.items()}
    newest = models.listed("azureml").versions
    asked = len(world.calls.listed())
    assert [] == list(models.changed("azureml", newest, known))
    assert asked == len(world.calls.listed())


def test_a_changed_version_costs_one_request(world: World) -> None:
    models = world.azureml.models
    newest = models.listed("azureml").versions
    known = {**newest, CLIP: "11"}
    asked = len(world.calls.listed())
    [model] = models.changed("azureml", newest, known)
    assert (CLIP, "12", True) == (model.name, model.version, model.detailed)
    assert asked + 1 == len(world.calls.listed())


def test_all_are_read_side_by_side(world: World) -> None:
    models = world.azureml.models
    newest = dict(list(models.listed("azureml").versions.items())[:40])
    seen: set[int] = set()
    for model in models.changed("azureml", newest, {}):
        assert model.sizes
        seen |= {one.ident or 0 for one in threading.enumerate() if one.name.startswith("models")}
    assert 1 < len(seen) <= SIDE_BY_SIDE


def test_recommended_sizes_shared_quota_and_batch_are_read(world: World) -> None:
    model = world.azureml.models.registry_model("azureml", CLIP)
    assert set(model.sizes) == set(model.recommended)
    assert (True, True, True) == (model.shared_quota, model.managed, model.batch)


def test_what_a_document_does_not_say_is_unknown(world: World) -> None:
    model = world.azureml.models.registry_model("HuggingFace", "openai-clip-vit-base-patch32")
    assert (None, None, False, ()) == (
        model.managed,
        model.shared_quota,
        model.batch,
        model.recommended,
    )


def test_a_model_that_vanished_between_the_list_and_now_is_left_out(world: World) -> None:
    newest = {CLIP: "12", "gone-since": "1"}
    assert [CLIP] == [model.name for model in world.azureml.models.changed("azureml", newest, {})]


def test_a_short_fault_is_waited_for(world: World) -> None:
    world.fail("throttle", match=VERSIONS, times=3, retry_after=1)
    newest = dict(list(world.azureml.models.listed("azureml").versions.items())[:10])
    assert 10 == len(list(world.azureml.models.changed("azureml", newest, {})))


@pytest.mark.parametrize("kind", ["html_body", "half_page", "changed_shape"])
def test_a_broken_page_is_no_list(world: World, hasty: ModelReader, kind: str) -> None:
    world.fail(kind, match="/registries/azureml/models$")
    with pytest.raises(ServiceError):
        hasty.listed("azureml")


def test_no_model_is_missed_because_one_page_was_broken(world: World, hasty: ModelReader) -> None:
    whole = hasty.listed("azureml")
    world.fail("half_page", match="/registries/azureml/models$", times=1)
    assert whole == hasty.listed("azureml")


@pytest.mark.parametrize("kind", ["html_body", "half_page", "changed_shape"])
def test_a_broken_description_does_not_pass_for_a_deleted_model(
    world: World, hasty: ModelReader, kind: str
) -> None:
    world.fail(kind, match=VERSIONS)
    with pytest.raises(ServiceError):
        list(hasty.changed("azureml", {CLIP: "12"}, {}))


def test_a_registry_that_does_not_exist_is_not_found(world: World) -> None:
    with pytest.raises(NotFoundError):
        world.azureml.models.listed("no-such-registry")


def test_a_registry_that_is_forbidden_says_so(world: World) -> None:
    world.fail("error", match="/registries/azureml-meta/", status=403)
    with pytest.raises(NotAllowedError, match="list the models of the registry azureml-meta"):
        world.azureml.models.listed("azureml-meta")


def test_closing_ends_a_long_reading(world: World) -> None:
    models = world.azureml.models
    newest = models.listed("azureml").versions
    reading = models.changed("azureml", newest, {})
    next(reading)
    models.close()
    with pytest.raises(TemporaryError):
        list(reading)
