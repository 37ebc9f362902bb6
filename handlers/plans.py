"""What happens when somebody clicks a plan: Run, Cancel, Ask an operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from handlers.blocks import plan as plan_blocks
from handlers.blocks.elements import code, section
from handlers.command import Call, May, Origin, Owned, Rule
from handlers.edge import Edge
from handlers.parsing import typed
from handlers.posting import Message, NotWritableError, post
from services.errors import ErrorText, NotFoundError, ServiceError, UserError
from services.models import Plan

ALREADY = "This plan was run already, as {operation}."
FOLLOWS = "<@{user}> asked for the same and follows this."
ASKED_BEFORE = "An operator was asked already."
CLICKED_BY = "{text} <@{operator}> clicked Run for <@{user}>."
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
ASKED_KEY = "asked:{plan}"  # in the database, so that two bots ask once


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
        view = self._edge.registry.plan_view(plan)
        fresh = view.reconsider(self._edge.services, plan.content)
        if plan_blocks.differences(view.changes(plan.content, fresh)):
            settled()
            self._show_changes(origin, plan, replace(plan, content=fresh))
            return
        started = view.start(replace(call, asked=plan.asked), fresh)
        settled()
        self._tell(origin, plan, plan_blocks.started(view, fresh, started))
        if started.joined and not started.operation.state.ended:
            self._follow(started.operation.id, plan.asked.user)
        elif not started.joined and origin.asked.channel == plan.asked.channel:
            self._edge.tell_where(origin, started.operation.id)

    def drop(self, origin: Origin, plan_id: str) -> None:
        """Take the plan away; nothing was started.

        Raises:
            NotAllowedError: it is somebody else's, and the person is no operator.
        """
        self._edge.permissions.permit(self.rules["cancel"], self._edge.call(origin, value=plan_id))
        plan = self._known(plan_id)
        if plan is not None and plan.operation:
            self._say(origin, ALREADY.format(operation=code(plan.operation)))
            return
        self._say(origin, plan_blocks.DROPPED)

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
        key = ASKED_KEY.format(plan=plan.id)
        if self._edge.services.operations.seen(key):
            self._say(origin, ASKED_BEFORE)
            return
        try:
            channel = self._asked_in(plan)
        except Exception:
            self._edge.services.operations.forget(key)
            raise
        self._say(origin, plan_blocks.ASKED.format(channel=channel))

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
            again = self._edge.registry.plan_view(old).again(old.content)
            raise error.replace(suggestions=(again,)) from error

    def _asked_in(self, plan: Plan) -> str:
        """Post the request; returns the channel it went to."""
        view = self._edge.registry.plan_view(plan)
        text, blocks = plan_blocks.request(plan, view)
        message = Message(text=text, blocks=blocks)
        places = [] if plan.asked.channel.startswith("D") else [plan.asked.channel]
        if self._channel and self._channel not in places:
            places.append(self._channel)
        for channel in places:
            thread = plan.asked.thread if channel == plan.asked.channel else None
            try:
                post(self._edge.client, channel, message, thread=thread)
            except NotWritableError:
                continue
            return channel
        whom = self._edge.operators.mentions()
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
            text = CLICKED_BY.format(text=text, operator=operator, user=user)
        self._say(origin, text)

    def _follow(self, operation: str, user: str) -> None:
        """Name a second person in the operation's thread: Slack tells them how it ends."""
        place = self._edge.placed(operation)  # after two clicks at once it comes a bit later
        asked = self._edge.services.operations.get(operation).asked
        if asked.user == user or place is None:
            return
        text = FOLLOWS.format(user=user)
        thread = asked.thread if place.channel == asked.channel else None
        with suppress(NotWritableError, ServiceError):  # they were told already, in the answer
            message = Message(text=text, blocks=[section(text)])
            post(self._edge.client, place.channel, message, thread=thread or place.message)

    def _say(self, origin: Origin, text: str) -> None:
        """In place of the plan, so that nobody clicks it again."""
        message = Message(text=text.replace("`", ""), blocks=[section(text)])
        self._edge.answers.say(origin, message, instead=True)
