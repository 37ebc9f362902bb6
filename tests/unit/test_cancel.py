from __future__ import annotations

from dataclasses import replace

from handlers.commands.cancel import COMMAND
from services.models import Asked
from tests.unit.fakes import Desk, buttons, operation, said, valid

OTHERS = Asked(user="U2", channel="C1")


def test_cancel_passes_on_who_asks() -> None:
    desk = Desk()
    desk.operations.all["dep-7f3k"] = operation()

    COMMAND.run(desk.call("dep-7f3k", operator=False))

    assert [("dep-7f3k", "U1")] == desk.operations.cancelled


def test_the_button_cancels() -> None:
    desk = Desk()
    desk.operations.all["dep-7f3k"] = operation()

    reply = COMMAND.actions["stop"].run(desk.call(value="dep-7f3k"))

    assert "deletes what it made" in reply.text


def test_without_an_id_it_lists_ones_own() -> None:
    desk = Desk()
    desk.operations.all["dep-7f3k"] = operation()

    assert "Cancel" in buttons(valid(COMMAND.run(desk.call(operator=False)).blocks))


def test_the_work_of_others_is_not_offered() -> None:
    desk = Desk()
    desk.operations.all["dep-7f3k"] = replace(operation(), asked=OTHERS)

    assert "Nothing of yours is running." in said(COMMAND.run(desk.call(operator=False)))


def test_operators_are_offered_everything() -> None:
    desk = Desk()
    desk.operations.all["dep-7f3k"] = replace(operation(), asked=OTHERS)

    assert "dep-7f3k" in COMMAND.run(desk.call(operator=True)).text
