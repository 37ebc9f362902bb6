"""A model as a row of the index: what is filtered by, and the words it is found by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from services.index.phrases import OWNERS, PUBLISHERS
from services.index.records import to_text
from services.index.words import name_words, plain, words_of
from services.models import Model
from services.tasks import task_names

WORKSPACE = "workspace"
COMMUNITY = "huggingface"  # the registry whose weights stay on the Hub
ALWAYS, NEVER = "0000-00-00", "9999-99-99"
MOST_SUMMARY = 40  # words


class Row(NamedTuple):
    """The columns of the table `models`, from `name` on, in their order."""

    name: str
    lower_name: str
    version: str
    registry: str
    source: str
    tasks: str
    finetune_tasks: str
    license: str
    license_class: str
    publisher: str
    languages: str
    hub: str
    size_bytes: int | None
    finetune: int | None
    batch: int | None
    runs: str  # becomes the number of a row of the table runs
    ends: str


class Entry(NamedTuple):
    """All that is written for one model."""

    key: str
    row: Row
    words: tuple[str, str]  # of its name, and the rest
    document: str


class Describing:
    """Makes entries.

    Args:
        runs_on: names of the sizes a model can run on today.
        licence_of: a word for the kind of a licence (`permissive`).
    """

    def __init__(
        self,
        runs_on: Callable[[Model], Sequence[str]],
        licence_of: Callable[[str | None], str],
    ) -> None:
        self._runs_on = runs_on
        self._licence_of = licence_of

    def entry(self, model: Model, place: str) -> Entry:
        row = Row(
            name=model.name,
            lower_name=model.name.lower(),
            version=model.version,
            registry=(model.registry or "").lower(),
            source=_source(model),
            tasks=_joined(task_names(model.tasks)),
            finetune_tasks=_joined(task_names(model.finetune_tasks)),
            license=(model.license or "").lower(),
            license_class=self._licence_of(model.license),
            publisher=publisher_of(model),
            languages=_joined(plain(language) for language in model.languages),
            hub=(model.hub_id or "").lower(),
            size_bytes=model.size_bytes,
            finetune=1 if model.finetune_tasks else (0 if model.detailed else None),
            batch=None if model.batch is None else int(model.batch),
            runs=_joined(self._runs_on(model)),
            ends=ends(model),
        )
        named = name_words(model.name)
        return Entry(
            key=key_of(place, model.name),
            row=row,
            words=(" ".join(named), " ".join(_rest(model, frozenset(named)))),
            document=to_text(model),
        )


def key_of(place: str, name: str) -> str:
    return f"{place}/{name}".lower()


def place_of(model: Model) -> str:
    return (model.registry or WORKSPACE).lower()


def ends(model: Model) -> str:
    """The first day on which it is not current any more, as an ISO date."""
    if model.archived:
        return ALWAYS
    dates = (model.lifecycle.deprecated, model.lifecycle.retired)
    return min((date for date in dates if date), default=NEVER)


def publisher_of(model: Model) -> str:
    """The publisher in lower case, else the owner in the Hub id, else the one in the name."""
    if model.publisher:
        return model.publisher.strip().lower()
    owner, slash, _ = (model.hub_id or "").lower().partition("/")
    if not slash:
        first = model.name.lower().partition("-")[0]
        owner = first if first in OWNERS else ""
    return PUBLISHERS.get(owner, owner)


def _source(model: Model) -> str:
    if model.registry is None:
        return WORKSPACE
    return "hf" if model.registry.lower() == COMMUNITY else "azure"


def _rest(model: Model, named: frozenset[str]) -> Iterable[str]:
    """Words that stand only in the Hub id and the summary."""
    hub = name_words((model.hub_id or "").replace("/", " "))
    told = words_of(model.summary)[:MOST_SUMMARY]
    return (word for word in dict.fromkeys((*hub, *told)) if word not in named)


def _joined(values: Iterable[str]) -> str:
    return "|" + "|".join(value.replace("|", " ") for value in values) + "|"
