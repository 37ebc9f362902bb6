"""A guest of the HTTP server: its request is judged by the headers, and whole before a thread's."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.task import ErrorTask

TEXT = "text/plain; charset=utf-8"
LINGERING = 32 * 1024 * 1024  # bytes that are thrown away so that an answer is heard
NEVER = float("inf")
CHUNK_LINE = 1024  # bytes of a chunk's size with its extensions, or of trailers: Slack sends none


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A request before its body.

    Attributes:
        method: in capitals.
        path: without the query, decoded.
        headers: by names like X_SLACK_SIGNATURE.
        length: of the body in bytes; None for chunks.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    length: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer to a request whose body nobody reads; the connection ends with it."""

    status: str
    text: str
    headers: tuple[tuple[str, str], ...] = ()

    def to_response(self, _: object = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return it as waitress asks its own errors."""
        return self.status, [("Content-Type", TEXT), *self.headers], self.text.encode()


Gate = Callable[[Head], Refusal | None]

AMBIGUOUS = Refusal("400 Bad Request", "its length is not clear\n")
CHUNKS = Refusal("400 Bad Request", "no chunks that anybody would send\n")
VERSION = Refusal("505 HTTP Version Not Supported", "HTTP/1.1 only\n")


class Request(HTTPRequestParser):
    """Asks the gate as soon as the headers are there."""

    completed: bool
    error: Refusal | None

    def __init__(self, adj: Adjustments, gate: Gate) -> None:
        super().__init__(adj)
        self._gate = gate

    @property
    def held(self) -> int:
        return len(self.body_rcv) if self.body_rcv is not None else 0

    def received(self, data: bytes) -> int:
        taken: int = super().received(data)
        body = self.body_rcv
        if isinstance(body, ChunkedReceiver) and len(body.control_line + body.trailer) > CHUNK_LINE:
            self.error = CHUNKS
        self.completed = self.completed or self.error is not None
        return taken

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a length of 5,000 digits, an address that is none
            raise ParsingError(str(error)) from error
        self.error = self._unclear() or self._gate(
            Head(
                method=self.command,
                path=self.path,
                headers=self.headers,
                length=None if self.chunked else self.content_length,
            )
        )

    def _unclear(self) -> Refusal | None:
        """Where a proxy may see the end of the request elsewhere: one of us would be deceived."""
        if self.version not in {"1.0", "1.1"}:
            return VERSION
        left = "TRANSFER_ENCODING" in self.headers  # HTTP/1.0 knows none
        both = self.chunked and "CONTENT_LENGTH" in self.headers
        return AMBIGUOUS if left or both else None


class _RefusalTask(ErrorTask):
    def finish(self) -> None:
        super().finish()
        self.channel.lingering = True  # before the channel learns that it ends


class Host(Protocol):
    """What a guest asks of the server."""

    request_class: Callable[[Adjustments], Request]

    def add_task(self, task: Any) -> None: ...  # noqa: ANN401 - the guest


class Connection(HTTPChannel):
    """One guest; one request at a time."""

    error_task_class = _RefusalTask
    lingering = False  # refused: what still comes is thrown away, so that the answer is heard

    requests: list[Request]
    request: Request | None
    close_when_flushed: bool
    will_close: bool

    def __init__(
        self,
        server: Host,
        sock: socket.socket,
        addr: tuple[Any, ...],
        adj: Adjustments,
        map: dict[int, Any] | None = None,  # noqa: A002 - its name in waitress
    ) -> None:
        self.since = (
            time.monotonic()
        )  # we wait for the guest since then; NEVER while it is our turn
        self._between = True
        self._said_all = False
        self._thrown_away = 0
        super().__init__(server, sock, addr, adj, map=map)
        self.parser_class = server.request_class

    @property
    def held(self) -> int:
        """Bytes of the body that are there."""
        coming = [self.request] if self.request is not None else []
        return sum(request.held for request in (*self.requests, *coming))

    @property
    def waiting(self) -> bool:
        """True while nothing of ours keeps it open."""
        return not self.requests

    def readable(self) -> bool:
        return self._said_all or super().readable()

    def handle_expt(self) -> None:
        self.handle_close()  # urgent data, which belongs to no request and would never be fetched

    def received(self, data: bytes) -> bool:
        with self.requests_lock:
            if self.lingering:
                self._thrown_away += len(data)
                self.will_close = self.will_close or self._thrown_away > LINGERING
            if self.lingering or self.will_close or self.close_when_flushed:
                return False
            if self._between:
                self._between, self.since = False, time.monotonic()
            while data and not self.requests:
                data = self._read(data)
        return True

    def _read(self, data: bytes) -> bytes:
        """Read on in one request; what is left is of a next one."""
        if self.request is None:
            self.request = self.parser_class(self.adj)
        request = self.request
        rest = data[request.received(data) :]
        if request.expect_continue and request.headers_finished and not request.completed:
            self.send_continue()
        if request.completed:
            self.request = None
            if not request.empty:
                if rest:  # one at a time, or answers that nobody fetches would pile up here
                    request.headers["CONNECTION"] = "close"
                self.since = NEVER
                self.requests.append(request)
                self.server.add_task(self)
        return rest

    def service(self) -> None:
        super().service()
        self._between, self.since = True, time.monotonic()

    def writable(self) -> bool:
        return bool(super().writable())

    def handle_write(self) -> None:
        if self.lingering and self.close_when_flushed and not self.will_close:
            self._flush_exception(self._flush_some)
            if not self.total_outbufs_len and self.connected:
                # To close now would tell a guest who is still talking of a broken connection.
                self.close_when_flushed, self._said_all = False, True
                with suppress(OSError):
                    self.socket.shutdown(socket.SHUT_WR)
            return
        super().handle_write()
