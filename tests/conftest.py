"""Fixtures for tests that speak like a user: a sandbox, its people, and a closed network."""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.manifest import manifest
from bot.sandbox import Sandbox
from tests.conversation import Person
from tests.guard import REFUSED, watch
from tests.processes import CommandLine

ROOT = Path(__file__).parents[1]
DATA = ROOT / "services" / "data"
SPEED = 600.0  # a simulated minute takes a tenth of a second
TRIGGER_SECONDS = 60.0  # Slack allows three; a machine that is busy must not decide a test
ACK_SECONDS = 20.0  # Slack allows three
PATIENT = ("env", "AML_BOT_PATIENCE=15")  # what a busy machine delays is waited for
QUIET = "AML_BOT_CATALOG_REFRESH=off"  # it would ask Azure in the midst of a test
RUN = (sys.executable, str(ROOT / "tests" / "guard.py"), "run")
REFRESHING_BOT = (*PATIENT, *RUN)
GUARDED_BOT = (*PATIENT, QUIET, *RUN)
HASTY_BOT = ("env", "AML_BOT_PATIENCE=0.1", QUIET, *RUN)  # waits for nothing that is slow
LONGEST = (
    "test_restart",
    "test_faults",
    "test_lifetimes",
    "test_story",
    "test_refresh",
    "test_importing",
    "test_command_line",
    "test_control_contract",
    "test_ping",
    "test_pictures",
    "test_page",
    "test_bad_input",
    "test_doctor",
    "test_http_mode",
)

_refused: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "take whole files in another order, the same for the same number"
    parser.addoption("--shuffle", metavar="SEED", help=text)


def pytest_configure() -> None:
    # Some forty processes of the bot are started: without it each compiles the whole tree anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    watch(_refused.append)


def pytest_report_header(config: pytest.Config) -> str | None:
    seed = config.getoption("--shuffle")
    return None if seed is None else f"order of files: --shuffle={seed}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the longest files first, so that no worker is left alone with one; or shuffle them."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
    seed = config.getoption("--shuffle")
    if seed is not None:
        files = sorted({item.path for item in items})
        random.Random(seed).shuffle(files)  # noqa: S311 - the order of tests is no secret
        order = {path: place for place, path in enumerate(files)}
        items.sort(key=lambda item: order[item.path])
    gc.freeze()  # thousands of tests: each full collection would visit them all


@pytest.fixture(autouse=True)
def stays_on_this_machine() -> Iterator[None]:
    """Fails a test that tried to contact another machine, even if the try was swallowed."""
    before = len(_refused)
    yield
    assert [] == _refused[before:]


def make_sandbox(
    data: Path | None,
    *,
    speed: float = SPEED,
    with_bot: bool = True,
    bot: tuple[str, ...] = GUARDED_BOT,
) -> Sandbox:
    made = Sandbox(
        catalog=DATA / "catalog.jsonl",
        sizes=DATA / "sizes.jsonl",
        hub=DATA / "hub.jsonl",
        manifest=manifest(),
        bot=bot if with_bot else None,
        speed=speed,
        data=data,
    )
    made.slack.state.trigger_seconds = TRIGGER_SECONDS
    made.slack.state.ack_seconds = ACK_SECONDS
    return made


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox with its bot for the whole run."""
    folder = tmp_path_factory.mktemp("sandbox")
    with make_sandbox(folder) as sandbox:
        yield sandbox
    contacted = folder / REFUSED
    assert not contacted.exists(), contacted.read_text()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The shared sandbox; faults are taken back after the test, endpoints and messages stay."""
    yield running_sandbox
    running_sandbox.faults.clear()


@pytest.fixture(scope="module")
def fresh_sandbox(running_sandbox: Sandbox) -> Sandbox:
    """The shared sandbox, in its first state when the module begins."""
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox without a bot, for bots that a module starts itself."""
    with make_sandbox(tmp_path_factory.mktemp("stand-ins"), with_bot=False) as sandbox:
        yield sandbox


@pytest.fixture
def ada(sandbox: Sandbox) -> Person:
    """The first person: an operator, in the channel that the bot is a member of."""
    return Person(sandbox.control_url, sandbox.slack.operator, sandbox.slack.main_channel)


@pytest.fixture
def ben(sandbox: Sandbox, ada: Person) -> Person:
    """The second person: no operator."""
    users = ada.get("state")["users"]
    return Person(sandbox.control_url, users[1]["id"], ada.channel)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose bot gives up early what is slow."""
    with make_sandbox(tmp_path_factory.mktemp("hasty"), bot=HASTY_BOT) as made:
        yield made


@pytest.fixture
def eve(hasty: Sandbox) -> Iterator[Person]:
    """The first person of the hasty sandbox: an operator."""
    yield Person(hasty.control_url, hasty.slack.operator, hasty.slack.main_channel)
    hasty.faults.clear()


@pytest.fixture
def command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """Command lines of people, without a process each."""
    return CommandLine(tmp_path, monkeypatch, capsys)
