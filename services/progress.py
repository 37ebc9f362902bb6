"""How services reach people and their files without knowing of Slack; `handlers` implements it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.models import Operation, Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an operation's one message is: a channel id and a message timestamp."""

    channel: str
    message: str


class Notifier(Protocol):
    """One message per operation, edited in place; details in its thread."""

    def announce(self, operation: Operation, *, again: bool) -> Place:
        """Post the operation's message, or find the one posted before.

        Args:
            operation: as it is now.
            again: True when an earlier attempt may have posted and died before it was recorded;
                the implementation then looks for its own message first.

        Raises:
            TemporaryError: Slack cannot be reached or asks to wait.
        """
        ...

    def update(self, operation: Operation) -> None:
        """Show the operation as it is now, soon: edits are coalesced, the last one wins."""
        ...

    def finish(self, operation: Operation, *, again: bool) -> None:
        """Show the final state; returns once Slack has it. Posts news where an edit is unseen.

        Raises:
            TemporaryError: Slack cannot be reached or asks to wait.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Bytes of a picture; `reduced` when they are a smaller copy that its keeper made."""

    content: bytes
    reduced: bool = False


class Pictures(Protocol):
    """Files that people gave the bot."""

    def fetch(self, picture: Picture, limit: int, *, original: bool = False) -> Fetched:
        """The picture's bytes, at most `limit`: of a smaller copy if there is one.

        Args:
            picture: which.
            limit: bytes.
            original: what was posted, even if there is a smaller copy.

        Raises:
            UserError: gone, not a picture, too large, or the bot may not read it.
            TemporaryError: Slack cannot be reached or asks to wait.
        """
        ...
