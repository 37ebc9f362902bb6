"""Models side by side: one column each."""

from __future__ import annotations

from collections.abc import Callable

from handlers.blocks import forms
from handlers.blocks.card import BATCH, COMMUNITY_REGISTRY, text_of
from handlers.blocks.elements import actions, button, clip, code, context, escape, header, section
from handlers.blocks.facts import UNKNOWN, hourly, licence, lifecycle, power, priced, provenance
from handlers.blocks.search import reference
from handlers.blocks.words import count, money, size
from handlers.command import Block, View
from services.catalog import MOST_COMPARED, Card, Comparison
from services.models import Model
from services.planning import NO_LIMIT

HEADER = "Side by side: {count}"
NEAREST, NO_NEAREST = "Nearest: {names}.", "Nothing has a name like it."
COUNTED = "Quota for one instance, with the fifth that Azure keeps back"
FORM_TITLE, FORM_SUBMIT = "Compare models", "Compare"
WITH, WITH_HINT = "Compare with", "Up to three names, between commas or on lines of their own"
FIRST_COLUMN = "Model"
INSTEAD = "Compare with the nearest"
OPENED = 30  # characters of a name on a button
MOST_NEAREST = 3


def _task(card: Card) -> str:
    return ", ".join(card.model.tasks) or UNKNOWN


def _weights(card: Card) -> str:
    return size(card.model.size_bytes) if card.model.size_bytes else UNKNOWN


def _cheapest(card: Card) -> str:
    if card.size is None:
        return UNKNOWN if card.unread else "none that Azure offers today"
    return f"{card.size.name}, {power(card.size)}"


def _price(card: Card) -> str:
    if card.size is None or card.usd_per_hour is None:
        return hourly(card)
    return f"{money(card.usd_per_hour)} an hour"


def _quota(card: Card) -> str:
    if card.cores_needed is None:
        return UNKNOWN if card.unread else "nothing to compare"
    needed = count(card.cores_needed, "core")
    if card.cores_left is None:
        return f"{needed}, left: {UNKNOWN}"
    enough = "enough" if card.cores_left >= card.cores_needed else "not enough"
    if card.cores_left == NO_LIMIT:
        return f"{needed}, no limit: {enough}"
    return f"{needed} of {card.cores_left:,} left: {enough}"


def _finetune(card: Card) -> str:
    return ", ".join(card.model.finetune_tasks) or "none stated"


def _batch(card: Card) -> str:
    if (card.model.registry or "").lower() == COMMUNITY_REGISTRY:
        return "no"
    return BATCH[card.model.batch].split(": ")[1].split(",")[0]


def _life(card: Card) -> str:
    dates = lifecycle(card.model.lifecycle, preview=card.model.preview)
    return f"{dates} (over)" if card.gone else dates


ROWS: dict[str, Callable[[Card], str]] = {
    "Task": _task,
    "Licence": licence,
    "Size on disk": _weights,
    "Cheapest size": _cheapest,
    "Price (estimate)": _price,
    "Quota for one": _quota,
    "Fine-tune": _finetune,
    "Batch": _batch,
    "Lifecycle": _life,
    "Version": lambda card: f"{card.model.version}, {card.model.registry or 'workspace'}",
}


def screen(comparison: Comparison, *, now: float = 0.0) -> tuple[str, list[Block]]:
    """Text and blocks of a comparison; at least one name must be a model's."""
    cards = comparison.cards
    names = ", ".join(card.model.name for card in cards)
    blocks: list[Block] = [header(HEADER.format(count=count(len(cards), "model")))]
    blocks += [*_missing(comparison), table(cards), actions(_buttons(cards))]
    estimates = priced(cards[0].region)
    facts = filter(None, dict.fromkeys(provenance(card.model, now) for card in cards))
    notes = dict.fromkeys(card.note for card in cards if card.note)
    blocks.append(context(*(escape(text) for text in [estimates, COUNTED, *facts, *notes])))
    lines = [f"• {text_of(card)}" for card in cards]
    gone = [missing.what for missing in comparison.missing]
    return "\n".join([f"Comparison of {names}", *lines, *gone]), blocks


def table(cards: tuple[Card, ...]) -> Block:
    """One column for each model, one row for each fact."""
    head = [FIRST_COLUMN, *(card.model.name for card in cards)]
    rows = [[name, *(told(card) for card in cards)] for name, told in ROWS.items()]
    return {
        "type": "table",
        "column_settings": [{"is_wrapped": True} for _ in head],
        "rows": [
            [{"type": "raw_text", "text": clip(text, 400)} for text in row] for row in [head, *rows]
        ],
    }


def form(value: str, siblings: tuple[Model, ...]) -> View:
    """Asks which others to compare with; the nearest of the same task are there already."""
    field = forms.text_input(
        "others",
        WITH,
        value="\n".join(model.name for model in siblings),
        hint=WITH_HINT,
        multiline=True,
    )
    return forms.modal(
        "card",
        FORM_TITLE,
        FORM_SUBMIT,
        [section(f"*{escape(value.rpartition('/')[2])}*"), field],
        value,
    )


def _missing(comparison: Comparison) -> list[Block]:
    """A sentence about each name that is nobody's, and one click that takes the nearest instead."""
    if not comparison.missing:
        return []
    blocks = []
    for missing in comparison.missing:
        names = ", ".join(code(name) for name in missing.nearest[:MOST_NEAREST])
        nearest = NEAREST.format(names=names) if names else NO_NEAREST
        blocks.append(section(f":warning: {escape(missing.what)} {nearest}"))
    near = dict.fromkeys(unknown.nearest[0] for unknown in comparison.missing if unknown.nearest)
    known = [reference(card.model) for card in comparison.cards]
    together = [*known, *near][:MOST_COMPARED]
    if len(together) > len(known):
        says = f"Compare with {', '.join(near)}"
        text = f"card {' '.join(together)}"
        blocks.append(actions([button(INSTEAD, "aml.say.run", text, says=says)]))
    return blocks


def _buttons(cards: tuple[Card, ...]) -> list[Block]:
    buttons = []
    for number, card in enumerate(cards):
        label, value = clip(card.model.name, OPENED), reference(card.model)
        says = f"Open card of {card.model.name}"
        buttons.append(button(f"Open {label}", f"aml.card.open.{number}", value, says=says))
    value = "\n".join(reference(card.model) for card in cards)
    says = "Share the comparison with the channel"
    buttons.append(button("Share", "aml.card.together", value, says=says))
    return buttons
