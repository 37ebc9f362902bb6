"""`help`: every command in a line, or one in full."""

from __future__ import annotations

from rapidfuzz import process

from handlers.blocks import help as help_blocks
from handlers.command import Call, Command, Reply
from services.errors import ErrorText, NotFoundError, Suggestion, quoted

UNKNOWN = ErrorText(
    code="CommandNotFound",
    what="There is no command {command}.",
    advice="`/aml help` lists all.",
)
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
        near = [Suggestion(verb="help", argument=name) for name, *_ in found]
        suggestions = (*near, Suggestion(verb="help"))
        raise NotFoundError(UNKNOWN, command=quoted(wanted), suggestions=suggestions)
    text, blocks = help_blocks.details(shown[wanted])
    return Reply(text=text, blocks=blocks)


COMMAND = Command(
    name="help",
    usage="help [command]",
    summary="Show what I can do.",
    example="help",
    rank=99,
    quick=True,
    run=run,
)
