"""One message per operation: posted once, edited in place, its end told in its thread."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient

from handlers.blocks import elsewhere, operation as operation_blocks
from handlers.blocks.elements import context
from handlers.blocks.plainer import plainer
from handlers.command import OperationView
from handlers.history import EVENT, NEWS, History, about
from handlers.posting import Message, NotWritableError, edit, mapped
from handlers.posts import Posts
from services.clock import Clock
from services.errors import ErrorText, ServiceRefusedError, TemporaryError, UserError
from services.models import Operation
from services.progress import Place

log = logging.getLogger(__name__)

NO_PLACE = ErrorText(
    code="NoPlaceForProgress",
    what="There is no place to show this operation's progress.",
    advice="`status {operation}` shows it.",
)
NO_CONVERSATION = ErrorText(code="NoConversation", what="Slack opens no conversation.")
LEAST_SECONDS = 3.0  # between two edits of one message
REMEMBERED = 1_000  # operations that have ended; what they still owe comes within seconds
EDITS_A_MINUTE = 40  # Slack allows about 50 of one app in a workspace
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


class SlackNotifier:
    """Implements `services.progress.Notifier`. Edits go through one thread, the last one wins.

    Args:
        client: of the bot.
        clock: simulated time, for elapsed times and the pace of edits.
        views: show operations, by their kind.
    """

    def __init__(
        self, client: WebClient, clock: Clock, views: Mapping[str, OperationView[Any, Any]]
    ) -> None:
        self._client = client
        self._history, self._posts = History(client), Posts(client)
        self._views = views
        self._clock = clock
        self._changed = threading.Condition()
        self._pending: dict[str, Operation] = {}
        self._active: dict[str, float] = {}  # operation id → when its message was edited last
        self._ended = deque[str](maxlen=REMEMBERED)  # a late update must not undo the end
        self._places: dict[str, Place] = {}
        self._sending = threading.Lock()  # an intermediate edit never lands after the final one
        self._quiet_until = 0.0  # monotonic; Slack asked for silence
        self._thread: threading.Thread | None = None
        self._closed = False
        self._without_plans = False  # the workspace has refused one: edits are too few to try again

    def announce(self, operation: Operation, *, again: bool) -> Place:
        """Post the operation's message, or find the one posted before.

        It goes where it was asked for; where the bot cannot post, into a direct message.

        Raises:
            TemporaryError: Slack cannot be reached or asks to wait.
            ServiceRefusedError: Slack refuses for good.
        """
        place = self._found(operation) if again else None
        place = place or self._posted(operation)
        with self._changed:
            self._places[operation.id] = place
            self._changed.notify_all()
        return place

    def placed(self, operation: str, seconds: float) -> Place | None:
        """Wait for the place of an operation's message; None where it is not posted in time.

        Args:
            operation: its id; of one that this process has started.
            seconds: real seconds.
        """
        with self._changed:
            self._changed.wait_for(lambda: operation in self._places, seconds)
            return self._places.get(operation)

    def update(self, operation: Operation) -> None:
        """Show the operation soon; earlier states that are still waiting are skipped."""
        with self._changed:
            if operation.id in self._ended or self._closed:
                return
            self._pending[operation.id] = operation
            self._active.setdefault(operation.id, 0.0)
            if self._thread is None:
                self._thread = threading.Thread(target=self._send, name="edits", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def finish(self, operation: Operation, *, again: bool) -> None:
        """Show the final state, and tell it in the thread; returns once Slack has it.

        Raises:
            TemporaryError: Slack cannot be reached or asks to wait.
            ServiceRefusedError: Slack refuses for good.
        """
        with self._changed:
            self._ended.append(operation.id)
            self._pending.pop(operation.id, None)
            self._active.pop(operation.id, None)
        place = self._place(operation) or self.announce(operation, again=True)
        with self._sending:
            place = self._final(operation, place, again=again)
        if not self._views[operation.kind].brief:
            self._tell(operation, place, again=again)
        self._places.pop(operation.id, None)

    def close(self) -> None:
        """Stop the sending thread; what is pending is dropped (it is in the database)."""
        with self._changed:
            self._closed = True
            self._pending.clear()
            self._changed.notify_all()

    # --- posting -------------------------------------------------------------------------------

    def _posted(self, operation: Operation) -> Place:
        message = self._message(operation, operation.asked.channel)
        metadata = about(EVENT, operation)
        channel, thread = operation.asked.channel, operation.asked.thread
        try:
            ts = self._posts.post(channel, message, thread=thread, metadata=metadata)
        except NotWritableError:
            return self._posted_directly(operation)
        return Place(channel=channel, message=ts)

    def _posted_directly(self, operation: Operation) -> Place:
        direct = self._direct(operation.asked.user)
        message = self._message(operation, direct)
        try:
            ts = self._posts.post(direct, message, metadata=about(EVENT, operation))
        except NotWritableError as error:
            raise ServiceRefusedError(NO_PLACE, code=str(error), operation=operation.id) from error
        return Place(channel=direct, message=ts)

    def _found(self, operation: Operation) -> Place | None:
        """Our message in the channel or the direct message; None when there is none to be seen.

        The direct message of two people looks like our own with one of them, and we cannot read it.
        """
        asked = operation.asked
        place = self._history.find(operation, asked.channel, asked.thread)
        if place is not None:
            return place
        direct = self._direct(asked.user)
        return None if direct == asked.channel else self._history.find(operation, direct, None)

    def _direct(self, user: str) -> str:
        try:
            answer = mapped(lambda: self._client.conversations_open(users=user))
        except NotWritableError as error:
            raise ServiceRefusedError(NO_CONVERSATION, code=str(error)) from error
        return str(answer["channel"]["id"])

    def _final(self, operation: Operation, place: Place, *, again: bool) -> Place:
        message = self._message(operation, place.channel)
        try:
            edit(self._client, place.channel, place.message, message)
        except NotWritableError:
            return self._posted_directly(operation)
        except ServiceRefusedError as error:
            if error.code not in GONE:
                raise
            # Somebody deleted it; the result must be readable, and an earlier try may have made it.
            return (self._found(operation) if again else None) or self._posted(operation)
        return place

    def _tell(self, operation: Operation, place: Place, *, again: bool) -> None:
        """A line in the thread: Slack notifies nobody of an edit."""
        thread = place.message
        if place.channel == operation.asked.channel and operation.asked.thread:
            thread = operation.asked.thread
        if again and self._history.told_or_unknown(operation, place.channel, thread):
            return
        text, blocks = operation_blocks.news(operation, self._views[operation.kind])
        try:
            self._posts.post(
                place.channel,
                Message(text=text, blocks=blocks),
                thread=thread,
                metadata=about(NEWS, operation),
            )
        except (NotWritableError, UserError) as error:
            log.warning("%s: its end was not told in the thread: %s", operation.id, error)

    def _message(self, operation: Operation, channel: str) -> Message:
        view = self._views[operation.kind]
        text, blocks = operation_blocks.message(operation, view, self._clock.now())
        if channel != operation.asked.channel:
            blocks = [*blocks, context(elsewhere.progress(operation.asked.channel))]
        if self._without_plans and not view.brief:
            blocks = plainer(blocks)
        return Message(text=text, blocks=blocks, refused=None if view.brief else self._learn)

    def _learn(self) -> None:
        self._without_plans = True

    def _place(self, operation: Operation) -> Place | None:
        if operation.channel and operation.message:
            return Place(channel=operation.channel, message=operation.message)
        return self._places.get(operation.id)

    # --- the sending thread --------------------------------------------------------------------

    def _send(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                chosen = self._due()
                if isinstance(chosen, float):
                    self._changed.wait(chosen if self._pending else None)
                    continue
            self._edit(chosen)

    def _due(self) -> Operation | float:
        """The next state to show, taken out of what is pending; else real seconds to wait."""
        quiet = self._quiet_until - time.monotonic()
        if quiet > 0 or not self._pending:
            return max(quiet, LEAST_SECONDS / self._clock.scale)
        pause = max(LEAST_SECONDS, 60 * len(self._active) / EDITS_A_MINUTE)
        now = self._clock.now()
        waits = {id_: self._active[id_] + pause - now for id_ in self._pending}
        first = min(waits, key=lambda id_: waits[id_])
        if waits[first] > 0:
            return waits[first] / self._clock.scale
        self._active[first] = now
        return self._pending.pop(first)

    def _edit(self, operation: Operation) -> None:
        place = self._place(operation)
        if place is None:
            return
        message = self._message(operation, place.channel)
        try:
            with self._sending:
                if operation.id not in self._ended:
                    edit(self._client, place.channel, place.message, message)
        except TemporaryError as error:
            self._again_later(operation, error)
        except (NotWritableError, UserError) as error:
            log.warning("%s: progress is not shown: %s", operation.id, error)
        except Exception:
            log.exception("%s: progress is not shown", operation.id)

    def _again_later(self, operation: Operation, error: TemporaryError) -> None:
        log.info("%s: progress is shown later: %s", operation.id, error.what)
        pause = max(error.retry_after, LEAST_SECONDS / self._clock.scale)
        with self._changed:
            self._quiet_until = time.monotonic() + pause
            if operation.id not in self._ended:
                self._pending.setdefault(operation.id, operation)
