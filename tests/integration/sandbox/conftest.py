"""Serves a stand-in's aiohttp application on a free loopback port, in a thread of its own."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from aiohttp import web

from tests.integration.sandbox.slack_room import Room, make_room

Serve = Callable[..., AbstractContextManager[str]]


@contextmanager
def serving(app: web.Application, ssl_context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run the application until the block ends; gives its base URL without a trailing slash."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    ports: list[int] = []
    thread = threading.Thread(
        target=_serve, args=(loop, app, ssl_context, ready, ports), name="served-app", daemon=True
    )
    thread.start()
    assert ready.wait(10), "the application did not start"
    assert ports, "the application failed to start"
    try:
        scheme = "http" if ssl_context is None else "https"
        yield f"{scheme}://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def _serve(
    loop: asyncio.AbstractEventLoop,
    app: web.Application,
    ssl_context: ssl.SSLContext | None,
    ready: threading.Event,
    ports: list[int],
) -> None:
    asyncio.set_event_loop(loop)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    try:
        loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context)
        loop.run_until_complete(site.start())
        ports.append(runner.addresses[0][1])
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        ready.set()
        loop.close()


@pytest.fixture
def serve() -> Serve:
    """`with serve(app, ssl_context=None) as base_url: ...`."""
    return serving


@pytest.fixture
def room() -> Iterator[Room]:
    """A served local Slack with its control API, without a bot."""
    room = make_room()
    with serving(room.app()) as url:
        room.slack.base_url = url
        yield room
