"""The HTTP server: one loop reads all guests within limits, and a thread sees only whole requests.

Waitress reads every connection in one loop and hands a request to a thread once all of it is there,
so who sends a byte now and then holds a socket, never a thread. It counts its time-outs from byte
to byte, though, has no limit for all bodies together, and stops listening when many hold on; what
is added here ends all three, and lets an address answer on a thread of its own.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from bot.connections import Connection, Gate, Request

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

THREADS = 16
BACKLOG = 128
TICK_SECONDS = 0.5
GRACE_SECONDS = 0.2  # nobody is sent away sooner: a request follows its connection a little later


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What guests may take.

    Attributes:
        seconds: for a request to arrive, for its answer to be fetched, and between requests.
        connections: at once; the one that has kept us waiting longest makes room for the next.
        header: bytes of the first line and all headers of a request.
        body: bytes of a body.
        held: bytes of all bodies together; then the largest that is not whole yet makes room.
    """

    seconds: float = 10.0
    connections: int = 200
    header: int = 64 * 1024
    body: int = 4 * 1024 * 1024
    held: int = 32 * 1024 * 1024


class Server(TcpWSGIServer):
    """Bound, and listening once `serve` runs.

    Args:
        site: answers whole requests.
        gate: refuses requests by their headers.
        listener: a bound socket.
        limits: for guests.
        apart: paths that are answered on a thread of their own each.
        threads: for all other requests.
    """

    channel_class = Connection

    def __init__(  # noqa: PLR0913 - each is one decision
        self,
        site: WSGIApplication,
        gate: Gate,
        listener: socket.socket,
        *,
        limits: Limits,
        apart: tuple[str, ...] = (),
        threads: int = THREADS,
    ) -> None:
        self.limits = limits
        self.request_class = partial(Request, gate=gate)
        self._apart = {path: _threads(1) for path in apart}
        self._pool = _threads(threads)
        self._ends_at: float | None = None
        self._served = threading.Event()
        self._waking, self._awake = threading.Lock(), True
        adj = Adjustments(
            listen="127.0.0.1:1",  # not used, but it is looked up, and so would its default be
            backlog=BACKLOG,
            log_socket_errors=False,
            clear_untrusted_proxy_headers=False,
            max_request_header_size=limits.header,
            max_request_body_size=limits.body + 1,  # waitress means "less than"
            inbuf_overflow=limits.body + 1,  # in memory: `held` bounds it, and a disk may be slow
            ident=None,
        )
        info = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            site,
            map={},
            _sock=listener,
            dispatcher=self._pool,
            adj=adj,
            sockinfo=info,
            bind_socket=False,
        )

    @property
    def address(self) -> str:
        """Where it listens, as it stands in an address."""
        host = f"[{self.effective_host}]" if ":" in self.effective_host else self.effective_host
        return f"{host}:{self.effective_port}"

    def serve(self) -> None:
        """Serve until `stop`."""
        while self._ends_at is None:
            self._turn()
        wasyncore.dispatcher.close(self)  # nobody else comes in
        while time.monotonic() < self._ends_at and any(map(_busy, self._guests())):
            self._turn()
        with self._waking:
            self._awake = False
            wasyncore.close_all(self._map)
        for pool in (self._pool, *self._apart.values()):
            pool.set_thread_count(0)
        self._served.set()

    def stop(self, seconds: float = 2.0) -> None:
        """Let nobody in any more, give the answers that are under way so long, and end."""
        self._ends_at = time.monotonic() + seconds
        self.pull_trigger()
        self._served.wait(seconds + TICK_SECONDS)

    def pull_trigger(self) -> None:
        with self._waking:  # once it is closed, its number may be a file of somebody else's
            if self._awake:
                super().pull_trigger()

    def add_task(self, task: Connection) -> None:
        path = getattr(task.requests[0], "path", "")
        self._apart.get(path, self._pool).add_task(task)

    def readable(self) -> bool:
        return bool(self.accepting) and not self._full

    @property
    def _full(self) -> bool:
        return len(self.active_channels) >= self.limits.connections

    def _guests(self) -> list[Connection]:
        return list(self.active_channels.values())

    def _turn(self) -> None:
        """Say good-bye to some guests, then look once what the others do.

        In this order: whoever comes in gets the number of a socket that was closed, and what the
        system told of the old one must not be taken for the new one's.
        """
        self._part()
        self._make_room()
        seconds = GRACE_SECONDS if self._full else min(TICK_SECONDS, self.limits.seconds / 4)
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)

    def _part(self) -> None:
        now = time.monotonic()
        for guest in self._guests():
            if guest.waiting and now - guest.since > self.limits.seconds:
                guest.handle_close()

    def _make_room(self) -> None:
        """Keep a place free for the next guest, and memory for the next body."""
        waiting = [guest for guest in self._guests() if guest.waiting]
        longest = min(waiting, key=lambda guest: guest.since, default=None)
        if self._full and longest and time.monotonic() - longest.since > GRACE_SECONDS:
            longest.handle_close()
        excess = sum(guest.held for guest in self._guests()) - self.limits.held
        if excess > 0:
            for guest in sorted(waiting, key=lambda guest: guest.held, reverse=True):
                if excess > 0:
                    excess -= guest.held
                    guest.handle_close()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket.

    Raises:
        OSError: the address cannot be used.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, address = found[0][0], found[0][4]
    return socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG)


def _threads(count: int) -> ThreadedTaskDispatcher:
    made = ThreadedTaskDispatcher()
    made.queue_logger.setLevel(logging.ERROR)  # it warns of each request that waits for a moment
    made.set_thread_count(count)
    return made


def _busy(guest: Connection) -> bool:
    return bool(guest.requests or guest.total_outbufs_len)
