"""How an answer reaches the person who asked: by response URL, in the thread, or directly."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from slack_sdk import WebClient

from handlers.blocks import elsewhere, error as error_blocks
from handlers.blocks.elements import context
from handlers.carried import OUTDATED
from handlers.command import Origin, View
from handlers.edits import Edits
from handlers.history import ANSWER, Metadata, identified
from handlers.posting import Message, NotWritableError, edit, mapped, respond
from handlers.posts import Posts, doubtful
from handlers.response_urls import ResponseUrl
from handlers.timetable import Appointment
from services.errors import (
    ErrorText,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
    UserError,
)
from services.models import Asked

log = logging.getLogger(__name__)

T = TypeVar("T")

TOO_LATE = ErrorText(
    code="TooLate",
    what="Slack closed the window before the form could open.",
    advice="Please try again.",
)
TRIES = 6
LEAST_WAIT, LONGEST_WAIT = 0.5, 10.0  # real seconds between them; each is twice the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an answer stands that can be edited.

    `url` where only a click's response URL may do so; `public` where everybody there sees it.
    """

    channel: str
    ts: str
    url: str | None = None
    public: bool = False


class Promise:
    """An answer that somebody waits for."""

    def __init__(self) -> None:
        self.kept = False
        self._reminder: Appointment | None = None

    def remind(self, reminder: Appointment) -> None:
        """What happens where it is not kept in time."""
        self._reminder = reminder
        if self.kept:
            reminder.cancel()

    def keep(self) -> None:
        """There is an answer."""
        self.kept = True
        if self._reminder is not None:
            self._reminder.cancel()


