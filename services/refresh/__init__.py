"""Keeping the catalog index as fresh as its sources: on a schedule, and at once for operators."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future

from services.azureml.client import AzureML
from services.clock import Clock
from services.gallery import Gallery
from services.index import CatalogIndex
from services.refresh.model_sources import Depth, ModelSources
from services.refresh.schedule import Schedule
from services.refresh.values import Refreshed, Source, SourceRefreshed, State

__all__ = ["Refresh", "Refreshed", "Source", "SourceRefreshed", "State"]

GRACE = 5.0  # real seconds after the start, which is busy enough without us
LEAST = 300.0  # real seconds between two scheduled runs, however fast simulated time goes
FRESH = 0.8  # of the time between two scheduled runs: what is younger need not be read


class Refresh:
    """Refreshes the places of the catalog: each configured registry, and the workspace.

    A registry is read from the catalog search service, else through the SDK, else it stays as it
    was (at first: the bundled snapshot). Places are replaced all or nothing, and one that fails
    does not stop the others. Each replica does this for its own index.

    Args:
        index: where models go.
        gallery: the catalog search service.
        azureml: the workspace and the registries themselves.
        clock: for the schedule and the dates.
        registries: to read, as configured.
        every: seconds between two scheduled runs; None for none.
        grace: real seconds before the first.
        least: real seconds between two of them at least.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with, and its schedule
        self,
        index: CatalogIndex,
        gallery: Gallery,
        azureml: AzureML,
        clock: Clock,
        registries: Sequence[str],
        every: float | None,
        *,
        grace: float = GRACE,
        least: float = LEAST,
    ) -> None:
        self._gallery = gallery
        self._azureml = azureml
        self._every = every
        self._sources = ModelSources(index, gallery, azureml, clock, registries)
        self._schedule = (
            Schedule(clock, every, self._due, grace=grace, least=least) if every else None
        )
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._running: tuple[Depth, Future[Refreshed]] | None = None
        self._last: Refreshed | None = None

    @property
    def state(self) -> State:
        with self._lock:
            return State(running=self._running is not None, last=self._last)

    def start(self) -> None:
        """Begin the schedule in a thread of its own; nothing is asked before the grace is over.

        A place that is fresh enough is left alone. The workspace is read as soon as the SDK is
        loaded for something else, and then with the rest.
        """
        if self._schedule is None or self._every is None:
            return
        self._schedule.start(max(0.0, self._every * FRESH - self._sources.oldest()))
        self._azureml.when_ready(self._schedule.soon)

    def close(self) -> None:
        """End the schedule and what is being read; the index keeps what it has."""
        self._gallery.close()
        self._azureml.models.close()
        if self._schedule is not None:
            self._schedule.close()

    def now(self, *, full: bool = False) -> Refreshed:
        """Refresh everything at once; joins a run that is going on and goes as far.

        Args:
            full: read every model whole through the SDK (minutes, where there are thousands).
        """
        return self._joined(Depth.FULL if full else Depth.ASKED, self._sources.all())

    def workspace(self) -> SourceRefreshed:
        """Read the workspace's own models again (one was registered)."""
        with self._reading:
            return self._sources.workspace(Depth.ASKED)

    def _due(self) -> bool:
        """Refresh what is not fresh; whether anybody answered."""
        stale = self._sources.stale((self._every or 0.0) * FRESH)
        return not stale or not self._joined(Depth.SCHEDULED, stale).silent

    def _joined(self, depth: Depth, places: Sequence[str]) -> Refreshed:
        mine: Future[Refreshed] = Future()
        while True:
            with self._lock:
                going = self._running
                if going is None:
                    self._running = (depth, mine)
                    break
            answer = going[1].result()
            if going[0] >= depth:
                return answer
        try:
            with self._reading:
                answer = self._sources.run(places, depth)
        except BaseException as error:
            self._ended(None)
            mine.set_exception(error)
            raise
        self._ended(answer)
        mine.set_result(answer)
        return answer

    def _ended(self, answer: Refreshed | None) -> None:
        with self._lock:
            self._running = None
            self._last = answer or self._last
