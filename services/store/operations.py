"""Operations in the database: one row each, found by a short id or by what they are about."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.kinds import Kinds
from services.models import Operation, OperationState, Problem, Step
from services.store import records
from services.store.tables import OPERATIONS, PLANS, insert_or_ignore

# Without look-alikes (0 o, 1 l i, u v) and without the other vowels, so that no word comes out.
_ALPHABET = "bcdfghjkmnpqrstvwxyz23456789"
_LENGTH = 4
_REPEATABLE = frozenset({OperationState.FAILED, OperationState.CANCELLED})
_ENDED = tuple(state.value for state in OperationState if state.ended)

_HINTS: dict[str, Any] = {"steps": tuple[Step, ...], "problem": Problem | None}


class PlanDroppedError(Exception):
    """Somebody cancelled the plan before; nothing was started.

    Args:
        by: the Slack user.
    """

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


def short_id(prefix: str) -> str:
    """Return a new id such as `dep-7f3k`; the caller makes sure that it is free."""
    word = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return f"{prefix}-{word}"


class OperationTable:
    """Every method is one transaction; a row that has ended never changes again.

    Rows of kinds that this release does not know (a newer one may share the database) are not seen.
    """

    def __init__(self, engine: sa.Engine, kinds: Kinds) -> None:
        self._engine = engine
        self._kinds = kinds
        self._known = OPERATIONS.c.kind.in_(tuple(kinds))

    def insert_or_join(
        self,
        new: Operation,
        *,
        workspace: str,
        attempt: int,
        plan: str | None = None,
        once: str = "",
    ) -> tuple[Operation, bool]:
        """Insert the operation, or find the one that does the same.

        The same is what the plan has started already, else what has the same kind, workspace,
        target and attempt. Attempts that failed or were cancelled are passed over.

        Args:
            new: the operation; its key is made here, and another id should its own be taken.
            workspace: part of what it is about.
            attempt: the lowest number to try; they count from 1 for the same target.
            plan: id of the stored plan that asked for it; the plan remembers the operation.
            once: takes the place of target and attempt; what it started is never started again.

        Returns:
            The stored operation, and True when it was there before.

        Raises:
            PlanDroppedError: the plan was cancelled.
        """
        while True:
            key = f"{new.kind}:{workspace}:{once or f'{new.target}:{attempt}'}"
            row = {**_row(new), "key": key, "workspace": workspace, "attempt": attempt}
            with self._engine.begin() as connection:
                earlier = self._run_before(connection, plan)
                if earlier is not None:
                    return earlier, True
                inserted = insert_or_ignore(connection, OPERATIONS, row)
                stored = self._one(connection, OPERATIONS.c.key == key)
                fits = inserted or once or (stored and stored.state not in _REPEATABLE)
                if stored is not None and fits:
                    _remember(connection, plan, stored.id)
                    return stored, not inserted
            if stored is None:
                new = dataclasses.replace(new, id=short_id(self._kinds[new.kind].prefix))
            else:
                attempt += 1

    def get(self, operation: str) -> Operation | None:
        with self._engine.connect() as connection:
            return self._one(connection, OPERATIONS.c.id == operation)

    def latest(self, kind: str, workspace: str, target: str) -> tuple[Operation, int] | None:
        """The last attempt at a target and its number; None when there was none."""
        query = (
            sa.select(OPERATIONS)
            .where(
                OPERATIONS.c.kind == kind,
                OPERATIONS.c.workspace == workspace,
                OPERATIONS.c.target == target,
            )
            .order_by(OPERATIONS.c.attempt.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else (self._operation(row), int(row["attempt"]))

    def recent(self, limit: int) -> tuple[Operation, ...]:
        """The newest first."""
        return self._several(sa.select(OPERATIONS).where(self._known).limit(limit))

    def running(self) -> tuple[Operation, ...]:
        """Everything that has not ended, the newest first."""
        going_on = OPERATIONS.c.state.not_in(_ENDED)
        return self._several(sa.select(OPERATIONS).where(self._known, going_on))

    def count_running(self) -> int:
        """How many have not ended."""
        going_on = sa.and_(OPERATIONS.c.state.not_in(_ENDED), self._known)
        query = sa.select(sa.func.count()).select_from(OPERATIONS).where(going_on)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def prune(self, before: float) -> int:
        """Forget those that ended before that time; returns how many."""
        old = sa.delete(OPERATIONS).where(
            OPERATIONS.c.ended < before, OPERATIONS.c.state.in_(_ENDED)
        )
        with self._engine.begin() as connection:
            return connection.execute(old).rowcount

    def cancelled(self) -> frozenset[str]:
        """Ids of running operations that somebody wants to end."""
        query = sa.select(OPERATIONS.c.id).where(
            OPERATIONS.c.cancelled_by.is_not(None), OPERATIONS.c.state.not_in(_ENDED)
        )
        with self._engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def place(self, operation: str, *, channel: str, message: str) -> Operation:
        """Remember where its message is."""
        return self._change(operation, {"channel": channel, "message": message})

    def show(self, operation: str, steps: Sequence[Step]) -> Operation:
        """Record how far it is; the first call makes it running."""
        written = records.dump(tuple(steps), _HINTS["steps"])
        return self._change(operation, {"steps": written, "state": OperationState.RUNNING.value})

    def end(self, final: Operation) -> Operation:
        """Record the final state, once: a second call changes nothing."""
        row = _row(final)
        names = ("state", "ended", "steps", "problem", "result")
        return self._change(final.id, {name: row[name] for name in names})

    def cancel(self, operation: str, user: str) -> Operation:
        """Note who wants it to end; the first one counts."""
        by = sa.func.coalesce(OPERATIONS.c.cancelled_by, user)
        return self._change(operation, {"cancelled_by": by})

    def _change(self, operation: str, values: dict[str, Any]) -> Operation:
        """Change a row that has not ended; returns it as it is afterwards.

        Raises:
            LookupError: there is no such operation.
        """
        statement = (
            sa.update(OPERATIONS)
            .where(OPERATIONS.c.id == operation, OPERATIONS.c.state.not_in(_ENDED))
            .values(values)
        )
        with self._engine.begin() as connection:
            connection.execute(statement)
            stored = self._one(connection, OPERATIONS.c.id == operation)
        if stored is None:
            raise LookupError(f"no operation {operation}")
        return stored

    def _several(self, query: sa.Select[Any]) -> tuple[Operation, ...]:
        ordered = query.order_by(OPERATIONS.c.created.desc(), OPERATIONS.c.id)
        with self._engine.connect() as connection:
            return tuple(self._operation(row) for row in connection.execute(ordered).mappings())

    def _run_before(self, connection: sa.Connection, plan: str | None) -> Operation | None:
        """What the plan has started already; nobody can cancel the plan from now on.

        Raises:
            PlanDroppedError: somebody was faster.
        """
        if plan is None:
            return None
        held = sa.update(PLANS).where(PLANS.c.id == plan).values(id=plan)  # takes the row's lock
        connection.execute(held)
        dropped = sa.select(PLANS.c.dropped_by).where(PLANS.c.id == plan)
        by = connection.execute(dropped).scalar()
        if by is not None:
            raise PlanDroppedError(by)
        query = sa.select(OPERATIONS).join(PLANS, PLANS.c.operation == OPERATIONS.c.id)
        row = connection.execute(query.where(PLANS.c.id == plan)).mappings().first()
        return None if row is None else self._operation(row)

    def _one(self, connection: sa.Connection, where: sa.ColumnElement[bool]) -> Operation | None:
        query = sa.select(OPERATIONS).where(where, self._known)
        row = connection.execute(query).mappings().first()
        return None if row is None else self._operation(row)

    def _operation(self, row: sa.RowMapping) -> Operation:
        kind = self._kinds[row["kind"]]
        names = {field.name for field in dataclasses.fields(Operation)}
        fields = {str(name): value for name, value in row.items() if name in names}
        fields["plan"] = records.load(kind.plan, row["plan"])
        fields["result"] = records.load(kind.result | None, row["result"])
        loaded: Operation = records.load(Operation, fields)
        return loaded


def _remember(connection: sa.Connection, plan: str | None, operation: str) -> None:
    if plan is not None:
        statement = sa.update(PLANS).where(PLANS.c.id == plan).values(operation=operation)
        connection.execute(statement)


def _row(operation: Operation) -> dict[str, Any]:
    fields = {field.name: getattr(operation, field.name) for field in dataclasses.fields(operation)}
    written = {name: records.dump(fields[name], hint) for name, hint in _HINTS.items()}
    tagged = {name: records.dump_tagged(fields[name]) for name in ("plan", "result")}
    asked = records.dump(operation.asked)
    return {**fields, **written, **tagged, "asked": asked, "state": operation.state.value}
