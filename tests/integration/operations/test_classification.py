"""Finding a classifier among what is deployed."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from services.catalog import Catalog
from services.classification import Classification
from services.errors import InvalidInputError, NotFoundError, Suggestion
from services.models import Asked, ClassifyPlan, ClassifyResult, Deployment, Endpoint, Picture
from services.workflows import runtime
from services.workflows.kinds import KINDS
from services.workflows.runtime import OperationRequest
from services.workflows.tools import tools
from tests.integration.operations.azure_fake import a_jpeg
from tests.integration.operations.catalog_fake import FakeCatalog, in_registry
from tests.integration.operations.worlds import ASKED, CLIP, World, a_deployment, until

PICTURES = (Picture(file="F1", name="cat.jpg"),)


@pytest.fixture
def classification(world: World) -> Classification:
    catalog = FakeCatalog({"clip": in_registry("clip", CLIP), "bert": in_registry("bert", "fill")})
    world.pictures.files["F1"] = a_jpeg()
    return Classification(world.database, tools().azureml, cast("Catalog", catalog))


def endpoint(name: str, model: str, state: str = "Succeeded", created: float = 1.0) -> Endpoint:
    made = Deployment(
        name="blue",
        endpoint=name,
        model=f"azureml://registries/azureml/models/{model}/versions/12",
        size="s",
        count=1,
        state=state,
        traffic=100,
    )
    return Endpoint(
        name=name,
        state="Succeeded",
        scoring_uri="http://127.0.0.1/score",
        region="eastus",
        created=created,
        deployments=(made,),
    )


def deployed(world: World, *endpoints: Endpoint) -> None:
    world.azure.rows = {one.name: one for one in endpoints}


def test_the_newest_ready_classifier_is_chosen(
    classification: Classification, world: World
) -> None:
    deployed(
        world,
        endpoint("old", "clip"),
        endpoint("new", "clip", created=2.0),
        endpoint("soon", "clip", state="Creating", created=3.0),
        endpoint("text", "bert", created=4.0),
    )

    started = classification.start("cat, dog", PICTURES, ASKED)

    assert isinstance(started.operation.plan, ClassifyPlan)
    assert ("new", "clip 12") == (started.operation.plan.endpoint, started.operation.plan.model)
    assert isinstance(world.slack.final(started.operation.id).result, ClassifyResult)


def test_the_same_picture_again_is_another_operation(
    classification: Classification, world: World
) -> None:
    deployed(world, endpoint("clip", "clip"))

    first = classification.start("cat, dog", PICTURES, ASKED)
    second = classification.start("cat, dog", PICTURES, ASKED)

    assert not second.joined
    world.slack.final(first.operation.id)
    world.slack.final(second.operation.id)


def test_the_same_message_again_is_the_same_operation_even_after_it_failed(
    classification: Classification, world: World
) -> None:
    deployed(world, endpoint("clip", "clip"))
    nothing = (Picture(file="gone", name="gone.jpg"),)

    first = classification.start("cat, dog", nothing, ASKED, once="message:C1:1.0")
    world.slack.final(first.operation.id)
    again = classification.start("cat, dog", nothing, ASKED, once="message:C1:1.0")

    assert again.joined
    assert first.operation.id == again.operation.id


def test_an_endpoint_can_be_asked_for(classification: Classification, world: World) -> None:
    deployed(world, endpoint("old", "clip"), endpoint("new", "clip", created=2.0))

    started = classification.start("cat, dog", PICTURES, ASKED, endpoint="old")

    assert "old" == started.operation.target
    world.slack.final(started.operation.id)


def test_without_a_classifier_one_is_offered(classification: Classification) -> None:
    with pytest.raises(NotFoundError) as caught:
        classification.start("cat, dog", PICTURES, ASKED)

    assert "NoClassifier" == caught.value.code
    assert (
        Suggestion(verb="deploy", argument="openai-clip-vit-base-patch32"),
    ) == caught.value.suggestions


def test_while_one_is_being_deployed_its_operation_is_named(
    classification: Classification, world: World
) -> None:
    world.azure.hold.clear()
    plan = a_deployment()
    request = OperationRequest(
        kind=KINDS["deploy"], target=plan.endpoint, title="Deploy", asked=ASKED, plan=plan
    )
    operation = runtime.start(request).operation.id
    until(lambda: world.azure.calls["status"] > 0)

    with pytest.raises(NotFoundError) as caught:
        classification.start("cat, dog", PICTURES, ASKED)

    assert (Suggestion(verb="status", argument=operation),) == caught.value.suggestions
    world.azure.hold.set()
    world.slack.final(operation)


def test_an_unknown_endpoint_is_answered_with_those_that_are_ready(
    classification: Classification, world: World
) -> None:
    deployed(world, endpoint("clip", "clip"))

    with pytest.raises(NotFoundError, match="Ready now: clip"):
        classification.start("cat, dog", PICTURES, ASKED, endpoint="clap")


def test_no_picture_is_said_before_anything_starts(classification: Classification) -> None:
    with pytest.raises(InvalidInputError) as caught:
        classification.start("cat, dog", (), ASKED)

    assert "pictures" == caught.value.field


@pytest.mark.parametrize(("user", "named"), [("U1", True), ("U2", False)])
def test_a_classifier_on_its_way_is_named_to_those_who_may_know(
    classification: Classification, world: World, user: str, *, named: bool
) -> None:
    world.azure.hold.clear()
    plan = a_deployment()
    request = OperationRequest(
        kind=KINDS["deploy"],
        target=plan.endpoint,
        title="Deploy clip",
        asked=Asked(user="U1", channel="D1"),
        plan=plan,
    )
    started = runtime.start(request).operation

    with pytest.raises(NotFoundError, match="No classifier is ready yet") as caught:
        classification.start("cat, dog", PICTURES, Asked(user=user, channel="C1"))

    assert named is (started.id in str(caught.value))
    assert named is (plan.endpoint in str(caught.value))


def chosen(classification: Classification, endpoint: str | None = None) -> str:
    """The endpoint that a classification asks."""
    return classification.start("cat, dog", PICTURES, ASKED, endpoint).operation.target


def unread(name: str) -> Endpoint:
    return replace(
        endpoint(name, "clip"), deployments=(), problem="its deployments cannot be read: HTTP 500"
    )


def test_one_that_cannot_be_read_is_passed_over(
    classification: Classification, world: World
) -> None:
    deployed(world, endpoint("old", "clip"), unread("new"))

    assert "old" == chosen(classification)


def test_a_named_one_that_cannot_be_read_is_not_said_to_be_missing(
    classification: Classification, world: World
) -> None:
    deployed(world, endpoint("old", "clip"), unread("other"))

    with pytest.raises(NotFoundError) as refused:
        chosen(classification, "OTHER")

    assert "Whether OTHER can classify pictures is not known." == refused.value.what
    assert "Its deployments cannot be read: HTTP 500." == refused.value.why
    assert "Ready now: old." in refused.value.advice


def test_none_is_found_and_what_could_not_be_read_is_named(
    classification: Classification, world: World
) -> None:
    deployed(world, unread("other"))

    with pytest.raises(NotFoundError) as refused:
        chosen(classification)

    assert "NoClassifier" == refused.value.code
    assert "What runs on other is not known" in refused.value.why


def test_a_deployment_that_cannot_be_read_leaves_its_neighbour_usable(
    classification: Classification, world: World
) -> None:
    good = endpoint("mixed", "clip")
    odd = replace(good.deployments[0], name="a-odd", problem="cannot be read: it is odd")
    deployed(world, replace(good, deployments=(odd, *good.deployments)))

    assert "mixed" == chosen(classification)


@pytest.mark.parametrize("auth", ["Passkey", "None", "ManagedIdentity"])
def test_one_that_wants_another_way_to_sign_in_is_passed_over(
    classification: Classification, world: World, auth: str
) -> None:
    newest = replace(endpoint("new", "clip", created=9.0), auth=auth)
    deployed(world, endpoint("old", "clip"), newest)

    assert "old" == chosen(classification)
    with pytest.raises(NotFoundError, match=f"asks its callers for {auth}"):
        chosen(classification, "new")


@pytest.mark.parametrize("typed", ["old", "Old", "OLD"])
def test_a_named_one_is_found_in_every_spelling(
    classification: Classification, world: World, typed: str
) -> None:
    deployed(world, endpoint("Old", "clip"), endpoint("new", "clip", created=9.0))

    assert "Old" == chosen(classification, typed)
