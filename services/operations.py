"""Operations and plans as people deal with them: look, cancel, run a plan once."""

from __future__ import annotations

import difflib
import secrets
from typing import Any

from services.clock import Clock
from services.errors import NotAllowedError, NotFoundError, UserError
from services.models import Asked, DeployPlan, ImportPlan, Operation, Plan
from services.store.database import Database
from services.workflows import runtime

PLAN_SECONDS = 30 * 60.0  # of its reader; prices, quota and names may have changed after that
_NEAREST = 3
_LOOKED_THROUGH = 50


class Operations:
    """What is under way and what was, for everybody to see."""

    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def get(self, operation: str) -> Operation:
        """The operation of that short id.

        Raises:
            NotFoundError: there is none; suggests `status` of the nearest.
        """
        wanted = operation.strip().strip("`").lower()
        found = self._store.operations.get(wanted)
        if found is not None:
            return found
        ids = [one.id for one in self.recent(_LOOKED_THROUGH)]
        near = difflib.get_close_matches(wanted, ids, n=_NEAREST, cutoff=0.6)
        raise NotFoundError(
            f"There is no operation “{wanted[:40]}”.",
            advice="Operations look like `dep-7f3k`; `status` alone shows what is going on.",
            code="OperationNotFound",
            suggestions=tuple(f"status {each}" for each in near) or ("status",),
        )

    def recent(self, limit: int = 10) -> tuple[Operation, ...]:
        """The newest operations, newest first, ended or not."""
        return self._store.operations.recent(limit)

    def running(self) -> tuple[Operation, ...]:
        """Everything that has not ended, newest first."""
        return self._store.operations.running()

    def cancel(self, operation: str, user: str, *, operator: bool) -> Operation:
        """Ask for an operation's end; it cleans up after itself and then says so.

        Raises:
            NotFoundError: no such operation.
            NotAllowedError: somebody else's, and the person is no operator.
            UserError: it has ended already (code AlreadyEnded).
        """
        found = self.get(operation)
        if found.state.ended:
            raise UserError(
                f"{found.id} has {found.state.value} already; there is nothing to cancel."
                if found.state.value != "cancelled"
                else f"{found.id} was cancelled already.",
                code="AlreadyEnded",
                suggestions=(f"status {found.id}",),
            )
        if found.asked.user != user and not operator:
            raise NotAllowedError(
                f"{found.id} is somebody else's.",
                why="Everybody may cancel their own work; operators may cancel all.",
                advice=f"Ask <@{found.asked.user}> or an operator to cancel it.",
            )
        return runtime.cancel(found, user)

    def save_plan(self, content: DeployPlan | ImportPlan, verb: str, asked: Asked) -> Plan:
        """Keep a plan for its Run button."""
        now = self._clock.now()
        plan = Plan(
            id=f"plan-{secrets.token_hex(6)}",
            verb=verb,
            asked=asked,
            created=now,
            expires=now + self._clock.while_people_read(PLAN_SECONDS),
            content=content,
        )
        self._store.plans.save(plan)
        return plan

    def plan(self, plan: str, *, at: float | None = None) -> Plan:
        """The stored plan; one that was run stays readable after it has expired.

        Args:
            plan: its id.
            at: when somebody clicked it, in simulated seconds; now, unless a bot died meanwhile.

        Raises:
            NotFoundError: unknown, or expired before it was run (code PlanExpired).
        """
        found = self._store.plans.get(plan)
        when = self._clock.now() if at is None else at
        if found is not None and (found.operation or when <= found.expires):
            return found
        again = () if found is None else (_command(found),)
        raise NotFoundError(
            "This plan has expired.",
            why="Prices, quota and names may have changed: a plan holds for 30 minutes.",
            advice="Ask for it again; the new plan shows how things are now.",
            code="PlanExpired",
            suggestions=again,
        )

    def seen(self, key: str, said: dict[str, Any] | None = None) -> bool:
        """True when the event or form of that id came before, to any bot.

        Args:
            key: the same for every delivery.
            said: JSON that is enough to answer it; kept until `answered`, so that a bot that dies
                before then loses nothing.
        """
        return self._store.seen.check(key, said=said, boot=runtime.boot())

    def answered(self, key: str) -> None:
        """What came under that key needs no answer any more."""
        self._store.seen.answered(key)

    def unanswered(self) -> dict[str, dict[str, Any]]:
        """What bots that are gone left unanswered, by key; this bot answers it from now on."""
        alive = self._store.leases.alive() if self._store.shared else ()
        return self._store.seen.take_over(runtime.boot(), alive)


def _command(plan: Plan) -> str:
    """The command that makes the same plan anew."""
    if isinstance(plan.content, ImportPlan):
        return f"import {plan.content.hub_id}"
    return f"deploy {plan.content.model_name}"
