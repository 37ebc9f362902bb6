"""The index file itself: its tables, and what happens to a broken one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS models (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,        -- registry/name in lower case; the workspace has no registry
    name TEXT NOT NULL,
    lower_name TEXT NOT NULL,
    bundled INTEGER NOT NULL,        -- 1: of the snapshot, replaced with it; 0: added later
    registry TEXT NOT NULL,
    tasks TEXT NOT NULL,             -- |a|b|
    license TEXT NOT NULL,
    publisher TEXT NOT NULL,
    ends TEXT NOT NULL,              -- the first day on which the model is not current any more
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS models_by_name ON models (lower_name);
CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(
    name, task, rest, prefix = '2 3', tokenize = "unicode61 remove_diacritics 2"
);
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(search, row);
"""


def connected(path: Path | None) -> sqlite3.Connection:
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


def _prepared(where: str) -> sqlite3.Connection:
    database = sqlite3.connect(where, check_same_thread=False, timeout=10)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(SCHEMA)
        _check_version(database)
    except BaseException:
        database.close()
        raise
    return database


def _check_version(database: sqlite3.Connection) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version not in {0, SCHEMA_VERSION}:
        raise sqlite3.DatabaseError("made by another version")
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
