"""A real browser on the page of the local Slack; whatever it complains about fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import yaml
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from bot.sandbox import Sandbox
from tests.browser.tiny_bot import TinyBot
from tests.conftest import TRIGGER_SECONDS

ROOT = Path(__file__).parents[2]
DATA = ROOT / "services" / "data"
PHONE_WIDTH = 500
DESK: ViewportSize = {"width": 1280, "height": 800}
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

MOST_WAIT = 30_000  # milliseconds; machines that run everything at once are slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; one a module, because Playwright keeps an event loop while it runs."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("chromium is not installed")
    expect.set_options(timeout=MOST_WAIT)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Windows:
    """Windows of one browser, one of each size: a new one costs a second of two shared cores."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._windows: dict[tuple[int, int], tuple[Page, list[str]]] = {}

    def of_size(self, viewport: ViewportSize) -> tuple[Page, list[str]]:
        """A page, and what it has complained about so far."""
        size = (viewport["width"], viewport["height"])
        if size not in self._windows:
            touch = viewport["width"] < PHONE_WIDTH
            context = self._browser.new_context(
                viewport=viewport, has_touch=touch, reduced_motion="reduce"
            )
            shown, complaints = context.new_page(), list[str]()
            watch(shown, complaints.append)
            self._windows[size] = shown, complaints
        return self._windows[size]


@pytest.fixture(scope="module")
def windows(browser: Browser) -> Windows:
    return Windows(browser)


@pytest.fixture(scope="module")
def local() -> Iterator[Sandbox]:
    """The stand-ins without the product's bot."""
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    with Sandbox(
        catalog=DATA / "catalog.jsonl",
        sizes=DATA / "sizes.jsonl",
        hub=DATA / "hub.jsonl",
        manifest=manifest,
    ) as sandbox:
        sandbox.slack.state.trigger_seconds = TRIGGER_SECONDS
        yield sandbox


@pytest.fixture(scope="module")
def tiny_bot(local: Sandbox) -> Iterator[TinyBot]:
    """A bot of a few lines that answers at once."""
    with TinyBot(local.env) as bot:
        yield bot


@pytest.fixture
def viewport() -> ViewportSize:
    """The size of the window; parametrize it for another one."""
    return DESK


@pytest.fixture
def page(windows: Windows, local: Sandbox, viewport: ViewportSize) -> Iterator[Page]:
    """The page on a sandbox in its first state; see `opened` for what fails the test."""
    requests.post(f"{local.control_url}/reset", timeout=60).raise_for_status()
    with opened(windows, local, viewport) as ready:
        yield ready


@pytest.fixture(scope="module")
def stage(windows: Windows, local: Sandbox) -> Iterator[Page]:
    """One page for a whole module whose tests put what they need on it."""
    requests.post(f"{local.control_url}/reset", timeout=60).raise_for_status()
    with opened(windows, local, DESK) as ready:
        yield ready


@contextmanager
def opened(windows: Windows, local: Sandbox, viewport: ViewportSize) -> Iterator[Page]:
    """The page as somebody finds it who never saw it before, ready.

    Fails at the end on any console error, any exception in the page, and any request that left
    this machine.
    """
    shown, complaints = windows.of_size(viewport)
    complaints.clear()
    shown.set_viewport_size(viewport)
    shown.goto(local.page)
    shown.locator("html[data-ready]").wait_for()
    try:
        yield shown
    finally:
        shown.evaluate("sessionStorage.clear()")  # who one is
        shown.goto("about:blank")
    assert [] == complaints


def watch(page: Page, complain: Callable[[str], None]) -> None:
    """Report what a careful person would see in the developer tools."""
    page.on("pageerror", lambda error: complain(f"exception: {error}"))
    page.on(
        "console",
        lambda said: complain(f"console: {said.text}") if said.type == "error" else None,
    )
    page.on(
        "request", lambda request: None if stays(request.url) else complain(f"to {request.url}")
    )


def stays(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"data", "blob"} or parts.hostname == "127.0.0.1"
