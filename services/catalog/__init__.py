"""Finding models: by words in the index, by name anywhere, and what running one would take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from services.azureml.client import AzureML
from services.catalog.cards import Cards
from services.catalog.costs import QUOTA_UNKNOWN, Costs, Usable
from services.catalog.hubs import Neighbours
from services.catalog.lookup import MOST_COMPARED, Lookup, alike
from services.catalog.names import Names
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
    "Usable",
    "is_link",
]

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
        self._clock = clock
        self.prepare = azureml.prepare
        self._costs = Costs(azureml, sizes, clock)
        self._names = Names(index, azureml, self._today)
        self._cards = Cards(index, azureml, self._costs, clock, self._today)
        opening = Lookup(self._names, self._cards, hub)
        self.open = opening.open
        self.compare = opening.compare
        neighbours = Neighbours(index, hub)
        searching = Search(index, azureml, self._costs, neighbours, self._today)
        self.search = searching.search
        self.hub = searching.hub
        self.hub_known = searching.hub_known

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
        """What refreshes found changed, newest first."""
        return self._index.changes(limit)

    def values(self, key: str) -> tuple[str, ...]:
        """Every value that `task`, `license`, `publisher` or `registry` can be filtered by."""
        return self._index.values(key)

    def _today(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).date().isoformat()
