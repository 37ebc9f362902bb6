from __future__ import annotations

import gc
import socket
import sys
import threading
import time

import pytest
from aiohttp import web

from bot.sandbox.server import HOST, Served, Servers, listen, port_of

KNOCKING = 10


def test_who_is_let_in_while_it_stops_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    unclosed: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: unclosed.append(found.exc_value))
    servers, listener, hold = Servers(), listen(0), threading.Event()
    port = port_of(listener)
    servers.start([Served(app=web.Application(), listener=listener)])

    async def busy() -> None:
        hold.wait()

    threads = [
        threading.Thread(target=lambda: servers.call(busy(), seconds=60)),
        threading.Thread(target=servers.stop),
    ]
    threads[0].start()
    clients = [socket.create_connection((HOST, port), timeout=60) for _ in range(KNOCKING)]
    threads[1].start()
    time.sleep(0.1)  # both wait for the loop now
    hold.set()
    for thread in threads:
        thread.join()

    assert [True] * KNOCKING == [ended(client) for client in clients]
    gc.collect()
    assert [] == unclosed


def ended(client: socket.socket) -> bool:
    with client:
        try:
            return client.recv(1) == b""
        except ConnectionResetError:
            return True
