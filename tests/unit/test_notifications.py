from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from handlers.history import EVENT, NEWS
from handlers.notifications import SlackNotifier
from services.clock import Clock
from services.errors import ServiceRefusedError, TemporaryError
from services.models import Asked, Operation, OperationState, Problem
from services.progress import Place
from tests.unit import fakes
from tests.unit.slack import MemorySlack

FAST = Clock(scale=1_000.0)  # three seconds between edits take three milliseconds
PROBLEM = Problem(code="Crash", what="It crashed", evidence=("MemoryError",))


@pytest.fixture
def slack() -> MemorySlack:
    return MemorySlack()


@pytest.fixture
def notifier(slack: MemorySlack) -> Iterator[SlackNotifier]:
    made = SlackNotifier(slack.client(), FAST, fakes.VIEWS)
    yield made
    made.close()


def announced(notifier: SlackNotifier, operation: Operation) -> Operation:
    place = notifier.announce(operation, again=False)
    return replace(operation, channel=place.channel, message=place.message)


def test_the_message_goes_where_it_was_asked_for(
    notifier: SlackNotifier, slack: MemorySlack
) -> None:
    asked = Asked(user="U1", channel="C1", thread="9.0")

    place = notifier.announce(fakes.operation(asked=asked), again=False)

    posted = slack.made("chat_postMessage")[0]
    assert ("C1", "9.0") == (place.channel, posted["thread_ts"])
    assert {"event_type": EVENT, "event_payload": {"operation": "dep-7f3k"}} == posted["metadata"]


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found"])
def test_where_the_bot_is_no_member_it_goes_to_the_person(
    notifier: SlackNotifier, slack: MemorySlack, error: str
) -> None:
    slack.refuse("chat_postMessage", error)

    place = notifier.announce(fakes.operation(), again=False)

    assert "DU1" == place.channel
    assert "/invite @aml-bot" in fakes.words(slack.messages[0]["blocks"])


def test_a_second_attempt_finds_the_first_ones_message(
    notifier: SlackNotifier, slack: MemorySlack
) -> None:
    first = notifier.announce(fakes.operation(), again=False)

    assert first == SlackNotifier(slack.client(), FAST, fakes.VIEWS).announce(
        fakes.operation(), again=True
    )
    assert 1 == len(slack.messages)


def test_what_was_asked_where_two_people_talk_is_found_in_our_direct_message(
    notifier: SlackNotifier, slack: MemorySlack
) -> None:
    asked = fakes.operation(asked=Asked(user="U1", channel="D2"))  # no sign tells it from our own
    slack.refuse("chat_postMessage", "channel_not_found")
    first = notifier.announce(asked, again=False)
    slack.refuse("conversations_history", "channel_not_found")

    again = SlackNotifier(slack.client(), FAST, fakes.VIEWS).announce(asked, again=True)

    assert ("DU1", first) == (first.channel, again)
    assert 1 == len(slack.messages)


def test_the_message_of_another_operation_is_not_taken(
    notifier: SlackNotifier, slack: MemorySlack
) -> None:
    notifier.announce(fakes.operation(id="dep-2222"), again=False)

    notifier.announce(fakes.operation(), again=True)

    assert 2 == len(slack.messages)


def test_without_the_history_scope_it_posts(notifier: SlackNotifier, slack: MemorySlack) -> None:
    slack.refuse("conversations_history", "missing_scope")

    assert "C1" == notifier.announce(fakes.operation(), again=True).channel


def test_a_throttled_post_is_worth_another_try(notifier: SlackNotifier, slack: MemorySlack) -> None:
    slack.refuse("chat_postMessage", "ratelimited", status=429, headers={"Retry-After": "7"})

    with pytest.raises(TemporaryError) as caught:
        notifier.announce(fakes.operation(), again=False)

    assert 7.0 == caught.value.retry_after


def test_a_post_that_slack_refuses_for_good_is_final(
    notifier: SlackNotifier, slack: MemorySlack
) -> None:
    slack.refuse("chat_postMessage", "invalid_auth")

    with pytest.raises(ServiceRefusedError):
        notifier.announce(fakes.operation(), again=False)


def test_a_chart_that_slack_refuses_becomes_text(
    notifier: SlackNotifier, slack: MemorySlack
) -> None:
    slack.refuse("chat_update", "invalid_blocks")
    result = fakes.scores(("cat", 0.9), ("dog", 0.1))
    done = fakes.classification(OperationState.SUCCEEDED, result=result, channel="C1", message="1")

    notifier.finish(done, again=False)

    shown = slack.made("chat_update")[0]["blocks"]
    assert "data_visualization" not in {block["type"] for block in shown}
    assert "█" in fakes.words(shown)


