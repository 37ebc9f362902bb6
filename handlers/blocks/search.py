"""The result list of a search, with a card and a deployment one click away from each hit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from handlers.blocks import hub as hub_blocks
from handlers.blocks.elements import LONGEST_LABEL, actions, button, clip, context, escape, section
from handlers.blocks.error import SAY
from handlers.blocks.facts import UNKNOWN as NOT_STATED, source_in_words
from handlers.blocks.words import capitalised, count, duration, price, size
from handlers.command import Block
from services.catalog import Age, Found, Hit, HubFound, Loosened
from services.models import Model

NOTHING = "No model matches “{query}”."
NOTHING_AT_ALL = "No model matches."
NOTHING_ADVICE = (
    "Try fewer or other words, or a task such as `task:fill-mask`. "
    "Models that are only on the Hugging Face Hub can be imported: `/aml import <owner/name>`."
)
TITLE = "*{total}* for “{query}”"
TITLE_ALL = "*{total}* in the catalog"
UNDERSTOOD = "Understood: {parts}"
PAGE = "Page {page} of {pages}"
FACTS = "Facts: {ages}"
READ, JUST_NOW = "read {ago} ago", "read just now"
PRICES = "prices are estimates for {region}"
WHY = "matches {why}"
TASK, NO_TASK = "task: {task}", "task not stated"
NO_LICENCE = "licence not stated"
LICENCE = "{text} ({kind})"
NO_BYTES = "size unknown"
USUAL = "azureml"  # the registry that is not named
ELSEWHERE, OURS = "from {registry}", "in this workspace"
ON = "{size} · {price} · {quota}"
NO_PRICE = "no price known"
ENOUGH, SHORT, UNKNOWN = (
    ":white_check_mark: enough quota",
    ":x: not enough quota",
    "quota not known",
)
UNREAD = "What it runs on was not read yet; its card reads it."
REFUSED = ":no_entry_sign: Cannot be deployed: {why}"
OVER = ":warning: {why}"
NARROWED = "{total} would match, but {missing}."
EACH = "Leave one filter out:"
MOST_TASKS = 2
LONGEST_WHY = 200
LONGEST_QUERY = 100  # characters of a query that are said again
WITHOUT = "Without “{part}” ({total})"
JUST = 5  # seconds that are no age
VERBS = re.compile(r"(runs|needs|fits|can|does) ")


def results(  # noqa: PLR0913 - what a page is made of
    found: Found,
    query: str,
    state: Mapping[str, object],
    *,
    hub: HubFound | None = None,
    now: float = 0.0,
    shared: bool = False,
) -> tuple[str, list[Block]]:
    """Text and blocks of one page.

    Args:
        found: the page.
        query: the search in words, for the title.
        state: what a click on Next needs to ask again.
        hub: what the Hub has besides, if that is known.
        now: seconds since the epoch, for ages.
        shared: True for everybody in a channel: no paging, no Share.
    """
    if found.only_hub:
        return hub_blocks.alone(hub or HubFound(asked=query), query)
    more = hub_blocks.beside(hub) if hub else []
    if not found.hits:
        text, blocks = nothing(found, query)
        return text, [*blocks, *more]
    models = count(found.total, "model")
    shown = clip(query, LONGEST_QUERY)
    title = (TITLE if query else TITLE_ALL).format(total=models, query=shown)
    blocks = [section(escape(title))]
    if notes := _notes(found):
        blocks.append(context(*notes))
    for hit in found.hits:
        blocks += _hit(hit)
    if not shared:
        blocks.append(_footer(found, state))
    blocks += [*more, context(_small_print(found, now))]
    names = ", ".join(hit.model.name for hit in found.hits)
    return f"{title.replace('*', '')}: {names}", blocks


def nothing(found: Found, query: str) -> tuple[str, list[Block]]:
    """That nothing matches, which filter is to blame, and ways on."""
    text = NOTHING.format(query=clip(query, LONGEST_QUERY)) if query else NOTHING_AT_ALL
    lines = [escape(text)]
    if found.loosened:
        first = found.loosened[0]
        more = NARROWED.format(total=count(first.total, "model"), missing=_missing(first.without))
        text = f"{text} {more}"
        lines += [escape(more), EACH] if len(found.loosened) > 1 else [escape(more)]
    else:
        lines.append(NOTHING_ADVICE.replace("<", "&lt;").replace(">", "&gt;"))
    blocks = [section("\n".join(lines))]
    if notes := _notes(found):
        blocks.append(context(*notes))
    if found.loosened:
        blocks.append(actions([_without(n, loosened) for n, loosened in enumerate(found.loosened)]))
    buttons = [
        button("Search", "aml.search.form", says="Search for something else"),
        button("Import from the Hub", "aml.import_model.form"),
    ]
    return text, [*blocks, actions(buttons)]


def _missing(part: str) -> str:
    """Which filter leaves nothing, after "but": none runs on CPU, all of them have license: mit."""
    if VERBS.match(part):
        return f"none {part}"
    if part.startswith("under "):
        return f"none is {part}"
    if part.startswith("not from "):
        return f"all of them are {part.removeprefix('not ')}"
    if part.startswith("not "):
        return f"all of them have {part.removeprefix('not ')}"
    return f"not with {part}"


def _without(number: int, loosened: Loosened) -> Block:
    label = WITHOUT.format(part=loosened.without, total=loosened.total)
    return button(
        label, f"{SAY}.{number}", f"search {loosened.text}", says=f"Search {label.lower()}"
    )


def _notes(found: Found) -> list[str]:
    parts = " · ".join(found.understood)
    notes = [UNDERSTOOD.format(parts=parts)] if parts else []
    return [escape(note) for note in (*notes, found.note) if note]


def _hit(hit: Hit) -> list[Block]:
    model = hit.model
    lines = [f"*{escape(model.name)}* · {escape(_tasks(model))}", _running(hit)]
    if hit.over and not hit.refused:
        lines.append(OVER.format(why=escape(capitalised(hit.over))))
    small = facts(model, hit.licence)
    if hit.why:
        small.append(WHY.format(why=clip(hit.why, LONGEST_WHY)))
    buttons = [
        button("Open card", "aml.card.open", reference(model), says=f"Open card of {model.name}"),
    ]
    if not hit.refused:
        value, says = reference(model), f"Deploy {model.name}"
        buttons.append(button("Deploy", "aml.deploy.model", value, says=says))
    return [section("\n".join(lines)), context(escape(" · ".join(small))), actions(buttons)]


def _running(hit: Hit) -> str:
    if hit.refused:
        return REFUSED.format(why=escape(hit.refused))
    if hit.size is None:
        return UNREAD
    cost = NO_PRICE if hit.usd_per_hour is None else price(hit.usd_per_hour)
    quota = UNKNOWN if hit.fits is None else ENOUGH if hit.fits else SHORT
    return ON.format(size=escape(hit.size.name), price=cost, quota=quota)


def _tasks(model: Model) -> str:
    if not model.tasks:
        return NO_TASK
    shown = ", ".join(model.tasks[:MOST_TASKS])
    more = len(model.tasks) - MOST_TASKS
    return f"{shown} and {more} more" if more > 0 else shown


def facts(model: Model, kind: str) -> list[str]:
    """Licence with its class, size on disk, publisher and version in a few words each."""
    licence = LICENCE.format(text=model.license, kind=kind) if model.license else NO_LICENCE
    shown = [licence, size(model.size_bytes) if model.size_bytes else NO_BYTES]
    if model.publisher:
        shown.append(f"by {model.publisher}")
    shown.append(f"version {model.version}")
    if model.registry != USUAL:
        shown.append(ELSEWHERE.format(registry=model.registry) if model.registry else OURS)
    if model.preview:
        shown.append("preview")
    return [clip(fact, LONGEST_LABEL) for fact in shown]


def _footer(found: Found, state: Mapping[str, object]) -> Block:
    buttons = []
    if found.page > 1:
        buttons.append(_page("Previous", "previous", state, found.page - 1))
    if found.page < found.pages:
        buttons.append(_page("Next", "next", state, found.page + 1))
    value = packed({**state, "page": found.page})
    buttons.append(button("Share", "aml.search.share", value, says="Share with the channel"))
    return actions(buttons)


def _page(label: str, action: str, state: Mapping[str, object], page: int) -> Block:
    value = packed({**state, "page": page})
    return button(label, f"aml.search.{action}", value, says=f"{label} page of results")


def _small_print(found: Found, now: float) -> str:
    parts = [PAGE.format(page=found.page, pages=found.pages)] if found.pages > 1 else []
    places: dict[str, list[str]] = {}
    for age in found.ages:
        places.setdefault(_age(age, now), []).extend(age.places)
    ages = (f"{', '.join(names)}, {age}" for age, names in places.items())
    parts.append(FACTS.format(ages="; ".join(ages)))
    parts.append(PRICES.format(region=found.region))
    return escape(" · ".join(parts))


def _age(age: Age, now: float) -> str:
    if age.read is None:
        return source_in_words(age.stated.source) if age.stated else NOT_STATED
    passed = now - age.read
    return JUST_NOW if passed < JUST else READ.format(ago=_coarse(passed))


def _coarse(seconds: float) -> str:
    """`40 s`, `3 min`, `5 h`, `2 d`: an age needs no second unit."""
    return " ".join(duration(seconds).split()[:2])


def packed(state: Mapping[str, object]) -> str:
    """The search as a button carries it."""
    return json.dumps(state, ensure_ascii=False, separators=(",", ":"))


def reference(model: Model) -> str:
    """Return what a button carries to mean this model."""
    return f"{model.registry}/{model.name}" if model.registry else model.name
