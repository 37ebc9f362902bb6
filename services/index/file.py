"""The index file: its tables, its connections, and what happens to a broken one."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA_VERSION = 4
SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS models (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,        -- place/name in lower case
    place TEXT NOT NULL,             -- the registry in lower case, or workspace
    origin TEXT NOT NULL,            -- bundled, listed (by a refresh) or added (one by one)
    missed INTEGER NOT NULL,         -- refreshes in a row that did not name it, while added
    name TEXT NOT NULL,
    lower_name TEXT NOT NULL,
    version TEXT NOT NULL,
    registry TEXT NOT NULL,          -- empty for the workspace
    source TEXT NOT NULL,            -- azure, hf or workspace
    tasks TEXT NOT NULL,             -- |a|b|, in the catalog's words, and so on
    finetune_tasks TEXT NOT NULL,
    license TEXT NOT NULL,
    license_class TEXT NOT NULL,
    publisher TEXT NOT NULL,         -- else the owner in the Hub id or the name
    languages TEXT NOT NULL,
    hub TEXT NOT NULL,               -- the Hub id in lower case
    size_bytes INTEGER,              -- NULL: not known
    finetune INTEGER,                -- 1, 0, NULL: not known
    batch INTEGER,
    runs INTEGER NOT NULL,           -- of the table runs
    ends TEXT NOT NULL               -- the first day on which the model is not current any more
);
CREATE INDEX IF NOT EXISTS models_by_name ON models (lower_name);
CREATE INDEX IF NOT EXISTS models_by_place ON models (place);
CREATE INDEX IF NOT EXISTS models_by_hub ON models (hub);
CREATE TABLE IF NOT EXISTS documents (id INTEGER PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, sizes TEXT NOT NULL UNIQUE); -- |a|b|
CREATE TABLE IF NOT EXISTS refreshed (place TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS changes (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    name TEXT NOT NULL,
    "before" TEXT NOT NULL,
    "after" TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(
    name, rest, detail = column, columnsize = 0, prefix = '2 3',
    tokenize = "unicode61 remove_diacritics 0"
);
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(search, col);
"""
SPARE = 4  # connections of readers that are kept open


class Connections:
    """One connection that writes, and readers that see the last whole state without waiting.

    In memory there is one connection for all, and readers wait for a writer.

    Args:
        path: the file, or None for memory.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.RLock()  # of the writer
        self._spare: list[sqlite3.Connection] = []
        self._closed = False
        self._writer = _opened(path)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            while self._spare:
                self._spare.pop().close()
            self._writer.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The writer's connection, for one at a time; `transaction` makes changes whole."""
        with self._lock:
            yield self._writer

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is written in it or, when it raises, nothing."""
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the file, whatever is written meanwhile."""
        if self._path is None:
            with self._lock:
                yield self._writer
            return
        database = self._reader(self._path)
        try:
            database.execute("BEGIN")
            yield database
        finally:
            self._done(database)

    def _done(self, database: sqlite3.Connection) -> None:
        try:
            database.execute("ROLLBACK")  # a reader has nothing to keep
        except sqlite3.Error:
            database.close()
            return
        if len(self._spare) < SPARE and not self._closed:
            self._spare.append(database)
        else:
            database.close()

    def _reader(self, path: Path) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("The index is closed.")
        try:
            return self._spare.pop()
        except IndexError:
            return _connected(str(path))


def _opened(path: Path | None) -> sqlite3.Connection:
    """Open the file and make its tables; a file that is broken or of another time starts anew."""
    if path is None:
        return _prepared(":memory:")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _prepared(str(path))
    except sqlite3.DatabaseError:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _prepared(str(path))


def _connected(where: str) -> sqlite3.Connection:
    return sqlite3.connect(where, check_same_thread=False, timeout=10, isolation_level=None)


def _prepared(where: str) -> sqlite3.Connection:
    database = _connected(where)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(f"PRAGMA journal_size_limit = {2**24}")
        _check_version(database)
        database.executescript(SCHEMA)
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    except BaseException:
        database.close()
        raise
    return database


def _check_version(database: sqlite3.Connection) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version not in {0, SCHEMA_VERSION}:
        raise sqlite3.DatabaseError("made by another version")
