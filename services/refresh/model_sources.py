"""Refreshing places: each registry from the first source that answers, and the workspace."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum

from services.azureml.client import AzureML
from services.clock import Clock
from services.errors import ServiceError
from services.gallery import Gallery
from services.index import WORKSPACE, CatalogIndex
from services.models import Model
from services.refresh.values import Refreshed, Source, SourceRefreshed

log = logging.getLogger(__name__)

FEW = 20  # so many models may vanish at once without a second thought
SHRUNK = "The catalog search service suddenly has only {served} of the {known} models of {place}."
NOT_SERVED = "The catalog search service has no models of {place}."
NONE_LISTED = "The registry {place} lists no models."
NOT_WRITTEN = "The catalog file could not be written ({reason})."
Served = Mapping[str, tuple[Model, ...]]


class Depth(IntEnum):
    """How far a run goes; a deeper one also answers those who asked for less."""

    SCHEDULED = 0  # only what is not fresh, and the SDK (90 MB) is never loaded for it
    ASKED = 1
    FULL = 2  # every model is read whole, whether its version changed or not


class ModelSources:
    """Reads places and puts them into the index, each all or nothing."""

    def __init__(
        self,
        index: CatalogIndex,
        gallery: Gallery,
        azureml: AzureML,
        clock: Clock,
        registries: Sequence[str],
    ) -> None:
        self._index = index
        self._gallery = gallery
        self._azureml = azureml
        self._clock = clock
        self._registries = tuple(dict.fromkeys(registries))

    def stale(self, seconds: float) -> tuple[str, ...]:
        """Places that can be read now and were not for so many seconds."""
        places = (*self._registries, *([WORKSPACE] if self._azureml.ready else ()))
        return tuple(name for name, age in self._ages(places) if age > seconds)

    def oldest(self) -> float:
        """Seconds since the registry that was refreshed longest ago; infinite for one never."""
        return max((age for _, age in self._ages(self._registries)), default=0.0)

    def all(self) -> tuple[str, ...]:
        """Every place that is configured."""
        return (*self._registries, *([WORKSPACE] if self._azureml.configured else ()))

    def run(self, places: Collection[str], depth: Depth) -> Refreshed:
        """Refresh these places; what fails is told, and stays as it was."""
        began = time.monotonic()
        registries = [name for name in self._registries if name in places]
        served, trouble = self._served(registries, depth)
        done = [self._registry(name, served.pop(name, ()), trouble, depth) for name in registries]
        if WORKSPACE in places and self._reachable(depth):
            done.append(self.workspace(depth))
        answer = Refreshed(
            places=tuple(done),
            finished=self._clock.now(),
            seconds=time.monotonic() - began,
        )
        log.info("catalog refreshed in %.1f s: %s", answer.seconds, "; ".join(map(_told, done)))
        return answer

    def workspace(self, depth: Depth) -> SourceRefreshed:
        """Read the workspace's own models: names, then what changed."""
        known = self._index.versions(WORKSPACE) if depth < Depth.FULL else {}
        try:
            models = self._read(None, known)
        except ServiceError as error:
            return _kept(WORKSPACE, _sentence(error))
        return self._put(WORKSPACE, models, Source.SDK)

    def _ages(self, places: Iterable[str]) -> Iterator[tuple[str, float]]:
        read, now = self._index.freshness(), self._clock.now()
        for name in places:
            yield name, now - read.get(name.lower(), float("-inf"))

    def _served(
        self, registries: Sequence[str], depth: Depth
    ) -> tuple[dict[str, tuple[Model, ...]], str]:
        """Return what the catalog search service has of each registry; else why it has nothing."""
        if not registries or (depth is Depth.FULL and self._azureml.configured):
            return {}, ""
        try:
            return dict(self._gallery.models(registries)), ""
        except ServiceError as error:
            return {}, _sentence(error)

    def _reachable(self, depth: Depth) -> bool:
        return self._azureml.configured and (depth > Depth.SCHEDULED or self._azureml.ready)

    def _registry(
        self, name: str, served: Sequence[Model], trouble: str, depth: Depth
    ) -> SourceRefreshed:
        known = self._index.versions(name)
        if served and not _shrunk(served, known):
            return self._put(name, served, Source.SERVICE)
        if served:
            trouble = SHRUNK.format(served=len(served), known=len(known), place=name)
        if not self._reachable(depth):
            return _kept(name, trouble or NOT_SERVED.format(place=name))
        try:
            models = self._read(name, known if depth < Depth.FULL else {})
        except ServiceError as error:
            return _kept(name, " ".join(filter(None, (trouble, _sentence(error)))))
        if not models:
            return _kept(name, NONE_LISTED.format(place=name))
        return self._put(name, models, Source.SDK, trouble)

    def _read(self, registry: str | None, known: Mapping[str, str]) -> list[Model]:
        """All models of a place: changed versions whole, the others by name and version.

        What the index knows of an unchanged version stays, with its age: only the name was read.
        """
        reader = self._azureml.models
        listed = reader.listed(registry)
        changed = {model.name: model for model in reader.changed(registry, listed.versions, known)}
        held = {name.lower(): version for name, version in known.items()}
        same = [
            Model(
                name=name,
                version=version,
                registry=registry,
                asset_id=reader.asset_id(registry, name, version),
                archived=name in listed.archived,
                detailed=False,
            )
            for name, version in listed.versions.items()
            if name not in changed and held.get(name.lower()) == version
        ]
        return [*changed.values(), *same]

    def _put(
        self, place: str, models: Sequence[Model], source: Source, problem: str = ""
    ) -> SourceRefreshed:
        try:
            changes = self._index.replace(place, models, read=self._clock.now())
        except sqlite3.Error as error:
            return _kept(place, NOT_WRITTEN.format(reason=error))
        return SourceRefreshed(
            place=place,
            source=source,
            models=len(models),
            new=changes.new,
            changed=changes.changed,
            retired=changes.retired,
            gone=changes.gone,
            problem=problem,
        )


def _shrunk(served: Sequence[Model], known: Mapping[str, str]) -> bool:
    """Whether most of what was known is missing: half an answer rather than news."""
    return len(served) * 2 < len(known) and len(known) - len(served) > FEW


def _kept(place: str, problem: str) -> SourceRefreshed:
    return SourceRefreshed(place=place, source=Source.KEPT, problem=problem)


def _sentence(error: ServiceError) -> str:
    return error.what if error.what.endswith((".", "…")) else error.what + "."


def _told(place: SourceRefreshed) -> str:
    if place.source is Source.KEPT:
        return f"{place.place} kept ({place.problem})"
    news = f"{place.new} new, {place.changed} changed, {place.retired + place.gone} retired or gone"
    why = f"; {place.problem}" if place.problem else ""
    return f"{place.place} {place.models} from the {place.source} ({news}{why})"
