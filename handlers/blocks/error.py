"""Show what went wrong, why, and what to do next, with buttons for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from handlers.blocks.elements import (
    Marked,
    actions,
    button,
    clip,
    code,
    context,
    escape,
    linked,
    marked,
    section,
)
from handlers.command import Block
from handlers.parsing import typed
from services.errors import (
    Field,
    InvalidInputError,
    NotFoundError,
    ServiceError,
    TemporaryError,
    UserError,
)

T = TypeVar("T", bound=str)

TEMPORARY = "{what}. It is probably a passing fault: please try again in {wait}."
A_MINUTE, SECONDS = "a minute", "{seconds:.0f} seconds"
UNEXPECTED = "Something went wrong inside the bot. It is not your fault."
REPORT = "Try again; if it happens again, tell whoever runs the bot the reference {reference}."
REFERENCE = "Reference {reference}"
MOST_SUGGESTIONS = 5
SAY = "aml.say.run"  # a button that says its value as if it had been typed
LABELS = {"deploy": "Deploy", "card": "Open card", "search": "Search", "status": "Status"}


def refused(error: UserError, reference: str) -> tuple[str, list[Block]]:
    """Text and blocks for something that cannot be done as it stands."""
    what, *more = (sentence(part) for part in parts(error))
    lines = [f":warning: *{what}*", *filter(None, more)]
    blocks = [section("\n".join(lines))]
    if error.evidence:
        blocks.append(evidence(error.evidence))
    commands = [typed(suggestion) for suggestion in error.suggestions]
    if commands:
        blocks.append(suggestions(commands))
    if not isinstance(error, (InvalidInputError, NotFoundError)):  # their cause is plain to see
        blocks.append(context(REFERENCE.format(reference=reference)))
    tries = f"Try: {', '.join(commands[:MOST_SUGGESTIONS])}." if commands else ""
    return Marked(" ").join(part for part in (what, *more, tries) if part), blocks


def temporary(error: TemporaryError, reference: str) -> tuple[str, list[Block]]:
    asked = SECONDS.format(seconds=error.retry_after) if error.retry_after > 1 else A_MINUTE
    text = TEMPORARY.format(what=error.what.strip().rstrip("."), wait=asked)
    return text, [
        section(f":hourglass_flowing_sand: {escape(text)}"),
        context(REFERENCE.format(reference=reference)),
    ]


def unexpected(reference: str) -> tuple[str, list[Block]]:
    text = f"{UNEXPECTED} {REPORT.format(reference=code(reference))}"
    return text.replace("`", ""), [section(f":x: {text}")]


def evidence(lines: Sequence[str]) -> Block:
    """Raw lines of a log, as they came."""
    shown = "\n".join(clip(line, 300) for line in lines[:8]).replace("```", "'''")
    return section(f"```{escape(clip(shown, 2_500))}```")


def suggestions(commands: Sequence[str]) -> Block:
    """A button for each command, most likely first."""
    shown = list(dict.fromkeys(commands))[:MOST_SUGGESTIONS]
    verbs = [text.split(maxsplit=1)[0] for text in shown]
    buttons = []
    for number, text in enumerate(shown):
        label = LABELS.get(verbs[number], "") if verbs.count(verbs[number]) == 1 else ""
        if verbs[number] == "search":
            label = ""  # the words matter more than the verb
        if text.startswith("card ") and not label:
            label = text.removeprefix("card ")
        buttons.append(
            button(label or text, f"{SAY}.{number}", text, says=f"Run the command {text}")
        )
    return actions(buttons)


def sentence(text: T) -> T:
    """With a full stop at its end, whoever wrote it."""
    bare = text.strip()
    ended = bare if not bare or bare[-1] in ".!?…`" else f"{bare}."
    return type(text)(ended)


def parts(error: ServiceError) -> tuple[Marked, Marked, Marked]:
    """What happened, why, and what to do, in mrkdwn: the fields are escaped, mentions are ours."""
    texts = (error.text.what, error.text.why, error.text.advice)
    fields = {name: _shown(value) for name, value in error.fields.items()}
    what, why, advice = (marked(text).format(**fields) for text in texts)
    return what, why, advice


def _shown(value: Field) -> Field:
    """An address can be clicked, and reads as it is."""
    addressed = isinstance(value, str) and value.startswith(("https://", "http://"))
    return linked(str(value)) if addressed else value
