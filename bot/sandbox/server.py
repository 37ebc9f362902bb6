"""The stand-ins' HTTP servers: one thread with an event loop, on 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

HOST = "127.0.0.1"
START_SECONDS = 10.0
SETTLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An application and where it listens; `tls` None for plain HTTP."""

    app: web.Application
    listener: socket.socket
    tls: ssl.SSLContext | None = None


def listen(port: int, *, or_any: bool = False) -> socket.socket:
    """A bound socket on that port of the loopback address (0: any free one).

    Args:
        port: the wanted port.
        or_any: take any free port when the wanted one is taken.

    Raises:
        OSError: the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        if not or_any:
            listener.close()
            raise
        listener.bind((HOST, 0))
    return listener


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


class Servers:
    """Runs the applications until `stop`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._runners: list[web.AppRunner] = []
        self._listeners: list[socket.socket] = []

    def start(self, served: Sequence[Served]) -> None:
        self._thread.start()
        self.call(self._start(served))

    def call(self, work: Coroutine[Any, Any, None], seconds: float = START_SECONDS) -> None:
        """Run a coroutine on the servers' loop and wait for it."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def stop(self) -> None:
        if not self._thread.is_alive():  # ended before it began
            self._loop.close()
            return
        with contextlib.suppress(TimeoutError):
            self.call(self._stop(), seconds=3.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(3.0)
        if not self._thread.is_alive():
            self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _start(self, served: Sequence[Served]) -> None:
        for site in served:
            runner = web.AppRunner(site.app, access_log=None, shutdown_timeout=0.2)
            await runner.setup()
            await web.SockSite(runner, site.listener, ssl_context=site.tls).start()
            self._runners.append(runner)
            self._listeners.append(site.listener)

    async def _stop(self) -> None:
        # A server that closes forgets whom it is letting in: the socket stays open for ever
        # (`Server._attach` of Python 3.11 fails then). So let nobody in any more, and wait.
        for listener in self._listeners:
            self._loop.remove_reader(listener)
        await asyncio.sleep(SETTLE_SECONDS)
        for runner in self._runners:
            # Closing TLS waits for the other side's goodbye, which idle clients never say.
            kept = (
                [connection.transport for connection in runner.server.connections]
                if runner.server
                else []
            )
            await runner.cleanup()
            for transport in kept:
                if transport is not None:
                    transport.abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(SETTLE_SECONDS)  # closed TLS connections need a few turns of the loop
        await self._loop.shutdown_default_executor()
