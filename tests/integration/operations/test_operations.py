"""Looking at operations, cancelling them, and plans that run out."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from services.clock import Clock
from services.errors import NotFoundError, Suggestion, UserError
from services.models import Glimpse, Operation, OperationState, Reader
from services.operations import PLAN_SECONDS, Operations
from services.workflows import runtime
from services.workflows.kinds import KINDS
from services.workflows.runtime import OperationRequest
from services.workflows.tools import tools
from tests.integration.operations.worlds import ASKED, World, a_deployment, until

ADA = Reader(user="U1")


def ids(seen: Iterable[Operation | Glimpse]) -> set[str]:
    return {one.id for one in seen if isinstance(one, Operation)}


@pytest.fixture
def operations(world: World) -> Operations:
    return Operations(world.database, tools().clock)


@pytest.fixture
def running(world: World) -> str:
    """The id of a deployment that waits for Azure."""
    world.azure.hold.clear()
    plan = a_deployment()
    request = OperationRequest(
        kind=KINDS["deploy"], target=plan.endpoint, title="Deploy clip", asked=ASKED, plan=plan
    )
    operation = runtime.start(request).operation.id
    until(lambda: world.azure.calls["status"] > 0)
    return operation


def test_an_id_is_found_however_it_is_typed(operations: Operations, running: str) -> None:
    assert running == operations.whole(f" `{running.upper()}` ", ADA).id


def test_a_wrong_id_suggests_the_nearest(operations: Operations, running: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        operations.get(running[:-1] + "0", ADA)

    assert Suggestion(verb="status", argument=running) in caught.value.suggestions


def test_people_cancel_their_own_work(operations: Operations, running: str, world: World) -> None:
    operations.cancel(running, ADA)

    assert OperationState.CANCELLED == world.slack.final(running).state


def test_what_has_ended_cannot_be_cancelled(
    operations: Operations, running: str, world: World
) -> None:
    world.azure.hold.set()
    world.slack.final(running)

    with pytest.raises(UserError, match="nothing to cancel"):
        operations.cancel(running, ADA)


def test_running_ones_are_listed_until_they_end(
    operations: Operations, running: str, world: World
) -> None:
    assert running in ids(operations.running(ADA))
    world.azure.hold.set()
    world.slack.final(running)
    assert running not in ids(operations.running(ADA))
    assert {running} == ids(operations.recent(ADA, 1))


def test_a_plan_is_kept_for_its_button(operations: Operations) -> None:
    plan = operations.save_plan(a_deployment(), "deploy", ASKED)

    assert plan == operations.plan(plan.id)


def test_a_plan_holds_for_half_an_hour_of_its_reader_however_fast_time_runs(
    operations: Operations,
) -> None:
    plan = operations.save_plan(a_deployment(), "deploy", ASKED)

    assert plan == operations.plan(plan.id, at=plan.created + 29 * 60 * tools().clock.scale)
    with pytest.raises(NotFoundError):
        operations.plan(plan.id, at=plan.created + 31 * 60 * tools().clock.scale)


def test_an_expired_plan_cannot_be_run_and_is_known(operations: Operations, world: World) -> None:
    plan = operations.save_plan(a_deployment(), "deploy", ASKED)
    scale = tools().clock.scale
    later = Operations(world.database, Clock(scale=scale, offset=(PLAN_SECONDS + 60) * scale))

    with pytest.raises(NotFoundError) as caught:
        later.plan(plan.id)

    assert ("PlanExpired", plan) == (caught.value.code, later.old_plan(plan.id))


def test_an_event_is_handled_once(operations: Operations) -> None:
    assert [False, True] == [operations.seen("Ev-once"), operations.seen("Ev-once")]
