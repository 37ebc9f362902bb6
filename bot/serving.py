"""Runs the built bot until a signal: connects, serves, and ends within seconds."""

from __future__ import annotations

import errno
import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import socket_mode
from bot.app import Bot, build, signing_secret
from bot.settings import ConfigurationError, Settings
from services.errors import UserError
from services.workflows import runtime

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from bot.server import Server

log = logging.getLogger(__name__)

STOP_SECONDS = 3.5  # for an orderly end
DRAIN_SECONDS = 2.4  # of it, for what people wait for
END_SECONDS = 4.0  # the process is gone by then, whatever still waits for whom
TICK_SECONDS = 0.5
CONNECT_PAUSE = 2.0  # seconds between tries to reach Slack
# How long a thread may keep the others from running. Ours wait for Slack, Azure and the database
# in many short calls, each of which asks to run again: with Python's own 5 ms the slowest of 60
# clicks was acknowledged after 1.3 s, with this after 0.2 s, and all were done in 60 % of the time.
SWITCH_SECONDS = 0.001
PORT = "{host}:{port} cannot be used: {reason}. Choose another --host or --port."
PORT_IN_USE = "another program uses it"
SLACK_ANSWERS = "{setting}: Slack answers {reason}. {advice}."
FATAL = {
    "invalid_auth": "Copy it again from the app's pages",
    "not_authed": "Copy it again from the app's pages",
    "token_revoked": "Install the app again and copy the new one",
    "token_expired": "Install the app again and copy the new one",
    "account_inactive": "Install the app again and copy the new one",
    "not_allowed_token_type": "Bot tokens begin with xoxb-, app tokens with xapp-",
    "missing_scope": "An app token needs connections:write",
}


def serve(
    settings: Settings,
    *,
    mode: str,
    host: str,
    port: int | None,
    build: Callable[[Settings], Bot] = build,
) -> None:
    """Run the bot until SIGTERM or Ctrl-C; the process ends inside this call.

    Threads of the SDKs may wait on their own long time-outs, so the process is ended by force once
    everything worth keeping is in the database.

    Args:
        settings: of the process.
        mode: "socket" or "http".
        host: where HTTP is served.
        port: of it; None for none.
        build: makes the bot, with more kinds and commands where somebody has some.

    Raises:
        ConfigurationError: a setting turns out to be wrong (database, port).
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    ended = _ended_by_signals()
    try:
        bot = build(settings)
        socket = socket_mode.handler(settings, bot.app) if mode == "socket" else None
        server = _server(settings, bot, socket, host, port) if port is not None else None
        runtime.launch(bot.database)
    except UserError as error:
        raise ConfigurationError((str(error),)) from error
    try:
        _start(bot, socket, server, ended)
        while not ended.wait(TICK_SECONDS):
            pass  # a signal may hit another thread; this one must wake up to handle it
    finally:
        _stop(bot, socket, server)
    os._exit(0)


def _start(
    bot: Bot, socket: SocketModeHandler | None, server: Server | None, ended: threading.Event
) -> None:
    """Listen, connect, and go on with what earlier processes left."""
    if server:
        threading.Thread(target=server.serve, name="http", daemon=True).start()
        log.info("listening on http://%s", server.address)
    _reach("SLACK_BOT_TOKEN", bot.app.client.auth_test, ended)
    if socket:
        _reach("SLACK_APP_TOKEN", socket.connect, ended)
        socket_mode.watch(socket, ended)
    bot.listeners.resume()
    bot.services.refresh.start()
    log.info("ready")


def _ended_by_signals() -> threading.Event:
    """Set by the first SIGTERM or Ctrl-C, which also limits the time that is left.

    The handler interrupts the main thread anywhere, also where it holds the lock of an event or of
    the list of threads; only putting into a simple queue is safe there.
    """
    ended, signals = threading.Event(), queue.SimpleQueue[int]()

    def end() -> None:
        signals.get()
        ended.set()
        time.sleep(END_SECONDS)
        os._exit(0)

    threading.Thread(target=end, name="signals", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: signals.put(received))
    return ended


def _server(
    settings: Settings, bot: Bot, socket: SocketModeHandler | None, host: str, port: int
) -> Server:
    from bot import http  # noqa: PLC0415 - a bot on a socket starts 0.1 s sooner without

    site = http.Site(
        None if socket else bot.app,
        signing_secret(settings),
        healthy=socket.client.is_connected if socket else lambda: True,
        registry=_metrics(bot),
    )
    try:
        return http.server(site, host, port)
    except UnicodeError:
        problem = PORT.format(host="--host", port=port, reason="no machine is called that")
        raise ConfigurationError((problem,)) from None
    except OSError as error:
        # The socket module puts the address into the reason of some errors, which is here already.
        reason = str(error.strerror or error).partition(" (while ")[0]
        reason = PORT_IN_USE if error.errno == errno.EADDRINUSE else reason
        problem = PORT.format(host=host, port=port, reason=reason)
        raise ConfigurationError((problem,)) from None


def _reach(setting: str, call: Callable[[], object], ended: threading.Event) -> None:
    """Call Slack with the token of that setting, again and again while Slack is away.

    Raises:
        ConfigurationError: Slack refuses the token.
    """
    while not ended.is_set():
        try:
            call()
        except SlackApiError as error:
            reason = str(error.response.get("error", ""))
            if reason in FATAL:
                problem = SLACK_ANSWERS.format(setting=setting, reason=reason, advice=FATAL[reason])
                raise ConfigurationError((problem,)) from None
            log.warning("Slack does not let us connect yet: %s", reason)
        except (SlackClientError, OSError) as error:
            log.warning("Slack cannot be reached yet: %s", error)
        else:
            return
        ended.wait(CONNECT_PAUSE)


def _metrics(bot: Bot) -> CollectorRegistry:
    from prometheus_client import (  # noqa: PLC0415 - as above
        CollectorRegistry,
        Gauge,
        PlatformCollector,
        ProcessCollector,
    )

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    running = Gauge(
        "aml_bot_operations_running", "Operations that have not ended", registry=registry
    )
    running.set_function(bot.services.operations.count_running)
    return registry


def _drain(bot: Bot, socket: SocketModeHandler | None) -> None:
    if socket:
        socket.close()  # type: ignore[no-untyped-call] # untyped in slack_bolt
    bot.listeners.close(DRAIN_SECONDS)


def _stop(bot: Bot, socket: SocketModeHandler | None, server: Server | None) -> None:
    """Stop taking work in, then stop working; everything unfinished is in the database.

    What was typed and acknowledged gets its answer, if that takes no longer than the rest.
    """
    # Slack's client complains of what is cut short here; Slack sends it again to the next bot.
    logging.getLogger("slack_bolt").setLevel(logging.CRITICAL + 1)
    stops: list[Callable[[], None]] = [
        runtime.shutdown,
        lambda: _drain(bot, socket),
        bot.services.refresh.close,
    ]
    if server:
        stops.append(server.stop)
    threads = [threading.Thread(target=stop, daemon=True) for stop in stops]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
