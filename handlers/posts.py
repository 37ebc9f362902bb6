"""Post what is posted once: it is looked for by its metadata before it is repeated."""

from __future__ import annotations

import logging
from typing import Any

from slack_sdk import WebClient

from handlers.history import History, Metadata
from handlers.posting import Message, NotWritableError, charted
from services.errors import TemporaryError, UserError

log = logging.getLogger(__name__)

THROTTLED = frozenset({"ratelimited", "rate_limited"})


class Posts:
    """Posts messages, each of which has metadata by which it is known.

    Args:
        client: of the bot; it must not repeat `chat.postMessage` by itself.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._history = History(client)

    def post(
        self,
        channel: str,
        message: Message,
        *,
        metadata: Metadata,
        thread: str | None = None,
        again: bool = False,
    ) -> str:
        """Post a message; returns its timestamp.

        Where the confirmation of a post is lost, the message may stand there all the same: it is
        looked for, then and before another try.

        Args:
            channel: where.
            message: what.
            metadata: the same for every try, and of no other message.
            thread: the timestamp of the thread's first message.
            again: whether an earlier try may have succeeded.

        Raises:
            NotWritableError: the bot cannot post there.
            TemporaryError: Slack cannot be reached or asks to wait.
            ServiceRefusedError: Slack refuses for another reason.
        """
        if again and (found := self._found(channel, thread, metadata)):
            return found
        try:
            return self._send(channel, message, metadata, thread)
        except TemporaryError as error:
            if doubtful(error) and (found := self._found(channel, thread, metadata)):
                return found
            raise

    def _found(self, channel: str, thread: str | None, metadata: Metadata) -> str:
        try:
            return self._history.posted(channel, thread, metadata)
        except (NotWritableError, UserError, TemporaryError) as error:
            log.info("whether a post came through cannot be read in %s (%s)", channel, error)
            return ""

    def _send(self, channel: str, message: Message, metadata: Metadata, thread: str | None) -> str:
        more: dict[str, Any] = {"thread_ts": thread} if thread else {}

        def send(shown: Message) -> str:
            answer = self._client.chat_postMessage(
                channel=channel,
                unfurl_links=False,
                unfurl_media=False,
                metadata=metadata,
                **shown.fitted(),
                **more,
            )
            return str(answer["ts"])

        return charted(send, message)


def doubtful(error: TemporaryError) -> bool:
    """Whether what failed may have been done all the same: not where Slack asked to wait."""
    return error.fields.get("said") not in THROTTLED
