"""A kind of operation is one place: one that only these tests have lives like all others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.conftest import GUARDED_BOT, make_sandbox
from tests.conversation import Message, Person
from tests.guard import REFUSED

BOT = Path(__file__).parent / "ping" / "bot.py"
ID = re.compile(r"png-\w+")
FOR_EVER = count(100_000)  # minutes that no test waits for, and each test has its own
ENDED = ("Done", "Failed", "Cancelled")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose bot has one kind more."""
    folder = tmp_path_factory.mktemp("ping")
    command = tuple(str(BOT) if word.endswith("guard.py") else word for word in GUARDED_BOT)
    with make_sandbox(folder, bot=command) as sandbox:
        yield sandbox
    contacted = folder / REFUSED
    assert not contacted.exists(), contacted.read_text()


@pytest.fixture
def eve(house: Sandbox) -> Person:
    """An operator."""
    return Person(house.control_url, house.slack.operator, house.slack.main_channel)


@pytest.fixture
def sam(house: Sandbox, eve: Person) -> Person:
    """Somebody who is none."""
    return Person(house.control_url, eve.get("state")["users"][1]["id"], eve.channel)


@pytest.fixture
def minutes() -> int:
    return next(FOR_EVER)


def plan(person: Person, minutes: int) -> Message:
    person.sends_command(f"/aml ping {minutes}")
    return person.waits(
        lambda m: f"after {minutes} minutes?" in m.words and "Cancel" in m.buttons()
    )


def messages(person: Person, minutes: int) -> list[Message]:
    """The messages of operations that wait so long; plans and answers are none."""
    head = f": Ping after {minutes} minutes (png-"
    return [message for message in person.reads() if head in message.text]


def begun(person: Person, minutes: int) -> Message:
    """The operation's message, once it shows how far it is."""
    person.clicks(plan(person, minutes), "Run")
    return progress(person, minutes)


def progress(person: Person, minutes: int, than: str = "") -> Message:
    """The operation's message, as soon as it says another progress than that."""
    wanted = re.compile(rf"\d+ of {minutes} minutes")

    def moved(message: Message) -> bool:
        found = wanted.search(message.words)
        return found is not None and found.group() not in than

    return person.waits(moved)


def ended(person: Person, minutes: int) -> Message:
    return person.waits(lambda m: m.text.startswith(ENDED) and f"after {minutes} minutes" in m.text)


def name_of(message: Message) -> str:
    found = ID.search(message.text)
    assert found, message.text
    return found.group()


def test_it_is_planned_before_it_is_run(eve: Person, minutes: int) -> None:
    assert ["Run", "Cancel"] == plan(eve, minutes).buttons()
    assert [] == messages(eve, minutes)


def test_others_ask_an_operator(sam: Person, eve: Person, minutes: int) -> None:
    shown = plan(sam, minutes)
    sam.clicks(shown, "Ask an operator")
    request = eve.waits(lambda m: "asks an operator" in m.words and f"{minutes}" in m.words)

    assert ["Ask an operator", "Cancel"] == shown.buttons()
    assert ["Run", "Cancel"] == request.buttons()


def test_its_progress_is_seen_in_slacks_own_plan(eve: Person, minutes: int) -> None:
    message = begun(eve, minutes)
    [block] = [block for block in message.blocks if block["type"] == "plan"]

    shown = [(task["title"], task["status"]) for task in block["tasks"]]

    assert [("Wait", "in_progress"), ("Report", "pending")] == shown


def test_a_killed_bot_goes_on_and_says_it_once(eve: Person, minutes: int) -> None:
    before = begun(eve, minutes)

    eve.post("bot", {"do": "kill"})
    progress(eve, minutes, before.words)
    eve.post("clock", {"advance": minutes * 60})
    after = ended(eve, minutes)

    assert (before.ts, "Done") == (after.ts, after.text.partition(":")[0])
    assert f"Pong after {minutes} minutes." in after.words
    assert 1 == len(messages(eve, minutes))


def test_it_can_be_cancelled(eve: Person, minutes: int) -> None:
    eve.clicks(begun(eve, minutes), "Cancel")
    message = ended(eve, minutes)

    assert message.text.startswith("Cancelled: ")
    assert f"Cancelled by <@{eve.user}>." in message.words


def test_retry_plans_it_again(eve: Person, minutes: int) -> None:
    eve.clicks(begun(eve, minutes), "Cancel")
    first = ended(eve, minutes)

    eve.clicks(first, "Retry")
    again = eve.waits(lambda m: f"after {minutes} minutes?" in m.words and "Run" in m.buttons())
    eve.clicks(again, "Run")
    second = eve.waits(
        lambda m: f"of {minutes} minutes" in m.words and name_of(m) != name_of(first)
    )

    assert second.text.startswith("Running: ")


def test_status_shows_it(sam: Person, eve: Person, minutes: int) -> None:
    operation = name_of(begun(eve, minutes))

    shown = sam.types(f"/aml status {operation}")

    assert f"Running: Ping after {minutes} minutes ({operation})" in shown.text


def test_list_shows_it(sam: Person, eve: Person, minutes: int) -> None:
    operation = name_of(begun(eve, minutes))

    assert operation in sam.types("/aml list").words


def test_help_shows_it(sam: Person) -> None:
    assert "/aml ping" in sam.types("/aml help").words
