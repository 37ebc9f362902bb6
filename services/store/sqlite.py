"""SQLite files that many threads of one process write to."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

POOL = {"pool_size": 8, "max_overflow": 24, "pool_timeout": 30}
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN")
_PRAGMAS = ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def sqlite_engine(path: Path) -> sa.Engine:
    """An engine for one SQLite file whose writes survive a power cut and take turns.

    SQLite itself lets writers that wait poll, so that an unlucky one waits for seconds (7 s
    measured with 60 operations running, longer than Slack waits for a click). They queue here.
    """
    turn = threading.Lock()

    def connect(*given: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - sqlite3.connect's own
        connection = _Connection(*given, **options)
        connection.turn = turn
        return connection

    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), connect_args={"factory": connect}, **POOL
    )

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"  # a transaction never fails half-way
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


class _Connection(sqlite3.Connection):
    """Takes its turn with the first write of a transaction and passes it on at the end."""

    turn: threading.Lock
    _writing = False

    def cursor(self, factory: Any = None) -> Any:  # noqa: ANN401 - sqlite3's own signature
        return super().cursor(factory or _Cursor)

    def take_turn(self, statement: str) -> None:
        if not self._writing and statement.lstrip()[:7].upper().startswith(_WRITES):
            self.turn.acquire()
            self._writing = True

    def commit(self) -> None:
        super().commit()
        self._pass_on()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._pass_on()

    def close(self) -> None:
        super().close()
        self._pass_on()

    def _pass_on(self) -> None:
        if self._writing:
            self._writing = False
            self.turn.release()


class _Cursor(sqlite3.Cursor):
    connection: _Connection

    def execute(self, sql: str, parameters: Any = (), /) -> Self:  # noqa: ANN401 - sqlite3's own signature
        self.connection.take_turn(sql)
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Self:  # noqa: ANN401 - sqlite3's own signature
        self.connection.take_turn(sql)
        return super().executemany(sql, parameters)
