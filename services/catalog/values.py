"""Define the answers of finding models: hits, pages of them, cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.index import SearchQuery
from services.models import HubModel, Model, Provenance, VmSize


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedQuery:
    """A search as somebody typed it, words and filters by key, and what it was taken to mean."""

    text: str
    options: Mapping[str, str]
    meant: SearchQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A search result: why it is one, and the cheapest size it runs on with its price.

    `size` None: none is known, and `unread` tells that its details were not read yet. `fits` says
    whether one instance fits the quota, None where that is not known. `refused` is why it cannot be
    deployed, "" where it can; `over` that it is archived, retired or deprecated.
    """

    model: Model
    why: str
    licence: str
    size: VmSize | None
    usd_per_hour: float | None
    fits: bool | None = None
    unread: bool = False
    refused: str = ""
    over: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How old the facts of some places are: when they were read (seconds), and by whom stated."""

    places: tuple[str, ...]
    read: float | None = None
    stated: Provenance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosened:
    """A search with one filter less: which one, how many models that finds, and how to type it."""

    without: str
    total: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of results. `pages` is at least 1; `note` says what people should know of them.

    `understood` tells filter by filter how the search was taken. `loosened` is for a search that
    finds nothing: what it would find with one filter less, or without its words. `hub` tells that
    the Hub can be asked the same, `only_hub` that nobody else was to be asked.
    """

    hits: tuple[Hit, ...]
    total: int
    page: int
    pages: int
    region: str
    ages: tuple[Age, ...] = ()
    note: str = ""
    understood: tuple[str, ...] = ()
    loosened: tuple[Loosened, ...] = ()
    hub: bool = False
    only_hub: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HubHit:
    """A repository of the Hub that the catalog lacks, and the class of its licence."""

    model: HubModel
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFound:
    """Hold what the Hub has besides the catalog.

    `asked` is what it was asked, in words; `untold` are filters of the search that it says nothing
    about; `problem` is a sentence where it could not be asked. `skipped` counts what was left out
    because the catalog has it.
    """

    asked: str
    hits: tuple[HubHit, ...] = ()
    skipped: int = 0
    untold: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A model with what running it would take.

    `size` is the cheapest usable one (None: there is none, or it is not known which) and
    `usd_per_hour` its price in `region` (None: the table has none). `assumed` tells that nobody
    states what the model needs, so that a general minimum decided. `recommended` is the cheapest
    of those that the publisher recommends, where these are not all that it allows, with its price.
    `usable` counts the sizes it can be deployed on today. Cores are quota for one instance;
    `cores_left` None means it could not be read, and `note` says why. `unread` says why the details
    of a model that only a list named could not be read, "" where they are known. `over` tells in
    words that the model is archived, retired or deprecated; `gone` that it cannot be deployed any
    more. `described`: there is a long text, or Azure can be asked for it. `sample` is a request
    body, or empty.
    """

    model: Model
    licence: str
    size: VmSize | None
    region: str
    usd_per_hour: float | None
    cores_needed: int | None
    cores_left: int | None
    sample: str
    over: str
    gone: bool = False
    assumed: bool = False
    recommended: VmSize | None = None
    recommended_usd: float | None = None
    usable: int = 0
    unread: str = ""
    described: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubCard:
    """A model that only the Hugging Face Hub has: its licence's class and its page's address."""

    model: HubModel
    licence: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A name that is nobody's: as typed, the sentence about it, and the nearest names."""

    name: str
    what: str
    nearest: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Cards in the order of their names, each model once, and the names that are no model's."""

    cards: tuple[Card, ...]
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A model's long text, Markdown; where it is empty `why` says why, "" when there is none."""

    name: str
    text: str
    why: str = ""
