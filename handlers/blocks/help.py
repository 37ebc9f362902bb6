"""Show what the bot can do: the list of commands, one command in full, and the menu."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.blocks.elements import (
    LONGEST_LABEL,
    actions,
    button,
    clip,
    code,
    context,
    escape,
    header,
    section,
)
from handlers.blocks.error import SAY, suggestions
from handlers.command import ROOT, Block, Command, Effect, Option

TITLE = "What I can do"
INTRO = (
    f"Type {ROOT} and a command. The same words work after a mention, and in a direct message "
    "to me."
)
SPENDS = "Nothing happens before an operator clicks Run."
OPTIONS = "*Options*"
EXAMPLE = "Example: {example}"
PICTURES = (
    "Pictures: mention me in a message with a picture and the labels, like "
    "`@aml-bot cat, coffee, dog`, or use the shortcut *Classify image* on any message."
)
MENU = "What would you like to do?"
MENU_HINT = "Or type, for example, `/aml search clip`. Everything: `/aml help`."
UNKNOWN = "I do not know “{verb}”."
NEAREST, NEAREST_ONE = "Did you mean one of these?", "Did you mean this?"


def listing(commands: Sequence[Command]) -> tuple[str, list[Block]]:
    shown = [command for command in commands if not command.hidden]
    lines = [
        section(f"*{command.name}* · {escape(command.summary)}\n{code(f'{ROOT} {command.usage}')}")
        for command in shown
    ]
    names = ", ".join(command.name for command in shown)
    return f"{TITLE}: {names}", [
        header(TITLE),
        section(INTRO),
        *lines,
        context(PICTURES),
    ]


def details(command: Command) -> tuple[str, list[Block]]:
    """A command with its options and an example that can be clicked."""
    usage = f"{ROOT} {command.usage}"
    lines = [f"*{code(usage)}*", escape(command.summary)]
    if command.effect is not Effect.READ:
        lines.append(SPENDS)
    blocks = [section("\n".join(lines))]
    if command.options:
        blocks.append(section("\n".join([OPTIONS, *map(_option, command.options)])))
    if command.details:
        blocks.append(section("\n".join(command.details)))
    if command.example:
        text = EXAMPLE.format(example=code(f"{ROOT} {command.example}"))
        run = button("Try it", f"{SAY}.0", command.example, says=f"Run {command.example}")
        blocks.append(section(text, accessory=run))
    return f"{usage}: {command.summary}", blocks


def _option(option: Option) -> str:
    shown = f"{code(option.name + ':')} {escape(option.summary)}"
    examples = ", ".join(code(f"{option.name}:{value}") for value in option.values[:3])
    return f"{shown}, for example {examples}" if examples else shown


def menu() -> tuple[str, list[Block]]:
    first = [
        button("Search", "aml.search.form", style="primary", says="Search the model catalog"),
        button("Deploy", "aml.deploy.form", says="Deploy a model"),
        button("Import", "aml.import_model.form", says="Import a model from Hugging Face"),
        button("Classify", "aml.classify.form", says="Classify pictures"),
    ]
    second = [
        button("What is running?", f"{SAY}.0", "status"),
        button("Endpoints and prices", f"{SAY}.1", "list"),
        button("Help", f"{SAY}.2", "help"),
    ]
    return f"{MENU} search, deploy, import, classify, status, list or help", [
        section(f"*{MENU}*"),
        actions(first),
        actions(second),
        context(MENU_HINT),
    ]


def unknown(verb: str, commands: Sequence[str]) -> tuple[str, list[Block]]:
    """For a word that is no command: the nearest ones as buttons."""
    text = UNKNOWN.format(verb=clip(verb, LONGEST_LABEL))
    listed = ", ".join(clip(command, LONGEST_LABEL) for command in commands)
    asked = NEAREST if len(commands) > 1 else NEAREST_ONE
    return f"{text} {asked} {listed}", [
        section(f":thinking_face: {escape(text)} {asked}"),
        suggestions(commands),
    ]
