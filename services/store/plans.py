"""Plans in the database: what a Run button will do, kept until it is clicked or too old."""

from __future__ import annotations

import sqlalchemy as sa

from services.kinds import Kinds
from services.models import Plan
from services.store import records
from services.store.tables import PLANS, insert_or_replace

_KEPT = 7 * 24 * 3600.0  # simulated seconds that an old plan can still be looked up


class PlanTable:
    def __init__(self, engine: sa.Engine, kinds: Kinds) -> None:
        self._engine = engine
        self._kinds = kinds

    def save(self, plan: Plan) -> None:
        """Store a plan; those that are long expired go."""
        row = {
            "id": plan.id,
            "verb": plan.verb,
            "asked": records.dump(plan.asked),
            "content": records.dump_tagged(plan.content),
            "created": plan.created,
            "expires": plan.expires,
            "operation": plan.operation,
        }
        with self._engine.begin() as connection:
            insert_or_replace(connection, PLANS, row)
            connection.execute(sa.delete(PLANS).where(PLANS.c.expires < plan.created - _KEPT))

    def get(self, plan: str) -> Plan | None:
        """The plan, expired or not."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(PLANS).where(PLANS.c.id == plan)).mappings().first()
        if row is None:
            return None
        kind = self._kinds.with_plan(records.tag_of(row["content"]))
        content = records.load(kind.plan, row["content"])
        fields = {**{str(name): value for name, value in row.items()}, "content": content}
        loaded: Plan = records.load(Plan, {**fields, "kind": kind.name})
        return loaded
