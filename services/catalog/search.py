"""Search the index: ten models a page, each with what it would cost to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from services import planning
from services.azureml.client import AzureML
from services.catalog.cards import over
from services.catalog.costs import Costs
from services.catalog.query_words import WORDS, for_hub, places, understood, without
from services.catalog.values import Age, Found, Hit, Loosened, TypedQuery
from services.errors import UserError
from services.index import WORKSPACE, CatalogIndex, Match, Page, SearchQuery
from services.models import Model, Provenance

PAGE = 10
PARTIAL = "No model has all the words; these have some."
NOT_MANAGED = "Azure does not offer it on managed endpoints"
NO_SIZE = "no size that Azure offers today can run it"
MOST_LOOSENED = 4


class Search:
    """Answers searches from the index.

    Args:
        index: searched.
        azureml: told to get ready, because a card comes next.
        costs: sizes, prices and quota.
        today: gives the ISO date.
    """

    def __init__(
        self,
        index: CatalogIndex,
        azureml: AzureML,
        costs: Costs,
        today: Callable[[], str],
    ) -> None:
        self._index = index
        self._azureml = azureml
        self._costs = costs
        self._today = today

    def search(self, typed: TypedQuery, *, page: int) -> Found:
        """Answer one page of a search; see `Catalog.search`.

        Raises:
            InvalidInputError: a filter value that fits nothing; carries the nearest ones.
            UserError: `fits:quota`, and Azure cannot say what is left.
        """
        query = typed.meant
        wanted, hub = places(query)
        if wanted is None:
            return self._only_hub(query)
        narrowed = self._narrowed(wanted)
        offset = (max(1, page) - 1) * PAGE
        found = self._page(narrowed, offset)
        pages = max(1, -(-found.total // PAGE))
        if not found.matches and found.total:
            offset = (pages - 1) * PAGE
            found = self._page(narrowed, offset)
        if found.matches:
            self._azureml.prepare()  # a card comes next, and the SDK takes a second to import
        return Found(
            hits=self._hits(found.matches, narrowed),
            total=found.total,
            page=offset // PAGE + 1 if found.total else 1,
            pages=pages,
            region=self._costs.region,
            ages=self._ages([match.model for match in found.matches]),
            note=PARTIAL if found.partial and found.matches else "",
            understood=understood(query),
            loosened=() if found.total else self._loosened(typed, wanted),
            hub=hub and bool(for_hub(query)),
        )

    def _only_hub(self, query: SearchQuery) -> Found:
        return Found(
            hits=(),
            total=0,
            page=1,
            pages=1,
            region=self._costs.region,
            understood=understood(query),
            hub=True,
            only_hub=True,
        )

    def _narrowed(self, query: SearchQuery) -> SearchQuery:
        return replace(query, filters=self._costs.narrowed(query.filters, query.runs))

    def _page(self, query: SearchQuery, offset: int, limit: int = PAGE) -> Page:
        return self._index.search(query, today=self._today(), limit=limit, offset=offset)

    def _hits(self, matches: Iterable[Match], query: SearchQuery) -> tuple[Hit, ...]:
        quota = self._costs.quota_known()
        today = self._today()
        found = []
        for match in matches:
            model = match.model
            usable = self._costs.usable(model)
            counting = query.filters.runs_on
            sizes = [size for size in usable if counting is None or size.name in counting]
            size = next(iter(sizes or usable), None)
            ended, gone = over(model, today)
            unread = size is None and not model.detailed and model.managed is not False
            found.append(
                Hit(
                    model=model,
                    why=match.why,
                    licence=planning.licence_class(model.license),
                    size=size,
                    usd_per_hour=size.price(self._costs.region) if size else None,
                    fits=self._costs.fits(size, quota) if size else None,
                    unread=unread,
                    refused=_refused(model, ended if gone else "", runs=unread or size is not None),
                    over=ended,
                )
            )
        return tuple(found)

    def _ages(self, models: Iterable[Model]) -> tuple[Age, ...]:
        """How old the facts are, for each place the models are from; the newest first."""
        refreshed = self._index.freshness()
        known: dict[tuple[float | None, Provenance | None], list[str]] = {}
        for model in models:
            place = model.registry or WORKSPACE
            read = refreshed.get(place.lower(), refreshed.get(place, model.read))
            age = (read, None if read is not None else model.provenance)
            if place not in known.setdefault(age, []):
                known[age].append(place)
        ages = [
            Age(places=tuple(names), read=age[0], stated=age[1]) for age, names in known.items()
        ]
        return tuple(sorted(ages, key=lambda age: -(age.read or 0)))

    def _loosened(self, typed: TypedQuery, query: SearchQuery) -> tuple[Loosened, ...]:
        """For a search that finds nothing: what it finds with one filter less, or no words."""
        found = []
        for loose in without(typed, query):
            try:
                total = self._page(self._narrowed(loose.query), 0, 1).total
            except UserError:  # a filter that stays is wrong or cannot be answered
                continue
            if total:
                found.append(Loosened(without=loose.part, total=total, text=loose.text))
        words_last = sorted(
            found, key=lambda loosened: (loosened.without == WORDS, -loosened.total)
        )
        return tuple(words_last[:MOST_LOOSENED])


def _refused(model: Model, gone: str, *, runs: bool) -> str:
    """Why the model cannot be deployed, "" where it can."""
    if gone:
        return gone
    if model.managed is False:
        return NOT_MANAGED
    return "" if runs else NO_SIZE
