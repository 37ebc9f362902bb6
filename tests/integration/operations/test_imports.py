"""Planning and starting imports from the Hub."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from services.clock import Clock
from services.errors import (
    InvalidInputError,
    NotAllowedError,
    NotConfiguredError,
    NotFoundError,
    NotSupportedError,
    TemporaryError,
)
from services.huggingface import Hub
from services.imports import Imports
from services.models import Cluster, ImportPlan, LicenceText, OperationState, Way
from services.prices import load_sizes
from services.workflows.tools import tools
from tests.integration.operations.azure_fake import a_model
from tests.integration.operations.hub_fake import BERT, FakeHub
from tests.integration.operations.worlds import ASKED, World
from tests.texts import made_up

WITH_CODE = replace(BERT, custom_code=("modeling.py",))
SECOND = LicenceText(sha256="2" * 64)


@pytest.fixture
def hub(world: World) -> FakeHub:
    return world.hub


@pytest.fixture
def imports(world: World, hub: FakeHub) -> Imports:
    return Imports(
        world.database,
        tools().azureml,
        cast("Hub", hub),
        load_sizes(),
        Clock(),  # dates are read from it
        compute="cluster",
    )


def red(plan: ImportPlan) -> set[str]:
    return {check.title for check in plan.checks if check.passed is False}


def test_a_plan_says_what_azure_will_call_it(imports: Imports) -> None:
    plan = imports.plan("https://huggingface.co/google-bert/bert")

    assert ("google-bert-bert", "fill-mask", 1) == (plan.model_name, plan.task, plan.attempt)
    assert not plan.blocked


def test_what_is_in_the_way_is_on_the_list_and_cannot_be_started(
    imports: Imports, hub: FakeHub
) -> None:
    hub.models[BERT.id] = replace(
        BERT, gated="manual", access=False, task="speech", custom_code=("a.py",)
    )
    plan = imports.plan(BERT.id)

    with pytest.raises(NotSupportedError) as caught:
        imports.start(plan, ASKED)

    assert {"Access", "Task", "Code of its own"} == red(plan)
    assert all(title in caught.value.why for title in red(plan))


def test_a_malformed_id_is_refused_before_anybody_is_asked(imports: Imports, world: World) -> None:
    with pytest.raises(InvalidInputError):
        imports.plan("a/b/c; rm -rf")
    assert not world.azure.calls


def test_a_repository_that_is_not_there_is_said_at_once(imports: Imports) -> None:
    with pytest.raises(NotFoundError, match="no repository"):
        imports.plan("nobody/nothing")


def test_a_renamed_repository_is_looked_for_under_its_new_name(
    imports: Imports, hub: FakeHub, world: World
) -> None:
    hub.models["bert"] = replace(BERT, renamed_from="bert")
    world.azure.registered["google-bert-bert"] = a_model("google-bert-bert")

    plan = imports.plan("bert")

    assert "1" == plan.before


@pytest.mark.parametrize("fault", [TemporaryError(made_up("busy")), NotAllowedError(made_up("no"))])
def test_without_azures_own_lists_the_bundled_ones_do(
    imports: Imports, world: World, fault: Exception
) -> None:
    world.azure.refusals = {"tasks": fault, "disks": fault}

    plan = imports.plan(BERT.id)

    (task,) = [check for check in plan.checks if check.title == "Task"]
    assert "not asked just now" in task.text
    assert not plan.blocked


def test_a_registry_that_may_not_be_read_is_named(imports: Imports, world: World) -> None:
    world.azure.refusals = {"registry azureml-meta": NotAllowedError(made_up("no"))}

    text = " ".join(check.text for check in imports.plan(BERT.id).checks)

    assert "azureml-meta could not be read" in text


def test_without_a_workspace_it_says_what_to_set(imports: Imports, world: World) -> None:
    world.azure.refusals = {"cluster": NotConfiguredError(made_up("set it"))}
    with pytest.raises(NotConfiguredError):
        imports.plan(BERT.id)


# --- the machine ---------------------------------------------------------------------------------


def test_a_cluster_that_is_missing_gets_a_size_whose_disk_does(
    imports: Imports, world: World, hub: FakeHub
) -> None:
    hub.models[BERT.id] = replace(BERT, files_bytes=40 * 2**30)
    world.azure.disk = {"standard_ds12_v2": 56 * 2**30, "standard_ds5_v2": 112 * 2**30}

    plan = imports.plan(BERT.id)

    assert ("Standard_DS5_v2", False) == (plan.size, plan.blocked)


def test_a_cluster_that_is_there_keeps_its_size(imports: Imports, world: World) -> None:
    world.azure.clusters["cluster"] = Cluster(
        name="cluster", kind="AmlCompute", size="STANDARD_NC6S_V3", state="Succeeded"
    )

    plan = imports.plan(BERT.id)

    assert ("Standard_NC6s_v3", {"Cluster"}) == (plan.size, red(plan))


# --- the licence ---------------------------------------------------------------------------------


def test_running_accepts_the_licence_in_the_name_of_whoever_clicked(
    imports: Imports, world: World
) -> None:
    started = imports.start(imports.plan(BERT.id), ASKED, by="U2")
    plan = imports.plan(BERT.id)

    assert isinstance(started.operation.plan, ImportPlan)
    assert plan.accepted is not None
    assert ("U2", plan.accepted) == (plan.accepted.by, started.operation.plan.accepted)
    world.slack.final(started.operation.id)


def test_the_first_yes_is_the_one_that_counts(imports: Imports, world: World) -> None:
    first = imports.start(imports.plan(BERT.id), ASKED)
    imports.start(imports.plan(BERT.id), ASKED, by="U2")

    accepted = imports.plan(BERT.id).accepted

    assert accepted is not None
    assert ASKED.user == accepted.by
    world.slack.final(first.operation.id)


def test_a_changed_text_has_to_be_accepted_anew(
    imports: Imports, hub: FakeHub, world: World
) -> None:
    first = imports.start(imports.plan(BERT.id), ASKED)
    hub.terms = SECOND

    assert imports.plan(BERT.id).accepted is None
    world.slack.final(first.operation.id)


def test_a_doubtful_licence_is_asked_about_until_it_is_accepted(
    imports: Imports, hub: FakeHub, world: World
) -> None:
    hub.models[BERT.id] = replace(BERT, license="cc-by-nc-4.0")
    plan = imports.plan(BERT.id)
    first = imports.start(plan, ASKED)

    assert (True, "") == (bool(plan.caution), imports.plan(BERT.id).caution)
    world.slack.final(first.operation.id)


# --- code of its own -----------------------------------------------------------------------------


def test_code_that_an_operator_allowed_runs_and_the_operation_says_why(
    imports: Imports, hub: FakeHub, world: World
) -> None:
    hub.models[BERT.id] = WITH_CODE
    plan = imports.allow_code(imports.plan(BERT.id), "U2", "  I read\nit ")

    started = imports.start(imports.reconsider(plan), ASKED)

    world.slack.final(started.operation.id)
    assert isinstance(started.operation.plan, ImportPlan)
    allowed = started.operation.plan.code
    assert allowed is not None
    assert ("U2", "I read it") == (allowed.by, allowed.reason)
    assert world.azure.specs[BERT.id].trust_remote_code


def test_without_code_nothing_is_trusted(imports: Imports, world: World) -> None:
    started = imports.start(imports.plan(BERT.id), ASKED)
    world.slack.final(started.operation.id)
    assert not world.azure.specs[BERT.id].trust_remote_code


def test_another_revision_has_to_be_allowed_anew(imports: Imports, hub: FakeHub) -> None:
    hub.models[BERT.id] = WITH_CODE
    plan = imports.allow_code(imports.plan(BERT.id), "U2", "I read it")
    hub.models[BERT.id] = replace(WITH_CODE, sha="f" * 16)

    assert {"Code of its own"} == red(imports.reconsider(plan))


def test_code_is_not_allowed_without_a_reason(imports: Imports, hub: FakeHub) -> None:
    hub.models[BERT.id] = WITH_CODE
    with pytest.raises(InvalidInputError) as caught:
        imports.allow_code(imports.plan(BERT.id), "U2", " \n")
    assert "reason" == caught.value.field


# --- the revision, at the moment of use ----------------------------------------------------------


def test_what_moved_on_after_the_click_is_not_submitted(
    imports: Imports, hub: FakeHub, world: World
) -> None:
    plan = imports.plan(BERT.id)
    hub.moves = ["f" * 16]

    final = world.slack.final(imports.start(plan, ASKED).operation.id)

    assert final.problem is not None
    assert "RevisionMoved" == final.problem.code
    assert "revision 0123456, and the Hub has fffffff" in final.problem.why
    assert not world.azure.specs


def test_allowed_code_that_moved_on_has_to_be_allowed_anew(
    imports: Imports, hub: FakeHub, world: World
) -> None:
    hub.models[BERT.id] = WITH_CODE
    plan = imports.allow_code(imports.plan(BERT.id), "U2", "I read it")
    hub.moves = [BERT.sha[:7] + "f" * 9]

    final = world.slack.final(imports.start(plan, ASKED).operation.id)

    assert final.problem is not None
    assert "allow it anew" in final.problem.advice
    assert "01234567" not in final.problem.what
    assert "0123456789abcd was allowed, and the Hub has 0123456fffffff" in final.problem.why
    assert not world.azure.specs


@pytest.mark.parametrize(
    "change", [{"gated": "manual", "access": False}, {"gated": "auto"}, {"private": True}]
)
def test_what_asks_for_a_token_meanwhile_is_not_submitted(
    imports: Imports, hub: FakeHub, world: World, change: dict[str, Any]
) -> None:
    plan = imports.plan(BERT.id)
    hub.models[BERT.id] = replace(BERT, **change)

    final = world.slack.final(imports.start(plan, ASKED).operation.id)

    assert final.problem is not None
    assert "AccessChanged" == final.problem.code
    assert not world.azure.specs


def test_a_hub_that_is_away_for_a_moment_is_asked_again(
    imports: Imports, hub: FakeHub, world: World
) -> None:
    hub.moves = [TemporaryError(made_up("busy"))]
    world.azure.registers = a_model("google-bert-bert")
    final = world.slack.final(imports.start(imports.plan(BERT.id), ASKED).operation.id)
    assert OperationState.SUCCEEDED == final.state


@pytest.mark.parametrize(("sha", "match"), [(BERT.sha, "yes"), ("f" * 16, "no"), ("", "not known")])
def test_what_was_downloaded_is_compared_and_written_on_the_model(
    imports: Imports, world: World, sha: str, match: str
) -> None:
    world.azure.revision = sha
    imported(imports, world)
    assert {
        "aml-bot-planned-revision": BERT.sha,
        "aml-bot-hub-revision": sha or "not known",
        "aml-bot-revision-as-planned": match,
    } == world.azure.marks["google-bert-bert"]


def test_a_model_that_cannot_be_marked_is_imported_all_the_same(
    imports: Imports, world: World
) -> None:
    world.azure.refusals = {"mark": NotAllowedError(made_up("no"))}
    imported(imports, world)


def test_where_the_hub_is_afterwards_is_told(imports: Imports, hub: FakeHub, world: World) -> None:
    world.azure.registers = a_model("google-bert-bert")
    hub.moves = [BERT.sha, "f" * 16]
    result = world.slack.final(imports.start(imports.plan(BERT.id), ASKED).operation.id).result
    assert (BERT.sha, "", "f" * 16) == (
        getattr(result, "planned", ""),
        getattr(result, "sha", ""),
        getattr(result, "hub_sha", ""),
    )


def test_a_revision_that_the_hub_does_not_tell_is_in_the_way(
    imports: Imports, hub: FakeHub
) -> None:
    hub.models[BERT.id] = replace(WITH_CODE, sha="")
    plan = imports.allow_code(imports.plan(BERT.id), "U2", "I read it")
    assert {"Revision", "Code of its own"} == red(plan)


# --- again ---------------------------------------------------------------------------------------


def test_the_same_import_twice_is_one_operation(imports: Imports, world: World) -> None:
    plan = imports.plan(BERT.id)

    first, second = imports.start(plan, ASKED), imports.start(imports.plan(BERT.id), ASKED)

    assert (first.operation.id, True) == (second.operation.id, second.joined)
    world.slack.final(first.operation.id)


def test_what_was_imported_and_has_changed_since_is_a_new_attempt(
    imports: Imports, hub: FakeHub, world: World
) -> None:
    imported(imports, world)
    hub.models[BERT.id] = replace(BERT, sha="f" * 16)

    assert 2 == imports.plan(BERT.id).attempt


def test_what_is_imported_already_is_joined_and_can_be_deployed(
    imports: Imports, world: World
) -> None:
    operation = imported(imports, world)
    plan = imports.plan(BERT.id)
    (line,) = [check for check in plan.checks if check.title == "Not there yet"]

    assert f"made of this very revision by {operation}" in line.text
    assert Way.DEPLOY is line.way
    assert imports.start(plan, ASKED).joined


def test_a_model_that_was_there_before_is_not_taken_for_the_new_one(
    imports: Imports, world: World
) -> None:
    world.azure.registered["google-bert-bert"] = a_model("google-bert-bert")
    world.azure.registers = replace(a_model("google-bert-bert"), version="2")

    started = imports.start(imports.plan(BERT.id), ASKED)

    final = world.slack.final(started.operation.id)
    assert "2" == getattr(final.result, "model_version", "")


def imported(imports: Imports, world: World) -> str:
    """The id of an import that has ended well."""
    world.azure.registers = a_model("google-bert-bert")
    started = imports.start(imports.plan(BERT.id), ASKED)
    assert OperationState.SUCCEEDED == world.slack.final(started.operation.id).state
    return started.operation.id


def test_for_another_task_it_is_imported_again(imports: Imports, world: World) -> None:
    imported(imports, world)

    assert 2 == imports.plan(BERT.id, "text-classification").attempt


def test_for_another_task_it_waits_for_the_one_under_way(imports: Imports, world: World) -> None:
    world.azure.hold.clear()
    started = imports.start(imports.plan(BERT.id), ASKED)

    assert {"Not there yet"} == red(imports.plan(BERT.id, "text-classification"))
    world.azure.hold.set()
    world.slack.final(started.operation.id)
