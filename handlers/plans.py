"""What happens when somebody clicks a plan: Run, Cancel, Ask an operator."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from handlers.answering import Origin
from handlers.blocks import plan as plan_blocks
from handlers.blocks.elements import code, section
from handlers.command import Reply
from handlers.edge import Edge
from handlers.posting import Message, NotWritableError, post
from services.errors import NotFoundError, ServiceError, UserError
from services.models import DeployPlan, ImportPlan, Plan

ALREADY = "This plan was run already, as {operation}."
FOLLOWS = "<@{user}> asked for the same and follows this."
ASKED_BEFORE = "An operator was asked already."
NO_PLACE = "There is no channel where I could ask an operator."
NO_PLACE_ADVICE = "Ask {whom} yourself; they can type `/aml {command}`."
NOBODY = "Nobody is an operator yet"
NOBODY_ADVICE = "Whoever runs the bot can name some in AML_BOT_OPERATORS."


class Plans:
    """The life of a plan after it was shown.

    Args:
        edge: runs commands and answers.
        channel: where requests for an operator go when the place itself cannot be posted to.
    """

    def __init__(self, edge: Edge, channel: str | None) -> None:
        self._edge = edge
        self._channel = channel
        self._asking = threading.Lock()
        self._asked: set[str] = set()  # plans whose operators were asked, against double clicks

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
        self._edge.refuse_others(origin)
        plan = self._edge.services.operations.plan(plan_id, at=clicked)
        if plan.operation:
            settled()
            self._say(origin, ALREADY.format(operation=code(plan.operation)))
            return
        fresh = self._reconsidered(plan.content)
        if plan_blocks.differences(plan.content, fresh):
            settled()
            self._show_changes(origin, plan, fresh)
            return
        command = self._edge.registry.by_verb[plan.verb]
        if command.execute is None:
            raise RuntimeError(f"{plan.verb} makes plans and cannot run them")
        call = self._edge.call(origin, value=plan.id, by=origin.asked.user)
        call = replace(call, asked=plan.asked)
        reply = command.execute(call, fresh)
        settled()
        self._tell(origin, plan, reply)
        if reply.follows:
            self._follow(reply.operation, plan.asked.user)
        elif reply.operation and origin.asked.channel == plan.asked.channel:
            self._edge.tell_where(origin, reply.operation)

    def drop(self, origin: Origin, plan_id: str) -> None:
        """Take the plan away; nothing was started.

        Raises:
            NotAllowedError: it is somebody else's, and the person is no operator.
        """
        try:
            plan = self._edge.services.operations.plan(plan_id)
        except NotFoundError:
            plan = None  # it has expired: nobody can run it any more
        if plan is not None and plan.asked.user != origin.asked.user:
            self._edge.refuse_others(origin)
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
        plan = self._edge.services.operations.plan(plan_id)
        if not self._edge.operators.mentions():
            raise UserError(NOBODY, advice=NOBODY_ADVICE, code="NoOperators")
        with self._asking:
            before = plan.id in self._asked
            self._asked.add(plan.id)
        if before:
            self._say(origin, ASKED_BEFORE)
            return
        try:
            channel = self._asked_in(plan)
        except Exception:
            self._asked.discard(plan.id)
            raise
        self._say(origin, plan_blocks.ASKED.format(channel=channel))

    def _asked_in(self, plan: Plan) -> str:
        """Post the request; returns the channel it went to."""
        text, blocks = plan_blocks.request(plan)
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
        advice = NO_PLACE_ADVICE.format(whom=whom, command=command_of(plan.content))
        raise UserError(NO_PLACE, advice=advice, code="NoPlaceToAsk")

    def _reconsidered(self, content: DeployPlan | ImportPlan) -> DeployPlan | ImportPlan:
        services = self._edge.services
        if isinstance(content, ImportPlan):
            return services.imports.reconsider(content)
        return services.deployments.reconsider(content)

    def _show_changes(self, origin: Origin, plan: Plan, fresh: DeployPlan | ImportPlan) -> None:
        renewed = self._edge.services.operations.save_plan(fresh, plan.verb, plan.asked)
        text, blocks = plan_blocks.changed(renewed, plan.content)
        self._edge.answers.say(origin, Message(text=text, blocks=blocks), instead=True)

    def _tell(self, origin: Origin, plan: Plan, reply: Reply) -> None:
        text = reply.text
        if origin.asked.user != plan.asked.user:
            text = f"{text} <@{origin.asked.user}> clicked Run for <@{plan.asked.user}>."
        self._say(origin, text)

    def _follow(self, operation: str, user: str) -> None:
        """Name a second person in the operation's thread: Slack tells them how it ends."""
        self._edge.placed(operation)  # after two clicks at once the message comes a bit later
        found = self._edge.services.operations.get(operation)
        if found.asked.user == user or not found.channel or not found.message:
            return
        text = FOLLOWS.format(user=user)
        thread = found.asked.thread if found.channel == found.asked.channel else None
        with suppress(NotWritableError, ServiceError):  # they were told already, in the answer
            message = Message(text=text, blocks=[section(text)])
            post(self._edge.client, found.channel, message, thread=thread or found.message)

    def _say(self, origin: Origin, text: str) -> None:
        """In place of the plan, so that nobody clicks it again."""
        message = Message(text=text.replace("`", ""), blocks=[section(text)])
        self._edge.answers.say(origin, message, instead=True)


def command_of(content: DeployPlan | ImportPlan) -> str:
    """The command that makes the same plan anew."""
    if isinstance(content, ImportPlan):
        return f"import {content.hub_id} task:{content.task}"
    return f"deploy {content.model_name} on:{content.size} endpoint:{content.endpoint}"
