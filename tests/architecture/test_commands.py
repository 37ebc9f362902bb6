"""Every command is documented, tested and reachable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handlers.command import Command, Effect
from handlers.commands.help import COMMAND as HELP
from handlers.registry import discover
from tests.unit.fakes import COMMANDS, Desk, said

ROOT = Path(__file__).parents[2]
REGISTRY = discover()
LISTED = [command for command in REGISTRY.commands if not command.hidden]
CONTRACT = {"search", "card", "import", "deploy", "status", "list", "cancel", "classify", "help"}
ACTION = re.compile(r'"(aml\.(\w+)\.(\w+))')
EDGE_ACTIONS = {"plan": {"run", "cancel", "ask"}, "say": {"run"}}
# They open a page; a click on them needs no answer.
LINKS = {"aml.card.studio", "aml.card.hub", "aml.import_model.page"}


def test_the_verbs_are_those_of_the_contract() -> None:
    assert CONTRACT == {command.name for command in LISTED}


@pytest.mark.parametrize("command", LISTED, ids=lambda command: command.name)
def test_readme_lists_the_command(command: Command) -> None:
    assert f"`/aml {command.usage}`" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_lists_no_other_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `/aml (\w+)", readme, re.MULTILINE)

    assert {command.name for command in LISTED} == set(rows)


@pytest.mark.parametrize("command", LISTED, ids=lambda command: command.name)
def test_help_lists_the_command(command: Command) -> None:
    usage = f"/aml {command.usage}".replace("<", "&lt;").replace(">", "&gt;")

    assert usage in said(HELP.run(Desk().call()))


@pytest.mark.parametrize("module", sorted(REGISTRY.by_module))
def test_someone_tests_the_command(module: str) -> None:
    assert (ROOT / "tests" / "unit" / f"test_{module}.py").is_file()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_spends_can_be_carried_out(command: Command) -> None:
    assert (command.effect is Effect.READ) is (command.view is None or command.view.plan is None)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_form_can_be_submitted(command: Command) -> None:
    assert (command.form is None) is (command.submit is None)


def test_every_button_has_somebody_who_handles_it() -> None:
    unhandled = []
    for path in (ROOT / "handlers").rglob("*.py"):
        for action, module, name in ACTION.findall(path.read_text(encoding="utf-8")):
            command = REGISTRY.by_module.get(module)
            known = set(command.actions) if command else EDGE_ACTIONS.get(module, set())
            if name not in known and action not in LINKS:
                unhandled.append(action)

    assert [] == unhandled


def test_the_shortcuts_are_those_of_the_manifest() -> None:
    manifest = (ROOT / "manifest.yml").read_text(encoding="utf-8")

    assert set(re.findall(r"callback_id: (\w+)", manifest)) == set(REGISTRY.shortcuts)
