"""Define what is asked of the index and what it answers: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.models import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Values as typed: a model needs one of `include` (where there are any), none of `exclude`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.include or self.exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Sizes on disk in bytes, both ends included; `most` None has no end."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Hold what a model must fulfil. A fact that is not known fulfils nothing.

    `size` is met inside any of its spans, () asks nothing. A model passes `runs_on` when one of the
    sizes it runs on is in it, and `never_on` when none is; None asks nothing.
    """

    task: Choice = Choice()
    license: Choice = Choice()
    publisher: Choice = Choice()
    registry: Choice = Choice()
    source: Choice = Choice()
    language: Choice = Choice()
    size: tuple[Span, ...] = ()
    finetune: bool | None = None
    batch: bool | None = None
    runs_on: frozenset[str] | None = None
    never_on: frozenset[str] | None = None

    def choices(self) -> dict[str, Choice]:
        """The filters by value that were given, by the name people type."""
        named = {
            "task": self.task,
            "license": self.license,
            "publisher": self.publisher,
            "registry": self.registry,
            "source": self.source,
            "language": self.language,
        }
        return {name: choice for name, choice in named.items() if choice}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Hold what a model is to run on; the caller turns it into `Filters.runs_on` and `never_on`.

    `cpu` True: a size without a GPU is among those it runs on; False: none is (it needs a GPU).
    `gpu` likewise. `fits`: the workspace's quota covers one instance. `under`: at most so many US
    dollars an hour for one instance.
    """

    cpu: bool | None = None
    gpu: bool | None = None
    fits: bool = False
    under: float | None = None

    def __bool__(self) -> bool:
        return self.fits or (self.cpu, self.gpu, self.under) != (None, None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or phrase of a query, and everything that it may stand for.

    `words` are looked for in names (all of them). `tasks` are catalog tasks it means, `also` other
    words that such names begin with, `topic` whole words of names of models made for it,
    `language` a code. `guessed`: the tasks follow from a word
    that is spelled wrongly, so they count only where the words themselves are nowhere.
    `optional`: it moves models up, and none is left out for it.
    """

    text: str
    words: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    language: str = ""
    guessed: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """A query as it was understood.

    `text` is what was typed without filters, `never` what no hit may stand for. `prefer` is
    "small", "large" or empty. `nonsense`: there was a text, but no word in it, and no filter
    beside it.
    """

    text: str = ""
    terms: tuple[Term, ...] = ()
    never: tuple[Term, ...] = ()
    filters: Filters = field(default_factory=Filters)
    runs: Running = field(default_factory=Running)
    prefer: str = ""
    nonsense: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A model and, in words, why it is here."""

    model: Model
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some matches out of a total. `partial` when no model had all the words."""

    matches: tuple[Match, ...]
    total: int
    partial: bool = False
