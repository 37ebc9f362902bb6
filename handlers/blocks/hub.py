"""Models of the Hugging Face Hub: below the catalog's, alone, or one on a card; with Import."""

from __future__ import annotations

from handlers.blocks.elements import (
    actions,
    button,
    clip,
    code,
    context,
    divider,
    escape,
    fields,
    header,
    link,
    section,
)
from handlers.blocks.facts import UNKNOWN, licence_in_words
from handlers.blocks.words import approximately, size
from handlers.command import Block
from services import planning
from services.catalog import HubCard, HubFound, HubHit
from services.models import HubModel

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
CARD_TITLE = "{name} on the Hugging Face Hub"
CARD_TEXT = "{title}: {task}; licence {licence}"
CARD_NOTE = "Azure ML has no model of that name: it can be imported."
CANNOT_LOAD = "Azure ML has no model of that name, and cannot import this one: {why}."
CARD_SOURCE = "Facts from the Hub, read just now"
RENAMED = "It was called {name} before."
NOT_STATED = "not stated"
GATES = {"": "no", "auto": "yes, granted at once", "manual": "yes, its owner decides"}
GATE_AND_ACCESS = {
    True: "{gate}; my token is accepted",
    False: "{gate}; my token is not accepted",
}
NO_CODE, MORE_CODE = "none", "{files} and {count} more"
MOST_CODE = 3
LONGEST_FILE = 60


def beside(found: HubFound) -> list[Block]:
    """Return the section below the catalog's results; [] where there is nothing to say."""
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
    """Return the Hub's answer as a message of its own."""
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


def screen(card: HubCard) -> tuple[str, list[Block]]:
    """Return text and blocks of a model that only the Hub has, with the way to import it."""
    model = card.model
    facts = {
        "Task": escape(model.task or UNKNOWN),
        "Licence": escape(licence_in_words(model.license, card.licence)),
        "Size on disk": size(model.size_bytes) if model.size_bytes else UNKNOWN,
        "Gated": escape(_gate(model)),
        "Code of its own": _custom_code(model.custom_code),
        "Revision": code(model.sha[:12]) if model.sha else UNKNOWN,
    }
    buttons = [
        button("Import", "aml.import_model.model", model.id, style="primary"),
        link("Open on the Hub", "aml.card.hub", card.page),
    ]
    title = CARD_TITLE.format(name=model.id)
    text = CARD_TEXT.format(
        title=title, task=model.task or NO_TASK, licence=model.license or NOT_STATED
    )
    renamed = RENAMED.format(name=escape(model.renamed_from)) if model.renamed_from else ""
    return text, [
        header(title),
        fields(f"*{name}*\n{shown}" for name, shown in facts.items()),
        actions(buttons),
        context(" ".join(filter(None, (_note(model), renamed, CARD_SOURCE)))),
    ]


def _note(model: HubModel) -> str:
    loads = planning.loading(model)
    return escape(CANNOT_LOAD.format(why=loads.text)) if loads.passed is False else CARD_NOTE


def _gate(model: HubModel) -> str:
    gate = GATES.get(model.gated, model.gated)
    return GATE_AND_ACCESS[model.access].format(gate=gate) if model.gated else gate


def _custom_code(files: tuple[str, ...]) -> str:
    if not files:
        return NO_CODE
    shown = ", ".join(code(clip(name, LONGEST_FILE)) for name in files[:MOST_CODE])
    more = len(files) - MOST_CODE
    return MORE_CODE.format(files=shown, count=more) if more > 0 else shown


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