def test_edits_are_coalesced_and_the_last_one_wins(
    notifier: SlackNotifier, slack: MemorySlack
) -> None:
    operation = announced(notifier, fakes.operation())

    for number in range(50):
        notifier.update(replace(operation, title=f"number {number}"))
    edits = until(lambda: [one["text"] for one in slack.made("chat_update")], "number 49")

    assert len(edits) < 50


def until(look: object, wanted: str) -> list[str]:
    """What is seen as soon as the last of it has the wanted words; at most half a minute."""
    assert callable(look)
    pause, end = threading.Event(), time.monotonic() + 30
    while time.monotonic() < end:
        seen: list[str] = look()
        if seen and wanted in seen[-1]:
            return seen
        pause.wait(0.001)
    raise AssertionError(f"{wanted!r} is not the last of {look()}")


def test_a_throttled_edit_is_sent_later(notifier: SlackNotifier, slack: MemorySlack) -> None:
    operation = announced(notifier, fakes.operation())
    slack.refuse("chat_update", "ratelimited", status=429)

    notifier.update(operation)

    assert until(lambda: [one["text"] for one in slack.made("chat_update")], "dep-7f3k")


def test_nothing_is_edited_after_the_end(notifier: SlackNotifier, slack: MemorySlack) -> None:
    operation = announced(notifier, fakes.operation())

    notifier.finish(replace(fakes.deployed(), channel="C1", message="1.0"), again=False)
    notifier.update(operation)
    notifier.close()

    assert ["Ready"] == [one["text"][:5] for one in slack.made("chat_update")]


def test_the_end_is_told_in_the_thread(notifier: SlackNotifier, slack: MemorySlack) -> None:
    failed = fakes.operation(OperationState.FAILED, problem=PROBLEM, channel="C1", message="1.0")

    notifier.finish(failed, again=False)

    told = slack.made("chat_postMessage")[0]
    assert ("1.0", NEWS) == (told["thread_ts"], told["metadata"]["event_type"])
    assert "<@U1>" in told["text"]
    assert "MemoryError" in fakes.words(told["blocks"])


def test_the_end_is_told_once(notifier: SlackNotifier, slack: MemorySlack) -> None:
    done = replace(fakes.deployed(), channel="C1", message="1.0")

    notifier.finish(done, again=False)
    notifier.finish(done, again=True)

    assert 1 == len(slack.made("chat_postMessage"))


def test_where_nobody_can_tell_it_is_not_told_twice(
    notifier: SlackNotifier, slack: MemorySlack
) -> None:
    slack.refuse("conversations_replies", "missing_scope")

    notifier.finish(replace(fakes.deployed(), channel="C1", message="1.0"), again=True)

    assert [] == slack.made("chat_postMessage")


def test_a_classification_speaks_only_in_its_message(
    notifier: SlackNotifier, slack: MemorySlack
) -> None:
    result = fakes.scores(("cat", 0.9), ("dog", 0.1))
    done = fakes.classification(OperationState.SUCCEEDED, result=result, channel="C1", message="1")

    notifier.finish(done, again=False)

    assert [] == slack.made("chat_postMessage")


def test_a_deleted_message_is_posted_anew(notifier: SlackNotifier, slack: MemorySlack) -> None:
    slack.refuse("chat_update", "message_not_found")

    notifier.finish(replace(fakes.deployed(), channel="C1", message="1.0"), again=False)

    assert "Ready: Deploy" in slack.messages[0]["text"]


def test_an_end_that_was_never_announced_is_posted(
    notifier: SlackNotifier, slack: MemorySlack
) -> None:
    notifier.finish(fakes.deployed(), again=True)

    assert "C1" == slack.messages[0]["channel"]


def test_the_final_edit_waits_for_slack(notifier: SlackNotifier, slack: MemorySlack) -> None:
    slack.refuse("chat_update", "internal_error", status=500)

    with pytest.raises(TemporaryError):
        notifier.finish(replace(fakes.deployed(), channel="C1", message="1.0"), again=False)


def test_places_are_known_before_they_are_stored(notifier: SlackNotifier) -> None:
    assert Place(channel="C1", message="1.0") == notifier.announce(fakes.operation(), again=False)
