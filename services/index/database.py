"""The index of the catalog: a file that answers searches, and what refreshes do to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rapidfuzz import fuzz, process

from services.index import replacement, tables
from services.index.changes import Change, Changes
from services.index.facts import Facts, generation, load, with_changed
from services.index.file import Connections
from services.index.filters import narrowed, values
from services.index.hits import hits, ordered
from services.index.matcher import Matcher
from services.index.merging import merged
from services.index.query import Match, Page, SearchQuery
from services.index.reasons import why
from services.index.records import from_text
from services.index.rows import Describing, key_of, place_of
from services.index.snapshot import load_snapshot, snapshot_hash
from services.index.tables import Kept, Origin
from services.models import Model
from services.versions import is_newer

NEAR = 60  # out of 100: how like a known name a mistyped one must be
SHORTEST = 3  # letters a name needs before a likeness means anything
LONGEST = 300  # letters of a name that are compared


class CatalogIndex:
    """Thread-safe; the file is a cache that may be deleted at any time.

    A search sees one whole state of the index, and with a file it never waits for a refresh.

    Args:
        path: the file, or None to keep the index in memory.
        runs_on: names of the sizes a model can run on, for `Filters.runs_on`.
        licence_of: the kind of a licence (`permissive`), for the filter by licence.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        runs_on: Callable[[Model], Sequence[str]] = lambda model: model.sizes,
        licence_of: Callable[[str | None], str] = lambda _: "",
    ) -> None:
        self._describing = Describing(runs_on, licence_of)
        self._files = Connections(path)
        self._states: tuple[Facts, ...] = ()  # the newest last; one before it while it is written
        self._open()

    def close(self) -> None:
        self._files.close()

    # --- reading -------------------------------------------------------------------------------

    def search(self, query: SearchQuery, *, today: str, limit: int = 10, offset: int = 0) -> Page:
        """Models that meet the query, else (`Page.partial`) those that meet most of it, best first.

        Args:
            query: what `parse_query` made of a text.
            today: ISO date, to put what is over by then last.
            limit: how many to return.
            offset: how many to leave out before them.

        Raises:
            InvalidInputError: a filter value that fits nothing; carries the nearest values.
        """
        with self._reading() as (database, facts):
            learns = bool(query.filters.finetune)
            matcher = Matcher(database, facts, finetune=learns, kin=not query.prefer)
            within = narrowed(facts, query.filters)
            found = hits(matcher, facts, query, within)
            order = ordered(facts, query, found, today, offset + limit)
            models = _documents(database, order[offset : offset + limit])
            matches = tuple(
                Match(model=model, why=why(model, query, matcher.alike)) for model in models
            )
        return Page(matches=matches, total=len(found.scores), partial=found.partial)

    def get(self, name: str, registry: str | None = None) -> Model | None:
        """The model of exactly that name, case aside; of `registry` only, when one is given."""
        return self._first(
            "lower_name = ? AND (? IS NULL OR registry = ?)",
            (name.lower(), registry, (registry or "").lower()),
        )

    def of_hub(self, hub_id: str) -> tuple[Model, ...]:
        """Every model made from that repository of the Hub, case aside, registries first."""
        return self._all("hub = ? AND hub <> ''", (hub_id.lower(),))

    def nearest(self, name: str, limit: int = 5) -> tuple[str, ...]:
        """Names that look most like this one; () when none looks like it at all."""
        if sum(map(str.isalnum, name)) < SHORTEST:
            return ()
        with self._reading() as (_, facts):
            names = {fact.name.lower(): fact.name for fact in facts.by_id.values()}
        found = process.extract(
            name.lower()[:LONGEST], list(names), scorer=fuzz.WRatio, limit=limit, score_cutoff=NEAR
        )
        return tuple(names[hit[0]] for hit in found)

    def values(self, key: str) -> tuple[str, ...]:
        """Every value, in lower case, that a filter finds something by.

        Args:
            key: `task`, `license`, `publisher`, `registry`, `source` or `language`.
        """
        with self._reading() as (_, facts):
            return values(facts, key)

    def versions(self, place: str) -> Mapping[str, str]:
        """The version the index knows of each model of a place, by name as it is spelled."""
        with self._files.reading() as database:
            rows = database.execute(
                "SELECT name, version FROM models WHERE place = ?", (place.lower(),)
            )
            return dict(rows.fetchall())

    def freshness(self) -> Mapping[str, float]:
        """When each place was refreshed last, in seconds since the epoch."""
        with self._files.reading() as database:
            return tables.refreshed(database)

    def changes(self, limit: int = 50) -> tuple[Change, ...]:
        """Return the changes that refreshes found, newest first."""
        with self._files.reading() as database:
            return tables.recorded(database, limit)

    # --- writing -------------------------------------------------------------------------------

    def rebuild(self, models: Iterable[Model], mark: str = "") -> None:
        """Take in the bundled models, all or nothing.

        Added models stay. Of a place that was refreshed since, its own list stays too: what is
        bundled only fills in facts that it does not say, and adds no model.

        Args:
            models: the new bundled models.
            mark: remembered as what the index was built from.
        """
        bundled = tuple(models)
        with self._changing() as database:
            known = set(tables.refreshed(database))
            left = database.execute("SELECT id FROM models WHERE origin = ?", (Origin.BUNDLED,))
            tables.remove(database, [row[0] for row in left.fetchall()])
            done = {
                key_of(place_of(model), model.name)
                for model in bundled
                if self._bundle(database, model, refreshed=place_of(model) in known)
            }
            self._describe_again(database, done)
            tables.remember(database, "built_from", mark)

    def add(self, model: Model) -> None:
        """Put one model in (imported, or just read), unless a newer version is known.

        It survives rebuilding, and one refresh of its place that does not name it.
        """
        place = place_of(model)
        with self._files.writing() as database:
            old = tables.kept_as(database, key_of(place, model.name))
            if old is not None and is_newer(old.version, model.version):
                return
            same = old is not None and (old.origin, old.version) == (Origin.LISTED, model.version)
            with self._changing(old):
                self._put(database, place, model, Origin.LISTED if same else Origin.ADDED, old)

    def replace(self, place: str, models: Iterable[Model], *, read: float) -> Changes:
        """Take in all that a place has now, all or nothing; see `replacement` and `merging`.

        Args:
            place: a registry, or `WORKSPACE`.
            models: read to the end before anything is written; when that raises nothing changes.
            read: when, in seconds since the epoch.
        """
        listed, place = tuple(models), place.lower()
        with self._changing() as database:
            before = tables.refreshed(database).get(place)
            kept = tables.kept_at(database, place)
            plan = replacement.replaced(place, listed, kept, read=read, before=before)
            tables.remove(database, plan.remove)
            tables.miss(database, plan.miss)
            for key, model, origin in plan.put:
                self._put(database, place, model, origin, kept.get(key))
            tables.record(database, place, read, plan.changes if before is not None else ())
        return Changes(place=place, listed=plan.count, items=plan.changes, first=before is None)

    def _bundle(self, database: sqlite3.Connection, model: Model, *, refreshed: bool) -> bool:
        """Whether the model was written."""
        place = place_of(model)
        old = tables.kept_as(database, key_of(place, model.name))
        origin = Origin.BUNDLED
        if old is not None and old.version == model.version:
            model, origin = merged(model, from_text(old.document)), old.origin
        elif refreshed or (old is not None and not is_newer(model.version, old.version)):
            return False
        self._put(database, place, model, origin, old)
        return True

    def _describe_again(self, database: sqlite3.Connection, done: Collection[str]) -> None:
        """The rules that columns follow may have changed with what is bundled."""
        for (place,) in database.execute("SELECT DISTINCT place FROM models").fetchall():
            for key, kept in tables.kept_at(database, place).items():
                if key not in done:
                    model = from_text(kept.document)
                    self._put(database, place, model, kept.origin, kept)

    def _put(
        self,
        database: sqlite3.Connection,
        place: str,
        model: Model,
        origin: Origin,
        old: Kept | None,
    ) -> None:
        tables.put(database, place, self._describing.entry(model, place), origin, old)

    def _open(self) -> None:
        mark = snapshot_hash()
        with self._files.reading() as database:
            row = database.execute("SELECT value FROM facts WHERE name = 'built_from'").fetchone()
        if row is None or row[0] != mark:
            self.rebuild(load_snapshot(), mark)
        with self._reading() as (_, facts):
            facts.warm()

    # --- one state of the index ----------------------------------------------------------------

    @contextmanager
    def _changing(self, only: Kept | None = None) -> Iterator[sqlite3.Connection]:
        """A transaction; what searches hold in memory is ready before they can see its changes.

        Args:
            only: the one model that was changed, where it is no more than that.
        """
        with self._files.transaction() as database:
            yield database
            before = self._states[-1:]
            current = bool(before) and before[0].generation == generation(database)
            tables.next_generation(database)
            facts = None
            if only is not None and current:
                facts = with_changed(before[0], database, only.id)
            if facts is None:
                facts = load(database)
                facts.warm()
            self._states = (*before, facts)

    @contextmanager
    def _reading(self) -> Iterator[tuple[sqlite3.Connection, Facts]]:
        with self._files.reading() as database:
            number = generation(database)
            newest_first = reversed(self._states)  # a failed one has no right number
            found = next((state for state in newest_first if state.generation == number), None)
            if found is None:
                found = load(database)
                self._states = (*self._states[-1:], found)
            yield database, found

    def _first(self, where: str, values: Sequence[object]) -> Model | None:
        found = self._all(where, values, 1)
        return found[0] if found else None

    def _all(self, where: str, values: Sequence[object], limit: int = 1000) -> tuple[Model, ...]:
        """Registries come before the workspace."""
        with self._files.reading() as database:
            rows = database.execute(
                "SELECT document FROM models JOIN documents ON documents.id = models.id "  # noqa: S608 - conditions of ours, values bound
                f"WHERE {where} ORDER BY registry = '', models.id LIMIT {limit}",
                values,
            )
            return tuple(from_text(row[0]) for row in rows.fetchall())


def _documents(database: sqlite3.Connection, numbers: Sequence[int]) -> list[Model]:
    sql = "SELECT document FROM documents WHERE id = ?"
    return [from_text(database.execute(sql, (number,)).fetchone()[0]) for number in numbers]
