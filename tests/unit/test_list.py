from __future__ import annotations

import importlib

from handlers.command import Command
from tests.unit.fakes import Desk, operation, said, valid

COMMAND: Command = importlib.import_module("handlers.commands.list").COMMAND


def test_list_shows_model_size_state_age_and_price() -> None:
    reply = COMMAND.run(Desk().call())

    shown = said(reply)
    assert valid(reply.blocks)
    for part in ("clip-x7f2", "Standard_DS3_v2", "ready", "2 h old", "an hour", "so far"):
        assert part in shown


def test_list_shows_what_is_under_way() -> None:
    desk = Desk()
    desk.operations.all["dep-7f3k"] = operation()

    assert "Running: dep-7f3k" in COMMAND.run(desk.call()).text


def test_an_empty_workspace_says_what_to_do() -> None:
    desk = Desk()
    desk.deployments.known = ()

    assert "/aml deploy" in said(COMMAND.run(desk.call()))
