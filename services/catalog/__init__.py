"""Finding models: by words in the index, by name anywhere, and what running one would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from services.azureml.client import AzureML
from services.catalog.cards import Cards
from services.catalog.costs import QUOTA_UNKNOWN, Costs, Usable
from services.catalog.hubs import WAIT, Neighbours
from services.catalog.lookup import MOST_COMPARED, Lookup, alike
from services.catalog.names import Names
from services.catalog.query_words import for_hub
from services.catalog.references import is_link
from services.catalog.search import Search
from services.catalog.values import (
    Age,
    Card,
    Comparison,
    Description,
    Found,
    Hit,
    HubCard,
    HubFound,
    HubHit,
    Loosened,
    Missing,
    TypedQuery,
)
from services.clock import Clock
from services.huggingface import Hub
from services.index import CatalogIndex, Change, ChangeKind, parse_query
from services.models import Model, VmSize

__all__ = [
    "MOST_COMPARED",
    "QUOTA_UNKNOWN",
    "Age",
    "Card",
    "Catalog",
    "Change",
    "ChangeKind",
    "Comparison",
    "Description",
    "Found",
    "Hit",
    "HubCard",
    "HubFound",
    "HubHit",
    "Loosened",
    "Missing",
    "TypedQuery",
    "Usable",
    "is_link",
]

NO_OPTIONS: Mapping[str, str] = MappingProxyType({})
SIBLINGS = 100  # of a task, to choose the most similar from


class Catalog:
    """Models of the bundled snapshot, of the workspace, and of the registries."""

    def __init__(
        self,
        index: CatalogIndex,
        azureml: AzureML,
        sizes: Mapping[str, VmSize],
        clock: Clock,
        hub: Hub | None = None,
    ) -> None:
        self._index = index
        self._azureml = azureml
        self._clock = clock
        costs = Costs(azureml, sizes, clock)
        self._names = Names(index, azureml, self._today)
        self._cards = Cards(index, azureml, costs, clock, self._today)
        self._lookup = Lookup(self._names, self._cards, hub)
        self._neighbours = Neighbours(index, hub, clock.while_people_wait(WAIT))
        self._search = Search(index, azureml, costs, self._today)

    def prepare(self) -> None:
        """Load Azure's client in the background, because it will be needed soon."""
        self._azureml.prepare()

    def parse(self, text: str, options: Mapping[str, str] = NO_OPTIONS) -> TypedQuery:
        """Parse a search; `search`, `hub` and `hub_known` answer it.

        Args:
            text: words, phrases and cpu, gpu, finetune, batch in any order; may be empty.
            options: the filters as typed, by key (see `services.index.parse_query`).

        Raises:
            InvalidInputError: a filter that can mean nothing, with examples.
        """
        return TypedQuery(text=text, options=options, meant=parse_query(text, options))

    def search(self, query: TypedQuery, *, page: int = 1) -> Found:
        """Return ten models, best first; asks nobody but Azure for its quota, if that counts.

        Args:
            query: a parsed search.
            page: from 1; beyond the last shows the last.

        Raises:
            InvalidInputError: a filter value that fits nothing; carries the nearest ones.
            UserError: `fits:quota`, and Azure cannot say what is left.
        """
        return self._search.search(query, page=page)

    def hub(self, query: TypedQuery) -> HubFound:
        """Return up to three models of the Hub, waited for a few seconds at most."""
        return self._neighbours.search(for_hub(query.meant))

    def hub_known(self, query: TypedQuery) -> HubFound | None:
        """Return the same where it needs no waiting, None where it does."""
        return self._neighbours.known(for_hub(query.meant))

    def open(self, text: str) -> Card | HubCard:
        """Return the card of the model that a name, an id or a link means.

        Raises:
            NotFoundError: neither Azure nor the Hub has it, or several models fit.
            ServiceError: a link to the Hub, and the Hub cannot be asked.
        """
        return self._lookup.open(text)

    def compare(self, names: Sequence[str]) -> Comparison:
        """Return up to four models side by side; see `Lookup.compare`.

        Raises:
            InvalidInputError: more than four names.
        """
        return self._lookup.compare(names)

    def model(self, text: str, *, verb: str = "card") -> Model:
        """The model somebody means; see `Names.model`.

        Raises:
            NotFoundError: none, or several fit a single word; suggests the nearest.
        """
        return self._names.model(text, verb=verb)

    def card(self, text: str) -> Card:
        """The model's card; `open` also knows what only the Hub has.

        Raises:
            NotFoundError: as `model`.
        """
        return self._cards.card(self.model(text))

    def known(self, text: str) -> Model | None:
        """The model of that whole name in the index; asks nobody."""
        return self._names.known(text)

    def names(self, text: str) -> tuple[str, ...]:
        """The names of models in a text; a whole name is never split."""
        return self._names.names(text)

    def description(self, text: str) -> Description:
        """A model's long text, known within two seconds or not at all."""
        find = partial(self._names.model, text)
        return self._cards.description(text, self._names.known(text), find)

    def siblings(self, text: str, limit: int = MOST_COMPARED - 1) -> tuple[Model, ...]:
        """Models of the same task whose names are most like that one's; asks nobody."""
        model = self._names.known(text)
        if model is None or not model.tasks:
            return ()
        same = parse_query("", {"task": model.tasks[0]})
        page = self._index.search(same, today=self._today(), limit=SIBLINGS)
        return alike(model, [match.model for match in page.matches], limit)

    def add(self, model: Model) -> None:
        """Make a model findable from now on (one that was just imported)."""
        self._index.add(model)

    def changes(self, limit: int) -> tuple[Change, ...]:
        """Return the changes that refreshes found, newest first."""
        return self._index.changes(limit)

    def values(self, key: str) -> tuple[str, ...]:
        """Every value that `task`, `license`, `publisher` or `registry` can be filtered by."""
        return self._index.values(key)

    def _today(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).date().isoformat()
