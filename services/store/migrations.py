"""The shape of our tables, as numbered steps that only ever get longer."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA = "aml_bot"
_LOCK = 0x616D6C  # any number, the same in every bot

# One tuple per version, in SQL that SQLite and PostgreSQL both read. Never edit one that shipped.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE operations (
            id TEXT PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            workspace TEXT NOT NULL,
            target TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            title TEXT NOT NULL,
            asked TEXT NOT NULL,
            plan TEXT NOT NULL,
            state TEXT NOT NULL,
            created DOUBLE PRECISION NOT NULL,
            ended DOUBLE PRECISION,
            steps TEXT NOT NULL,
            channel TEXT,
            message TEXT,
            cancelled_by TEXT,
            problem TEXT,
            result TEXT
        )
        """,
        "CREATE INDEX operations_by_target ON operations (kind, workspace, target, attempt)",
        "CREATE INDEX operations_by_time ON operations (created)",
        "CREATE INDEX operations_by_state ON operations (state)",
        """
        CREATE TABLE plans (
            id TEXT PRIMARY KEY,
            verb TEXT NOT NULL,
            asked TEXT NOT NULL,
            content TEXT NOT NULL,
            created DOUBLE PRECISION NOT NULL,
            expires DOUBLE PRECISION NOT NULL,
            operation TEXT
        )
        """,
        "CREATE INDEX plans_by_expiry ON plans (expires)",
        "CREATE TABLE seen (key TEXT PRIMARY KEY, at DOUBLE PRECISION NOT NULL)",
        "CREATE INDEX seen_by_time ON seen (at)",
        """
        CREATE TABLE leases (
            executor TEXT PRIMARY KEY,
            expires DOUBLE PRECISION NOT NULL
        )
        """,
    ),
    (
        "ALTER TABLE seen ADD COLUMN said TEXT",  # NULL once it is answered
        "ALTER TABLE seen ADD COLUMN boot TEXT",
    ),
    (
        """
        CREATE TABLE licences (
            workspace TEXT NOT NULL,
            hub_id TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            file TEXT NOT NULL,
            name TEXT,
            link TEXT,
            accepted_by TEXT NOT NULL,
            accepted_at DOUBLE PRECISION NOT NULL,
            PRIMARY KEY (workspace, hub_id, sha256)
        )
        """,
    ),
    (
        "ALTER TABLE operations ADD COLUMN run_by TEXT",
        "CREATE INDEX operations_by_end ON operations (ended)",
        "ALTER TABLE plans ADD COLUMN asker TEXT",
        "ALTER TABLE plans ADD COLUMN dropped_by TEXT",
        "ALTER TABLE plans ADD COLUMN dropped_at DOUBLE PRECISION",
        "ALTER TABLE plans ADD COLUMN requested_by TEXT",
        "ALTER TABLE plans ADD COLUMN requested_at DOUBLE PRECISION",
        "CREATE INDEX plans_by_asker ON plans (asker, expires)",
        "CREATE INDEX plans_by_request ON plans (requested_by, requested_at)",
    ),
)


def migrate(engine: sa.Engine) -> None:
    """Bring the tables up to date; several bots may do this at the same moment."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            connection.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # DDL alone would not take the lock
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS versions (version INTEGER NOT NULL)")
        current = connection.exec_driver_sql("SELECT max(version) FROM versions").scalar() or 0
        for version, statements in enumerate(MIGRATIONS, start=1):
            if version > current:
                for statement in statements:
                    connection.exec_driver_sql(statement)
                connection.execute(
                    sa.text("INSERT INTO versions (version) VALUES (:version)"),
                    {"version": version},
                )
