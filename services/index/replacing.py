"""One place read anew: what stays, what is written, and what that changes for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.index.changes import Change, ChangeKind
from services.index.merging import is_newer, merged
from services.index.records import from_text
from services.index.rows import ALWAYS, ends, key_of
from services.index.writing import Kept, Origin
from services.models import Model

MISSES = 2  # refreshes in a row that may not name a model that was added by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to write; keys are those of the index. `count` is how many the place has then."""

    put: tuple[tuple[str, Model, Origin], ...]
    miss: tuple[int, ...]
    remove: tuple[int, ...]
    count: int
    changes: tuple[Change, ...]


def plan(
    place: str,
    models: Iterable[Model],
    kept: Mapping[str, Kept],
    *,
    read: float,
    before: float | None,
) -> Plan:
    """Compare what a refresh read with what the index has of the place.

    Args:
        place: in lower case.
        models: all that the place has now; of two with one name the newer version counts.
        kept: the place's models by key.
        read: when, in seconds since the epoch.
        before: when it was refreshed last, None if never.
    """
    listed = _newest(place, models)
    old = {key: from_text(one.document) for key, one in kept.items()}
    now = {key: _now(key, model, kept, old) for key, model in listed.items()}
    put = [
        (key, model, _origin(model, key, kept, old))
        for key, model in now.items()
        if key not in kept or not _is_known(model, old[key], kept[key])
    ]
    gone = [key for key in kept if key not in listed and _leaves(kept[key])]
    missing = [key for key in kept if key not in listed and not _leaves(kept[key])]
    found = _Comparing(place=place, read=read, before=before)
    return Plan(
        put=tuple(put),
        miss=tuple(kept[key].id for key in missing),
        remove=tuple(kept[key].id for key in gone),
        count=len(listed) + len(missing),
        changes=tuple(found.changes(old, now, gone)),
    )


def _newest(place: str, models: Iterable[Model]) -> dict[str, Model]:
    listed: dict[str, Model] = {}
    for model in models:
        key = key_of(place, model.name)
        if key not in listed or is_newer(model.version, listed[key].version):
            listed[key] = model
    return listed


def _now(key: str, model: Model, kept: Mapping[str, Kept], old: Mapping[str, Model]) -> Model:
    """What is known of a model once its place was read; a newer version added by hand stays."""
    if key not in kept:
        return model
    if kept[key].origin == Origin.ADDED and is_newer(old[key].version, model.version):
        return old[key]
    return merged(old[key], model)


def _origin(model: Model, key: str, kept: Mapping[str, Kept], old: Mapping[str, Model]) -> Origin:
    return Origin.ADDED if key in kept and model is old[key] else Origin.LISTED


def _is_known(model: Model, old: Model, kept: Kept) -> bool:
    """Whether the row says it all, so that it need not be written again.

    When it was read does not count: that the place was refreshed is written down for all.
    """
    settled = kept.origin == Origin.LISTED and not kept.missed
    return settled and replace(model, read=old.read) == old


def _leaves(one: Kept) -> bool:
    """Whether a model that is not named any more goes at once."""
    return one.origin != Origin.ADDED or one.missed + 1 >= MISSES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparing:
    place: str
    read: float
    before: float | None

    def changes(
        self, old: Mapping[str, Model], now: Mapping[str, Model], gone: Sequence[str]
    ) -> Iterator[Change]:
        new = [key for key in now if key not in old]
        renamed = dict(_renamed([old[key] for key in gone], [now[key] for key in new]))
        for key, model in now.items():
            if key in old:
                yield from self._same(old[key], model)
            elif model.name in renamed:
                yield self._change(ChangeKind.RENAMED, model, renamed[model.name], model.name)
            else:
                yield self._change(ChangeKind.NEW, model, after=model.version)
        left = set(renamed.values())
        for key in gone:
            if old[key].name not in left:
                yield self._change(ChangeKind.GONE, old[key], before=old[key].version)

    def _same(self, before: Model, after: Model) -> Iterator[Change]:
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
