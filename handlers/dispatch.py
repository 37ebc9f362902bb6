"""Every request of Slack comes in here: acknowledged, answered once, never lost in silence."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.context import BoltContext
from slack_sdk import WebClient

from handlers import events, plans
from handlers.acknowledgement import ACK_SECONDS, Acknowledgements, too_late
from handlers.answers import Answers
from handlers.blocks.elements import section
from handlers.command import ROOT, Action, Command, Origin, Services
from handlers.edge import Edge
from handlers.forms import Forms
from handlers.home import Home
from handlers.inbox import TRIES, Inbox, InboxEntry, tries
from handlers.operators import Operators
from handlers.parsing import plain, without_tokens
from handlers.posting import Message
from handlers.reception import SLOW_SECONDS, Reception, Request
from handlers.registry import Registry
from handlers.timetable import Timetable
from handlers.turns import ASKED, FORMS, HOME, QUICK, Turns
from services.clock import Clock
from services.models import Asked
from services.progress import Place

log = logging.getLogger(__name__)

ACTION = re.compile(r"aml\.(?P<module>\w{1,40})\.(?P<name>\w{1,40})(?:\.\d{1,4})?")
ANYTHING = re.compile("")
# What reading something else than Slack sends ends with.
ODD = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
UNREADABLE = (
    "That did not reach me as Slack sends it, or I do not know it any more, so I did nothing. "
    "Please try again from a new message; `/aml help` shows what I can do."
)
GIVEN_UP = (
    "I was stopped {tries} times while I answered what you asked, so I gave it up. "
    "Please ask again; if that happens once more, tell whoever runs the bot."
)


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
        pool: threads for what happens after the acknowledgement, at least `turns.MOST_THREADS`.
        places: waits for the place of an operation's message (`SlackNotifier.placed`).

    Returns:
        The listeners, which can also `resume` what was left unanswered.
    """
    answers, timetable = Answers(client), Timetable()
    slow = clock.while_people_wait(SLOW_SECONDS)
    reception = Reception(answers, Turns(pool, timetable), timetable, slow)
    edge = Edge(services, registry, answers, operators, clock, reception, places)
    home = Home(client, services, clock)
    acknowledgements = Acknowledgements(timetable, clock.while_people_wait(ACK_SECONDS))
    plans_ = plans.Plans(edge, channel)
    listeners = Listeners(edge, plans_, home, reception, acknowledgements, clock)
    app.command(ROOT)(listeners.typed)
    app.action(ANYTHING)(listeners.clicked)
    app.view(ANYTHING)(listeners.submitted)
    # Bolt acknowledges an event before its listener runs, so what must be kept first is kept by a
    # middleware of the listener (measured: a bot killed in between had lost the message).
    app.event("app_mention", middleware=[listeners.mentioned])(_kept)
    app.event("message", middleware=[listeners.written])(_kept)
    app.event("app_home_opened")(listeners.home_opened)
    app.shortcut(ANYTHING)(listeners.shortcut)
    return listeners


