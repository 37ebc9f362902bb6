"""The tables on PostgreSQL: those of an earlier release, and clicks at the same moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.models import Asked, Plan
from services.store import migrations, records
from services.store.database import Database
from services.store.operations import PlanDroppedError
from services.workflows.kinds import KINDS
from tests.durability.postgres import missing, server
from tests.unit.fakes import DEPLOY_PLAN, operation

pytestmark = [
    pytest.mark.durability,
    pytest.mark.postgres,
    pytest.mark.skipif(bool(missing()), reason=missing()),
]
BEN = Asked(user="U2", channel="D2")
ROUNDS = 20


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with server() as url:
        yield url


def a_plan(number: int) -> Plan:
    return Plan(
        id=f"p{number}",
        verb="deploy",
        kind="deploy",
        asked=BEN,
        created=0.0,
        expires=1_800.0,
        content=DEPLOY_PLAN,
    )


def test_tables_of_an_earlier_release_are_brought_up_to_date(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:3])
    old = Database(address, tmp_path, KINDS)
    asked, content = json.dumps({"user": "U1", "channel": "C1"}), records.dump_tagged(DEPLOY_PLAN)
    with old.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO plans (id, verb, asked, content, created, expires)"
                " VALUES ('old', 'deploy', :asked, :content, 1, 2)"
            ),
            {"asked": asked, "content": json.dumps(content)},
        )
    old.close()
    monkeypatch.undo()

    database = Database(address, tmp_path, KINDS)
    plan = database.plans.get("old")
    database.close()

    assert plan is not None
    assert (True, None, DEPLOY_PLAN) == (plan.asked.private, plan.dropped_by, plan.content)


def test_of_clicks_at_the_same_moment_one_kind_wins(address: str, tmp_path: Path) -> None:
    database = Database(address, tmp_path, KINDS)

    def click(number: int, plan: Plan) -> str:
        try:
            if number % 2:
                new = operation(target=plan.id)
                made, _ = database.operations.insert_or_join(
                    new, workspace="w", attempt=1, plan=plan.id
                )
                return made.id
            database.plans.drop(plan.id, f"U{number}", 5.0)
        except PlanDroppedError:
            pass
        return ""

    for number in range(ROUNDS):
        plan = a_plan(number)
        database.plans.save(plan)
        with ThreadPoolExecutor(6) as pool:
            clicks = [pool.submit(click, each, plan) for each in range(number, number + 6)]
            started = {each.result() for each in clicks} - {""}
        found = database.plans.get(plan.id)
        assert found is not None
        assert plan == replace(found, operation=None, dropped_by=None, dropped_at=None)
        assert (found.operation is None) == (found.dropped_by is not None)
        assert started == ({found.operation} if found.operation else set())
    database.close()


def test_operators_are_asked_once_a_minute(address: str, tmp_path: Path) -> None:
    database = Database(address, tmp_path, KINDS)
    database.plans.save(a_plan(100))

    def ask(now: float) -> bool:
        return database.plans.request("p100", "U2", now, again=60.0, pause=60.0)

    told = [ask(100.0), ask(159.0), ask(161.0)]
    forgotten = database.prune(1_800.0 + 8 * 24 * 3600, keep=1.0)
    database.close()

    assert ([True, False, True], 0) == (told, forgotten)
