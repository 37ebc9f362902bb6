"""Where answers and messages of operations go: each once, and where people look for it."""

from __future__ import annotations

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from tests.conversation import Person

CLIP = "openai-clip-vit-base-patch32"
POSTS = "chat.postMessage"


@pytest.fixture
def pair(ada: Person, ben: Person) -> Person:
    """The first person in the direct message with the second."""
    return ada.there(ada.post("conversation", {"users": [ada.user, ben.user]})["id"])


@pytest.fixture
def few(ada: Person, ben: Person) -> Person:
    """The first person in a private channel without the bot."""
    made = ada.post("conversation", {"users": [ada.user, ben.user], "name": "plans"})
    return ada.there(made["id"])


def run(person: Person, endpoint: str) -> None:
    plan = person.types(f"deploy {CLIP} endpoint:{endpoint}")
    person.clicks(plan, "Run")
    person.waits_for("Started as")


def test_in_the_direct_message_of_two_people_they_are_told_where_the_progress_is(
    pair: Person,
) -> None:
    run(pair, "for-two")

    assert "in our direct message" in pair.waits_for("I cannot write in this conversation").words
    pair.direct().waits_for("for-two")


def test_in_a_private_channel_without_the_bot_they_are_told_as_in_any(few: Person) -> None:
    run(few, "for-few")

    assert "/invite @aml-bot" in few.waits_for("the message of").words


def test_in_the_direct_message_with_the_bot_there_is_nothing_to_tell(ada: Person) -> None:
    run(ada.direct(), "for-one")

    ada.direct().waits(lambda m: "for-one" in m.words and m.text.startswith("Ready"))
    assert [] == [m.text for m in ada.direct().reads() if "write in this conversation" in m.words]


def test_other_people_do_not_see_a_private_place(ada: Person, few: Person) -> None:
    seen = ada.get("state", user="U0NOBODY")["channels"]

    assert few.channel not in [channel["id"] for channel in seen]


def test_an_answer_whose_confirmation_is_lost_stands_there_once(
    sandbox: Sandbox, ada: Person
) -> None:
    sandbox.faults.add(Fault(target="slack", kind="lost_answer", match=POSTS, times=1))

    ts = ada.says("@aml-bot help")

    ada.waits_for("What I can do", thread=ts)
    ada.says("@aml-bot status", thread=ts)
    ada.waits_for("right now", thread=ts)
    assert 1 == sum("What I can do" in message.words for message in ada.reads(thread=ts))


def test_an_operations_message_whose_confirmation_is_lost_stands_there_once(
    sandbox: Sandbox, ada: Person
) -> None:
    plan = ada.types(f"deploy {CLIP} endpoint:lost-once")
    sandbox.faults.add(Fault(target="slack", kind="lost_answer", match=POSTS, times=1))

    ada.clicks(plan, "Run")

    ada.waits(lambda m: "lost-once" in m.words and m.text.startswith("Ready"))
    assert 1 == sum(m.text.startswith("Ready") and "lost-once" in m.words for m in ada.reads())
    assert 0 == sum("Waiting" in m.text and "lost-once" in m.words for m in ada.reads())
