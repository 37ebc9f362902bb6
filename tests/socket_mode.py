"""How a bot inside a test leaves Slack."""

from __future__ import annotations

import socket
from contextlib import suppress

from slack_bolt.adapter.socket_mode import SocketModeHandler


def hangs_up(handler: SocketModeHandler) -> None:
    """Close at once: the SDK waits for the lock of its receiving thread, until Slack says a word.

    Measured on slack_sdk 3.47: up to ten seconds in which Slack still sends to the closing one.
    """
    handler.client.auto_reconnect_enabled = False
    session = getattr(handler.client, "current_session", None)
    with suppress(AttributeError, OSError):  # the receiving thread may be closing it just now
        if session is not None:
            session.sock.shutdown(socket.SHUT_RDWR)
        handler.close()  # type: ignore[no-untyped-call]  # the SDK has no annotation here
