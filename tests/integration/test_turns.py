"""While Azure or the Hub hangs: whoever does not need it is answered, whoever does is told."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from handlers.home import ASKING
from handlers.reception import LEFT, NEXT, SLOW
from tests.conftest import HASTY_BOT, make_sandbox
from tests.conversation import Person
from tests.processes import eventually

HANGS = {"ms": 600_000}  # nobody waits for the answer
HELP = "What I can do"


@pytest.fixture(scope="module")
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose bot says early that something takes long."""
    with make_sandbox(tmp_path_factory.mktemp("hanging"), bot=HASTY_BOT) as made:
        yield made


@pytest.fixture
def azure_hangs(hanging: Sandbox) -> Iterator[Sandbox]:
    """What waited for Azure or the Hub before the test is gone, and what asks now waits."""
    hanging.reset()
    for target in ("azure", "hub"):
        hanging.faults.add(Fault(target=target, kind="slow", options=HANGS))
    yield hanging
    hanging.faults.clear()


@pytest.fixture
def eve(azure_hangs: Sandbox) -> Person:
    return Person(
        azure_hangs.control_url, azure_hangs.slack.operator, azure_hangs.slack.main_channel
    )


@pytest.fixture
def ben(eve: Person, azure_hangs: Sandbox) -> Person:
    users = eve.get("state")["users"]
    return Person(azure_hangs.control_url, users[1]["id"], eve.channel)


def gets_help(person: Person) -> bool:
    """Whether it comes, whatever else is said to that person meanwhile."""
    before = told(person, HELP)
    person.sends_command("help")
    eventually(lambda: told(person, HELP) > before)
    return True


def told(person: Person, words: str) -> int:
    return sum(words in message.words for message in person.reads())


def test_who_waits_for_azure_is_told_and_help_is_answered(eve: Person, ben: Person) -> None:
    for _ in range(3):
        eve.sends_command("list")
        ben.sends_command("list")

    eve.waits_for(NEXT.format(count="Two"))
    assert 2 == told(eve, SLOW)
    assert gets_help(eve)
    assert gets_help(ben)


@pytest.mark.parametrize("text", ["status", "  STATUS "])
def test_what_the_bot_itself_knows_waits_for_no_other_answer(eve: Person, text: str) -> None:
    for _ in range(4):
        eve.sends_command("list")

    eve.sends_command(text)

    assert eve.waits_for("Nothing is running right now.")


def test_forms_and_clicks_that_wait_for_azure_keep_nobody_from_being_acknowledged(
    eve: Person,
) -> None:
    eve.sends_command("deploy")
    for _ in range(12):
        view = eve.waits_for_view()
        block = dict(_first_text(view))
        eve.submits(view, block)
        eve.sends_command("deploy")

    assert gets_help(eve)


def _first_text(view: dict[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    """The model that the form of `deploy` asks for."""
    for block in view["blocks"]:  # type: ignore[attr-defined] # JSON
        element = block.get("element") or {}
        if element.get("type") == "plain_text_input":
            yield block["block_id"], {element["action_id"]: "openai-clip-vit-base-patch32"}
            return


def test_app_home_shows_what_is_known_without_azure(azure_hangs: Sandbox, eve: Person) -> None:
    eve.post("home", {"user": eve.user})

    eventually(lambda: ASKING in json.dumps(azure_hangs.slack.workspace.views.home(eve.user)))


def test_forty_imports_of_one_person_keep_nobody_else(eve: Person, ben: Person) -> None:
    for number in range(40):
        ben.sends_command(f"import example-lab/model-{number}")

    assert gets_help(eve)
    assert 28 == told(ben, "One at a time, please")


def test_a_mention_that_waits_is_told_in_its_thread(eve: Person) -> None:
    ts = eve.says("@aml-bot list")

    eve.waits_for(SLOW, thread=ts)


def test_whoever_waits_when_the_bot_is_restarted_is_told(eve: Person) -> None:
    for _ in range(3):
        eve.sends_command("list")
    eve.waits_for(NEXT.format(count="Two"))

    eve.post("bot", {"do": "restart"})

    # How many more of those at work are told in the seconds that are left, the machine decides.
    eve.waits_for(LEFT)
