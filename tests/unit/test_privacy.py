"""What was asked for in private: who may read how much of it, and who may do it again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handlers.commands import cancel, classify, status
from handlers.conversations import Conversations
from handlers.home import Home
from handlers.registry import discover
from services.clock import Clock
from services.errors import NotAllowedError
from services.models import Asked, Glimpse, Operation, OperationState, Reader
from tests.unit.fakes import Desk, buttons, classification, operation, said, words
from tests.unit.slack import MemorySlack

ADA = Asked(user="U1", channel="D1")
SECRETS = ("mri-of-anna.jpg", "cls-7f3k", "U1")
PRIVATE = classification(title="Classify mri-of-anna.jpg", asked=ADA)
DONE = classification(OperationState.FAILED, title="Classify mri-of-anna.jpg", asked=ADA)
OWNER = Reader(user="U1", channel="D1")
READERS = {
    "whoever asked": (OWNER, True),
    "whoever asked, elsewhere": (replace(OWNER, channel="C1"), True),
    "whoever asked, aloud": (replace(OWNER, channel="C1", aloud=True), False),
    "an operator": (Reader(user="U9", channel="C1", operator=True), True),
    "an operator, aloud": (Reader(user="U9", channel="C1", operator=True, aloud=True), False),
    "somebody else": (Reader(user="U2", channel="C1"), False),
    "somebody else on App Home": (Reader(user="U2"), False),
}


def desk_with(*operations: Operation) -> Desk:
    desk = Desk()
    desk.operations.all = {one.id: one for one in operations}
    return desk


def by_ben(desk: Desk, text: str = "", **more: Any) -> Any:  # noqa: ANN401 - a call
    asked = Asked(user="U2", channel="C1")
    return desk.call(text, asked=asked, operator=False, **more)


@pytest.mark.parametrize("who", READERS)
def test_what_was_asked_in_private_is_seen_by(who: str) -> None:
    reader, whole = READERS[who]

    assert whole is isinstance(PRIVATE.seen_by(reader), Operation)


def test_a_private_channel_reads_what_was_asked_there() -> None:
    asked = replace(PRIVATE, asked=Asked(user="U1", channel="C7"))

    assert asked == asked.seen_by(Reader(user="U2", channel="C7", aloud=True))


def test_others_learn_the_kind_the_state_and_the_age() -> None:
    glimpse = Glimpse(kind="classify", state=PRIVATE.state, created=PRIVATE.created)

    assert glimpse == PRIVATE.seen_by(Reader(user="U2", channel="C1"))


@pytest.mark.parametrize("text", ["", "cls-7f3k"])
@pytest.mark.parametrize("known", [PRIVATE, DONE])
def test_status_tells_others_no_more(text: str, known: Operation) -> None:
    shown = said(status.run(by_ben(desk_with(known), text)))

    assert "Classify · " in shown
    assert "began 1 min 35 s ago" in shown
    assert [] == [secret for secret in SECRETS if secret in shown]


def test_nobody_else_gets_its_buttons() -> None:
    reply = status.run(by_ben(desk_with(PRIVATE)))

    assert ["All endpoints"] == list(buttons(reply.blocks))


def test_app_home_and_list_tell_others_no_more() -> None:
    desk, slack = desk_with(PRIVATE), MemorySlack()
    Home(slack.client(), desk.services, Clock()).show("U2", operator=False)
    home = words(slack.made("views_publish")[0]["view"]["blocks"])
    listed = said(discover().by_verb["list"].run(by_ben(desk)))

    for shown in (home, listed):
        assert "Classify · running" in shown
        assert [] == [secret for secret in SECRETS if secret in shown]


def test_cancelling_it_does_not_tell_whose_it_is() -> None:
    owned = cancel.owner(by_ben(desk_with(PRIVATE), "cls-7f3k"))

    assert owned
    assert owned.private


def test_where_others_listen_cancel_names_nothing_private() -> None:
    asked = Asked(user="U1", channel="C1")
    call = desk_with(PRIVATE).call(asked=asked, operator=False, surface="mention")

    assert cancel.NOTHING_HERE == cancel.run(call).text


def test_a_deployment_of_others_cannot_be_retried_from_outside() -> None:
    retry = discover().by_module["deploy"].actions["retry"]
    desk = desk_with(operation(OperationState.FAILED, asked=ADA))

    with pytest.raises(NotAllowedError, match="private place"):
        retry.run(by_ben(desk, value="dep-7f3k"))


def test_a_retry_goes_where_the_pictures_were_sent() -> None:
    desk = desk_with(DONE)
    asked = Asked(user="U1", channel="C1")

    reply = classify.retry(desk.call(asked=asked, operator=False, value="cls-7f3k"))

    assert [ADA] == desk.classification.asked
    assert "It is tried again where you asked for it first: in our direct message." == reply.text


PLACES = {
    "a channel": ("C1", "general", False),
    "a direct message": ("D1", "directmessage", True),
    "a direct message without a name": ("D1", "", True),
    "a private channel": ("C1", "privategroup", True),
    "an old private channel": ("G1", "", True),
    "a group": ("C1", "mpdm-ada--ben--carl-1", True),
    "App Home": ("", "", True),
}


@pytest.mark.parametrize("place", PLACES)
def test_names_tell_what_is_private(place: str) -> None:
    channel, name, private = PLACES[place]
    slack = MemorySlack()

    assert private is Conversations(slack.client()).private(channel, name)
    assert [] == slack.made("conversations_info")


def test_where_the_payload_does_not_say_slack_is_asked_once() -> None:
    slack = MemorySlack()
    slack.private.add("C2")
    conversations = Conversations(slack.client())

    told = [conversations.private(channel) for channel in ("C1", "C2", "C1", "C2")]

    assert [False, True, False, True] == told
    assert 2 == len(slack.made("conversations_info"))


def test_what_slack_does_not_tell_is_private() -> None:
    slack = MemorySlack()
    slack.refuse("conversations_info", "missing_scope")

    assert Conversations(slack.client()).private("C1")


def test_a_name_that_was_told_is_remembered() -> None:
    slack = MemorySlack()
    conversations = Conversations(slack.client())
    conversations.private("C1", "general")

    assert not conversations.private("C1")
    assert [] == slack.made("conversations_info")
