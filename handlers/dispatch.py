"""Every request of Slack comes in here: acknowledged, answered once, never lost in silence."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.context import BoltContext
from slack_sdk import WebClient

from handlers import events, plans
from handlers.acknowledgement import ACK_SECONDS, Acknowledgement, too_late
from handlers.answers import SLOW_SECONDS, Answers
from handlers.command import (
    ROOT,
    Action,
    Command,
    Origin,
    Services,
)
from handlers.edge import Edge
from handlers.forms import CALLBACK, Forms
from handlers.home import Home
from handlers.inbox import Inbox, InboxEntry
from handlers.operators import Operators
from handlers.parsing import plain, without_tokens
from handlers.registry import Registry
from services.clock import Clock
from services.models import Asked
from services.progress import Place

ACTION = re.compile(r"aml\.(?P<module>\w+)\.(?P<name>\w+)(?:\.\d+)?")


def register(  # noqa: PLR0913 - what the edge is made of
    app: App,
    services: Services,
    *,
    registry: Registry,
    client: WebClient,
    operators: Operators,
    channel: str | None,
    clock: Clock,
    pool: Executor,
    later: Executor | None = None,
    places: Callable[[str, float], Place | None] = lambda _operation, _seconds: None,
) -> Listeners:
    """Connect a Bolt app to the commands.

    Args:
        app: gets the listeners.
        services: what commands ask.
        registry: the commands.
        client: for everything that is not an answer by response URL.
        operators: who may spend and delete.
        channel: where requests for an operator go when the place itself is not writable.
        clock: simulated time.
        pool: a few threads for what happens after the acknowledgement.
        later: a few others for what is added to answers, so that waiting for it keeps none from
            being answered; the same where none are given.
        places: waits for the place of an operation's message (`SlackNotifier.placed`).

    Returns:
        The listeners, which can also `resume` what was left unanswered.
    """
    answers = Answers(client, slow=clock.while_people_wait(SLOW_SECONDS))
    edge = Edge(services, registry, answers, operators, clock, later or pool, places)
    home = Home(client, services, clock)
    listeners = Listeners(edge, plans.Plans(edge, channel), home, pool, clock)
    app.command(ROOT)(listeners.typed)
    app.action(ACTION)(listeners.clicked)
    app.view(CALLBACK)(listeners.submitted)
    # Bolt acknowledges an event before its listener runs, so what must be kept first is kept by a
    # middleware of the listener (measured: a bot killed in between had lost the message).
    app.event("app_mention", middleware=[listeners.mentioned])(_kept)
    app.event("message", middleware=[listeners.written])(_kept)
    app.event("app_home_opened")(listeners.home_opened)
    for callback in edge.registry.shortcuts:
        app.shortcut(callback)(listeners.shortcut)
    return listeners


class Listeners:
    """The functions that Bolt calls, on its own threads."""

    def __init__(
        self, edge: Edge, plans_: plans.Plans, home: Home, pool: Executor, clock: Clock
    ) -> None:
        self._edge = edge
        self._clock = clock
        self._answers = edge.answers
        self._plans = plans_
        self._home = home
        self._forms = Forms(edge)
        self._pool = pool
        self._inbox = Inbox(edge.services.operations, pool)

    def resume(self) -> None:
        """Answer what processes that died have left, from now on."""
        self._inbox.watch(self._resumed)

    def typed(self, ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        """A slash command."""
        ack()
        origin = events.typed(body)
        text = plain(str(body.get("text") or ""), context.bot_user_id)
        self._soon(origin, lambda: self._edge.say(origin, text))

    def mentioned(
        self, event: Mapping[str, Any], context: BoltContext, next_: Callable[[], None]
    ) -> None:
        """A message that mentions the bot."""
        self._heard({"kind": "mention", "event": dict(event), "bot": context.bot_user_id})
        next_()

    def written(
        self, event: Mapping[str, Any], context: BoltContext, next_: Callable[[], None]
    ) -> None:
        """A direct message."""
        self._heard({"kind": "direct", "event": dict(event), "bot": context.bot_user_id})
        next_()

    def _heard(self, kept: InboxEntry) -> None:
        """Once per message: Slack repeats events, and a mention may come as a message too."""
        said = events.said(kept)
        if said is not None:
            self._inbox.receive(said.key, without_tokens(kept), lambda: self._answered(said))

    def _answered(self, said: events.IncomingMessage) -> None:
        work = partial(self._edge.say, said.origin, said.text, said.pictures)
        self._answers.guarded(said.origin, work)

    def _resumed(self, kept: InboxEntry) -> None:
        """What another process received: Slack waits for no acknowledgement any more."""
        if kept["kind"] == "form":
            self._forms.fill(too_late, kept)
        elif kept["kind"] == "run":
            self._ran(too_late, kept)
        elif said := events.said(kept):
            self._answered(said)

    def home_opened(self, ack: Ack, event: Mapping[str, Any]) -> None:
        """Somebody looks at App Home."""
        ack()
        if event.get("tab") != "home":
            return
        user = str(event["user"])
        origin = Origin(asked=_nowhere(user), surface="view")
        work = partial(self._show_home, user)
        self._pool.submit(self._answers.guarded, origin, work, soothing=False)

    def _show_home(self, user: str) -> None:
        self._home.show(user, operator=self._edge.operators.judge(user).allowed)

    def clicked(self, ack: Ack, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """A button; forms open at once, because their trigger is short-lived."""
        origin = events.clicked(body)
        match = ACTION.fullmatch(str(action["action_id"]))
        if match is None:
            ack()
            return
        module, name, value = match["module"], match["name"], _value(action)
        if module == "plan" and name == "run":
            self._run(self._in_time(ack), body, value)
            return
        ack()
        if module == "plan":
            work = self._plans.clicks.get(name)
            if work is not None:  # else a button of another version
                self._soon(origin, lambda: work(origin, value))
        elif module == "say":
            self._soon(origin, lambda: self._edge.say(self._answers.placed(origin), value))
        else:
            self._command(origin, module, name, value)

    def _in_time(self, ack: Ack) -> Acknowledgement:
        return Acknowledgement(ack, self._clock.while_people_wait(ACK_SECONDS))

    def _run(self, acknowledge: Acknowledgement, body: Mapping[str, Any], plan: str) -> None:
        """Slack never resends a click, so it is in the database before Slack hears of it.

        As an operation; or, where checking the world again takes too long, as the click itself.
        """
        at = self._clock.now()
        kept = {"kind": "run", "click": events.kept(body), "plan": plan, "at": at}
        key = f"run:{plan}:{body.get('trigger_id') or secrets.token_hex(8)}"
        self._inbox.hold(key, without_tokens(kept), lambda: self._ran(acknowledge, kept))
        acknowledge()

    def _ran(self, acknowledge: Callable[..., bool], kept: InboxEntry) -> None:
        origin = events.clicked(kept["click"])
        work = partial(self._plans.run, origin, kept["plan"], acknowledge, kept["at"])
        self._answers.guarded(origin, work)

    def _command(self, origin: Origin, module: str, name: str, value: str) -> None:
        command = self._edge.registry.by_module.get(module)
        action = command.actions.get(name) if command else None
        if command is None or action is None:
            return  # a button of an older version; Slack shows nothing either
        work = self._clicking(origin, command, action, value)
        if action.opens:
            self._answers.guarded(origin, work)
        else:
            self._soon(origin, work)

    def _clicking(
        self, origin: Origin, command: Command, action: Action, value: str
    ) -> Callable[[], None]:
        def work() -> None:
            placed = origin if action.opens else self._answers.placed(origin)
            reply = self._edge.permissions.run(
                action, self._edge.call(placed, value=value), action.run
            )
            self._edge.answer(placed, command, reply)

        return work

    def shortcut(self, ack: Ack, body: Mapping[str, Any]) -> None:
        """A message shortcut."""
        ack()
        origin, pictures = events.shortcut(body)
        command, action = self._edge.registry.shortcuts[str(body["callback_id"])]

        def work() -> None:
            reply = self._edge.permissions.run(
                action, self._edge.call(origin, pictures=pictures), action.run
            )
            self._edge.answer(origin, command, reply)

        self._answers.guarded(origin, work)

    def submitted(self, ack: Ack, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        """A form: what is wrong with a field is said beside it, if it is known in time."""
        acknowledge = self._in_time(ack)
        kept = {"kind": "form", "view": dict(view), "user": str(body["user"]["id"])}
        trigger = body.get("trigger_id") or secrets.token_hex(8)
        held = without_tokens(kept)
        self._inbox.hold(f"form:{trigger}", held, lambda: self._forms.fill(acknowledge, held))
        acknowledge()

    def _soon(self, origin: Origin, work: Callable[[], None]) -> None:
        self._pool.submit(self._answers.guarded, origin, work)


def _kept() -> None:
    """Nothing is left to do: the inbox answers."""


def _value(action: Mapping[str, Any]) -> str:
    chosen = action.get("selected_option") or {}
    return str(action.get("value") or chosen.get("value") or "")


def _nowhere(user: str) -> Asked:
    return Asked(user=user, channel="")
