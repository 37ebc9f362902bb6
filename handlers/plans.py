"""What happens when somebody clicks a plan: Run, Cancel, Ask an operator."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from handlers.blocks import plan as plan_blocks
from handlers.blocks.elements import Marked, code, marked, mention, section, where
from handlers.command import Call, May, Origin, Owned, Rule
from handlers.edge import Edge
from handlers.history import FOLLOWER, REQUEST, identified
from handlers.parsing import typed
from handlers.posting import Message, NotWritableError
from services.errors import ErrorText, NotFoundError, ServiceError, UserError
from services.models import Operation, OperationPlan, Plan, Reader, Started
from services.operations import PlanDroppedError

log = logging.getLogger(__name__)

ALREADY = Marked("This plan was run already, as {operation}.")
DROPPED_BEFORE = Marked("This plan was cancelled already, by {user}. Nothing was started.")
FOLLOWS = Marked("{user} asked for the same and follows this.")
ASKED_BEFORE = "An operator was asked already, a moment ago."
CLICKED_BY = Marked("{text} {operator} clicked Run for {user}.")
DROPPED = ErrorText(
    code="PlanDropped",
    what="{who} cancelled this plan, so it cannot be run.",
    why="Nothing was started.",
    advice="Ask for it again to get a new plan.",
)
WORD_GONE = ErrorText(
    code="WordOfNoOperator",
    what="This plan rests on the word of {who}, who is not known as an operator now.",
    why="Nothing was started.{reason}",
    advice="An operator can look at it anew, in a new plan.",
)
THIS_PLAN = "This plan"
NO_PLACE = ErrorText(
    code="NoPlaceToAsk",
    what="There is no channel where I could ask an operator.",
    advice="Ask {operators} yourself; they can type `/aml {command}`.",
)
NOBODY = ErrorText(
    code="NoOperators",
    what="Nobody is an operator yet",
    advice="Whoever runs the bot can name some in AML_BOT_OPERATORS.",
)


class Plans:
    """The life of a plan after it was shown.

    Args:
        edge: runs commands and answers.
        channel: where requests for an operator go when the place itself cannot be posted to.
    """

    def __init__(self, edge: Edge, channel: str | None) -> None:
        self._edge = edge
        self._channel = channel
        self.rules: Mapping[str, Rule] = {
            "cancel": Rule(may=May.OWNER, owner=self._owner),
            "ask": Rule(may=May.ANYONE),
        }
        self.clicks: Mapping[str, Callable[[Origin, str], None]] = {
            "cancel": self.drop,
            "ask": self.ask,
        }

    def run(
        self, origin: Origin, plan_id: str, settled: Callable[[], object], clicked: float
    ) -> None:
        """Carry a plan out, unless the world has changed since it was made.

        Args:
            origin: the click.
            plan_id: what the button carries.
            settled: called as soon as the operation is in the database.
            clicked: when, in simulated seconds; the plan must have been valid then.

        Raises:
            UserError: no right, expired, or no longer possible.
            TemporaryError: it cannot be checked now.
        """
        call = self._edge.call(origin, value=plan_id, by=origin.asked.user)
        self._edge.permissions.permit(self._run_rule(plan_id), call)
        plan = self._stored(plan_id, clicked)
        if plan.operation:
            settled()
            self._say(origin, ALREADY.format(operation=code(plan.operation)))
            return
        if plan.dropped_by:
            raise self._dropped(plan, plan.dropped_by)
        view = self._edge.registry.plan_view(plan)
        fresh = view.reconsider(self._edge.services, plan.content)
        if plan_blocks.differences(view.changes(plan.content, fresh)):
            settled()
            self._show_changes(origin, plan, replace(plan, content=fresh))
            return
        self._check_word(view.word_of(fresh), plan)
        started = self._started(call, plan, fresh)
        settled()
        _record("run", origin, plan, f"{view.sentence(fresh)} → {started.operation.id}")
        seen = started.operation.seen_by(self._asker(plan))
        told = _is_named(started.operation, plan)
        self._tell(origin, plan, plan_blocks.started(view, fresh, started, seen, told=told))
        if isinstance(seen, Operation) and started.joined and not seen.state.ended:
            self._follow(seen, plan)
        elif not started.joined and origin.asked.channel == plan.asked.channel:
            self._edge.tell_where(origin, started.operation.id)

    def _started(self, call: Call, plan: Plan, fresh: OperationPlan) -> Started:
        """Begin; where somebody has cancelled the plan at the same moment, say who."""
        view = self._edge.registry.plan_view(plan)
        try:
            return view.start(replace(call, asked=plan.asked), fresh)
        except PlanDroppedError as error:
            raise self._dropped(plan, error.by) from error

    def _check_word(self, who: str, plan: Plan) -> None:
        """Hold a plan to the right of whoever allowed something in it, as it is now."""
        if not who:
            return
        verdict = self._edge.operators.judge(who)
        if not verdict.allowed:
            reason = f" {verdict.reason}" if verdict.reason else ""
            raise self._how_again(UserError(WORD_GONE, who=mention(who), reason=reason), plan)

    def _dropped(self, plan: Plan, by: str) -> UserError:
        return self._how_again(UserError(DROPPED, who=mention(by)), plan)

    def _asker(self, plan: Plan) -> Reader:
        """Whoever asked for the plan, as a reader of what became of it."""
        asked = plan.asked
        may = self._edge.operators.judge(asked.user).allowed
        return Reader(user=asked.user, channel=asked.channel, operator=may)

    def drop(self, origin: Origin, plan_id: str) -> None:
        """Take the plan away for good; nothing was started, and nothing can be any more.

        Raises:
            NotAllowedError: it is somebody else's, and the person is no operator.
        """
        self._edge.permissions.permit(self.rules["cancel"], self._edge.call(origin, value=plan_id))
        before = self._edge.services.operations.old_plan(plan_id)
        plan = self._edge.services.operations.drop(plan_id, origin.asked.user)
        if plan is not None and plan.operation:
            self._say(origin, ALREADY.format(operation=code(plan.operation)))
        elif first := _first_to_drop(before, plan, origin.asked.user):
            self._say(origin, DROPPED_BEFORE.format(user=mention(first)))
        elif plan is None or plan.asked.user == origin.asked.user:
            self._dropped_by_owner(origin, plan)
        else:
            _record("decline", origin, plan, self._sentence(plan))
            operator, user = mention(origin.asked.user), mention(plan.asked.user)
            self._say(origin, plan_blocks.DECLINED.format(operator=operator, user=user))

    def _dropped_by_owner(self, origin: Origin, plan: Plan | None) -> None:
        """Of a plan that is forgotten nobody knows whose it was, and there is nothing to record."""
        if plan is not None:
            _record("drop", origin, plan, self._sentence(plan))
        self._say(origin, plan_blocks.DROPPED)

    def _sentence(self, plan: Plan) -> str:
        return self._edge.registry.plan_view(plan).sentence(plan.content)

    def ask(self, origin: Origin, plan_id: str) -> None:
        """Show the plan where operators can run it, and say so to whoever asked.

        Raises:
            UserError: expired, or there is no place to ask in.
            TemporaryError: Slack cannot be reached.
        """
        self._edge.permissions.permit(self.rules["ask"], self._edge.call(origin, value=plan_id))
        plan = self._stored(plan_id)
        if not self._edge.operators.mentions():
            raise UserError(NOBODY)
        if plan.dropped_by:
            raise self._dropped(plan, plan.dropped_by)
        operations = self._edge.services.operations
        if not operations.request(plan, origin.asked.user):
            self._say(origin, ASKED_BEFORE)
            return
        try:
            channel = self._asked_in(plan)
        except Exception:
            operations.withdraw(plan)
            raise
        _record("ask", origin, plan, f"{self._sentence(plan)} → {channel}")
        self._say(origin, plan_blocks.ASKED.format(channel=where(channel)))

    def _run_rule(self, plan_id: str) -> Rule:
        """What the command says that made the plan; only operators where nobody knows it."""
        plan = self._edge.services.operations.old_plan(plan_id)
        command = self._edge.registry.by_verb.get(plan.verb) if plan else None
        return Rule(may=command.may if command else May.OPERATOR)

    def _owner(self, call: Call) -> Owned | None:
        """Whose plan it is; nobody's once it has expired, as nobody can run it any more."""
        plan = self._known(call.value)
        return None if plan is None else Owned(name=THIS_PLAN, user=plan.asked.user)

    def _known(self, plan_id: str) -> Plan | None:
        with suppress(NotFoundError):
            return self._edge.services.operations.plan(plan_id)
        return None

    def _stored(self, plan_id: str, at: float | None = None) -> Plan:
        """The plan; one that has expired says how to make it anew."""
        operations = self._edge.services.operations
        try:
            return operations.plan(plan_id, at=at)
        except NotFoundError as error:
            old = operations.old_plan(plan_id)
            if old is None:
                raise
            raise self._how_again(error, old) from error

    def _how_again(self, error: UserError, plan: Plan) -> UserError:
        """The error with the command that makes the same plan anew."""
        again = self._edge.registry.plan_view(plan).again(plan.content)
        return error.replace(suggestions=(again,))

    def _asked_in(self, plan: Plan) -> str:
        """Post the request; returns the channel it went to."""
        view = self._edge.registry.plan_view(plan)
        whom = self._edge.operators.mentions()
        text, blocks = plan_blocks.request(plan, view, whom)
        message = Message(text=text, blocks=blocks)
        places = [] if plan.asked.channel.startswith("D") else [plan.asked.channel]
        if self._channel and self._channel not in places:
            places.append(self._channel)
        for channel in places:
            thread = plan.asked.thread if channel == plan.asked.channel else None
            try:
                known = identified(REQUEST, "plan", plan.id)
                self._edge.answers.posts.post(channel, message, metadata=known, thread=thread)
            except NotWritableError:
                continue
            return channel
        raise UserError(NO_PLACE, operators=whom, command=typed(view.again(plan.content)))

    def _show_changes(self, origin: Origin, plan: Plan, fresh: Plan) -> None:
        operations = self._edge.services.operations
        renewed = operations.save_plan(fresh.content, plan.verb, plan.asked)
        view = self._edge.registry.plan_view(plan)
        text, blocks = plan_blocks.changed(renewed, view, plan.content)
        self._edge.answers.say(origin, Message(text=text, blocks=blocks), instead=True)

    def _tell(self, origin: Origin, plan: Plan, text: str) -> None:
        operator, user = origin.asked.user, plan.asked.user
        if operator != user:
            text = CLICKED_BY.format(text=text, operator=mention(operator), user=mention(user))
        self._say(origin, text)

    def _follow(self, operation: Operation, plan: Plan) -> None:
        """Name a second person in the operation's thread: Slack tells them how it ends."""
        place = self._edge.placed(operation.id)  # after two clicks at once it comes a bit later
        asked, user = operation.asked, plan.asked.user
        if asked.user == user or place is None or not _is_named(operation, plan):
            return
        text = FOLLOWS.format(user=mention(user))
        thread = asked.thread if place.channel == asked.channel else None
        with suppress(NotWritableError, ServiceError):  # they were told already, in the answer
            message = Message(text=text, blocks=[section(text)])
            self._edge.answers.posts.post(
                place.channel,
                message,
                metadata=identified(FOLLOWER, "plan", plan.id),
                thread=thread or place.message,
            )

    def _say(self, origin: Origin, text: str) -> None:
        """In place of the plan, so that nobody clicks it again."""
        said = marked(text)
        message = Message(text=said.replace("`", ""), blocks=[section(said)])
        self._edge.answers.say(origin, message, instead=True)


def _first_to_drop(before: Plan | None, after: Plan | None, user: str) -> str:
    """Who cancelled the plan first, where it was not this click of that person; else ""."""
    by = (after.dropped_by if after else None) or ""
    return by if by != user or (before and before.dropped_by) else ""


def _is_named(operation: Operation, plan: Plan) -> bool:
    """Whether whoever asked for the plan may be named beside somebody else's operation.

    Not where others would learn there what was asked for in private.
    """
    return not plan.asked.private or operation.asked.channel == plan.asked.channel


def _record(act: str, origin: Origin, plan: Plan, what: str) -> None:
    """One line in the log for whatever somebody decides: who, where, for whom, what and price."""
    who, there = origin.asked.user, origin.asked.channel or "App Home"
    log.info("%s: %s in %s: %s of %s: %s", act, who, there, plan.id, plan.asked.user, what)
