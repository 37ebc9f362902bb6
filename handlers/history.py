"""Find in a conversation what the bot has posted there, by its metadata."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

from slack_sdk import WebClient

from handlers.posting import NotWritableError, mapped
from services.errors import UserError
from services.models import Operation
from services.progress import Place

log = logging.getLogger(__name__)

EVENT = "aml_operation"  # types of the metadata of our messages: of the operation's own,
NEWS = "aml_operation_news"  # of the line in its thread that tells the end,
ANSWER = "aml_answer"  # of an answer,
REQUEST = "aml_request"  # of a question to the operators,
FOLLOWER = "aml_follower"  # and of the line that names a second person
LOOKED_AT = 200  # messages searched for our own
PAGE = 100

Metadata = dict[str, Any]


class History:
    """Reads the newest messages of a conversation.

    Args:
        client: of the bot.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def find(self, operation: Operation, channel: str, thread: str | None) -> Place | None:
        """Return where the operation's message stands; None where there is none to be seen."""
        try:
            found = self.posted(channel, thread, about(EVENT, operation))
        except (NotWritableError, UserError) as error:
            log.info("%s: earlier messages cannot be read (%s)", operation.id, error)
            return None
        return Place(channel=channel, message=found) if found else None

    def told_or_unknown(self, operation: Operation, channel: str, thread: str) -> bool:
        """Whether the thread has the news; True as well where it cannot be read."""
        try:
            return bool(self.posted(channel, thread, about(NEWS, operation)))
        except (NotWritableError, UserError):
            return True

    def posted(self, channel: str, thread: str | None, metadata: Metadata) -> str:
        """Return the timestamp of the message with that metadata; "" where there is none.

        Raises:
            NotWritableError: the bot cannot read there.
            TemporaryError: Slack cannot be reached or asks to wait.
            ServiceRefusedError: Slack refuses for another reason, such as a missing scope.
        """
        for message in self._read(channel, thread):
            if _is_about(message, metadata):
                return str(message["ts"])
        return ""

    def _read(self, channel: str, thread: str | None) -> Iterator[dict[str, Any]]:
        client = self._client
        ask, where = (
            (client.conversations_replies, {"ts": thread})
            if thread
            else (client.conversations_history, {})
        )
        cursor = ""
        for _ in range(LOOKED_AT // PAGE):
            arguments: dict[str, Any] = {
                **where,
                "channel": channel,
                "limit": PAGE,
                "include_all_metadata": True,
                **({"cursor": cursor} if cursor else {}),
            }
            answer = mapped(partial(ask, **arguments))
            yield from answer.get("messages") or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


def about(event: str, operation: Operation) -> Metadata:
    """Return the metadata by which a message of an operation is found again."""
    return identified(event, "operation", operation.id)


def identified(event: str, kind: str, name: str) -> Metadata:
    """Return the metadata by which a message about something is found again."""
    return {"event_type": event, "event_payload": {kind: name}}


def _is_about(message: dict[str, Any], wanted: Metadata) -> bool:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return metadata.get("event_type") == wanted["event_type"] and all(
        payload.get(kind) == name for kind, name in wanted["event_payload"].items()
    )
