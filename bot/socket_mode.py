"""The connection to Slack that needs no public address, given up quickly once it is dead."""

from __future__ import annotations

import logging
import threading

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

from bot.settings import Settings

log = logging.getLogger(__name__)

PING_SECONDS = 1.0  # the client gives a silent connection up after four of them; default is 10
LOOK_SECONDS = 0.5


def handler(settings: Settings, app: App) -> SocketModeHandler:
    """Not connected yet; once it is, the client keeps the connection itself."""
    token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else None
    made = SocketModeHandler(app, token, ping_interval=PING_SECONDS)
    if settings.slack_api_url:
        made.client.proxy = None  # it ignores NO_PROXY (measured on slack_sdk 3.47)
    return made


def watch(made: SocketModeHandler, ended: threading.Event) -> None:
    """Give a broken connection up at its first failed ping: the client waits for five of them.

    The client then makes a new one by itself (measured: three seconds instead of ten).
    """

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            session = getattr(made.client, "current_session", None)
            if session is not None and session.consecutive_check_state_error_count:
                log.warning("the connection to Slack broke; making a new one")
                session.disconnect()
                session.consecutive_check_state_error_count = 0

    threading.Thread(target=look, name="socket", daemon=True).start()
