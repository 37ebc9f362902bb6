from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.errors import NotConfiguredError
from services.models import (
    Acceptance,
    Asked,
    ImportPlan,
    LicenceText,
    Operation,
    OperationState,
    Plan,
    Problem,
    Step,
    StepState,
)
from services.store.database import Database
from services.store.operations import short_id
from services.store.sqlite import sqlite_engine
from services.workflows.kinds import KINDS

PLAN = ImportPlan(
    hub_id="a/b",
    sha="1",
    model_name="a-b",
    task="fill-mask",
    license=None,
    license_url=None,
    size_bytes=1,
    compute="c",
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(None, tmp_path, KINDS)
    yield opened
    opened.close()


def an_operation(operation: str = "imp-7f3k", target: str = "a/b", created: float = 1) -> Operation:
    return Operation(
        id=operation,
        key="",
        kind="import",
        target=target,
        title="Import a/b",
        asked=Asked(user="U1", channel="C1"),
        state=OperationState.QUEUED,
        created=created,
        plan=PLAN,
        steps=(Step(name="job", title="Run it"),),
    )


def insert(database: Database, operation: Operation, plan: str | None = None) -> Operation:
    stored, _ = database.operations.insert_or_join(operation, workspace="ws", attempt=1, plan=plan)
    return stored


def end(database: Database, operation: Operation, state: OperationState) -> Operation:
    return database.operations.end(replace(operation, state=state, ended=9.0))


def test_short_ids_are_readable_aloud() -> None:
    assert re.fullmatch(r"dep-[bcdfghjkmnpqrstvwxyz2-9]{4}", short_id("dep"))


def test_an_operation_is_stored_as_it_is_but_for_its_key(database: Database) -> None:
    stored = insert(database, an_operation())

    assert replace(an_operation(), key="import:ws:a/b:1") == stored
    assert stored == database.operations.get("imp-7f3k")


def test_of_many_who_want_the_same_at_once_one_begins(database: Database) -> None:
    def ask(number: int) -> bool:
        wish = an_operation(f"imp-{number:04}")
        return database.operations.insert_or_join(wish, workspace="ws", attempt=1)[1]

    with ThreadPoolExecutor(8) as pool:
        joined = list(pool.map(ask, range(24)))

    assert 1 == joined.count(False)
    assert 1 == len(database.operations.recent(50))


def test_an_id_in_use_is_replaced(database: Database) -> None:
    insert(database, an_operation())

    other = insert(database, an_operation(target="c/d"))

    assert "imp-7f3k" != other.id
    assert "c/d" == other.target


@pytest.mark.parametrize("state", [OperationState.FAILED, OperationState.CANCELLED])
def test_a_next_attempt_follows_one_that_ended_badly(
    database: Database, state: OperationState
) -> None:
    end(database, insert(database, an_operation()), state)

    again = insert(database, an_operation("imp-2222"))

    assert "import:ws:a/b:2" == again.key


def test_a_success_is_joined(database: Database) -> None:
    first = end(database, insert(database, an_operation()), OperationState.SUCCEEDED)

    assert first == insert(database, an_operation("imp-2222"))


def test_a_plan_runs_once_even_after_its_operation_failed(database: Database) -> None:
    plan = Plan(
        id="p1",
        verb="import",
        kind="import",
        asked=an_operation().asked,
        created=1,
        expires=2,
        content=PLAN,
    )
    database.plans.save(plan)
    first = end(database, insert(database, an_operation(), "p1"), OperationState.FAILED)

    assert first == insert(database, an_operation("imp-2222"), "p1")
    assert replace(plan, operation="imp-7f3k") == database.plans.get("p1")


def test_the_latest_attempt_is_found_by_target(database: Database) -> None:
    end(database, insert(database, an_operation()), OperationState.FAILED)
    second = insert(database, an_operation("imp-2222"))

    assert (second, 2) == database.operations.latest("import", "ws", "a/b")


def test_showing_steps_makes_it_running(database: Database) -> None:
    insert(database, an_operation())

    shown = database.operations.show(
        "imp-7f3k", (Step(name="job", title="Run it", state=StepState.RUNNING),)
    )

    assert (OperationState.RUNNING, StepState.RUNNING) == (shown.state, shown.steps[0].state)


def test_what_has_ended_never_changes(database: Database) -> None:
    problem = Problem(code="x", what="y")
    first = insert(database, an_operation())
    ended = end(database, replace(first, problem=problem), OperationState.FAILED)

    database.operations.show("imp-7f3k", ())
    database.operations.cancel("imp-7f3k", "U2")

    assert ended == end(database, first, OperationState.SUCCEEDED)


def test_the_first_wish_to_cancel_counts(database: Database) -> None:
    insert(database, an_operation())
    database.operations.cancel("imp-7f3k", "U1")

    assert "U1" == database.operations.cancel("imp-7f3k", "U2").cancelled_by
    assert {"imp-7f3k"} == database.operations.cancelled()


def test_recent_ones_come_newest_first(database: Database) -> None:
    for number in range(3):
        insert(database, an_operation(f"imp-000{number}", f"t{number}", created=number))

    assert ["imp-0002", "imp-0001"] == [one.id for one in database.operations.recent(2)]


def test_running_ones_are_those_that_have_not_ended(database: Database) -> None:
    end(database, insert(database, an_operation()), OperationState.FAILED)
    second = insert(database, an_operation("imp-2222"))

    assert (second,) == database.operations.running()


def test_an_event_is_new_only_once(database: Database) -> None:
    assert [False, True] == [database.seen.check("Ev1"), database.seen.check("Ev1")]


def test_events_are_forgotten_after_a_day(database: Database) -> None:
    database.seen.check("Ev1", now=0.0)
    for number in range(600):
        database.seen.check(f"other {number}", now=100_000.0)

    assert not database.seen.check("Ev1", now=100_001.0)


def test_what_a_dead_bot_left_unanswered_is_taken_over_once(database: Database) -> None:
    database.seen.check("one", said={"text": "hello"}, boot="dead")
    database.seen.check("two", said={"text": "busy"}, boot="alive")
    database.seen.check("three", said={"text": "done"}, boot="dead")
    database.seen.answered("three")

    assert {"one": {"text": "hello"}} == database.seen.take_over("me", ["alive"])
    assert {} == database.seen.take_over("other", ["alive", "me"])


def test_nobody_answers_what_was_said_long_ago(database: Database) -> None:
    database.seen.check("old", said={"text": "hello"}, boot="dead", now=0.0)

    assert {} == database.seen.take_over("me", [], now=4_000.0)


def test_a_lease_ends_by_itself(database: Database) -> None:
    database.leases.renew("dead", -1.0)

    assert {"me"} == database.leases.renew("me", 60.0)


def test_a_released_lease_is_gone_at_once(database: Database) -> None:
    database.leases.renew("leaving", 60.0)
    database.leases.release("leaving")

    assert {"me"} == database.leases.renew("me", 60.0)


def test_two_bots_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: Database(None, tmp_path, KINDS), range(4)))

    assert [()] * 4 == [one.operations.recent(1) for one in opened]
    for one in opened:
        one.close()


