"""Show what went wrong, why, and what to do next, with buttons for it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.blocks.elements import (
    actions,
    button,
    clip,
    code,
    context,
    escape,
    escape_but_mentions,
    section,
)
from handlers.command import Block
from handlers.parsing import typed
from services.errors import InvalidInputError, NotFoundError, TemporaryError, UserError

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
    what = sentence(error.what)
    lines = [f":warning: *{markup(what)}*"]
    lines += [markup(sentence(part)) for part in (error.why, error.advice) if part]
    blocks = [section("\n".join(lines))]
    if error.evidence:
        blocks.append(evidence(error.evidence))
    commands = [typed(suggestion) for suggestion in error.suggestions]
    if commands:
        blocks.append(suggestions(commands))
    if not isinstance(error, (InvalidInputError, NotFoundError)):  # their cause is plain to see
        blocks.append(context(REFERENCE.format(reference=reference)))
    tries = f"Try: {', '.join(commands[:MOST_SUGGESTIONS])}." if commands else ""
    parts = (what, sentence(error.why), sentence(error.advice), tries)
    return " ".join(part for part in parts if part), blocks


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


def sentence(text: str) -> str:
    """With a full stop at its end, whoever wrote it."""
    text = text.strip()
    return text if not text or text[-1] in ".!?…`" else f"{text}."


def markup(text: str) -> str:
    """Text of a service in mrkdwn: code in backticks and mentions of people survive."""
    return escape_but_mentions(text)
