"""Writing models into the index file; every function runs inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.index.changes import Change, ChangeKind
from services.index.rows import Entry

MOST_CHANGES = 2_000  # kept of all refreshes together

_COLUMNS = (
    "name",
    "lower_name",
    "version",
    "registry",
    "source",
    "tasks",
    "finetune_tasks",
    "license",
    "license_class",
    "publisher",
    "languages",
    "hub",
    "size_bytes",
    "finetune",
    "batch",
    "runs",
    "ends",
)
_INSERT = (
    f"INSERT INTO models (key, place, origin, missed, {', '.join(_COLUMNS)}) "  # noqa: S608 - names of ours
    f"VALUES ({', '.join('?' * (len(_COLUMNS) + 4))})"
)
_UPDATE = (
    f"UPDATE models SET origin = ?, missed = ?, {', '.join(f'{one} = ?' for one in _COLUMNS)} "  # noqa: S608 - names of ours
    "WHERE id = ?"
)


class Origin(StrEnum):
    """How a model came into the index."""

    BUNDLED = "bundled"
    LISTED = "listed"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A model's row, as far as writing depends on it."""

    id: int
    origin: Origin
    missed: int
    version: str
    document: str


def kept_at(database: sqlite3.Connection, place: str) -> dict[str, Kept]:
    """Every model of a place by its key."""
    rows = database.execute(
        "SELECT key, models.id, origin, missed, version, document FROM models "
        "JOIN documents ON documents.id = models.id WHERE place = ?",
        (place,),
    )
    return {row[0]: _kept(row[1:]) for row in rows}


def kept_as(database: sqlite3.Connection, key: str) -> Kept | None:
    """One model by its key."""
    row = database.execute(
        "SELECT models.id, origin, missed, version, document FROM models "
        "JOIN documents ON documents.id = models.id WHERE key = ?",
        (key,),
    ).fetchone()
    return _kept(row) if row else None


def put(
    database: sqlite3.Connection, place: str, entry: Entry, origin: Origin, old: Kept | None
) -> int:
    """Write one model over its old row, which keeps its number; gives the number."""
    row = entry.row._replace(runs=str(_runs(database, entry.row.runs)))
    if old is None:
        cursor = database.execute(_INSERT, (entry.key, place, origin, 0, *row))
        number = int(cursor.lastrowid or 0)
    else:
        number = old.id
        database.execute(_UPDATE, (origin, 0, *row, number))
        database.execute("DELETE FROM search WHERE rowid = ?", (number,))
    database.execute("REPLACE INTO documents VALUES (?, ?)", (number, entry.document))
    database.execute(
        "INSERT INTO search (rowid, name, rest) VALUES (?, ?, ?)", (number, *entry.words)
    )
    return number


def remove(database: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Take models out."""
    rows = [(number,) for number in numbers]
    database.executemany("DELETE FROM search WHERE rowid = ?", rows)
    database.executemany("DELETE FROM documents WHERE id = ?", rows)
    database.executemany("DELETE FROM models WHERE id = ?", rows)


def miss(database: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Count that a refresh did not name these."""
    rows = [(number,) for number in numbers]
    database.executemany("UPDATE models SET missed = missed + 1 WHERE id = ?", rows)


def remember(database: sqlite3.Connection, name: str, value: str) -> None:
    database.execute("REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))


def next_generation(database: sqlite3.Connection) -> int:
    """Count one change of the index more; readers tell by it what they have seen."""
    row = database.execute("SELECT value FROM facts WHERE name = 'generation'").fetchone()
    number = int(row[0]) + 1 if row else 1
    remember(database, "generation", str(number))
    return number


def refreshed(database: sqlite3.Connection) -> Mapping[str, float]:
    """When each place was refreshed, in seconds since the epoch."""
    return dict(database.execute("SELECT place, at FROM refreshed").fetchall())


def record(database: sqlite3.Connection, place: str, at: float, changes: Iterable[Change]) -> None:
    """Write down that a place was refreshed, and what changed."""
    database.execute("REPLACE INTO refreshed VALUES (?, ?)", (place, at))
    database.executemany(
        'INSERT INTO changes (kind, place, name, "before", "after", at) VALUES (?, ?, ?, ?, ?, ?)',
        [
            (change.kind, change.place, change.name, change.before, change.after, change.at)
            for change in changes
        ],
    )
    database.execute(
        "DELETE FROM changes WHERE id <= (SELECT max(id) FROM changes) - ?", (MOST_CHANGES,)
    )


def recorded(database: sqlite3.Connection, limit: int) -> tuple[Change, ...]:
    """The newest changes first."""
    rows = database.execute(
        'SELECT kind, place, name, "before", "after", at FROM changes ORDER BY id DESC LIMIT ?',
        (limit,),
    )
    return tuple(
        Change(
            kind=ChangeKind(row[0]),
            place=row[1],
            name=row[2],
            before=row[3],
            after=row[4],
            at=row[5],
        )
        for row in rows
    )


def _kept(row: tuple[int, str, int, str, str]) -> Kept:
    number, origin, missed, version, document = row
    return Kept(id=number, origin=Origin(origin), missed=missed, version=version, document=document)


def _runs(database: sqlite3.Connection, sizes: str) -> int:
    row = database.execute("SELECT id FROM runs WHERE sizes = ?", (sizes,)).fetchone()
    if row is None:
        return int(database.execute("INSERT INTO runs (sizes) VALUES (?)", (sizes,)).lastrowid or 0)
    return int(row[0])
