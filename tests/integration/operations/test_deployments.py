"""Planning and starting deployments: who meets whom, and in which attempt."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from services.catalog import Catalog
from services.deployments import Deployments
from services.errors import (
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    QuotaExceededError,
    ServiceRefusedError,
    Suggestion,
    TemporaryError,
)
from services.models import (
    Asked,
    DeployPlan,
    Endpoint,
    Operation,
    OperationState,
    RemoteStatus,
)
from services.operations import Operations
from services.workflows.ownership import taken_elsewhere
from services.workflows.tools import tools
from tests.integration.operations.catalog_fake import SIZES, FakeCatalog, in_registry
from tests.integration.operations.worlds import ASKED, CLIP, World, until
from tests.texts import made_up

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


def failed_as_taken(deployments: Deployments, world: World, plan: DeployPlan) -> Operation:
    """An operation that found that another workspace has its name."""
    said = "There is already an endpoint with this name."
    world.azure.refusals["create"] = taken_elsewhere(plan.endpoint, plan.region, said)
    final = world.slack.final(deployments.start(plan, ASKED).operation.id)
    assert final.state is OperationState.FAILED
    del world.azure.refusals["create"]
    return final


def test_trying_again_takes_the_next_free_name_where_another_has_it(
    deployments: Deployments, world: World
) -> None:
    first = failed_as_taken(deployments, world, deployments.plan("clip", endpoint="mine"))
    world.azure.rows["mine-2"] = Endpoint(
        name="mine-2", state="Succeeded", scoring_uri=None, region="eastus"
    )

    plan = deployments.anew(first)
    second = failed_as_taken(deployments, world, plan)

    assert ("mine-3", "mine-4") == (plan.endpoint, deployments.anew(second).endpoint)


def test_a_name_of_the_bots_own_making_that_another_has_is_not_made_again(
    deployments: Deployments, world: World
) -> None:
    plan = deployments.plan("clip")
    failed = failed_as_taken(deployments, world, plan)

    assert f"{plan.endpoint}-2" == deployments.plan("clip").endpoint
    assert f"{plan.endpoint}-2" == deployments.anew(failed).endpoint


def test_a_name_that_was_taken_may_still_be_asked_for(
    deployments: Deployments, world: World
) -> None:
    failed_as_taken(deployments, world, deployments.plan("clip", endpoint="mine"))

    assert "mine" == deployments.plan("clip", endpoint="mine").endpoint


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


@pytest.mark.parametrize("typed", ["My-Clip", "MY-CLIP", "my-clip"])
def test_a_name_is_planned_as_azure_keeps_it(deployments: Deployments, typed: str) -> None:
    assert "my-clip" == deployments.plan("clip", endpoint=typed).endpoint


@pytest.mark.parametrize("theirs", ["my-clip", "My-Clip", "MY-CLIP"])
@pytest.mark.parametrize("typed", ["my-clip", "My-Clip"])
def test_no_spelling_of_a_name_that_is_taken_is_planned(
    deployments: Deployments, world: World, theirs: str, typed: str
) -> None:
    world.azure.rows[theirs] = Endpoint(
        name=theirs, state="Succeeded", scoring_uri=None, region="eastus"
    )

    with pytest.raises(InvalidInputError, match="my-clip already"):
        deployments.plan("clip", endpoint=typed)


def test_the_same_under_another_spelling_is_joined(deployments: Deployments, world: World) -> None:
    first = deployments.start(deployments.plan("clip", endpoint="My-Clip"), ASKED)
    second = deployments.start(deployments.plan("clip", endpoint="my-clip"), SECOND)

    assert (first.operation.id, True) == (second.operation.id, second.joined)
    world.slack.final(first.operation.id)


def test_a_plan_to_join_what_cannot_be_read_says_so(deployments: Deployments, world: World) -> None:
    first = deployments.start(deployments.plan("clip"), ASKED)
    world.slack.final(first.operation.id)
    name = first.operation.target
    world.azure.rows[name] = replace(world.azure.rows[name], problem="Azure does not tell")

    assert (
        f"whether {name} still answers is not known: Azure does not tell"
        in deployments.plan("clip").warnings
    )


@pytest.mark.parametrize("registry", ["elsewhere", "azureml-meta"])
def test_only_models_of_the_configured_registries_are_deployed(
    deployments: Deployments, registry: str
) -> None:
    model = replace(in_registry("clip", CLIP), registry=registry)

    with pytest.raises(NotFoundError, match="AZUREML_REGISTRIES") as refused:
        deployments.plan(model)

    assert "RegistryNotConfigured" == refused.value.code


def test_a_registry_is_the_same_in_every_spelling(deployments: Deployments) -> None:
    model = replace(in_registry("clip", CLIP), registry="AzureML")

    assert "clip" == deployments.plan(model).model_name


@pytest.mark.parametrize("name", ["a_b", "-a", "a/../b", "x" * 33])
def test_a_malformed_name_is_refused_before_azure_is_asked(
    deployments: Deployments, world: World, name: str
) -> None:
    world.azure.calls.clear()

    with pytest.raises(InvalidInputError) as refused:
        deployments.plan("clip", endpoint=name)

    assert ("endpoint", 0) == (refused.value.field, world.azure.calls["quota"])


@pytest.mark.parametrize("refusal", [NotAllowedError, ServiceRefusedError, TemporaryError])
def test_a_quota_that_cannot_be_read_is_said_in_the_plan(
    deployments: Deployments, world: World, refusal: type[NotAllowedError]
) -> None:
    world.azure.refusals["quota"] = refusal(made_up("Azure shows no quota."))

    plan = deployments.plan("clip")

    assert plan.cores_left is None
    assert "the quota of f is not known: Azure may refuse" in plan.warnings
