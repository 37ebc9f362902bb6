"""Socket Mode: websockets to the app, envelopes out, acknowledgements in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.slack.changes import Changes

Json = dict[str, Any]
BLINK = 0.01
PING_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """How the app took a delivery; `payload` is what it answered, `ms` how long it took."""

    ok: bool
    ms: float
    payload: Any = None
    reason: str = ""
    no_retry: bool = False


@dataclass(slots=True, eq=False)
class Connection:
    """One websocket; `leaving` once Slack asked it to reconnect."""

    ws: web.WebSocketResponse
    request: web.Request
    leaving: bool = False
    pending: dict[str, asyncio.Future[Any]] = field(default_factory=dict)


class SocketMode:
    """The app's live connections. Each delivery goes to one of them, in turn."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._connections: list[Connection] = []
        self._tickets: set[str] = set()
        self._turn = 0
        self.opened = 0  # since the start, those that have ended included

    @property
    def live(self) -> int:
        """How many connections can take a delivery."""
        return sum(1 for connection in self._connections if not connection.ws.closed)

    def ticket(self) -> str:
        """A secret that opens one connection."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """The websocket route."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="unknown ticket")
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        connection = Connection(ws, request)
        self._connections.append(connection)
        self.opened += 1
        loop = asyncio.get_running_loop()
        beside = [loop.create_task(_ping(ws)), loop.create_task(self._retire())]
        try:
            await ws.send_json(self._hello(request))
            self._changes.mark("state")
            async for message in ws:
                if message.type == WSMsgType.TEXT and message.data.startswith("{"):
                    _acknowledge(connection, json.loads(message.data))
        finally:
            for task in beside:
                task.cancel()
            self._connections.remove(connection)
            for future in connection.pending.values():
                if not future.done():
                    future.set_exception(ConnectionResetError())
            self._changes.mark("state")
        return ws

    async def deliver(self, kind: str, payload: Json, *, seconds: float, **extra: Any) -> Ack:  # noqa: ANN401 - JSON
        """Send one envelope and wait for its acknowledgement; `reason` says why there is none."""
        began = time.monotonic()
        connection = await self._pick(began + seconds)
        if connection is None:
            return Ack(ok=False, ms=_since(began), reason="timeout")
        envelope = secrets.token_hex(12)
        body = {"envelope_id": envelope, "type": kind, "payload": payload, **extra}
        future = asyncio.get_running_loop().create_future()
        connection.pending[envelope] = future
        try:
            await connection.ws.send_str(json.dumps(body))
            answer = await asyncio.wait_for(future, began + seconds - time.monotonic())
        except (TimeoutError, ConnectionError):
            return Ack(ok=False, ms=_since(began), reason="timeout")
        finally:
            del connection.pending[envelope]
            if future.done() and not future.cancelled():
                future.exception()  # seen here, so that asyncio does not report it
        return Ack(ok=True, ms=_since(began), payload=answer)

    def drop(self) -> None:
        """Cut every connection as a broken network does."""
        for connection in tuple(self._connections):
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to be replaced, as Slack does every few hours."""
        for connection in tuple(self._connections):
            connection.leaving = True
            body = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
            await connection.ws.send_json(body)

    async def close(self) -> None:
        for connection in tuple(self._connections):
            await connection.ws.close()

    async def _retire(self) -> None:
        """Close the connections that a new one replaces."""
        for connection in tuple(self._connections):
            if connection.leaving:
                await connection.ws.close()

    async def _pick(self, deadline: float) -> Connection | None:
        """The next live connection; the newest one while an older one is being replaced."""
        while True:
            live = [connection for connection in self._connections if not connection.ws.closed]
            staying = [connection for connection in live if not connection.leaving]
            if staying:
                self._turn += 1
                return staying[-1] if len(staying) < len(live) else staying[self._turn % len(live)]
            if time.monotonic() > deadline:
                return None
            await asyncio.sleep(BLINK)

    def _hello(self, request: web.Request) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": request.query.get("app_id", "")},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
        }


async def _ping(ws: web.WebSocketResponse) -> None:
    """Ping often: the SDK's reader holds a lock until something comes, and stopping waits."""
    with contextlib.suppress(ConnectionError):
        while not ws.closed:
            await asyncio.sleep(PING_SECONDS)
            await ws.ping()


def _acknowledge(connection: Connection, answer: Json) -> None:
    future = connection.pending.get(str(answer.get("envelope_id", "")))
    if future is not None and not future.done():
        future.set_result(answer.get("payload"))


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
