"""Define the changes that a refresh found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """List what may happen to a model between two refreshes of its place."""

    NEW = "new"
    VERSION = "version"
    RENAMED = "renamed"
    RETIRED = "retired"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One model's change, seen at `at` (seconds since the epoch).

    `before` and `after` are versions for `version`, names for `renamed` (`name` is the new one),
    dates for `retired` (`after`; empty where it was archived); empty otherwise.
    """

    kind: ChangeKind
    place: str
    name: str
    before: str = ""
    after: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """One place's refresh. `listed` is how many models it has now; `first`: never read before."""

    place: str
    listed: int
    items: tuple[Change, ...] = ()
    first: bool = False

    def count(self, kind: ChangeKind) -> int:
        return sum(item.kind == kind for item in self.items)

    @property
    def new(self) -> int:
        return self.count(ChangeKind.NEW)

    @property
    def changed(self) -> int:
        """New versions and new names."""
        return self.count(ChangeKind.VERSION) + self.count(ChangeKind.RENAMED)

    @property
    def retired(self) -> int:
        return self.count(ChangeKind.RETIRED)

    @property
    def gone(self) -> int:
        return self.count(ChangeKind.GONE)
