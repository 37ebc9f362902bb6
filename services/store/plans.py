"""Plans in the database: what a Run button will do, kept until it is clicked or too old."""

from __future__ import annotations

import sqlalchemy as sa

from services.kinds import Kinds
from services.models import Plan
from services.store import records
from services.store.tables import PLANS, insert_or_replace

_KEPT = 7 * 24 * 3600.0  # simulated seconds that an old plan can still be looked up


class PlanTable:
    """Every method is one transaction. A plan is run or dropped, never both."""

    def __init__(self, engine: sa.Engine, kinds: Kinds) -> None:
        self._engine = engine
        self._kinds = kinds

    def save(self, plan: Plan) -> None:
        """Store a plan."""
        row = {
            "id": plan.id,
            "verb": plan.verb,
            "asked": records.dump(plan.asked),
            "asker": plan.asked.user,
            "content": records.dump_tagged(plan.content),
            "created": plan.created,
            "expires": plan.expires,
            "operation": plan.operation,
        }
        with self._engine.begin() as connection:
            insert_or_replace(connection, PLANS, row)

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

    def open_of(self, user: str, now: float) -> int:
        """How many plans of that person could still be run."""
        still = sa.and_(
            PLANS.c.asker == user,
            PLANS.c.expires >= now,
            PLANS.c.operation.is_(None),
            PLANS.c.dropped_by.is_(None),
        )
        query = sa.select(sa.func.count()).select_from(PLANS).where(still)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def drop(self, plan: str, user: str, now: float) -> None:
        """Note who cancelled it, unless it was run or cancelled already."""
        statement = (
            sa.update(PLANS)
            .where(PLANS.c.id == plan, PLANS.c.operation.is_(None), PLANS.c.dropped_by.is_(None))
            .values(dropped_by=user, dropped_at=now)
        )
        with self._engine.begin() as connection:
            connection.execute(statement)

    def request(self, plan: str, user: str, now: float, *, again: float, pause: float) -> bool:
        """Note who asks an operator; False where that is too soon.

        Args:
            plan: its id.
            user: who asks.
            now: simulated seconds.
            again: seconds after which operators may be asked about the same plan again.
            pause: seconds after which the same person may ask about another one.
        """
        other = PLANS.alias()
        lately = (
            sa.select(other.c.id)
            .where(other.c.requested_by == user, other.c.requested_at > now - pause)
            .exists()
        )
        longer_ago = PLANS.c.requested_at.is_(None) | (PLANS.c.requested_at <= now - again)
        statement = (
            sa.update(PLANS)
            .where(PLANS.c.id == plan, longer_ago, ~lately)
            .values(requested_by=user, requested_at=now)
        )
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    def requested(self, plan: str) -> float | None:
        """When operators were asked about it the last time."""
        query = sa.select(PLANS.c.requested_at).where(PLANS.c.id == plan)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def withdraw(self, plan: str) -> None:
        """Let a request that reached nobody count as never made."""
        statement = sa.update(PLANS).where(PLANS.c.id == plan)
        with self._engine.begin() as connection:
            connection.execute(statement.values(requested_by=None, requested_at=None))

    def prune(self, now: float) -> None:
        """Forget those that expired long ago."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(PLANS).where(PLANS.c.expires < now - _KEPT))
