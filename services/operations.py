"""Operations and plans as people deal with them: look, cancel, run a plan once."""

from __future__ import annotations

import difflib
import logging
import secrets
from typing import Any

from services.clock import Clock
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    Suggestion,
    UserError,
)
from services.models import (
    Asked,
    Glimpse,
    Operation,
    OperationPlan,
    OperationState,
    Ownership,
    Plan,
    Reader,
)
from services.progress import Place
from services.store.database import Database
from services.store.operations import PlanDroppedError
from services.workflows import runtime

__all__ = ["Operations", "PlanDroppedError"]

log = logging.getLogger(__name__)

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
PRIVATE = ErrorText(
    code="AskedInPrivate",
    what="That was asked for in a private place, and stays there.",
    advice="Whoever asked can do this there; operators can as well.",
)
TOO_MANY_PLANS = ErrorText(
    code="TooManyPlans",
    what="{count} plans of yours are open already.",
    advice="Run or cancel some of them; each also ends 30 minutes after it was made.",
)
TOO_SOON = ErrorText(
    code="AskedJustNow",
    what="You asked an operator a moment ago.",
    why="One request a minute is enough for everybody to read.",
    advice="Wait a minute, then click again.",
)
STATUS = "status"
MOST_PLANS = 100  # of one person that wait to be run
REQUEST_SECONDS = 60.0
_NEAREST = 3
_LOOKED_THROUGH = 50


class Operations:
    """Show everybody what is under way and what was."""

    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def get(self, operation: str, reader: Reader) -> Operation | Glimpse:
        """Return as much of the operation of that short id as the reader may know.

        Raises:
            NotFoundError: there is none; suggests `status` of the nearest.
        """
        return self._stored(operation, reader).seen_by(reader)

    def whole(self, operation: str, reader: Reader) -> Operation:
        """Return the operation of that short id, for what needs all of it.

        Raises:
            NotFoundError: see `get`.
            NotAllowedError: it was asked for in private, where the reader is not.
        """
        found = self.get(operation, reader)
        if isinstance(found, Glimpse):
            raise NotAllowedError(PRIVATE)
        return found

    def recent(self, reader: Reader, limit: int = 10) -> tuple[Operation | Glimpse, ...]:
        """Return the newest operations, newest first, ended or not, as the reader may see them."""
        return tuple(each.seen_by(reader) for each in self._store.operations.recent(limit))

    def running(self, reader: Reader) -> tuple[Operation | Glimpse, ...]:
        """Return all that has not ended, newest first, as the reader may see it."""
        return tuple(each.seen_by(reader) for each in self._store.operations.running())

    def count_running(self) -> int:
        """Return how many operations have not ended."""
        return self._store.operations.count_running()

    def ownership(self, operation: str, reader: Reader) -> Ownership:
        """Return whose the operation is, for deciding what the reader may do with it.

        Raises:
            NotFoundError: see `get`.
        """
        found = self._stored(operation, reader)
        hidden = isinstance(found.seen_by(reader), Glimpse)
        return Ownership(operation=found.id, user=found.asked.user, private=hidden)

    def place(self, operation: str) -> Place | None:
        """Return where the operation's message is; None as long as it is nowhere."""
        found = self._store.operations.get(operation)
        if found is None or not found.channel or not found.message:
            return None
        return Place(channel=found.channel, message=found.message)

    def _stored(self, operation: str, reader: Reader) -> Operation:
        wanted = operation.strip().strip("`").lower()
        found = self._store.operations.get(wanted)
        if found is not None:
            return found
        seen = self.recent(reader, _LOOKED_THROUGH)
        ids = [recent.id for recent in seen if isinstance(recent, Operation)]
        near = difflib.get_close_matches(wanted, ids, n=_NEAREST, cutoff=0.6)
        nearest = tuple(Suggestion(verb=STATUS, argument=id_) for id_ in near)
        suggestions = nearest or (Suggestion(verb=STATUS),)
        raise NotFoundError(UNKNOWN, operation=wanted[:LONGEST_ID], suggestions=suggestions)

    def cancel(self, operation: str, reader: Reader) -> str:
        """Ask for an operation's end; it cleans up after itself and then says so.

        Returns:
            Its id.

        Raises:
            NotFoundError: no such operation.
            UserError: it has ended already (code AlreadyEnded).
        """
        found = self._stored(operation, reader)
        if found.state.ended:
            text = CANCELLED if found.state is OperationState.CANCELLED else ENDED
            raise UserError(
                text,
                code=ENDED.code,
                operation=found.id,
                state=found.state.value,
                suggestions=(Suggestion(verb=STATUS, argument=found.id),),
            )
        log.info("cancel: %s cancels %s of %s", reader.user, found.id, found.asked.user)
        runtime.cancel(found, reader.user)
        return found.id

    def save_plan(self, content: OperationPlan, verb: str, asked: Asked) -> Plan:
        """Keep a plan for its Run button.

        Raises:
            InvalidInputError: that person has too many that nobody has run or cancelled.
        """
        now = self._clock.now()
        if (count := self._store.plans.open_of(asked.user, now)) >= MOST_PLANS:
            raise InvalidInputError(TOO_MANY_PLANS, count=count)
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

    def drop(self, plan: str, user: str) -> Plan | None:
        """Cancel a plan for good, unless it was run or cancelled before; returns it as it is now.

        None where it is forgotten.
        """
        self._store.plans.drop(plan, user, self._clock.now())
        return self._store.plans.get(plan)

    def request(self, plan: Plan, user: str) -> bool:
        """Note that somebody asks operators to run a plan; False where they were just asked.

        Raises:
            InvalidInputError: that person asked about another plan a moment ago.
        """
        again = self._clock.while_people_read(REQUEST_SECONDS)
        asking = self._store.plans.request
        if asking(plan.id, user, self._clock.now(), again=again, pause=REQUEST_SECONDS):
            return True
        found = self._store.plans.requested(plan.id)
        if found is None or found <= self._clock.now() - again:
            raise InvalidInputError(TOO_SOON)
        return False

    def withdraw(self, plan: Plan) -> None:
        """Let a request that reached nobody count as never made."""
        self._store.plans.withdraw(plan.id)

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

    def tried(self, key: str, said: dict[str, Any]) -> None:
        """Record that it is about to be answered once more, with the number of tries in `said`."""
        self._store.seen.rewrite(key, said)

    def forget(self, key: str) -> None:
        """Let what came under that key count as never seen."""
        self._store.seen.forget(key)

    def unanswered(self) -> dict[str, dict[str, Any]]:
        """Return what gone bots left unanswered, by key; this bot answers it from now on."""
        alive = self._store.leases.alive() if self._store.shared else ()
        return self._store.seen.take_over(runtime.boot(), alive)
