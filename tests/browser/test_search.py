"""The result list in the page, with the real bot: on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from bot.sandbox import Sandbox
from tests.browser.conftest import DESK, Windows, opened
from tests.browser.test_story import PHONE, click, message, say

pytestmark = pytest.mark.browser


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def viewport(request: pytest.FixtureRequest) -> ViewportSize:
    chosen: ViewportSize = request.param
    return chosen


@pytest.fixture
def visitor(windows: Windows, running_sandbox: Sandbox, viewport: ViewportSize) -> Iterator[Page]:
    with opened(windows, running_sandbox, viewport) as page:
        yield page


def test_results_are_turned_in_place_and_fit_the_window(
    visitor: Page, viewport: ViewportSize
) -> None:
    say(visitor, "/aml search license:mit")
    first = message(visitor, "for “license:mit”")
    expect(first).to_contain_text("Page 1 of")
    expect(first.get_by_text("Open card", exact=True)).to_have_count(10)
    expect(first).to_contain_text("(permissive)")

    click(first, "Next")

    expect(first).to_contain_text("Page 2 of")
    assert viewport["width"] == visitor.evaluate("document.documentElement.scrollWidth")


def test_what_only_the_hub_has_leads_to_its_checklist(visitor: Page) -> None:
    say(visitor, "/aml search clip source:hf")
    hub = message(visitor, "On the Hugging Face Hub")
    expect(hub).to_contain_text("Xenova/clip-vit-base-patch32")

    click(hub, "Import")

    checklist = message(visitor, "Xenova/clip-vit-base-patch32 cannot be imported yet")
    expect(checklist).to_contain_text("its weights are ONNX")
