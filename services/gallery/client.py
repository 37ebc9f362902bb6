"""Reading the whole catalog page by page, from a service that promises nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.clock import Clock
from services.errors import ErrorText, ServiceRefusedError, TemporaryError
from services.gallery.rows import model_of, rows_of
from services.gallery.wire import BadRequestError, Wire
from services.models import Model, Provenance, Provider, Source
from services.versions import is_newer

log = logging.getLogger(__name__)

PUBLIC = "https://api.catalog.azureml.ms"
PROVENANCE = Provenance(source=Source(provider=Provider.SEARCH))
PATH = "/asset-gallery/v1.0/models"
PAGE = 200
SMALL_PAGE = 50  # what every known client of the service may ask for
SECONDS = 300.0  # for all pages of all scans
MOST_PAGES = 2_000
SCANS = 3  # of a set that changes while it is read
TRIES = 4  # of one page
PAUSE = 1.0  # seconds before a second try, doubled each time
LONGEST_WAIT = 60.0  # seconds the service may ask us to wait
ALMOST_ALL = 0.98  # of what the service counts, when two scans agree that there is no more
MOST_UNUSABLE = 0.5  # of a page's rows

INCOMPLETE = ErrorText(
    code="CatalogServiceIncomplete",
    what="The catalog search service did not name all of the models that it counts.",
)
NO_END = ErrorText(
    code="CatalogServiceNoEnd",
    what="The catalog search service neither counts its models nor goes on.",
)
NO_REQUEST_TAKEN = ErrorText(
    code="CatalogServiceTakesNothing", what="The catalog search service takes no request."
)
MODELS_UNKNOWN = ErrorText(
    code="CatalogServiceModelsUnknown",
    what="The catalog search service names models in a form that is not known.",
)
ANSWER_UNKNOWN = ErrorText(
    code="CatalogServiceAnswerUnknown",
    what="The catalog search service answers in a form that is not known.",
)
TOKEN_UNKNOWN = ErrorText(
    code="CatalogServiceTokenUnknown",
    what="The catalog search service continues in a form that is not known.",
)


class Gallery:
    """Client of one catalog search service.

    Args:
        url: its base; None for Microsoft's own.
        ca: a PEM to trust besides the usual roots.
        clock: dates what was read.
        page: how many models to ask for at a time.
        wait: waits so many real seconds; True tells that the bot ends.
    """

    def __init__(
        self,
        url: str | None,
        ca: Path | None,
        clock: Clock,
        *,
        page: int = PAGE,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self.url = (url or PUBLIC).rstrip("/")
        self._ca = ca
        self._clock = clock
        self._page = page
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait

    def close(self) -> None:
        """End what is being read with a TemporaryError after the page it is at."""
        self._closed.set()

    def models(self, registries: Iterable[str]) -> Mapping[str, tuple[Model, ...]]:
        """The newest version of every model of these registries, as far as a list tells.

        Each is `detailed=False`: the service does not say sizes, minimum or size on disk. A
        registry that it does not have gets an empty tuple. Registries are compared without case.

        Raises:
            TemporaryError: busy, unreachable, broken, or changing faster than it can be read.
            ServiceRefusedError: it refuses, or answers in a form that is not known.
        """
        wanted = {name.lower(): name for name in registries}
        with Wire(self.url + PATH, self._ca, SECONDS) as wire:
            found = self._whole(wire, wanted)
        places: dict[str, list[Model]] = {name: [] for name in wanted.values()}
        for (registry, _), model in found.items():
            places[wanted[registry]].append(model)
        return {name: tuple(models) for name, models in places.items()}

    def probe(self) -> int:
        """How many models the service counts; asks for a single one, once.

        Raises:
            TemporaryError, ServiceRefusedError: as `models`.
        """
        with Wire(self.url + PATH, self._ca, SECONDS) as wire:
            page = _page(wire.ask(_body(1, None)))
        return len(page.rows) if page.total is None else page.total

    def _whole(self, wire: Wire, wanted: Collection[str]) -> dict[_Key, Model]:
        """All scans together: what one missed because the set moved, another has."""
        found: dict[_Key, Model] = {}
        before: _Scan | None = None
        for _ in range(SCANS):
            scan = self._scan(wire, wanted, found)
            if scan.whole(before):
                return found
            log.info("the catalog search service moved while it was read: once more")
            before = scan
        raise TemporaryError(INCOMPLETE)

    def _scan(self, wire: Wire, wanted: Collection[str], found: dict[_Key, Model]) -> _Scan:
        """From the first page to the last; the newest version of each model goes to `found`."""
        now = self._clock.now()
        scan, token = _Scan(), None
        for _ in range(MOST_PAGES):
            page = self._patiently(wire, token)
            scan.total = page.total if scan.total is None else scan.total
            models = [model_of(row, now, PROVENANCE) for row in page.rows]
            scan.take(models)
            for model in filter(None, models):
                key = ((model.registry or "").lower(), model.name.lower())
                if key[0] in wanted and (
                    key not in found or is_newer(model.version, found[key].version)
                ):
                    found[key] = model
            if page.token is None:
                if scan.total is None and len(page.rows) >= self._page:
                    raise ServiceRefusedError(NO_END)
                scan.ended = True
                break
            if page.token in scan.tokens:
                break
            scan.tokens.add(token := page.token)
        return scan

    def _patiently(self, wire: Wire, token: str | None) -> _Page:
        """A page, asked for again while the service is busy; a smaller one if it wants that."""
        for attempt in range(TRIES):
            try:
                return _page(wire.ask(_body(self._page, token)))
            except BadRequestError:
                if self._page <= SMALL_PAGE:
                    raise
                self._page = SMALL_PAGE
            except TemporaryError as error:
                if attempt == TRIES - 1 or error.retry_after > LONGEST_WAIT:
                    raise
                if self._wait(error.retry_after or PAUSE * 2**attempt):
                    raise
        raise TemporaryError(NO_REQUEST_TAKEN)


_Key = tuple[str, str]  # registry and name, in lower case


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    rows: Sequence[Any]
    total: int | None
    token: str | None


@dataclass(slots=True, kw_only=True)
class _Scan:
    """One pass over all pages. `named` has each row once; `total` is what the service counts."""

    total: int | None = None
    named: set[str] = field(default_factory=set)
    unusable: int = 0
    tokens: set[str] = field(default_factory=set)
    ended: bool = False

    def take(self, models: Sequence[Model | None]) -> None:
        """Raises ServiceRefusedError when most rows are not what we know as a model."""
        unusable = sum(model is None for model in models)
        if unusable > len(models) * MOST_UNUSABLE:
            raise ServiceRefusedError(MODELS_UNKNOWN)
        self.unusable += unusable
        self.named.update(model.asset_id for model in models if model is not None)

    def whole(self, before: _Scan | None) -> bool:
        """Whether every model was seen; a service may count a few that it does not name."""
        if not self.ended:
            return False
        seen = len(self.named) + self.unusable
        if self.total is None or seen >= self.total:
            return True
        agree = before is not None and before.named == self.named
        return agree and seen >= self.total * ALMOST_ALL


def _body(size: int, token: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "filters": [{"field": "labels", "operator": "eq", "values": ["latest"]}],
        "order": [{"field": "name", "direction": "asc"}],
        "pageSize": size,
        "includeTotalResultCount": True,
    }
    return body if token is None else body | {"continuationToken": token}


def _page(answer: object) -> _Page:
    rows = rows_of(answer)
    if rows is None or not isinstance(answer, dict):
        raise ServiceRefusedError(ANSWER_UNKNOWN)
    total, token = answer.get("totalCount"), answer.get("continuationToken")
    if token is not None and not isinstance(token, str):
        raise ServiceRefusedError(TOKEN_UNKNOWN)
    counted = isinstance(total, int) and not isinstance(total, bool)
    return _Page(rows=rows, total=total if counted else None, token=token or None)
