"""Finding models: by words in the index, by name anywhere, and what running one would take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from services.azureml.client import AzureML
from services.catalog.cards import card_of
from services.catalog.costs import Costs
from services.catalog.naming import Naming
from services.catalog.searching import Searching
from services.catalog.values import Card, Found, Hit
from services.clock import Clock
from services.index import CatalogIndex
from services.models import Model, VmSize

__all__ = ["Card", "Catalog", "Found", "Hit"]


class Catalog:
    """Models of the bundled snapshot, of the workspace, and of the registries."""

    def __init__(
        self, index: CatalogIndex, azureml: AzureML, sizes: Mapping[str, VmSize], clock: Clock
    ) -> None:
        self._index = index
        self._clock = clock
        self._costs = Costs(azureml, sizes, clock)
        self._naming = Naming(index, azureml, self._today)
        self._searching = Searching(index, azureml, self._costs, self._today)
        self.search = self._searching.search

    def model(self, text: str, *, verb: str = "card") -> Model:
        """The model somebody means; see `Naming.model`.

        Raises:
            NotFoundError: none, or several fit a single word; suggests the nearest.
        """
        return self._naming.model(text, verb=verb)

    def card(self, text: str) -> Card:
        """The model with the cheapest size it runs on, its price and its quota.

        Raises:
            NotFoundError: as `model`.
        """
        return card_of(self.model(text), self._costs, self._today())

    def add(self, model: Model) -> None:
        """Make a model findable from now on (one that was just imported)."""
        self._index.add(model)

    def values(self, key: str) -> tuple[str, ...]:
        """Every value that `task`, `license`, `publisher` or `registry` can be filtered by."""
        return self._index.values(key)

    def _today(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).date().isoformat()
