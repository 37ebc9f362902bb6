"""Planning and starting deployments: who meets whom, and in which attempt."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from services.catalog import Catalog
from services.deployments import Deployments
from services.errors import InvalidInputError, NotFoundError, QuotaExceededError, Suggestion
from services.models import Asked, Endpoint, OperationState, RemoteStatus
from services.operations import Operations
from services.workflows.tools import tools
from tests.integration.operations.catalog_fake import SIZES, FakeCatalog, in_registry
from tests.integration.operations.worlds import ASKED, CLIP, World, until

OURS = "/subscriptions/s/workspaces/ws/models/clip/versions/12"
SECOND = Asked(user="U2", channel="C2")


@pytest.fixture
def deployments(world: World) -> Deployments:
    catalog = FakeCatalog({"clip": in_registry("clip", CLIP), "bert": in_registry("bert")})
    bound = tools()
    return Deployments(world.database, bound.azureml, cast("Catalog", catalog), SIZES, bound.clock)


def test_a_plan_names_endpoint_size_and_price(deployments: Deployments) -> None:
    plan = deployments.plan("clip")

    assert plan.endpoint.startswith("clip-")
    assert ("Standard_DS3_v2", 0.29, 1) == (plan.size, plan.usd_per_hour, plan.attempt)


def test_an_unknown_model_is_not_planned(deployments: Deployments) -> None:
    with pytest.raises(NotFoundError) as refused:
        deployments.plan("nothing-like-it")
    assert (Suggestion(verb="deploy", argument="clip"),) == refused.value.suggestions


def test_two_people_who_deploy_the_same_meet_in_one_operation(
    deployments: Deployments, world: World
) -> None:
    first = deployments.start(deployments.plan("clip"), ASKED)
    second = deployments.start(deployments.plan("clip"), SECOND)

    assert (first.operation.id, True) == (second.operation.id, second.joined)
    world.slack.final(first.operation.id)


def test_what_is_deployed_already_is_joined_even_when_it_took_the_last_quota(
    deployments: Deployments, world: World
) -> None:
    first = deployments.start(deployments.plan("clip"), ASKED)
    world.slack.final(first.operation.id)
    world.azure.left = 0

    assert deployments.start(deployments.plan("clip"), SECOND).joined


def test_another_size_of_what_is_deployed_gets_another_endpoint(
    deployments: Deployments, world: World
) -> None:
    first = deployments.start(deployments.plan("clip"), ASKED)
    world.slack.final(first.operation.id)

    assert first.operation.target != deployments.plan("clip", on="ds4_v2").endpoint


def test_after_the_endpoint_was_deleted_a_new_attempt_begins(
    deployments: Deployments, world: World
) -> None:
    first = deployments.start(deployments.plan("clip"), ASKED)
    world.slack.final(first.operation.id)
    world.azure.rows.clear()

    plan = deployments.plan("clip")

    assert (first.operation.target, 2) == (plan.endpoint, plan.attempt)
    assert not deployments.start(plan, ASKED).joined


def test_reconsidering_a_failed_one_makes_the_next_attempt(
    deployments: Deployments, world: World
) -> None:
    world.azure.end = RemoteStatus(state="Failed", code="ResourceNotReady", message="crashed")
    plan = deployments.plan("clip")
    world.slack.final(deployments.start(plan, ASKED).operation.id)

    assert plan.attempt + 1 == deployments.reconsider(plan).attempt


def test_a_plan_is_reconsidered_for_the_model_it_names_not_another_of_that_name(
    world: World,
) -> None:
    ours = replace(in_registry("clip", CLIP), registry=None, asset_id=OURS)
    catalog = FakeCatalog({"clip": in_registry("clip", CLIP), "ours": ours})
    bound = tools()
    deployments = Deployments(
        world.database, bound.azureml, cast("Catalog", catalog), SIZES, bound.clock
    )

    assert OURS == deployments.reconsider(deployments.plan(ours)).model


def test_a_double_click_on_one_plan_follows_its_operation_even_after_it_failed(
    deployments: Deployments, world: World
) -> None:
    world.azure.end = RemoteStatus(state="Failed", code="ResourceNotReady", message="crashed")
    operations = Operations(world.database, tools().clock)
    plan = deployments.plan("clip")
    stored = operations.save_plan(plan, "deploy", ASKED)
    first = deployments.start(plan, ASKED, stored.id)
    assert OperationState.FAILED == world.slack.final(first.operation.id).state

    assert first.operation.id == deployments.start(plan, ASKED, stored.id).operation.id
    assert first.operation.id == operations.plan(stored.id).operation


def test_a_name_that_somebody_else_uses_is_refused_in_the_form(
    deployments: Deployments, world: World
) -> None:
    world.azure.rows["mine"] = Endpoint(
        name="mine", state="Succeeded", scoring_uri=None, region="eastus"
    )

    with pytest.raises(InvalidInputError) as caught:
        deployments.plan("clip", endpoint="mine")

    assert "endpoint" == caught.value.field


def test_a_quota_that_does_not_cover_it_is_said_before_anything_is_made(
    deployments: Deployments, world: World
) -> None:
    world.azure.left = 3

    with pytest.raises(QuotaExceededError):
        deployments.plan("clip")


def test_starting_returns_before_azure_is_asked_anything(
    deployments: Deployments, world: World
) -> None:
    plan = deployments.plan("clip")
    world.azure.hold.clear()

    started = deployments.start(plan, ASKED)

    assert OperationState.QUEUED == started.operation.state
    until(lambda: world.azure.calls["status"] > 0)
    world.azure.hold.set()
    world.slack.final(started.operation.id)
