"""Models of the Hugging Face Hub below the catalog's, each with Import."""

from __future__ import annotations

from handlers.blocks.elements import button, clip, context, divider, escape, section
from handlers.blocks.words import approximately
from handlers.command import Block
from services.catalog import HubFound, HubHit

TITLE = "*On the Hugging Face Hub*, not in your catalog"
PLAIN_TITLE = "On the Hugging Face Hub"
ALL_THERE = "What the Hugging Face Hub has for “{asked}” is in your catalog already."
NOTHING = "The Hugging Face Hub has nothing for “{asked}”."
NOT_ASKED = (
    "Give a word to look for on the Hugging Face Hub, for example `/aml search bert source:hf`."
)
UNTOLD = "Not checked, because the Hub does not say: {filters}."
PROBLEM = "{problem} The catalog's answer is complete; a model of the Hub can still be imported: "
PROBLEM_ALONE = "{problem} Try again in a moment."
IMPORT = "`/aml import <owner/name>`"
NO_TASK = "task not stated"
NO_LICENCE = "licence not stated"
GATED = ":lock: gated, needs its owner's consent"
DOWNLOADS = "{number} downloads a month"
LONGEST = 100


def beside(found: HubFound) -> list[Block]:
    """The section below the catalog's results; () where there is nothing to say."""
    if found.problem:
        text = PROBLEM.format(problem=_sentence(found.problem))
        return [context(escape(text + IMPORT))]
    if not found.hits:
        return []
    blocks = [divider(), section(TITLE), *map(_hit, found.hits)]
    if found.untold:
        blocks.append(context(escape(UNTOLD.format(filters=", ".join(found.untold)))))
    return blocks


def alone(found: HubFound, query: str) -> tuple[str, list[Block]]:
    """The Hub's answer as a message of its own."""
    if found.hits:
        names = ", ".join(hit.model.id for hit in found.hits)
        return f"{PLAIN_TITLE}: {names}", beside(found)[1:]
    if found.problem:
        text = PROBLEM_ALONE.format(problem=_sentence(found.problem))
    elif not found.asked:
        text = NOT_ASKED
    else:
        asked = clip(query or found.asked, LONGEST)
        text = (ALL_THERE if found.skipped else NOTHING).format(asked=asked)
    return text, [section(escape(text))]


def _hit(hit: HubHit) -> Block:
    model = hit.model
    licence = f"{model.license} ({hit.licence})" if model.license else NO_LICENCE
    facts = [clip(licence, LONGEST)]
    if model.downloads is not None:
        facts.append(DOWNLOADS.format(number=approximately(model.downloads)))
    lines = [
        f"*{escape(model.id)}* · {escape(clip(model.task or NO_TASK, LONGEST))}",
        escape(" · ".join(facts)),
    ]
    if model.gated:
        lines.append(GATED)
    action = button("Import", "aml.import_model.model", model.id, says=f"Import {model.id}")
    return section("\n".join(lines), accessory=action)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
