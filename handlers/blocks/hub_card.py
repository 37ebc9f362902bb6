"""A model that only the Hugging Face Hub has, with the way to import it."""

from __future__ import annotations

from handlers.blocks.elements import (
    actions,
    button,
    clip,
    code,
    context,
    escape,
    fields,
    header,
    link,
)
from handlers.blocks.facts import UNKNOWN, licence_in_words
from handlers.blocks.words import size
from handlers.command import Block
from services.catalog import HubCard

HUB_TITLE = "{name} on the Hugging Face Hub"
HUB_NOTE = "Azure ML has no model of that name: it can be imported."
GATED = {"": "no", "auto": "yes, granted at once", "manual": "yes, its owner decides"}
OUR_ACCESS = {True: "my token is accepted", False: "my token is not accepted"}


def screen(card: HubCard) -> tuple[str, list[Block]]:
    """Text and blocks of a model that only the Hub has, with the way to import it."""
    model = card.model
    gated = GATED.get(model.gated, model.gated)
    facts = {
        "Task": escape(model.task or UNKNOWN),
        "Licence": escape(licence_in_words(model.license, card.licence)),
        "Size on disk": size(model.size_bytes) if model.size_bytes else UNKNOWN,
        "Gated": escape(f"{gated}; {OUR_ACCESS[model.access]}" if model.gated else gated),
        "Code of its own": _custom_code(model.custom_code),
        "Revision": code(model.sha[:12]) if model.sha else UNKNOWN,
    }
    buttons = [
        button("Import", "aml.import_model.model", model.id, style="primary"),
        link("Open on the Hub", "aml.card.hub", card.page),
    ]
    title = HUB_TITLE.format(name=model.id)
    text = f"{title}: {model.task or 'task not stated'}; licence {model.license or 'not stated'}"
    renamed = f" It was called {escape(model.renamed_from)} before." if model.renamed_from else ""
    return text, [
        header(title),
        fields(f"*{name}*\n{shown}" for name, shown in facts.items()),
        actions(buttons),
        context(f"{HUB_NOTE}{renamed} Facts from the Hub, read just now"),
    ]


def _custom_code(files: tuple[str, ...]) -> str:
    if not files:
        return "none"
    shown = ", ".join(code(clip(name, 60)) for name in files[:3])
    return f"{shown} and {len(files) - 3} more" if len(files) > 3 else shown  # noqa: PLR2004 - as above
