"""From a request to a command and back: parse, call, store plans, answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from slack_sdk import WebClient

from handlers.answers import Answers, Standing
from handlers.attached import named, thread_pictures
from handlers.blocks import elsewhere, help as help_blocks, plan as plan_blocks
from handlers.blocks.elements import section
from handlers.command import (
    Call,
    Command,
    Origin,
    Reply,
    Services,
    View,
)
from handlers.conversations import Conversations
from handlers.operators import Operators
from handlers.parsing import Typed, refuse_overlong, refuse_tokens, split_verb, take_options
from handlers.permissions import Permissions
from handlers.posting import Message, NotWritableError
from handlers.reception import Reception, Request
from handlers.registry import MENU, Registry
from handlers.turns import ASKED, FORMS, LATER, QUICK, Share
from services.clock import Clock
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotAllowedError,
    ServiceRefusedError,
    TemporaryError,
)
from services.models import Asked, Picture
from services.progress import Place

log = logging.getLogger(__name__)

CLASSIFY, HELP = "classify", "help"
NO_EXCLUSION = ErrorText(
    code="NoExclusion",
    what="`{command}` does not take `-{option}:`",
    advice="Write `{option}:` without the dash.",
)
PLACED_SECONDS = 3.0  # real time


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """What a request may have to wait for, and with which others of the same person."""

    lane: str
    share: Share


class Edge:
    """Runs commands for people; every method may raise what a command raises.

    Args:
        services: what commands ask.
        registry: the commands.
        answers: says things.
        operators: who may spend.
        clock: simulated time, told to every call.
        reception: for what is added to answers, which may be waited for; without it that is done
            at once.
        places: waits at most so many seconds for the place of an operation's message.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what the edge is made of
        self,
        services: Services,
        registry: Registry,
        answers: Answers,
        operators: Operators,
        clock: Clock,
        reception: Reception | None = None,
        places: Callable[[str, float], Place | None] = lambda _operation, _seconds: None,
    ) -> None:
        self.services = services
        self.registry = registry
        self.answers = answers
        self.operators = operators
        self.permissions = Permissions(operators)
        self._conversations = Conversations(answers.client)
        self._clock = clock
        self._reception = reception
        self._places = places

    @property
    def client(self) -> WebClient:
        return self.answers.client

    def sort(self, origin: Origin, text: str, pictures: tuple[Picture, ...] = ()) -> Sort:
        """Of which sort a text is, before anything is done about it."""
        typed = split_verb(text)
        command, rest = self.registry.by_verb.get(typed.verb), typed.rest
        if command is None:
            command, rest = self._meant(origin, typed, text, pictures)
        if command is None:
            return Sort(lane=HELP, share=QUICK)
        aside = command.words.get(rest.lower().lstrip("-"))
        if aside is not None:
            return Sort(lane=f"{command.name}.{rest.lower().lstrip('-')}", share=ASKED)
        if command.form is not None and origin.trigger and not rest and not pictures:
            return Sort(lane=f"{command.name}.form", share=FORMS)
        if command.quick_for(rest):
            return Sort(lane=f"{command.name}.quick", share=QUICK)
        return Sort(lane=command.name, share=QUICK if command.quick else ASKED)

    def say(self, origin: Origin, text: str, pictures: tuple[Picture, ...] = ()) -> None:
        """Run what a person typed; `text` is plain already."""
        refuse_tokens(text)
        refuse_overlong(text)
        pictures = named(self.client, pictures)
        typed = split_verb(text)
        command, rest = self.registry.by_verb.get(typed.verb), typed.rest
        if command is None:
            command, rest = self._meant(origin, typed, text, pictures)
        if command is None:
            self._unknown(origin, typed)
            return
        words, options = take_options(rest, [option.name for option in command.options])
        _refuse_exclusion(command, options)
        call = replace(self.call(origin), text=words, options=options, pictures=pictures)
        aside = None if options else command.words.get(words.lower().lstrip("-"))
        if aside is not None:
            self.answer(origin, command, self.permissions.run(aside, call, aside.run))
            return
        if command.pictures and not pictures:
            call = replace(call, pictures=self._in_thread(origin))
        bare = not words and not options and not call.pictures
        form = command.form if bare and origin.trigger else None
        run = command.run if form is None else lambda call: Reply(view=form(call))
        self.answer(origin, command, self.permissions.run(command, call, run))

    def _meant(
        self, origin: Origin, typed: Typed, text: str, pictures: tuple[Picture, ...]
    ) -> tuple[Command | None, str]:
        """A text without a verb: labels for pictures, a link, or nothing at all."""
        recognising = self.registry.recognising(text.strip())
        if recognising is not None and not pictures:
            return recognising, text.strip()
        labels = _labels(text)
        if labels is not None:
            return self.registry.by_verb[CLASSIFY], labels
        if pictures or (origin.threaded and "," in text) or "," in typed.verb:
            return self.registry.by_verb[CLASSIFY], text
        meant = any(character.isalnum() for character in text)
        return (None if meant else self.registry.by_verb[MENU]), ""

    def call(self, origin: Origin, pictures: tuple[Picture, ...] = (), **more: Any) -> Call:  # noqa: ANN401 - the fields of Call
        """The call of that person there; pictures get the names that Slack did not tell of."""
        return Call(
            asked=self._asked(origin),
            services=self.services,
            operator=self.operators.judge(origin.asked.user).allowed,
            surface=origin.surface,
            commands=self.registry.commands,
            views=self.registry.views,
            now=self._clock.now(),
            once=origin.once,
            pictures=named(self.client, pictures),
            **more,
        )

    def _asked(self, origin: Origin) -> Asked:
        """Who asks where, and whether everybody may read there."""
        private = self._conversations.private(origin.asked.channel, origin.called)
        return replace(origin.asked, private=private)

    def answer(self, origin: Origin, command: Command, reply: Reply) -> None:
        """Say a reply; a plan is stored first and gets its buttons."""
        if reply.plan is not None:
            asked = reply.asked or self._asked(origin)
            plan = self.services.operations.save_plan(reply.plan, command.name, asked)
            verdict = self.operators.judge(origin.asked.user)
            view = self.registry.plan_view(plan)
            text, blocks = plan_blocks.card(
                plan, view, may_run=verdict.allowed, note=verdict.reason
            )
            self.answers.say(origin, Message(text=text, blocks=blocks))
            return
        if reply.view is not None and origin.trigger:
            self._open(origin, reply.view)
            return
        if reply.text and not reply.silent:
            standing = self._say(origin, reply)
            if reply.later is not None:
                self._add(origin, command, reply.later, standing)
        elif reply.later is not None:
            self._soon(
                origin, command, partial(self._answer_late, origin, reply.later), instead=True
            )
        if reply.operation:
            self.tell_where(origin, reply.operation)

    def _open(self, origin: Origin, view: View) -> None:
        """Open a form; the SDK of Azure is loaded while somebody fills it in."""
        self.answers.open(origin, view)
        self.services.catalog.prepare()

    def _say(self, origin: Origin, reply: Reply) -> Standing | None:
        message = Message(text=reply.text, blocks=reply.blocks or ())
        return self.answers.say(origin, message, public=reply.public, instead=reply.replace)

    def _answer_late(self, origin: Origin, later: Callable[[], Reply]) -> None:
        reply = later()
        if reply.text:
            self._say(origin, reply)

    def _add(
        self,
        origin: Origin,
        command: Command,
        later: Callable[[], Reply],
        standing: Standing | None,
    ) -> None:
        """Have an answer replaced, or where that cannot be, followed by what is new."""
        if standing is None:
            self._soon(origin, command, partial(self._follow, origin, later))
            return
        place = (standing.channel, standing.ts)
        edit = self.answers.edits.owe(place)  # now: a click may come before its turn

        def work() -> None:
            reply = later()
            if reply.text:
                edit.make(lambda: self._amend(standing, reply))

        self._soon(origin, command, work, done=lambda: self.answers.edits.settle(place, edit))

    def _amend(self, standing: Standing, reply: Reply) -> None:
        try:
            self.answers.amend(standing, Message(text=reply.text, blocks=reply.blocks or ()))
        except (NotWritableError, ServiceRefusedError, TemporaryError) as error:
            log.info("an answer cannot be edited any more: %s", error)  # it was deleted, say

    def _follow(self, origin: Origin, later: Callable[[], Reply]) -> None:
        reply = later()
        shown = reply.addition or reply
        if shown.text:
            self._say(origin, replace(shown, replace=False))

    def _soon(
        self,
        origin: Origin,
        command: Command,
        work: Callable[[], None],
        *,
        instead: bool = False,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        """Have something added to an answer, or `instead` of it: then somebody waits for it."""
        if self._reception is None:
            self.answers.guarded(origin, work)
            done()
            return
        request = Request(
            origin=origin,
            lane=f"{command.name}.later",
            work=work,
            share=LATER,
            what=command.name,
            kept=not instead,  # the answer was said: nobody misses what comes no more
            done=done,
            soothing=instead,
            promise=self.answers.hand_on() if instead else None,
        )
        self._reception.take(request)

    def tell_where(self, origin: Origin, operation: str) -> None:
        """Say so when the operation's message could not go where the person looks for it."""
        if origin.surface in {"mention", "direct"}:
            return  # the bot is there
        place = self.placed(operation)
        if place is not None and place.channel != origin.asked.channel:
            text = elsewhere.operation(origin.asked.channel, operation)
            self.answers.say(origin, Message(text=text, blocks=[section(text)]))

    def placed(self, operation: str) -> Place | None:
        """Where the operation's message is, as soon as it is posted; None where it is not."""
        known = self.services.operations.place(operation)
        return known or self._places(operation, PLACED_SECONDS)

    def _in_thread(self, origin: Origin) -> tuple[Picture, ...]:
        """The pictures of the thread somebody speaks in.

        Raises:
            NotAllowedError: the thread cannot be read; not for a message that began its own.
        """
        asked = origin.asked
        if origin.surface not in {"mention", "direct"} or not asked.thread:
            return ()
        try:
            return named(self.client, thread_pictures(self.client, asked.channel, asked.thread))
        except NotAllowedError:
            if origin.threaded:
                raise
            return ()  # the event may lack the files it has; without the scope nobody can tell

    def _unknown(self, origin: Origin, typed: Typed) -> None:
        nearest = self.registry.nearest(typed.verb, typed.rest)
        text, blocks = help_blocks.unknown(typed.verb, nearest)
        self.answers.say(origin, Message(text=text, blocks=blocks))


def _refuse_exclusion(command: Command, options: Mapping[str, str]) -> None:
    """Fail where an option was typed with a dash that means nothing to the command.

    Raises:
        InvalidInputError: which one, and how to write it.
    """
    for option in command.options:
        if f"-{option.name}" in options and not option.excludes:
            raise InvalidInputError(
                NO_EXCLUSION, command=command.name, option=option.name, field=option.name
            )


def _labels(text: str) -> str | None:
    """What follows `labels:` at the beginning of a text."""
    head, colon, rest = text.partition(":")
    return rest.strip() if colon and head.strip().lower() in {"labels", "label"} else None
