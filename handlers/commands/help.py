"""`help`: every command in a line, or one in full."""

from __future__ import annotations

from rapidfuzz import process

from handlers.blocks import help as help_blocks
from handlers.command import Call, Command, Reply
from services.errors import NotFoundError, quoted

NEAREST = 3
ALIKE = 70


def run(call: Call) -> Reply:
    wanted = call.text.split(maxsplit=1)[0].lower() if call.text else ""
    if not wanted:
        text, blocks = help_blocks.listing(call.commands)
        return Reply(text=text, blocks=blocks)
    shown = {command.name: command for command in call.commands if not command.hidden}
    if wanted not in shown:
        found = process.extract(wanted, list(shown), limit=NEAREST, score_cutoff=ALIKE)
        raise NotFoundError(
            f"There is no command {quoted(wanted)}.",
            advice="`/aml help` lists all.",
            suggestions=(*(f"help {name}" for name, *_ in found), "help"),
        )
    text, blocks = help_blocks.one(shown[wanted])
    return Reply(text=text, blocks=blocks)


COMMAND = Command(
    name="help",
    usage="help [command]",
    summary="Show what I can do.",
    example="help",
    rank=99,
    run=run,
)
