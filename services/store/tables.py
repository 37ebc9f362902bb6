"""The tables as SQLAlchemy sees them, and the one statement both databases spell differently."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


class JsonText(sa.types.TypeDecorator[Any]):
    """JSON in a text column, the same in both databases; None is NULL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        return None if value is None else json.loads(value)


_METADATA = sa.MetaData()

OPERATIONS = sa.Table(
    "operations",
    _METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("workspace", sa.Text),
    sa.Column("target", sa.Text),
    sa.Column("attempt", sa.Integer),
    sa.Column("title", sa.Text),
    sa.Column("asked", JsonText),
    sa.Column("plan", JsonText),
    sa.Column("state", sa.Text),
    sa.Column("created", sa.Double),
    sa.Column("ended", sa.Double),
    sa.Column("steps", JsonText),
    sa.Column("channel", sa.Text),
    sa.Column("message", sa.Text),
    sa.Column("run_by", sa.Text),
    sa.Column("cancelled_by", sa.Text),
    sa.Column("problem", JsonText),
    sa.Column("result", JsonText),
)

PLANS = sa.Table(
    "plans",
    _METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("verb", sa.Text),
    sa.Column("asked", JsonText),
    sa.Column("content", JsonText),
    sa.Column("created", sa.Double),
    sa.Column("expires", sa.Double),
    sa.Column("operation", sa.Text),
    sa.Column("asker", sa.Text),
    sa.Column("dropped_by", sa.Text),
    sa.Column("dropped_at", sa.Double),
    sa.Column("requested_by", sa.Text),  # who asked an operator, and when
    sa.Column("requested_at", sa.Double),
)

SEEN = sa.Table(
    "seen",
    _METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", sa.Double),
    sa.Column("said", JsonText),
    sa.Column("boot", sa.Text),
)

LICENCES = sa.Table(
    "licences",
    _METADATA,
    sa.Column("workspace", sa.Text, primary_key=True),
    sa.Column("hub_id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("file", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("link", sa.Text),
    sa.Column("accepted_by", sa.Text),
    sa.Column("accepted_at", sa.Double),
)

LEASES = sa.Table(
    "leases",
    _METADATA,
    sa.Column("executor", sa.Text, primary_key=True),
    sa.Column("expires", sa.Double),
)


def insert_or_ignore(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> bool:
    """Insert a row unless one with the same unique value is there; True when it was inserted."""
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = build(table).values(values).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1


def insert_or_replace(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> None:
    """Insert a row, or give the one with the same primary key these values."""
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = build(table).values(values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)
    )
