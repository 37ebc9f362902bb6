"""Twelve operations while bots are killed twenty times: nothing lost, nothing twice."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from handlers.history import EVENT, NEWS
from services.azureml.client import AzureML, Connection
from services.azureml.entities import TAG_OPERATION
from services.clock import Clock
from services.models import Operation, OperationState
from services.store.database import Database
from services.workflows.kinds import KINDS
from tests.conversation import Person
from tests.durability import postgres
from tests.durability.processes import Bot, stand_ins

pytestmark = [pytest.mark.durability, pytest.mark.timeout(170)]

SPEED = 240.0  # an eight-minute deployment takes two seconds
KILLS = 20
SHORTEST, LONGEST = 0.8, 2.6  # real seconds between two kills
MODEL = "openai-clip-vit-base-patch32"
DEPLOYS = tuple(f"chaos-{number:02d}" for number in range(8))
IMPORTS = (
    "google-bert/bert-base-uncased",
    "openai-community/gpt2",
    "google-t5/t5-small",
    "Helsinki-NLP/opus-mt-en-de",
)


def test_twenty_kills_on_sqlite_lose_and_double_nothing(tmp_path: Path) -> None:
    with stand_ins(tmp_path, speed=SPEED) as world:
        bot = Bot(tmp_path, world["env"], "bot")
        with _running(bot):
            _wish_while_killing(world, [bot], seed=1)
            _check(world, Database(None, Path(world["env"]["AML_BOT_DATA_DIR"]), KINDS))


@pytest.mark.postgres
@pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "it is there")
def test_twenty_kills_of_two_bots_on_postgres_lose_and_double_nothing(tmp_path: Path) -> None:
    with postgres.server() as url, stand_ins(tmp_path, speed=SPEED) as world:
        bots = []
        for name in ("one", "two"):
            own = {"AML_BOT_DATABASE_URL": url, "AML_BOT_DATA_DIR": str(tmp_path / name)}
            bots.append(Bot(tmp_path, {**world["env"], **own}, name))
        with _running(*bots):
            _wish_while_killing(world, bots, seed=2)
            _check(world, Database(url, tmp_path / "test", KINDS))


@contextmanager
def _running(*bots: Bot) -> Iterator[None]:
    for bot in bots:
        bot.start()
    try:
        yield
    finally:
        for bot in bots:
            bot.kill()


def _wish_while_killing(world: dict[str, Any], bots: list[Bot], seed: int) -> None:
    """Ask for everything, as a stubborn person does, while the bots are killed."""
    killer = threading.Thread(target=_kill, args=(bots, random.Random(seed)))  # noqa: S311 - gaps, not secrets
    killer.start()
    try:
        person = _first_person(world)
        for endpoint in DEPLOYS:
            _insists(person, f"deploy {MODEL} endpoint:{endpoint}", endpoint)
        for hub_id in IMPORTS:
            _insists(person, f"import {hub_id}", hub_id)
    finally:
        killer.join()


def _kill(bots: list[Bot], chance: random.Random) -> None:
    for _ in range(KILLS):
        time.sleep(chance.uniform(SHORTEST, LONGEST))
        bot = chance.choice(bots)
        bot.kill()
        bot.start()


def _first_person(world: dict[str, Any]) -> Person:
    env = world["env"]
    return Person(world["control_url"], env["AML_BOT_OPERATORS"], env["AML_BOT_CHANNEL"])


def _insists(person: Person, command: str, target: str) -> None:
    """Type, and click Run, until the operation's own message is there."""
    for _ in range(40):
        if _clicked(person, command, target):
            return
    raise AssertionError(f"/aml {command} was never heard")


def _clicked(person: Person, command: str, target: str) -> bool:
    person.sends_command(f"/aml {command}")
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        plans = [m for m in person.reads() if "Run" in m.buttons() and target in m.words]
        if plans:
            return "error" not in person.clicks(plans[-1], "Run")
        time.sleep(0.05)
    return False


def _check(world: dict[str, Any], database: Database) -> None:
    try:
        operations = _all_ended(database)
    finally:
        database.close()
    assert Counter(dict.fromkeys((*DEPLOYS, *IMPORTS), 1)) == Counter(
        operation.target for operation in operations
    )
    assert {OperationState.SUCCEEDED} == {operation.state for operation in operations}, [
        operation.problem for operation in operations
    ]
    _check_azure(world, operations)
    _check_slack(world, operations)


def _all_ended(database: Database) -> tuple[Operation, ...]:
    deadline = time.monotonic() + 60
    while database.operations.running():
        assert time.monotonic() < deadline, [
            (one.id, one.state, one.steps) for one in database.operations.running()
        ]
        time.sleep(0.2)
    return database.operations.recent(100)


def _check_azure(world: dict[str, Any], operations: tuple[Operation, ...]) -> None:
    env = world["env"]
    azure = AzureML(
        Connection(
            subscription_id=env["AZURE_SUBSCRIPTION_ID"],
            resource_group=env["AZURE_RESOURCE_GROUP"],
            workspace=env["AZUREML_WORKSPACE_NAME"],
            url=env["AML_BOT_AZURE_URL"],
            token=env["AML_BOT_AZURE_TOKEN"],
            ca=Path(env["AML_BOT_AZURE_CA"]),
            registries=(),
        ),
        Clock(),
    )
    made = {endpoint.name: dict(endpoint.tags)[TAG_OPERATION] for endpoint in azure.endpoints.all()}
    assert {one.target: one.id for one in operations if one.kind == "deploy"} == made
    for endpoint in azure.endpoints.all():
        assert ["Succeeded"] == [deployment.state for deployment in endpoint.deployments]
    jobs = {str(call["path"]).rpartition("/jobs/")[2] for call in _writes(world, "/jobs/")}
    assert len(IMPORTS) == len(jobs)


def _writes(world: dict[str, Any], path: str) -> list[dict[str, Any]]:
    calls = _first_person(world).get("calls", target="azure")["calls"]
    return [call for call in calls if call["method"] == "PUT" and path in call["path"]]


def _check_slack(world: dict[str, Any], operations: tuple[Operation, ...]) -> None:
    """Every operation has one message and one piece of news in its thread, and shows its end."""
    once = dict.fromkeys((operation.id for operation in operations), 1)
    assert once == _posts(world, EVENT)
    assert once == _posts(world, NEWS)
    for operation in operations:
        assert operation.channel is not None
        messages = _first_person(world).there(operation.channel).reads()
        words = next(message.words for message in messages if message.ts == operation.message)
        assert f"({operation.id})" in words
        assert "Running" not in words


def _posts(world: dict[str, Any], event: str) -> dict[str, int]:
    """How often a message about each operation was accepted."""
    found: Counter[str] = Counter()
    for call in _first_person(world).get("calls", target="slack")["calls"]:
        if call["path"] == "/api/chat.postMessage" and call["status"] == HTTPStatus.OK:
            metadata = json.loads(call["body"]).get("metadata") or {}
            if metadata.get("event_type") == event:
                found[metadata["event_payload"]["operation"]] += 1
    return dict(found)
