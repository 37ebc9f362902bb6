"""State of the stand-ins: JSON documents in memory, written through to SQLite, and blobs."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

Document = dict[str, Any]
PATIENCE = 2.0  # seconds for another process that is just letting go of the file


class Store:
    """Named collections of JSON documents; with a path they survive a restart.

    Raises:
        sqlite3.Error: the file cannot be opened; `locked` while another store has it.

    Documents are live dicts: change one, then assign it back (`messages[ts] = message`) to write
    it through. Thread-safe for single assignments.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path:
            path.touch(mode=0o600)  # tokens lie there
        self._db = sqlite3.connect(
            path or ":memory:", timeout=PATIENCE, check_same_thread=False, isolation_level=None
        )
        self._lock = threading.RLock()
        self._collections: dict[str, Collection] = {}
        # Documents are kept in memory, so nobody else may write: the file stays locked.
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS documents (collection TEXT, key TEXT, body TEXT,"
            " PRIMARY KEY (collection, key))"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS blobs (key TEXT PRIMARY KEY, body BLOB)")

    def collection(self, name: str) -> Collection:
        """The collection of that name, in the order its documents were first written."""
        with self._lock:
            if name not in self._collections:
                rows = self._db.execute(
                    "SELECT key, body FROM documents WHERE collection = ? ORDER BY rowid", (name,)
                )
                loaded = {key: json.loads(body) for key, body in rows}
                self._collections[name] = Collection(self, name, loaded)
            return self._collections[name]

    def put_blob(self, key: str, body: bytes) -> None:
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?)", (key, body))

    def blob(self, key: str) -> bytes | None:
        with self._lock:
            row = self._db.execute("SELECT body FROM blobs WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def clear(self, prefix: str = "") -> None:
        """Forget every collection and blob whose name starts with the prefix."""
        with self._lock:
            self._db.execute(
                "DELETE FROM documents WHERE substr(collection,1,?) = ?", (len(prefix), prefix)
            )
            self._db.execute("DELETE FROM blobs WHERE substr(key,1,?) = ?", (len(prefix), prefix))
            for name, collection in self._collections.items():
                if name.startswith(prefix):
                    collection.forget()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def write(self, collection: str, key: str, body: Document) -> None:
        with self._lock:
            self._db.execute(
                "INSERT INTO documents VALUES (?, ?, ?)"
                " ON CONFLICT (collection, key) DO UPDATE SET body = excluded.body",
                (collection, key, json.dumps(body)),
            )

    def delete(self, collection: str, key: str) -> None:
        with self._lock:
            self._db.execute(
                "DELETE FROM documents WHERE collection = ? AND key = ?", (collection, key)
            )


class Collection(MutableMapping[str, Document]):
    """A dict of JSON documents whose assignments and deletions are written through."""

    def __init__(self, store: Store, name: str, documents: dict[str, Document]) -> None:
        self._store = store
        self._name = name
        self._documents = documents

    def __getitem__(self, key: str) -> Document:
        return self._documents[key]

    def __setitem__(self, key: str, document: Document) -> None:
        self._documents[key] = document
        self._store.write(self._name, key, document)

    def __delitem__(self, key: str) -> None:
        del self._documents[key]
        self._store.delete(self._name, key)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._documents))

    def __len__(self) -> int:
        return len(self._documents)

    def forget(self) -> None:
        """Empty the memory side after the store was cleared."""
        self._documents.clear()
