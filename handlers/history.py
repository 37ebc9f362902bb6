"""Find in a conversation what the bot posted about an operation before its process died."""

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
NEWS = "aml_operation_news"  # and of the line in its thread that tells the end
LOOKED_AT = 200  # messages searched for our own
PAGE = 100


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
            for message in self._read(channel, thread):
                if _is_about(message, EVENT, operation):
                    return Place(channel=channel, message=str(message["ts"]))
        except (NotWritableError, UserError) as error:
            log.info("%s: earlier messages cannot be read (%s)", operation.id, error)
        return None

    def told_or_unknown(self, operation: Operation, channel: str, thread: str) -> bool:
        """Whether the thread has the news; True as well where it cannot be read."""
        try:
            return any(
                _is_about(message, NEWS, operation) for message in self._read(channel, thread)
            )
        except (NotWritableError, UserError):
            return True

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


def about(event: str, operation: Operation) -> dict[str, Any]:
    """Return the metadata by which a message of an operation is found again."""
    return {"event_type": event, "event_payload": {"operation": operation.id}}


def _is_about(message: dict[str, Any], event: str, operation: Operation) -> bool:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return metadata.get("event_type") == event and payload.get("operation") == operation.id
