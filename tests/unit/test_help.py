from __future__ import annotations

import pytest

from handlers.commands.help import COMMAND
from services.errors import NotFoundError, Suggestion
from tests.unit.fakes import COMMANDS, Desk, buttons, said, valid


def test_help_lists_every_command_that_is_not_hidden() -> None:
    shown = said(COMMAND.run(Desk().call()))

    for command in COMMANDS:
        usage = f"/aml {command.usage}".replace("<", "&lt;").replace(">", "&gt;")
        assert (usage in shown) is not command.hidden


def test_help_for_one_command_shows_options_and_an_example() -> None:
    reply = COMMAND.run(Desk().call("deploy"))

    assert "endpoint:" in said(reply)
    assert "Try it" in buttons(valid(reply.blocks))


def test_help_for_an_unknown_command_brings_the_nearest() -> None:
    with pytest.raises(NotFoundError) as caught:
        COMMAND.run(Desk().call("deplyo"))

    assert Suggestion(verb="help", argument="deploy") == caught.value.suggestions[0]
