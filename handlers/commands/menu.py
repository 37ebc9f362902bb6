"""Answer a bare `/aml`: show the first things to do, as buttons."""

from __future__ import annotations

from handlers.blocks import help as help_blocks
from handlers.command import Call, Command, Reply


def run(call: Call) -> Reply:  # noqa: ARG001 - every command is called alike
    text, blocks = help_blocks.menu()
    return Reply(text=text, blocks=blocks)


COMMAND = Command(
    name="menu",
    usage="menu",
    summary="Show the first things to do.",
    run=run,
    hidden=True,
    quick=True,
)
