"""One place read anew: what stays, what is written, and what that changes for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.index.changes import Change, ChangeKind
from services.index.merging import merged
from services.index.records import from_text
from services.index.rows import ALWAYS, ends, key_of
from services.index.tables import Kept, Origin
from services.models import Model
from services.versions import is_newer

MISSES = 2  # refreshes in a row that may not name a model that was added by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Hold what to write; keys are those of the index. `count` is how many the place has then."""

    put: tuple[tuple[str, Model, Origin], ...]
    miss: tuple[int, ...]
    remove: tuple[int, ...]
    count: int
    changes: tuple[Change, ...]


def replaced(
    place: str,
    models: Iterable[Model],
    kept: Mapping[str, Kept],
    *,
    read: float,
    before: float | None,
) -> Replacement:
    """Compare what a refresh read with what the index has of the place.

    Args:
        place: in lower case.
        models: all that the place has now; of two with one name the newer version counts.
        kept: the place's models by key.
        read: when, in seconds since the epoch.
        before: when it was refreshed last, None if never.
    """
    listed = _newest(place, models)
    found = _Comparing(place=place, read=read, before=before)
    put: list[tuple[str, Model, Origin]] = []
    same: dict[str, tuple[Change, ...]] = {}
    for key, model in listed.items():  # one old document at a time: there are thousands
        row = kept.get(key)
        if row is None:
            put.append((key, model, Origin.LISTED))
            continue
        old = from_text(row.document)
        now = _now(model, row, old)
        same[key] = tuple(found.same(old, now))
        if not _is_known(now, old, row):
            put.append((key, now, Origin.ADDED if now is old else Origin.LISTED))
    left = {key: row for key, row in kept.items() if key not in listed}
    gone = {key: from_text(row.document) for key, row in left.items() if _leaves(row)}
    return Replacement(
        put=tuple(put),
        miss=tuple(row.id for key, row in left.items() if key not in gone),
        remove=tuple(kept[key].id for key in gone),
        count=len(listed) + len(left) - len(gone),
        changes=tuple(found.changes(listed, same, tuple(gone.values()))),
    )


def _newest(place: str, models: Iterable[Model]) -> dict[str, Model]:
    listed: dict[str, Model] = {}
    for model in models:
        key = key_of(place, model.name)
        if key not in listed or is_newer(model.version, listed[key].version):
            listed[key] = model
    return listed


def _now(model: Model, kept: Kept, old: Model) -> Model:
    """Return a model as known once its place was read; a newer version added by hand stays."""
    if kept.origin == Origin.ADDED and is_newer(old.version, model.version):
        return old
    return merged(old, model)


def _is_known(model: Model, old: Model, kept: Kept) -> bool:
    """Whether the row says it all, so that it need not be written again.

    When it was read does not count: that the place was refreshed is written down for all.
    """
    settled = kept.origin == Origin.LISTED and not kept.missed
    return settled and replace(model, read=old.read) == old


def _leaves(kept: Kept) -> bool:
    """Whether a model that is not named any more goes at once."""
    return kept.origin != Origin.ADDED or kept.missed + 1 >= MISSES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparing:
    place: str
    read: float
    before: float | None

    def changes(
        self,
        listed: Mapping[str, Model],
        same: Mapping[str, Sequence[Change]],
        gone: Sequence[Model],
    ) -> Iterator[Change]:
        """All of them, in the order of the list: `same` has those of models that were known."""
        new = [model for key, model in listed.items() if key not in same]
        renamed = dict(_renamed(gone, new))
        for key, model in listed.items():
            if key in same:
                yield from same[key]
            elif model.name in renamed:
                yield self._change(ChangeKind.RENAMED, model, renamed[model.name], model.name)
            else:
                yield self._change(ChangeKind.NEW, model, after=model.version)
        left = set(renamed.values())
        for model in gone:
            if model.name not in left:
                yield self._change(ChangeKind.GONE, model, before=model.version)

    def same(self, before: Model, after: Model) -> Iterator[Change]:
        """Yield what changed about one model."""
        if before.name != after.name:  # Azure's names differ by case, too
            yield self._change(ChangeKind.RENAMED, after, before.name, after.name)
        if before.version != after.version:
            yield self._change(ChangeKind.VERSION, after, before.version, after.version)
        if self.before is None or _archived(before) or self._over(before, self.before):
            return
        if self._over(after, self.read):
            end = after.lifecycle.retired or after.lifecycle.deprecated or ""
            yield self._change(ChangeKind.RETIRED, after, after="" if after.archived else end)

    def _over(self, model: Model, at: float) -> bool:
        return ends(model) <= datetime.fromtimestamp(at, UTC).date().isoformat()

    def _change(self, kind: ChangeKind, model: Model, before: str = "", after: str = "") -> Change:
        return Change(
            kind=kind, place=self.place, name=model.name, before=before, after=after, at=self.read
        )


def _archived(model: Model) -> bool:
    return ends(model) == ALWAYS


def _renamed(gone: Sequence[Model], new: Sequence[Model]) -> Iterator[tuple[str, str]]:
    """New names with the old ones: one left and one came, made from the same Hub repository."""
    left, came = _by_hub(gone), _by_hub(new)
    for hub, models in came.items():
        if len(models) == 1 == len(left.get(hub, ())):
            yield models[0].name, left[hub][0].name


def _by_hub(models: Sequence[Model]) -> dict[str, list[Model]]:
    found: dict[str, list[Model]] = {}
    for model in models:
        if model.hub_id:
            found.setdefault(model.hub_id.lower(), []).append(model)
    return found
