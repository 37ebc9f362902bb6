from __future__ import annotations

import pytest

from handlers.commands.status import COMMAND
from services.errors import NotFoundError, Suggestion
from tests.unit.fakes import Desk, buttons, deployed, operation, said, valid


def test_status_shows_what_is_running_with_cancel() -> None:
    desk = Desk()
    desk.operations.all["dep-7f3k"] = operation()

    reply = COMMAND.run(desk.call())

    assert "dep-7f3k" in reply.text
    assert "Cancel" in buttons(valid(reply.blocks))


def test_status_shows_what_ended_lately() -> None:
    desk = Desk()
    desk.operations.all["dep-7f3k"] = deployed()

    assert "Recently" in said(COMMAND.run(desk.call()))


def test_status_of_an_operation_shows_its_steps() -> None:
    desk = Desk()
    desk.operations.all["dep-7f3k"] = operation()

    assert "Check the quota" in said(COMMAND.run(desk.call("dep-7f3k")))


def test_status_of_an_endpoint_shows_it() -> None:
    assert "openai-clip-vit-base-patch32 version 12" in said(COMMAND.run(Desk().call("clip-x7f2")))


def test_an_unknown_id_brings_the_nearest() -> None:
    with pytest.raises(NotFoundError) as caught:
        COMMAND.run(Desk().call("dep-7f3x"))

    assert (Suggestion(verb="status", argument="dep-7f3k"),) == caught.value.suggestions


def test_nothing_running_is_said() -> None:
    assert "Nothing is running right now." in said(COMMAND.run(Desk().call()))