class Answers:
    """Says things to people, and turns whatever goes wrong into words for them.

    Args:
        client: of the bot.
        wait: lets real seconds pass when Slack asks for it.
    """

    def __init__(self, client: WebClient, wait: Callable[[float], None] = time.sleep) -> None:
        self.client = client
        self._wait = wait
        self.posts = Posts(client)
        self.edits = Edits()
        self._direct: dict[str, str] = {}
        self._current = threading.local()  # the promise that this thread is keeping

    def placed(self, origin: Origin) -> Origin:
        """The origin with a channel: the person's direct message where it had none."""
        if origin.asked.channel:
            return origin
        channel = self.direct(origin.asked.user)
        return replace(origin, asked=replace(origin.asked, channel=channel))

    def direct(self, user: str) -> str:
        """The channel id of the direct message with that person."""
        if user not in self._direct:
            answer = mapped(lambda: self.client.conversations_open(users=user))
            self._direct[user] = str(answer["channel"]["id"])
        return self._direct[user]

    def say(
        self, origin: Origin, message: Message, *, public: bool = False, instead: bool = False
    ) -> Standing | None:
        """Answer; `instead` replaces the message that was clicked.

        Returns:
            Where the answer stands, None where Slack has no way to edit it.

        Raises:
            TemporaryError: Slack cannot be reached or asks to wait, several times in a row.
            ServiceRefusedError: Slack refuses for good.
        """
        self._soothed()
        if instead and origin.message:
            self.edits.call_off((origin.asked.channel, origin.message))
        known = _once()
        return self._tried(
            lambda again: self._say(
                origin, message, known, public=public, instead=instead, again=again
            )
        )

    def amend(self, standing: Standing, message: Message) -> None:
        """Replace an answer by another.

        Raises:
            TemporaryError: Slack cannot be reached or asks to wait, several times in a row.
            ServiceRefusedError: Slack refuses for good.
            NotWritableError: the bot was removed from the channel.
        """
        if standing.url:
            url, public = standing.url, standing.public
            address = ResponseUrl.checked(url, self.client.base_url)
            self._tried(lambda _: respond(address, message, public=public, replace=True))
        else:
            self._tried(lambda _: edit(self.client, standing.channel, standing.ts, message))

    def _tried(self, send: Callable[[bool], T]) -> T:
        """Send it, told whether an earlier try may have come through."""
        again = False
        for number in range(TRIES - 1):
            try:
                return send(again)
            except TemporaryError as error:
                again = again or doubtful(error)
                wait = max(error.retry_after, LEAST_WAIT * 2**number)
                self._wait(min(wait, LONGEST_WAIT))
        return send(again)

    def _say(  # noqa: PLR0913 - what is said, how, and whether it may stand there
        self,
        origin: Origin,
        message: Message,
        known: Metadata,
        *,
        public: bool,
        instead: bool,
        again: bool = False,
    ) -> Standing | None:
        if origin.url:
            public = public or (origin.open and self._ours(origin.asked))
            thread = origin.asked.thread if origin.surface == "action" and not instead else None
            try:
                respond(
                    ResponseUrl.checked(origin.url, self.client.base_url),
                    message,
                    public=public,
                    replace=instead,
                    thread=thread,
                )
            except ServiceRefusedError as error:
                if error.code in {"invalid_blocks", "no_text"}:
                    raise
                log.info("answering %s directly: %s", origin.asked.user, error)
            else:
                if not instead or not origin.message:
                    return None
                return Standing(
                    channel=origin.asked.channel,
                    ts=origin.message,
                    url=origin.url,
                    public=public,
                )
        return self._post(origin, message, known, again=again)

    def _post(self, origin: Origin, message: Message, known: Metadata, *, again: bool) -> Standing:
        asked = origin.asked
        private = origin.surface in {"command", "action", "view", "shortcut"}
        if asked.channel and not (private and not asked.channel.startswith("D")):
            try:
                ts = self.posts.post(
                    asked.channel, message, metadata=known, thread=asked.thread, again=again
                )
            except NotWritableError:
                note = context(elsewhere.answer(asked.channel))
                message = Message(text=message.text, blocks=[*message.blocks, note])
            else:
                return Standing(channel=asked.channel, ts=ts)
        direct = self.direct(asked.user)
        ts = self.posts.post(direct, message, metadata=known, again=again)
        return Standing(channel=direct, ts=ts)

    def _ours(self, asked: Asked) -> bool:
        """Whether it is our direct message with that person, not one of two people.

        Their ids look alike.
        """
        try:
            return self.direct(asked.user) == asked.channel
        except (ServiceError, NotWritableError):
            return False

    def open(self, origin: Origin, view: View) -> None:
        """Open a modal that remembers where it was asked for.

        Raises:
            UserError: the trigger has expired, or Slack refuses the view.
            TemporaryError: Slack cannot be reached.
        """
        self._soothed()
        shown = {**view, "private_metadata": remembered(view, origin)}
        try:
            mapped(lambda: self.client.views_open(trigger_id=origin.trigger or "", view=shown))
        except ServiceRefusedError as error:
            if "trigger" in error.code:
                raise UserError(TOO_LATE, code=error.code) from error
            raise

    def guarded(
        self,
        origin: Origin,
        work: Callable[[], None],
        *,
        promise: Promise | None = None,
        what: str = "",
    ) -> None:
        """The one error boundary: whatever goes wrong is said to the person and logged.

        Args:
            origin: whom to tell.
            work: says its answer itself.
            promise: kept with the first answer.
            what: what the person did, for the log.
        """
        self._current.promise = promise
        try:
            work()
        except Exception as error:  # noqa: BLE001 - nothing may end in silence
            self.explain(origin, error, what)
        finally:
            self._soothed()
            self._current.promise = None

    def tell(self, origin: Origin, message: Message) -> None:
        """Say something beside the answer, which is still to come; tried once.

        Raises:
            TemporaryError: Slack cannot be reached or asks to wait.
            ServiceRefusedError: Slack refuses for good.
        """
        self._say(origin, message, _once(), public=False, instead=False)

    def hand_on(self) -> Promise | None:
        """The promise that this thread was to keep; whoever takes it keeps it now."""
        promise = getattr(self._current, "promise", None)
        self._current.promise = None
        return promise

    def _soothed(self) -> None:
        promise = getattr(self._current, "promise", None)
        if promise is not None:
            promise.keep()

    def explain(self, origin: Origin, error: Exception, what: str = "") -> None:
        """Say what went wrong; a traceback goes to the log under the same reference."""
        reference, user = secrets.token_hex(3), origin.asked.user
        text, blocks = in_words(error, reference)
        try:
            self.say(origin, Message(text=text, blocks=blocks))
        except (ServiceError, NotWritableError) as reason:  # the person left, say
            log.warning("reference %s: %s (%s) cannot be told: %s", reference, user, what, reason)
        except Exception:
            log.exception("reference %s: %s (%s) could not be told", reference, user, what)


def in_words(error: Exception, reference: str) -> tuple[str, list[dict[str, Any]]]:
    """Text and blocks for an error, which is logged under the reference."""
    if isinstance(error, UserError):
        level = logging.WARNING if error.code == OUTDATED.code else logging.INFO
        log.log(level, "reference %s: %s: %s", reference, error.code, error)
        return error_blocks.refused(error, reference)
    if isinstance(error, TemporaryError):
        log.warning("reference %s: %s", reference, error)
        return error_blocks.temporary(error, reference)
    log.error("reference %s", reference, exc_info=error)
    return error_blocks.unexpected(reference)


def _once() -> Metadata:
    """The metadata of one answer."""
    return identified(ANSWER, "answer", secrets.token_hex(8))


def remembered(view: View, origin: Origin) -> str:
    """Return what a modal must know at its submission, as its private metadata."""
    return json.dumps(
        {
            "state": view.get("private_metadata", ""),
            "channel": origin.asked.channel,
            "thread": origin.asked.thread,
            "url": origin.url,
            "open": origin.open,
        },
        ensure_ascii=False,  # Slack keeps 3,000 characters of it
    )
