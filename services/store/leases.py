"""Who is alive: every running bot renews a row here, and takes over from those who stopped."""

from __future__ import annotations

import time

import sqlalchemy as sa

from services.store.tables import LEASES, insert_or_replace


class LeaseTable:
    """Times are real seconds by the database's clock, so replicas need no common clock."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def renew(self, executor: str, seconds: float) -> frozenset[str]:
        """Be alive for that long; returns everybody who is."""
        with self._engine.begin() as connection:
            now = _now(connection)
            insert_or_replace(connection, LEASES, {"executor": executor, "expires": now + seconds})
            query = sa.select(LEASES.c.executor).where(LEASES.c.expires >= now)
            return frozenset(connection.execute(query).scalars())

    def alive(self) -> frozenset[str]:
        """Everybody whose last sign of life still counts."""
        with self._engine.connect() as connection:
            query = sa.select(LEASES.c.executor).where(LEASES.c.expires >= _now(connection))
            return frozenset(connection.execute(query).scalars())

    def release(self, executor: str) -> None:
        """Say goodbye, so that others take over at once."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(LEASES).where(LEASES.c.executor == executor))

    def prune(self, seconds: float) -> None:
        """Forget those who have been gone for that long."""
        with self._engine.begin() as connection:
            connection.execute(
                sa.delete(LEASES).where(LEASES.c.expires < _now(connection) - seconds)
            )


def _now(connection: sa.Connection) -> float:
    if connection.dialect.name == "postgresql":
        clock = sa.func.extract("epoch", sa.func.clock_timestamp())
        return float(connection.execute(sa.select(clock)).scalar_one())
    return time.time()
