"""Hold what a refresh tells: each place with its source, how many changed, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Where the facts of one place come from after a refresh."""

    SERVICE = "service"  # the catalog search service
    SDK = "sdk"  # Azure itself
    KEPT = "kept"  # nobody answered: what was there before stays


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRefreshed:
    """One registry, or the workspace, after a refresh.

    `models` is how many the source named (0 where nobody answered), `changed` how many of them have
    another version or another name. `problem` is a sentence, or
    empty: why nothing was read, or why the second source was asked.
    """

    place: str
    source: Source
    models: int = 0
    new: int = 0
    changed: int = 0
    retired: int = 0
    gone: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """One run over some places. `finished` is in seconds since the epoch, `seconds` real time."""

    places: tuple[SourceRefreshed, ...]
    finished: float
    seconds: float

    @property
    def changes(self) -> int:
        """How many models are new, have another version or name, are retired or gone."""
        return sum(place.new + place.changed + place.retired + place.gone for place in self.places)

    @property
    def problems(self) -> tuple[str, ...]:
        """Each sentence about what went wrong, once."""
        return tuple(dict.fromkeys(place.problem for place in self.places if place.problem))

    @property
    def silent(self) -> bool:
        """Whether nobody answered for any place."""
        return all(place.source is Source.KEPT for place in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Whether a run is going on, and how the last one ended."""

    running: bool
    last: Refreshed | None
