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

from handlers.blocks import error as error_blocks
from handlers.blocks.elements import Marked, context, where
from handlers.command import Origin, View
from handlers.edits import Edits
from handlers.posting import Message, NotWritableError, edit, mapped, post, respond
from services.errors import ErrorText, ServiceRefusedError, TemporaryError, UserError
from services.models import Asked

log = logging.getLogger(__name__)

T = TypeVar("T")

INVITE = Marked(
    "I am not in {channel}, so I answer here. Type `/invite @aml-bot` there to change that."
)
TOO_LATE = ErrorText(
    code="TooLate",
    what="Slack closed the window before the form could open.",
    advice="Please try again.",
)
TRIES = 6
LEAST_WAIT, LONGEST_WAIT = 0.5, 10.0  # real seconds between them; each is twice the one before
SLOW = "One moment, this takes longer than usual …"
SLOW_SECONDS = 4.0  # real seconds without an answer until that is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an answer stands that can be edited.

    `url` where only a click's response URL may do so; `public` where everybody there sees it.
    """

    channel: str
    ts: str
    url: str | None = None
    public: bool = False


class Answers:
    """Says things to people, and turns whatever goes wrong into words for them.

    Args:
        client: of the bot.
        wait: lets real seconds pass when Slack asks for it.
        slow: real seconds without an answer until that is said.
    """

    def __init__(
        self,
        client: WebClient,
        wait: Callable[[float], None] = time.sleep,
        slow: float = SLOW_SECONDS,
    ) -> None:
        self.client = client
        self._wait = wait
        self._slow = slow
        self.edits = Edits()
        self._direct: dict[str, str] = {}
        self._current = threading.local()  # the timer of what this thread is answering

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
        return self._tried(lambda: self._say(origin, message, public=public, instead=instead))

    def amend(self, standing: Standing, message: Message) -> None:
        """Replace an answer by another.

        Raises:
            TemporaryError: Slack cannot be reached or asks to wait, several times in a row.
            ServiceRefusedError: Slack refuses for good.
            NotWritableError: the bot was removed from the channel.
        """
        if standing.url:
            url, public = standing.url, standing.public
            self._tried(lambda: respond(url, message, public=public, replace=True))
        else:
            self._tried(lambda: edit(self.client, standing.channel, standing.ts, message))

    def _tried(self, send: Callable[[], T]) -> T:
        for number in range(TRIES - 1):
            try:
                return send()
            except TemporaryError as error:
                wait = max(error.retry_after, LEAST_WAIT * 2**number)
                self._wait(min(wait, LONGEST_WAIT))
        return send()

    def _say(
        self, origin: Origin, message: Message, *, public: bool, instead: bool
    ) -> Standing | None:
        if origin.url:
            thread = origin.asked.thread if origin.surface == "action" and not instead else None
            try:
                respond(
                    origin.url,
                    message,
                    public=public or origin.open,
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
                    public=public or origin.open,
                )
        return self._post(origin, message)

    def _post(self, origin: Origin, message: Message) -> Standing:
        asked = origin.asked
        private = origin.surface in {"command", "action", "view", "shortcut"}
        if asked.channel and not (private and not asked.channel.startswith("D")):
            try:
                ts = post(self.client, asked.channel, message, thread=asked.thread)
            except NotWritableError:
                note = context(INVITE.format(channel=where(asked.channel)))
                message = Message(text=message.text, blocks=[*message.blocks, note])
            else:
                return Standing(channel=asked.channel, ts=ts)
        direct = self.direct(asked.user)
        return Standing(channel=direct, ts=post(self.client, direct, message))

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

    def guarded(self, origin: Origin, work: Callable[[], None], *, soothing: bool = True) -> None:
        """The one error boundary: whatever goes wrong is said to the person and logged.

        Args:
            origin: whom to tell.
            work: says its answer itself.
            soothing: whether to say so when an answer takes long.
        """
        timer = threading.Timer(self._slow, self._soothe, (origin,))
        timer.daemon = True
        self._current.timer = timer
        if soothing:
            timer.start()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - nothing may end in silence
            self.explain(origin, error)
        finally:
            self._soothed()

    def _soothe(self, origin: Origin) -> None:
        try:
            message = Message(text=SLOW, blocks=[context(SLOW)])
            self._say(origin, message, public=False, instead=False)
        except Exception as error:  # noqa: BLE001 - a courtesy; the answer itself is still to come
            log.info("could not say that it takes long: %s", error)

    def _soothed(self) -> None:
        timer = getattr(self._current, "timer", None)
        if timer is not None:
            timer.cancel()

    def explain(self, origin: Origin, error: Exception) -> None:
        """Say what went wrong; a traceback goes to the log under the same reference."""
        reference = secrets.token_hex(3)
        text, blocks = in_words(error, reference)
        try:
            self.say(origin, Message(text=text, blocks=blocks))
        except Exception:
            log.exception("reference %s: nobody could be told", reference)


def in_words(error: Exception, reference: str) -> tuple[str, list[dict[str, Any]]]:
    """Text and blocks for an error, which is logged under the reference."""
    if isinstance(error, UserError):
        log.info("reference %s: %s: %s", reference, error.code, error)
        return error_blocks.refused(error, reference)
    if isinstance(error, TemporaryError):
        log.warning("reference %s: %s", reference, error)
        return error_blocks.temporary(error, reference)
    log.error("reference %s", reference, exc_info=error)
    return error_blocks.unexpected(reference)


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


def recalled(metadata: str, user: str) -> tuple[Origin, str]:
    """The origin of a submitted modal, and its state."""
    known = json.loads(metadata or "{}")
    asked = Asked(user=user, channel=known.get("channel") or "", thread=known.get("thread"))
    origin = Origin(asked=asked, surface="view", url=known.get("url"), open=bool(known.get("open")))
    return origin, str(known.get("state") or "")
