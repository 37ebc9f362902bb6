"""Searching the index: ten models a page, each with what it would cost to run."""

from __future__ import annotations

from collections.abc import Callable

from services.azureml.client import AzureML
from services.catalog.costs import Costs
from services.catalog.values import Found, Hit
from services.index import SNAPSHOT_DATE, CatalogIndex, Filters
from services.models import Model

PAGE = 10


class Searching:
    """Answers searches from the index."""

    def __init__(
        self, index: CatalogIndex, azureml: AzureML, costs: Costs, today: Callable[[], str]
    ) -> None:
        self._index = index
        self._azureml = azureml
        self._costs = costs
        self._today = today

    def search(  # noqa: PLR0913 - one argument for each option of the command
        self,
        text: str,
        *,
        task: str = "",
        license: str = "",  # noqa: A002 - the option's name, as people type it
        publisher: str = "",
        registry: str = "",
        page: int = 1,
    ) -> Found:
        """Ten models at a time, best first; asks nobody, so it works without Azure.

        Args:
            text: words in any order, beginnings and typing errors included; may be empty.
            task: part of a task's name, and so on for the other filters.
            license: see task.
            publisher: see task.
            registry: see task.
            page: from 1; beyond the last shows the last.

        Raises:
            InvalidInputError: a filter value that fits nothing; carries the nearest ones.
        """
        filters = Filters(task=task, license=license, publisher=publisher, registry=registry)
        today = self._today()
        offset = (max(1, page) - 1) * PAGE
        found = self._index.search(text, filters, today=today, limit=PAGE, offset=offset)
        if found.matches:
            self._azureml.prepare()  # a card comes next, and the SDK takes a second to import
        pages = max(1, -(-found.total // PAGE))
        if not found.matches and found.total:
            offset = (pages - 1) * PAGE
            found = self._index.search(text, filters, today=today, limit=PAGE, offset=offset)
        return Found(
            hits=tuple(self._hit(match.model, match.why) for match in found.matches),
            total=found.total,
            page=offset // PAGE + 1 if found.total else 1,
            pages=pages,
            region=self._costs.region,
            facts_from=f"bundled snapshot of {SNAPSHOT_DATE}",
            note="No model has all the words; these have some." if found.partial else "",
        )

    def _hit(self, model: Model, why: str) -> Hit:
        size = self._costs.cheapest(model)
        price = size.price(self._costs.region) if size else None
        return Hit(model=model, why=why, size=size.name if size else None, usd_per_hour=price)
