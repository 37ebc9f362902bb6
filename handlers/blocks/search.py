"""The result list of a search, with a button to the card of each."""

from __future__ import annotations

import json
import re

from handlers.blocks.elements import actions, button, clip, context, escape, section
from handlers.blocks.words import count, price, size
from handlers.command import Block
from services.catalog import Found, Hit
from services.models import Model

NOTHING = "No model matches “{query}”."
NOTHING_ADVICE = (
    "Try fewer or other words, or a task such as `task:fill-mask`. "
    "Models that are only on the Hugging Face Hub can be imported: `/aml import <owner/name>`."
)
TITLE = "*{total}* for “{query}”"
TITLE_ALL = "*{total}* in the catalog"
PAGE = "Page {page} of {pages}"
MATCHED = "Matches {why}"
BY_NAME = re.compile(r"name: [^·(]*")  # a match that everybody can see
NO_LICENCE = "licence not stated"
LONGEST_QUERY = 100  # characters of it that are said again


def results(
    found: Found, query: str, state: dict[str, object], *, shared: bool = False
) -> tuple[str, list[Block]]:
    """Text and blocks of one page.

    Args:
        found: the page.
        query: the search in words, for the title.
        state: what a click on Next needs to ask again.
        shared: True for everybody in a channel: no paging, no Share.
    """
    if not found.hits:
        return nothing(query)
    models = count(found.total, "model")
    title = (TITLE if query else TITLE_ALL).format(total=models, query=clip(query, LONGEST_QUERY))
    blocks = [section(escape(title))]
    if found.note:
        blocks.append(context(escape(found.note)))
    for hit in found.hits:
        blocks += _hit(hit)
    if not shared:
        blocks.append(_footer(found, state))
    page = f"{PAGE.format(page=found.page, pages=found.pages)} · " if found.pages > 1 else ""
    blocks.append(context(f"{page}Facts from the {escape(found.facts_from)}"))
    names = ", ".join(hit.model.name for hit in found.hits)
    return f"{title.replace('*', '')}: {names}", blocks


def nothing(query: str) -> tuple[str, list[Block]]:
    text = NOTHING.format(query=clip(query, LONGEST_QUERY))
    buttons = [
        button("Search", "aml.search.form", says="Search for something else"),
        button("Import from the Hub", "aml.import_model.form"),
    ]
    shown = f"{escape(text)}\n{NOTHING_ADVICE.replace('<', '&lt;').replace('>', '&gt;')}"
    return text, [section(shown), actions(buttons)]


def facts(model: Model) -> list[str]:
    """Task, licence, publisher and size in a few words each."""
    shown = [", ".join(model.tasks) or "task not stated", model.license or NO_LICENCE]
    if model.publisher:
        shown.append(f"by {model.publisher}")
    if model.size_bytes:
        shown.append(size(model.size_bytes))
    if model.preview:
        shown.append("preview")
    if model.lifecycle.deprecated:
        shown.append(f"deprecated {model.lifecycle.deprecated}")
    return shown


def _hit(hit: Hit) -> list[Block]:
    model = hit.model
    lines = [f"*{escape(model.name)}* · version {escape(model.version)}"]
    lines.append(escape(" · ".join(facts(model))))
    if hit.size:
        lines.append(f"{price(hit.usd_per_hour)} on {escape(hit.size)}")
    if hit.why and not BY_NAME.fullmatch(hit.why):
        lines.append(f"_{escape(MATCHED.format(why=hit.why))}_")
    buttons = [
        button("Open card", "aml.card.open", reference(model), says=f"Open card of {model.name}"),
        button("Deploy", "aml.deploy.model", reference(model), says=f"Deploy {model.name}"),
    ]
    return [section("\n".join(lines)), actions(buttons)]


def _footer(found: Found, state: dict[str, object]) -> Block:
    buttons = []
    if found.page > 1:
        buttons.append(_page("Previous", "previous", state, found.page - 1))
    if found.page < found.pages:
        buttons.append(_page("Next", "next", state, found.page + 1))
    value = json.dumps({**state, "page": found.page})
    buttons.append(button("Share", "aml.search.share", value, says="Share with the channel"))
    return actions(buttons)


def _page(label: str, action: str, state: dict[str, object], page: int) -> Block:
    value = json.dumps({**state, "page": page})
    return button(label, f"aml.search.{action}", value, says=f"{label} page of results")


def reference(model: Model) -> str:
    """What a button carries to mean this model."""
    return f"{model.registry}/{model.name}" if model.registry else model.name
