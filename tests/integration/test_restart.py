"""The bot is stopped and killed at every moment: nothing is lost and nothing happens twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.sandbox import PHOTOS, Sandbox
from tests.conftest import QUIET, RUN, make_sandbox
from tests.conversation import A_MOMENT, Message, Person
from tests.processes import eventually

CLIP = "openai-clip-vit-base-patch32"
PHOTO = [("cat.jpg", (PHOTOS / "cat.jpg").read_bytes())]
ANSWER = "cat.jpg: cat"
SETTLED = 0.4  # real seconds in which something could happen a second time


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("restart") / "bot.log"


@pytest.fixture(scope="module")
def house(log: Path) -> Iterator[Sandbox]:
    """A sandbox of this module's own, with a classifier, whose bot writes a log."""
    bot = ("sh", "-c", f'exec "$0" "$@" 2>>{log}', "env", QUIET, *RUN)
    with make_sandbox(log.parent, bot=bot) as sandbox:
        person = Person(sandbox.control_url, sandbox.slack.operator, sandbox.slack.main_channel)
        runs(person, f"/aml deploy {CLIP} endpoint:here")
        assert ended(person, "endpoint here").text.startswith("Ready")
        yield sandbox


@pytest.fixture
def eve(house: Sandbox) -> Iterator[Person]:
    yield Person(house.control_url, house.slack.operator, house.slack.main_channel)
    house.faults.clear()


def runs(person: Person, command: str) -> None:
    name = command.rpartition(":")[2].rpartition(" ")[2]
    person.sends_command(command)
    plan = person.waits(lambda m: "Run" in m.buttons() and name in m.words)
    person.clicks(plan, "Run")


def ended(person: Person, words: str) -> Message:
    """The operation's message in its final state."""
    return person.waits(
        lambda m: words in m.words and m.text.startswith(("Ready", "Done", "Failed"))
    )


def ends(person: Person, do: str) -> None:
    person.post("bot", {"do": do})


def asks(person: Person) -> str:
    bot = person.get("state")["bot_user_id"]
    return person.says(f"<@{bot}> cat, dog", PHOTO)


def answers(person: Person, thread: str) -> list[str]:
    """What the bot said in the thread, once nothing more can come."""
    person.waits_for(ANSWER, thread=thread)
    time.sleep(SETTLED)
    said = [one.text for one in person.reads(thread) if one.raw["user"] != person.user]
    return [text for text in said if text != A_MOMENT]


def slows_listing(person: Person) -> None:
    """From now on, finding a classifier takes longer than it takes to kill a bot."""
    match = "onlineEndpoints/?$"
    person.post("fault", {"target": "azure", "kind": "slow", "ms": 9000, "match": match})


@pytest.mark.parametrize(("do", "seconds"), [("kill", 0.0), ("restart", 0.03)])
def test_a_posted_picture_is_answered_once(eve: Person, do: str, seconds: float) -> None:
    asked = asks(eve)
    time.sleep(seconds)

    ends(eve, do)

    assert 1 == len(answers(eve, asked))


def test_a_picture_and_a_form_are_kept_while_a_slow_azure_is_asked(eve: Person) -> None:
    shown = eve.says("look", PHOTO)
    ends(eve, "restart")  # forgets which classifiers there are
    slows_listing(eve)
    eve.picks_shortcut(shown)
    view = eve.waits_for_view()

    def submit() -> dict[str, object]:
        return eve.submits(view, {"labels": {"value": "cat, dog"}})

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(submit)
        asked = asks(eve)
        time.sleep(0.5)  # acknowledged by now: Slack will not send the picture again
        ends(eve, "kill")
        eve.delete("fault")
        assert {"error": "operation_timeout"} == first.result()
    submit()  # the window is still open, so the person tries again

    assert 1 == len(answers(eve, asked))
    assert 1 == len([text for text in answers(eve, shown) if ANSWER in text])


def test_a_click_on_run_is_kept_while_a_slow_azure_is_asked(eve: Person) -> None:
    eve.sends_command(f"/aml deploy {CLIP} endpoint:patient")
    plan = eve.waits(lambda m: "Run" in m.buttons() and "patient" in m.words)
    eve.post("fault", {"target": "azure", "kind": "slow", "ms": 9000, "match": "usages"})
    eve.clicks(plan, "Run")  # acknowledged before Azure has answered
    eve.delete("fault")

    ends(eve, "kill")

    assert ended(eve, "endpoint patient").text.startswith("Ready")


@pytest.mark.parametrize(
    ("name", "moment", "do"),
    [
        ("right-away", "", "kill"),
        ("starting", "Start the model", "restart"),
        ("nearly", "Send all traffic to it · running", "kill"),
    ],
)
def test_a_deployment_and_a_picture_go_on(eve: Person, name: str, moment: str, do: str) -> None:
    runs(eve, f"/aml deploy {CLIP} endpoint:{name}")
    if moment:
        eve.waits(lambda m: f"endpoint {name}" in m.words and moment in m.words)
    asked = asks(eve)

    ends(eve, do)

    assert ended(eve, f"endpoint {name}").text.startswith("Ready")
    assert 1 == len(answers(eve, asked))
    shown = [one for one in eve.reads() if f"Create the endpoint {name}" in one.words]
    assert 1 == len(shown)
    assert 2 == len(eve.reads(shown[0].ts))  # the message, and one line that tells its end


def test_a_classification_that_three_bots_died_of_is_not_tried_again(
    eve: Person, house: Sandbox
) -> None:
    eve.post("fault", {"target": "azure", "kind": "slow", "ms": 20_000, "match": "/score"})
    before = scorings(house)
    asked = asks(eve)
    for deaths in range(3):
        wanted = before + deaths + 1
        eventually(lambda wanted=wanted: scorings(house) >= wanted)  # type: ignore[misc]
        ends(eve, "kill")

    said = "The bot was stopped three times while it worked on this, so it is not tried again."
    advice = "Retry if it was stopped on purpose"
    final = eve.waits(lambda m: said in m.words and advice in m.words, thread=asked)

    assert [final.ts] == [one.ts for one in eve.reads(asked) if one.raw["user"] != eve.user]
    assert before + 3 == scorings(house)


def scorings(house: Sandbox) -> int:
    return sum(call["path"].endswith("/score") for call in house.calls.listed("azure"))


def test_an_import_goes_on(eve: Person) -> None:
    runs(eve, "/aml import google-bert/bert-base-uncased")
    eve.waits(lambda m: "Import" in m.text and "pipeline · running" in m.words)

    ends(eve, "kill")

    assert ended(eve, "Import google-bert").text.startswith("Done")
    assert 1 == sum("Download it from the Hub ·" in one.words for one in eve.reads())


def test_time_that_moves_on_ends_a_deployment_at_once(eve: Person) -> None:
    runs(eve, f"/aml deploy {CLIP} endpoint:later")
    eve.waits(lambda m: "Create the endpoint later · running" in m.words)

    eve.post("clock", {"advance": 7200})

    assert ended(eve, "endpoint later").text.startswith("Ready")
    assert 1 == sum("Create the endpoint later" in one.words for one in eve.reads())


def test_the_log_holds_no_secret_and_no_surprise(eve: Person, house: Sandbox, log: Path) -> None:
    assert answers(eve, asks(eve))  # whatever ran before, there is something in it

    lines = log.read_text()
    tokens = [house.slack.bot_token, house.slack.app_token, house.slack.signing_secret]
    assert [] == [token for token in (*tokens, house.azure.token, "Bearer ") if token in lines]
    assert "Traceback" not in lines