class Listeners:
    """The functions that Bolt calls, on its own threads: they read, keep, and never wait."""

    def __init__(  # noqa: PLR0913, PLR0917 - what the edge is made of
        self,
        edge: Edge,
        plans_: plans.Plans,
        home: Home,
        reception: Reception,
        acknowledgements: Acknowledgements,
        clock: Clock,
    ) -> None:
        self._edge = edge
        self._clock = clock
        self._answers = edge.answers
        self._plans = plans_
        self._home = home
        self._forms = Forms(edge)
        self._reception = reception
        self._acknowledgements = acknowledgements
        self._inbox = Inbox(edge.services.operations)

    def resume(self) -> None:
        """Answer what processes that died have left, from now on."""
        self._inbox.watch(self.resumed)

    def close(self, seconds: float) -> None:
        """Take nothing in any more; whoever waits for an answer that is kept nowhere is told."""
        self._reception.close(seconds)

    def typed(self, ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        """A slash command."""
        with self._read(body, "command", ack):
            origin = events.typed(body)
            text = plain(events.text(body.get("text")), context.bot_user_id)
            request = self._said(origin, text)
            refusal = self._reception.refusal(origin.asked.user, request.share)
            if refusal:
                ack(refusal)  # costs nothing, however many are refused
                return
            ack()
            self._reception.take(request)

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
        with self._read(kept, kept["kind"]):
            said = events.said(kept)
            if said is not None and self._inbox.keep(said.key, without_tokens(kept)):
                self._reception.take(self._from_inbox(said.key, self._message(said)))

    def _message(self, said: events.IncomingMessage) -> Request:
        return self._said(said.origin, said.text, said.pictures)

    def _said(self, origin: Origin, text: str, pictures: tuple[Any, ...] = ()) -> Request:
        sort = self._edge.sort(origin, text, pictures)
        return Request(
            origin=origin,
            lane=sort.lane,
            share=sort.share,
            what=f"{origin.surface} {sort.lane}",
            work=partial(self._edge.say, origin, text, pictures),
        )

    def _from_inbox(self, key: str, request: Request) -> Request:
        return replace(request, kept=True, done=partial(self._inbox.answered, key))

    def resumed(self, key: str, kept: InboxEntry) -> None:
        """What another process received: Slack waits for no acknowledgement any more."""
        try:
            request = self._left(kept)
        except ODD as error:
            log.warning("what another process left cannot be read: %s (%s)", error, key)
            self._inbox.answered(key)
            return
        if request is None:
            self._inbox.answered(key)
            return
        request = self._from_inbox(key, request)
        if tries(kept) >= TRIES:
            log.warning("%s ended %d processes and is given up: %s", request.what, TRIES, key)
            request = replace(request, work=partial(self._give_up, request.origin))
        else:
            request = replace(request, work=partial(self._try_again, key, kept, request.work))
        self._reception.take(request, sure=True)

    def _try_again(self, key: str, kept: InboxEntry, work: Callable[[], None]) -> None:
        self._inbox.begin_again(key, kept)
        work()

    def _give_up(self, origin: Origin) -> None:
        text = GIVEN_UP.format(tries=TRIES)
        self._answers.say(origin, Message(text=text, blocks=[section(text)]))

    def _left(self, kept: InboxEntry) -> Request | None:
        """The request in what the inbox has; None where it is nobody's."""
        if kept["kind"] == "form":
            return self._forms.request(too_late, self._forms.read(kept))
        if kept["kind"] == "run":
            return self._ran(too_late, kept)
        said = events.said(kept)
        return self._message(said) if said else None

    def home_opened(self, ack: Ack, event: Mapping[str, Any]) -> None:
        """Somebody looks at App Home."""
        with self._read({"event": event}, "look at App Home", ack):
            ack()
            if event.get("tab") != "home":
                return
            user = events.identifier(event.get("user"))
            origin = Origin(asked=Asked(user=user, channel=""), surface="view")
            request = Request(
                origin=origin,
                lane="home",
                share=HOME,
                what="app home",
                kept=True,  # it is shown anew as soon as somebody looks again
                work=partial(self._show_home, self._home.show, user),
                soothe=partial(self._show_home, self._home.show_soon, user),
            )
            self._reception.take(request)

    def _show_home(self, show: Callable[..., None], user: str) -> None:
        show(user, operator=self._edge.operators.judge(user).allowed)

    def clicked(self, ack: Ack, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """A button; forms open at once, because their trigger is short-lived."""
        with self._read(body, "click", ack):
            origin, value = events.clicked(body), _value(action)
            match = ACTION.fullmatch(events.text(action.get("action_id")))
            if match is None:
                raise ValueError("no button of ours")
            module, name = match["module"], match["name"]
            if module == "plan" and name == "run":
                self._run(ack, body, value)
                return
            request = self._click(origin, module, name, value)
            ack()
            self._reception.take(request)

    def _click(self, origin: Origin, module: str, name: str, value: str) -> Request:
        """Raises ValueError for a button that nobody knows any more."""
        planned = self._plans.clicks.get(name) if module == "plan" else None
        if planned is not None:
            work = partial(planned, origin, value)
            return Request(
                origin=origin, lane=f"plan.{name}", share=QUICK, what=f"click {name}", work=work
            )
        if module == "say":
            work = partial(self._say_clicked, origin, value)
            return replace(self._said(origin, value), work=work)
        command = self._edge.registry.by_module.get(module)
        action = command.actions.get(name) if command else None
        if command is None or action is None:
            raise ValueError("no button of any command")
        quick = QUICK if command.quick else ASKED
        return Request(
            origin=origin,
            lane=f"{command.name}.{name}",
            share=FORMS if action.opens else quick,
            what=f"click {command.name}.{name}",
            work=self._clicking(origin, command, action, value),
        )

    def _say_clicked(self, origin: Origin, text: str) -> None:
        self._edge.say(self._answers.placed(origin), text)

    def _run(self, ack: Ack, body: Mapping[str, Any], plan: str) -> None:
        """Slack never resends a click, so it is in the database before Slack hears of it.

        As an operation; or, where checking the world again takes too long, as the click itself.
        """
        at = self._clock.now()
        kept = {"kind": "run", "click": events.kept(body), "plan": plan, "at": at}
        key = f"run:{plan}:{events.text(body.get('trigger_id')) or secrets.token_hex(8)}"
        self._inbox.keep(key, without_tokens(kept))
        acknowledge = self._acknowledgements.hold(ack)
        if not self._reception.take(self._from_inbox(key, self._ran(acknowledge, kept))):
            acknowledge()

    def _ran(self, acknowledge: Callable[..., bool], kept: InboxEntry) -> Request:
        origin, plan = events.clicked(kept["click"]), events.value(kept["plan"])

        def work() -> None:
            try:
                self._plans.run(origin, plan, acknowledge, float(kept["at"]))
            finally:
                acknowledge()

        return Request(origin=origin, lane="plan.run", what="click run", work=work)

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
        with self._read(body, "shortcut", ack):
            origin, pictures = events.shortcut(body)
            found = self._edge.registry.shortcuts.get(events.text(body.get("callback_id")))
            if found is None:
                raise ValueError("no shortcut of ours")
            ack()
            command, action = found

            def work() -> None:
                call = self._edge.call(origin, pictures=pictures)
                reply = self._edge.permissions.run(action, call, action.run)
                self._edge.answer(origin, command, reply)

            lane = f"{command.name}.shortcut"
            request = Request(origin=origin, lane=lane, share=FORMS, what=lane, work=work)
            self._reception.take(request)

    def submitted(self, ack: Ack, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        """A form: what is wrong with a field is said beside it, if it is known in time."""
        with self._read(body, "form", ack):
            user = events.identifier((body.get("user") or {}).get("id"))
            kept = without_tokens({"kind": "form", "view": dict(view), "user": user})
            form = self._forms.read(kept)  # what cannot be read is not kept either
            if not self._inbox.keep(form.key, kept):
                ack()  # clicked twice, or again after Slack gave up on us: answered once
                return
            acknowledge = self._acknowledgements.hold(ack)
            request = self._from_inbox(form.key, self._forms.request(acknowledge, form))
            if not self._reception.take(request):
                acknowledge()

    @contextmanager
    def _read(self, body: Mapping[str, Any], what: str, ack: Ack | None = None) -> Iterator[None]:
        """Read what Slack sent; what it never sends ends as a line in the log and a word."""
        try:
            yield
        except ODD as error:
            if ack is not None:
                ack()
            origin = events.whom(body)
            user = origin.asked.user if origin else "somebody"
            log.warning(
                "a %s of %s cannot be read: %s: %s", what, user, type(error).__name__, error
            )
            if origin is not None:
                self._reception.tell(origin, UNREADABLE)


def _kept() -> None:
    """Nothing is left to do: the inbox answers."""


def _value(action: Mapping[str, Any]) -> str:
    chosen = action.get("selected_option") or {}
    return events.value(action.get("value") or chosen.get("value"))
