"""The index file: models in SQLite with a full-text table beside them."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path

from rapidfuzz import fuzz, process

from services.errors import InvalidInputError, quoted
from services.index.file import connected
from services.index.query import Candidate, Filters, Match, Page, fts_text, rank, why
from services.index.records import from_text, to_text
from services.index.snapshot import load_snapshot, snapshot_hash
from services.index.words import name_words, query_words
from services.models import Model

RANKED = 200  # so many of the best by bm25 are put into our own order
ALWAYS, NEVER = "0000-00-00", "9999-99-99"
ALIKE = 70  # out of 100: how like a known word a mistyped one must be
NEAR = 60  # the same for whole names, of which a part may be given
ALTERNATIVES = 3
SHORTEST = 3  # letters a word needs before a likeness means anything


class CatalogIndex:
    """Thread-safe; the file is a cache that may be deleted at any time.

    Args:
        path: the file, or None to keep the index in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._words: tuple[str, ...] = ()
        self._values: dict[str, tuple[str, ...]] = {}
        self._database = connected(path)
        self._open()

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def rebuild(self, models: Iterable[Model], mark: str = "") -> None:
        """Replace everything bundled by these models, all or nothing; added models stay.

        Args:
            models: the new bundled models.
            mark: remembered as what the index was built from.
        """
        with self._lock, self._database:
            self._database.execute(
                "DELETE FROM search WHERE rowid IN (SELECT id FROM models WHERE bundled = 1)"
            )
            self._database.execute("DELETE FROM models WHERE bundled = 1")
            for model in models:
                self._put(model, bundled=True)
            self._remember("built_from", mark)
        self._refresh()

    def add(self, model: Model) -> None:
        """Put one model in, in place of an older version; it survives rebuilding."""
        with self._lock, self._database:
            self._put(model, bundled=False)
        self._refresh()

    def search(
        self, text: str, filters: Filters, *, today: str, limit: int = 10, offset: int = 0
    ) -> Page:
        """Models that have all the words (else any), in the order of `query.rank`.

        Args:
            text: words in any order; beginnings and typing errors are understood.
            filters: narrow it down.
            today: ISO date, to put what is over by then last.
            limit: how many to return.
            offset: how many to leave out before them.

        Raises:
            InvalidInputError: a filter value that fits nothing; carries the nearest values.
        """
        with self._lock:
            narrow, values = self._narrowed(filters)
            words = {word: self._alternatives(word) for word in query_words(text)}
            if not words and text.strip():
                return Page(matches=(), total=0)
            groups = tuple(words.values())
            for every in (True, False):
                query = fts_text(groups, every=every)
                total = self._count(query, narrow, values)
                if total or len(groups) < 2:  # noqa: PLR2004 - one word: all and any are the same
                    break
            found = self._best(query, narrow, values, today, max(RANKED, offset + limit))
            order = sorted(found, key=lambda row: rank(row, text.strip().lower(), groups))
            models = self._documents([row.id for row in order[offset : offset + limit]])
        matches = (Match(model=model, why=why(model, words, filters)) for model in models)
        return Page(matches=tuple(matches), total=total, partial=not every)

    def get(self, name: str, registry: str | None = None) -> Model | None:
        """The model of exactly that name, case aside; of `registry` only, when one is given."""
        with self._lock:
            rows = self._database.execute(
                "SELECT document FROM models WHERE lower_name = ? AND (? IS NULL OR registry = ?) "
                "ORDER BY registry = '', id LIMIT 1",
                (name.lower(), registry, (registry or "").lower()),
            ).fetchall()
        return from_text(rows[0][0]) if rows else None

    def nearest(self, name: str, limit: int = 5) -> tuple[str, ...]:
        """Names that look most like this one; () when none looks like it at all."""
        if sum(map(str.isalnum, name)) < SHORTEST:
            return ()
        with self._lock:
            rows = self._database.execute("SELECT name FROM models").fetchall()
        names = {row[0].lower(): str(row[0]) for row in rows}
        found = process.extract(
            name.lower(), list(names), scorer=fuzz.WRatio, limit=limit, score_cutoff=NEAR
        )
        return tuple(names[hit[0]] for hit in found)

    def values(self, column: str) -> tuple[str, ...]:
        """Every value of `task`, `license`, `publisher` or `registry` there is, in lower case."""
        with self._lock:
            return self._values[column]

    def _open(self) -> None:
        with self._lock:
            mark = snapshot_hash()
            row = self._database.execute(
                "SELECT value FROM facts WHERE name = 'built_from'"
            ).fetchone()
        if row is None or row[0] != mark:
            self.rebuild(load_snapshot(), mark)
        else:
            self._refresh()

    def _remember(self, name: str, value: str) -> None:
        self._database.execute("REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))

    def _put(self, model: Model, *, bundled: bool) -> None:
        key = f"{model.registry or ''}/{model.name}".lower()
        row = self._database.execute(
            "SELECT id, document ->> 'version' FROM models WHERE key = ?", (key,)
        ).fetchone()
        if row is not None:
            if bundled and _newer(row[1], model.version):
                return
            self._database.execute("DELETE FROM search WHERE rowid = ?", (row[0],))
            self._database.execute("DELETE FROM models WHERE id = ?", (row[0],))
        dates = (model.lifecycle.deprecated, model.lifecycle.retired)
        ends = ALWAYS if model.archived else min((date for date in dates if date), default=NEVER)
        cursor = self._database.execute(
            "INSERT INTO models (key, name, lower_name, bundled, registry, tasks, license, "
            "publisher, ends, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                model.name,
                model.name.lower(),
                int(bundled),
                (model.registry or "").lower(),
                "|" + "|".join(task.lower() for task in model.tasks) + "|",
                (model.license or "").lower(),
                (model.publisher or _owner(model)).lower(),
                ends,
                to_text(model),
            ),
        )
        self._database.execute(
            "INSERT INTO search (rowid, name, task, rest) VALUES (?, ?, ?, ?)",
            (
                cursor.lastrowid,
                " ".join(name_words(model.name)),
                " ".join(model.tasks),
                _rest(model),
            ),
        )

    def _refresh(self) -> None:
        """Read again what typing errors and filter values are compared with."""
        with self._lock:
            run = self._database.execute
            self._words = tuple(sorted(row[0] for row in run("SELECT term FROM vocabulary")))
            values = {
                column: {row[0] for row in run(f"SELECT DISTINCT {column} FROM models") if row[0]}  # noqa: S608 - a name of ours
                for column in ("license", "publisher", "registry")
            }
            tasks = run("SELECT DISTINCT tasks FROM models").fetchall()
            values["task"] = {task for row in tasks for task in row[0].split("|") if task}
            self._values = {name: tuple(sorted(found)) for name, found in values.items()}

    def _alternatives(self, word: str) -> tuple[str, ...]:
        """The word itself where it begins a known one, else the known words most like it."""
        place = bisect_left(self._words, word)
        known = place < len(self._words) and self._words[place].startswith(word)
        if known or len(word) < SHORTEST:
            return (word,)
        found = process.extract(
            word, self._words, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=ALTERNATIVES
        )
        return tuple(hit[0] for hit in found) or (word,)

    def _narrowed(self, filters: Filters) -> tuple[str, list[str]]:
        """The SQL condition for the filters, and its values."""
        parts, values = [], []
        for column, typed in filters.given().items():
            fitting = _fitting(typed, self._values[column])
            if not fitting:
                near = [
                    hit[0]
                    for hit in process.extract(
                        typed.lower(), self._values[column], scorer=fuzz.WRatio, limit=4
                    )
                ]
                raise InvalidInputError(
                    f"Nothing has the {column} {quoted(typed)}.",
                    advice="Nearest: " + ", ".join(near) + ".",
                    field=column,
                    suggestions=tuple(
                        f'search {column}:"{one}"' if " " in one else f"search {column}:{one}"
                        for one in near
                    ),
                )
            if column == "task":
                parts.append("(" + " OR ".join(["models.tasks LIKE ?"] * len(fitting)) + ")")
                values += [f"%|{task}|%" for task in fitting]
            else:
                parts.append(f"models.{column} IN ({', '.join('?' * len(fitting))})")
                values += fitting
        return "".join(f" AND {part}" for part in parts), values

    def _count(self, query: str, narrow: str, values: Sequence[str]) -> int:
        if not query:
            sql = f"SELECT count(*) FROM models WHERE 1 {narrow}"  # noqa: S608 - conditions of ours, values bound
            return int(self._database.execute(sql, values).fetchone()[0])
        sql = (
            "SELECT count(*) FROM search JOIN models ON models.id = search.rowid "  # noqa: S608 - conditions of ours, values bound
            f"WHERE search MATCH ? {narrow}"
        )
        return int(self._database.execute(sql, [query, *values]).fetchone()[0])

    def _best(
        self, query: str, narrow: str, values: Sequence[str], today: str, limit: int
    ) -> list[Candidate]:
        head = "SELECT models.id, models.name, models.tasks, ends <= ? FROM "
        if query:
            sql = (
                f"{head} search JOIN models ON models.id = search.rowid "
                f"WHERE search MATCH ? {narrow} "
                "ORDER BY ends <= ?, bm25(search, 10.0, 4.0, 1.0) LIMIT ?"
            )
            bound = [today, query, *values, today, limit]
        else:
            sql = f"{head} models WHERE 1 {narrow} ORDER BY ends <= ?, lower_name LIMIT ?"
            bound = [today, *values, today, limit]
        return [
            Candidate(id=row[0], name=row[1], tasks=row[2], over=bool(row[3]))
            for row in self._database.execute(sql, bound)
        ]

    def _documents(self, ids: Sequence[int]) -> list[Model]:
        sql = "SELECT document FROM models WHERE id = ?"
        return [from_text(self._database.execute(sql, (one,)).fetchone()[0]) for one in ids]


def _fitting(typed: str, known: Sequence[str]) -> list[str]:
    """The known values that are what was typed, else that contain it."""
    wanted = typed.lower()
    return [wanted] if wanted in known else [value for value in known if wanted in value]


def _newer(one: str, other: str) -> bool:
    """Whether version `one` is newer than `other`; numbers count as numbers."""
    if one.isdigit() and other.isdigit():
        return int(one) > int(other)
    return one > other


def _owner(model: Model) -> str:
    """The owner in the Hub id, for models whose publisher is not stated."""
    owner, slash, _ = (model.hub_id or "").partition("/")
    return owner if slash else ""


def _rest(model: Model) -> str:
    parts = (
        model.publisher or "",
        model.license or "",
        model.hub_id or "",
        model.registry or "workspace",
        *model.finetune_tasks,
        *model.languages,
    )
    return " ".join(part for part in parts if part)