def test_rows_outlive_the_process(tmp_path: Path) -> None:
    first = Database(None, tmp_path, KINDS)
    stored = insert(first, an_operation())
    first.close()
    second = Database(None, tmp_path, KINDS)

    assert stored == second.operations.get("imp-7f3k")
    second.close()


@pytest.mark.parametrize("url", ["mysql://host/name", "no address at all"])
def test_an_address_of_another_kind_is_refused_with_advice(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotConfiguredError, match="AML_BOT_DATABASE_URL"):
        Database(url, tmp_path, KINDS)


def test_waiting_writers_take_turns(tmp_path: Path) -> None:
    """Left to SQLite, a writer that comes late polls, and many of them for seconds."""
    engine = sqlite_engine(tmp_path / "turns.sqlite")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE written (number INTEGER)"))

    def write(number: int) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO written VALUES (:number)"), {"number": number})

    with engine.begin() as first, ThreadPoolExecutor(8) as pool:
        first.execute(sa.text("INSERT INTO written VALUES (0)"))
        waiting = [pool.submit(write, number) for number in range(1, 9)]
        with engine.connect() as reader:  # never waits for a writer
            assert 0 == reader.execute(sa.text("SELECT count(*) FROM written")).scalar_one()
        assert not any(one.done() for one in waiting)
        first.commit()
        for one in waiting:
            one.result(timeout=5)

    with engine.connect() as reader:
        assert 9 == reader.execute(sa.text("SELECT count(*) FROM written")).scalar_one()
    engine.dispose()


def test_a_write_that_fails_lets_the_next_one_in(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "turns.sqlite")
    with pytest.raises(sa.exc.OperationalError, match="no such table"), engine.begin() as one:
        one.execute(sa.text("INSERT INTO nowhere VALUES (1)"))

    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE written (number INTEGER)"))
        connection.execute(sa.text("INSERT INTO written VALUES (1)"))
    engine.dispose()


def an_agreement(sha256: str = "1" * 64, hub_id: str = "a/b") -> ImportPlan:
    return replace(PLAN, hub_id=hub_id, terms=LicenceText(sha256=sha256, file="LICENSE"))


def test_the_first_acceptance_is_kept_and_each_import_names_its_own(database: Database) -> None:
    ada, ben = Acceptance(by="U1", at=1.0), Acceptance(by="U2", at=2.0)

    assert ada == database.licences.accept("ws", an_agreement(), ada)
    assert ben == database.licences.accept("ws", an_agreement(), ben)
    assert ada == database.licences.find("ws", "a/b", "1" * 64)


@pytest.mark.parametrize(
    ("workspace", "plan"),
    [
        ("other", an_agreement()),
        ("ws", an_agreement(sha256="2" * 64)),
        ("ws", an_agreement(hub_id="a/c")),
    ],
)
def test_an_acceptance_is_of_one_text_of_one_repository(
    database: Database, workspace: str, plan: ImportPlan
) -> None:
    database.licences.accept("ws", an_agreement(), Acceptance(by="U1", at=1.0))

    assert plan.terms is not None
    assert database.licences.find(workspace, plan.hub_id, plan.terms.sha256) is None


def test_nothing_to_accept_is_a_mistake_of_ours(database: Database) -> None:
    with pytest.raises(ValueError, match="no terms"):
        database.licences.accept("ws", PLAN, Acceptance(by="U1", at=1.0))
