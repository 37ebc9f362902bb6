"""Operations and plans as people deal with them: look, cancel, run a plan once."""

from __future__ import annotations

import difflib
import secrets
from typing import Any

from services.clock import Clock
from services.errors import ErrorText, NotFoundError, Suggestion, UserError
from services.models import Asked, Operation, OperationPlan, OperationState, Plan
from services.store.database import Database
from services.workflows import runtime

PLAN_SECONDS = 30 * 60.0  # of its reader; prices, quota and names may have changed after that
LONGEST_ID = 40
UNKNOWN = ErrorText(
    code="OperationNotFound",
    what="There is no operation “{operation}”.",
    advice="Operations look like `dep-7f3k`; `status` alone shows what is going on.",
)
ENDED = ErrorText(
    code="AlreadyEnded", what="{operation} has {state} already; there is nothing to cancel."
)
CANCELLED = ErrorText(code="AlreadyCancelled", what="{operation} was cancelled already.")
EXPIRED = ErrorText(
    code="PlanExpired",
    what="This plan has expired.",
    why="Prices, quota and names may have changed: a plan holds for 30 minutes.",
    advice="Ask for it again; the new plan shows how things are now.",
)
STATUS = "status"
_NEAREST = 3
_LOOKED_THROUGH = 50


class Operations:
    """Show everybody what is under way and what was."""

    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def get(self, operation: str) -> Operation:
        """Return the operation of that short id.

        Raises:
            NotFoundError: there is none; suggests `status` of the nearest.
        """
        wanted = operation.strip().strip("`").lower()
        found = self._store.operations.get(wanted)
        if found is not None:
            return found
        ids = [recent.id for recent in self.recent(_LOOKED_THROUGH)]
        near = difflib.get_close_matches(wanted, ids, n=_NEAREST, cutoff=0.6)
        nearest = tuple(Suggestion(verb=STATUS, argument=id_) for id_ in near)
        suggestions = nearest or (Suggestion(verb=STATUS),)
        raise NotFoundError(UNKNOWN, operation=wanted[:LONGEST_ID], suggestions=suggestions)

    def recent(self, limit: int = 10) -> tuple[Operation, ...]:
        """Return the newest operations, newest first, ended or not."""
        return self._store.operations.recent(limit)

    def running(self) -> tuple[Operation, ...]:
        """Return every operation that has not ended, newest first."""
        return self._store.operations.running()

    def cancel(self, operation: str, user: str) -> Operation:
        """Ask for an operation's end; it cleans up after itself and then says so.

        Raises:
            NotFoundError: no such operation.
            UserError: it has ended already (code AlreadyEnded).
        """
        found = self.get(operation)
        if found.state.ended:
            text = CANCELLED if found.state is OperationState.CANCELLED else ENDED
            raise UserError(
                text,
                code=ENDED.code,
                operation=found.id,
                state=found.state.value,
                suggestions=(Suggestion(verb=STATUS, argument=found.id),),
            )
        return runtime.cancel(found, user)

    def save_plan(self, content: OperationPlan, verb: str, asked: Asked) -> Plan:
        """Keep a plan for its Run button."""
        now = self._clock.now()
        plan = Plan(
            id=f"plan-{secrets.token_hex(6)}",
            verb=verb,
            kind=self._store.kinds.of(content).name,
            asked=asked,
            created=now,
            expires=now + self._clock.while_people_read(PLAN_SECONDS),
            content=content,
        )
        self._store.plans.save(plan)
        return plan

    def plan(self, plan: str, *, at: float | None = None) -> Plan:
        """Return the stored plan; one that was run stays readable after it has expired.

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
        raise NotFoundError(EXPIRED)

    def old_plan(self, plan: str) -> Plan | None:
        """Return the stored plan, expired or not; None where it is forgotten."""
        return self._store.plans.get(plan)

    def seen(self, key: str, said: dict[str, Any] | None = None) -> bool:
        """True when the event or form of that id came before, to any bot.

        Args:
            key: the same for every delivery.
            said: JSON that is enough to answer it; kept until `answered`, so that a bot that dies
                before then loses nothing.
        """
        return self._store.seen.check(key, said=said, boot=runtime.boot())

    def answered(self, key: str) -> None:
        """Record that what came under that key needs no answer any more."""
        self._store.seen.answered(key)

    def forget(self, key: str) -> None:
        """Let what came under that key count as never seen."""
        self._store.seen.forget(key)

    def unanswered(self) -> dict[str, dict[str, Any]]:
        """Return what gone bots left unanswered, by key; this bot answers it from now on."""
        alive = self._store.leases.alive() if self._store.shared else ()
        return self._store.seen.take_over(runtime.boot(), alive)
