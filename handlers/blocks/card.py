"""A model on one screen: what it does, what it may be used for, what running it would take."""

from __future__ import annotations

import re
from urllib.parse import quote

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
    section,
)
from handlers.blocks.search import NO_LICENCE, reference
from handlers.blocks.words import count, monthly, price, size
from handlers.command import Block
from services.catalog import Card
from services.models import Model

OVER = ":warning: This model is {over}."
NOT_DEPLOYABLE = "No size that Azure offers for endpoints today can run it."
CLASSIFIES = "An endpoint that can classify pictures is ready: {endpoint}."
FACTS = "Facts from the {source}"
DESCRIPTION = 1_200
STUDIO = "https://ml.azure.com/registries/{registry}/models/{name}/version/{version}"
CLASSES = ("permissive", "copyleft", "restricted", "custom")  # a word for it, never advice
_HEADING = re.compile(r"^#+\s*(.+?)\s*#*$", re.MULTILINE)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)")


def screen(card: Card, *, classifier: str | None = None) -> tuple[str, list[Block]]:
    """Text and blocks of a card.

    Args:
        card: the model with size, price and quota.
        classifier: a ready endpoint of a zero-shot image classification model, if there is one.
    """
    model = card.model
    blocks: list[Block] = [header(model.name)]
    if card.over:
        blocks.append(section(OVER.format(over=escape(card.over))))
    blocks.append(fields(_facts(card)))
    if model.description:
        blocks.append(section(_described(model.description)))
    blocks.append(actions(_buttons(card, classifier)))
    if classifier:
        blocks.append(context(CLASSIFIES.format(endpoint=code(classifier))))
    source = FACTS.format(source=card.facts_from or model.facts_from)
    notes = [source, *([card.note] if card.note else [])]
    blocks.append(context(*(escape(note) for note in notes)))
    return text_of(card), blocks


def text_of(card: Card) -> str:
    model = card.model
    tasks = ", ".join(model.tasks) or "task not stated"
    runs = f"runs on {card.size.name}, {price(card.usd_per_hour)}" if card.size else NOT_DEPLOYABLE
    licence = model.license or NO_LICENCE
    return f"{model.name} version {model.version}: {tasks}; licence {licence}; {runs}"


def _facts(card: Card) -> list[str]:
    model = card.model
    facts = [
        f"*Task*\n{escape(', '.join(model.tasks) or 'not stated')}",
        f"*Licence*\n{escape(_licence(card))}",
        f"*Version*\n{escape(model.version)}{' (preview)' if model.preview else ''}",
        f"*From*\n{escape(_origin(model))}",
        f"*Cheapest size*\n{_cheapest(card)}",
        f"*Quota*\n{_quota(card)}",
    ]
    if model.size_bytes:
        facts.append(f"*Weights*\n{size(model.size_bytes)}")
    if model.languages:
        shown = model.languages[:8]
        more = f" and {len(model.languages) - 8} more" if len(model.languages) > 8 else ""  # noqa: PLR2004 - as above
        facts.append(f"*Languages*\n{escape(', '.join(shown))}{more}")
    if model.finetune_tasks:
        facts.append(f"*Can be fine-tuned for*\n{escape(', '.join(model.finetune_tasks))}")
    if model.hub_id:
        facts.append(f"*Hugging Face Hub*\n{escape(model.hub_id)}")
    return facts


def _licence(card: Card) -> str:
    name = card.model.license or "not stated"
    return f"{name} ({card.licence})" if card.licence in CLASSES else name


def _origin(model: Model) -> str:
    place = f"registry {model.registry}" if model.registry else "this workspace"
    return f"{place}, by {model.publisher}" if model.publisher else place


def _cheapest(card: Card) -> str:
    if card.size is None:
        return NOT_DEPLOYABLE
    vm = card.size
    gpus = f", {count(vm.gpus, 'GPU')}" if vm.gpus else ""
    power = f"{vm.vcpus} vCPU, {vm.memory_gib:g} GiB{gpus}"
    month = "" if card.usd_per_hour is None else f"\n{monthly(card.usd_per_hour)}"
    return f"{code(vm.name)}\n{power}\n{price(card.usd_per_hour)}{month}"


def _quota(card: Card) -> str:
    if card.size is None or card.cores_needed is None:
        return "nothing to compare"
    needs = f"needs {count(card.cores_needed, 'core')}"
    if card.cores_left is None:
        return f"{needs}; what is left is not known"
    fits = "enough" if card.cores_left >= card.cores_needed else "not enough"
    return f"{needs}, {card.cores_left:,} left in {escape(card.region)}: {fits}"


def _described(markdown: str) -> str:
    """The publisher's text, Markdown made into Slack's own markup."""
    text = escape(markdown.strip())
    text = _LINK.sub(lambda match: match[1] or match[2], text)
    text = _BOLD.sub(r"*\1*", _HEADING.sub(r"*\1*", text))
    return clip(re.sub(r"\n{3,}", "\n\n", text), DESCRIPTION)


def _buttons(card: Card, classifier: str | None) -> list[Block]:
    named = reference(card.model)
    buttons = []
    if card.size is not None and not card.over.startswith(("archived", "retired")):
        says = f"Deploy {card.model.name}"
        buttons.append(button("Deploy", "aml.deploy.model", named, style="primary", says=says))
        buttons.append(button("Choose size and name", "aml.deploy.form", named))
    if classifier:
        buttons.append(button("Classify", "aml.classify.form", classifier))
    if card.model.registry:
        buttons.append(link("Open in studio", "aml.card.studio", _studio(card.model)))
    buttons.append(button("Share", "aml.card.share", named, says="Share with the channel"))
    return buttons


def _studio(model: Model) -> str:
    """The model's page in Azure Machine Learning studio, for registries."""
    return STUDIO.format(
        registry=quote(model.registry or "", safe=""),
        name=quote(model.name, safe=""),
        version=quote(model.version, safe=""),
    )
