from __future__ import annotations

from handlers.commands.menu import COMMAND
from tests.unit.fakes import Desk, buttons, valid


def test_the_menu_offers_the_first_things_to_do() -> None:
    reply = COMMAND.run(Desk().call())

    assert {"Search", "Deploy", "Import", "Classify", "Help"} <= set(buttons(valid(reply.blocks)))


def test_the_menu_is_not_a_command_to_list() -> None:
    assert COMMAND.hidden
