"""What happens to operations when their process ends, and what we need of DBOS for that."""

from __future__ import annotations

import inspect
from dataclasses import replace

from dbos import DBOS

from services.models import OperationState
from services.store.database import Database
from services.workflows import runtime
from services.workflows.kinds import KINDS
from services.workflows.runtime import OperationRequest
from services.workflows.tools import DAY, tools
from tests.integration.operations.worlds import ASKED, World, a_deployment, tools_of, until


def start(endpoint: str) -> str:
    plan = a_deployment(endpoint)
    request = OperationRequest(
        kind=KINDS["deploy"], target=endpoint, title="Deploy clip", asked=ASKED, plan=plan
    )
    return runtime.start(request).operation.id


def restart(world: World, engine: Database) -> None:
    runtime.shutdown()
    runtime.bind(tools_of(world))
    runtime.launch(engine)


def test_an_operation_goes_on_after_a_restart_without_doing_anything_twice(
    world: World, engine: Database
) -> None:
    world.azure.hold.clear()
    operation = start("clip-a1b2")
    until(lambda: world.azure.calls["status"] > 0)

    restart(world, engine)
    world.azure.hold.set()

    assert OperationState.SUCCEEDED == world.slack.final(operation).state
    assert 1 == world.azure.calls["create"] == world.azure.calls["deploy"]
    assert 1 == world.slack.posts[operation]


def test_a_deployment_whose_answer_was_never_heard_is_followed_to_its_end(
    world: World, engine: Database
) -> None:
    world.azure.answers.clear()
    operation = start("clip-a1b2")
    until(lambda: world.azure.calls["deploy"] == 1)

    restart(world, engine)
    world.azure.answers.set()

    assert OperationState.SUCCEEDED == world.slack.final(operation).state
    assert 1 == world.azure.calls["deploy"]


def test_a_wish_to_cancel_survives_a_restart(world: World, engine: Database) -> None:
    world.azure.hold.clear()
    operation = start("clip-a1b2")
    until(lambda: world.azure.calls["status"] > 0)

    runtime.shutdown()
    world.database.operations.cancel(operation, "U1")
    restart(world, engine)

    assert OperationState.CANCELLED == world.slack.final(operation).state
    assert {} == world.azure.rows


def test_stopping_waits_for_no_work_under_way(world: World, engine: Database) -> None:
    world.azure.hold.clear()
    operations = [start(f"clip-{number}") for number in range(20)]
    until(lambda: world.azure.calls["status"] > 0)

    runtime.shutdown()  # would wait for ever for the work

    restart(world, engine)
    world.azure.hold.set()
    states = {world.slack.final(operation).state for operation in operations}
    assert {OperationState.SUCCEEDED} == states


def test_the_private_recovery_call_of_dbos_still_takes_executor_ids(engine: Database) -> None:
    parameters = inspect.signature(DBOS._recover_pending_workflows).parameters  # noqa: SLF001 - the contract under test

    assert ["executor_ids"] == list(parameters)
    assert [] == DBOS._recover_pending_workflows(["nobody"])  # noqa: SLF001 - the contract under test


def test_what_ended_long_ago_is_forgotten(world: World, engine: Database) -> None:
    operation = start("clip-a1b2")
    world.slack.final(operation)
    clock = tools().clock

    runtime.shutdown()
    runtime.bind(replace(tools_of(world), clock=replace(clock, offset=clock.offset + 91 * DAY)))
    runtime.launch(engine)

    until(lambda: engine.operations.get(operation) is None)
    restart(world, engine)
