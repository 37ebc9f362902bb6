"""Plans and operations in the database: run or dropped, asked about, forgotten in time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from services.clock import Clock
from services.errors import InvalidInputError
from services.models import Asked, Operation, OperationState, Plan
from services.operations import MOST_PLANS, Operations
from services.store import records
from services.store.database import Database
from services.store.migrations import MIGRATIONS
from services.store.operations import PlanDroppedError
from services.workflows.kinds import KINDS
from tests.unit.fakes import DEPLOY_PLAN, operation

BEN = Asked(user="U2", channel="D2")
PLAN = Plan(
    id="p1",
    verb="deploy",
    kind="deploy",
    asked=BEN,
    created=0.0,
    expires=1_800.0,
    content=DEPLOY_PLAN,
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(None, tmp_path, KINDS)
    opened.plans.save(PLAN)
    yield opened
    opened.close()


def run(database: Database, plan: str = "p1") -> Operation:
    stored, _ = database.operations.insert_or_join(operation(), workspace="w", attempt=1, plan=plan)
    return stored


def test_a_dropped_plan_cannot_be_run_and_says_who_dropped_it(database: Database) -> None:
    database.plans.drop("p1", "U3", 5.0)

    with pytest.raises(PlanDroppedError) as caught:
        run(database)
    assert "U3" == caught.value.by
    assert () == database.operations.recent(10)


def test_a_plan_remembers_who_dropped_it_first_and_when(database: Database) -> None:
    database.plans.drop("p1", "U3", 5.0)
    database.plans.drop("p1", "U4", 6.0)

    assert replace(PLAN, dropped_by="U3", dropped_at=5.0) == database.plans.get("p1")


def test_a_plan_that_was_run_cannot_be_dropped(database: Database) -> None:
    started = run(database)
    database.plans.drop("p1", "U3", 5.0)

    assert replace(PLAN, operation=started.id) == database.plans.get("p1")


@pytest.mark.parametrize("turn", range(5))
def test_of_clicks_at_the_same_moment_one_kind_wins(database: Database, turn: int) -> None:
    def click(number: int) -> str:
        try:
            if number % 2:
                return run(database).id
            database.plans.drop("p1", f"U{number}", 5.0)
        except PlanDroppedError:
            pass
        return ""

    with ThreadPoolExecutor(6) as pool:
        started = set(pool.map(click, range(turn % 2, 6 + turn % 2))) - {""}

    plan = database.plans.get("p1")
    assert plan is not None
    assert (plan.operation is None) == (plan.dropped_by is not None)
    assert started == ({plan.operation} if plan.operation else set())


def test_operators_are_asked_once_a_minute_about_a_plan(database: Database) -> None:
    def ask(now: float) -> bool:
        return database.plans.request("p1", "U2", now, again=60.0, pause=60.0)

    assert [True, False, True] == [ask(100.0), ask(159.0), ask(161.0)]


def test_a_person_asks_once_a_minute_whatever_about(database: Database) -> None:
    database.plans.save(replace(PLAN, id="p2"))
    database.plans.request("p1", "U2", 100.0, again=60.0, pause=60.0)

    assert not database.plans.request("p2", "U2", 120.0, again=60.0, pause=60.0)
    assert database.plans.request("p2", "U5", 120.0, again=60.0, pause=60.0)


def test_a_request_that_reached_nobody_does_not_count(database: Database) -> None:
    database.plans.request("p1", "U2", 100.0, again=60.0, pause=60.0)
    database.plans.withdraw("p1")

    assert database.plans.request("p1", "U2", 101.0, again=60.0, pause=60.0)


def test_whoever_just_asked_about_another_plan_is_told_to_wait(database: Database) -> None:
    operations = Operations(database, Clock())
    first, second = (operations.save_plan(DEPLOY_PLAN, "deploy", BEN) for _ in range(2))

    assert operations.request(first, "U2")
    with pytest.raises(InvalidInputError, match="a moment ago"):
        operations.request(second, "U2")


def test_nobody_has_more_than_a_hundred_open_plans(database: Database) -> None:
    operations = Operations(database, Clock())
    made = [operations.save_plan(DEPLOY_PLAN, "deploy", BEN) for _ in range(MOST_PLANS)]

    with pytest.raises(InvalidInputError, match="100 plans of yours"):
        operations.save_plan(DEPLOY_PLAN, "deploy", BEN)
    operations.drop(made[0].id, "U2")
    assert operations.save_plan(DEPLOY_PLAN, "deploy", BEN)


def test_what_ended_long_ago_is_forgotten_and_what_runs_never_is(database: Database) -> None:
    for name, state, ended in (
        ("dep-old2", OperationState.SUCCEEDED, 100.0),
        ("dep-new2", OperationState.FAILED, 200.0),
        ("dep-run2", OperationState.RUNNING, None),
    ):
        made = operation(state, id=name, target=name, created=0.0, ended=ended)
        database.operations.insert_or_join(made, workspace="w", attempt=1)

    assert 1 == database.prune(250.0, keep=100.0)
    assert {"dep-new2", "dep-run2"} == {one.id for one in database.operations.recent(10)}


def test_plans_are_forgotten_a_week_after_they_expired(database: Database) -> None:
    database.prune(1_800.0 + 8 * 24 * 3600, keep=1.0)

    assert database.plans.get("p1") is None


def test_who_ran_it_is_in_the_row(database: Database) -> None:
    stored, _ = database.operations.insert_or_join(
        operation(run_by="U9"), workspace="w", attempt=1, plan="p1"
    )

    known = database.operations.get(stored.id)
    assert known is not None
    assert "U9" == known.run_by


def test_a_database_of_an_earlier_release_opens_and_its_rows_are_private(tmp_path: Path) -> None:
    asked = json.dumps({"user": "U1", "channel": "C1", "thread": None})
    content = json.dumps(records.dump_tagged(DEPLOY_PLAN))
    with closing(sqlite3.connect(tmp_path / "operations.sqlite")) as old, old:
        old.execute("CREATE TABLE versions (version INTEGER NOT NULL)")
        for version, statements in enumerate(MIGRATIONS[:3], start=1):
            for statement in statements:
                old.execute(statement)
            old.execute("INSERT INTO versions VALUES (?)", (version,))
        old.execute(
            "INSERT INTO operations (id, key, kind, workspace, target, attempt, title, asked, plan,"
            " state, created, steps) VALUES ('dep-7f3k', 'k', 'deploy', 'w', 't', 1, 'Deploy clip',"
            " ?, ?, 'running', 1.0, '[]')",
            (asked, content),
        )
        old.execute(
            "INSERT INTO plans (id, verb, asked, content, created, expires)"
            " VALUES ('p0', 'deploy', ?, ?, 1.0, 2.0)",
            (asked, content),
        )
    database = Database(None, tmp_path, KINDS)

    (known,) = database.operations.running()
    plan = database.plans.get("p0")
    database.close()
    assert plan is not None
    assert (None, True, DEPLOY_PLAN) == (known.run_by, known.asked.private, known.plan)
    assert (None, True) == (plan.dropped_by, plan.asked.private)
