"""The newcomer's story in the page, with the real bot: on a desk and on a phone."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from bot.sandbox import PHOTOS, Sandbox
from tests.browser.conftest import DESK, Windows, opened

pytestmark = pytest.mark.browser

CLIP = "openai-clip-vit-base-patch32"
BERT = "google-bert/bert-base-uncased"
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE = 60_000  # milliseconds of real time for a deployment of ten simulated minutes
LABELS = "cat, coffee, dog"
SHARE = re.compile(r"(\w+) (\d+\.\d) %")
DROP = """([selector, data]) => {
  const body = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([body], "cat.jpg", { type: "image/jpeg" }));
  const target = document.querySelector(selector);
  for (const kind of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}"""
READY = re.compile("Ready: Deploy")


@pytest.fixture
def viewport() -> ViewportSize:
    return DESK


@pytest.fixture
def newcomer(windows: Windows, running_sandbox: Sandbox, viewport: ViewportSize) -> Iterator[Page]:
    """The page of a sandbox in its first state, the bot beside it."""
    running_sandbox.reset()
    with opened(windows, running_sandbox, viewport) as page:
        yield page


@pytest.fixture
def visitor(windows: Windows, running_sandbox: Sandbox) -> Iterator[Page]:
    """The page as the tests before left it: quicker, where that does not matter."""
    with opened(windows, running_sandbox, DESK) as page:
        yield page


def message(page: Page, words: str | re.Pattern[str], where: str = "main") -> Locator:
    """The newest message with these words."""
    return page.locator(f"{where} article.message").filter(has_text=words).last


def click(inside: Locator, label: str) -> None:
    """Click what shows this label; its accessible name may say more."""
    inside.get_by_text(label, exact=True).first.click()


def say(page: Page, text: str) -> None:
    composer = page.get_by_test_id("composer")
    composer.fill(text)
    composer.press("Enter")


def deploy_clip(page: Page) -> Locator:
    """From a search to a ready endpoint; returns its message."""
    say(page, "/aml search clip")
    click(message(page, "for “clip”"), "Open card")
    click(message(page, "Choose size and name"), "Deploy")
    click(message(page, "Nothing has happened yet"), "Run")
    ready = message(page, READY)
    expect(ready).to_contain_text("Mention me with a picture", timeout=PATIENCE)
    return ready


def drop_cat(page: Page) -> None:
    page.evaluate(DROP, ["main", base64.b64encode((PHOTOS / "cat.jpg").read_bytes()).decode()])


def charted(answer: Locator) -> dict[str, str]:
    """What the native chart of an answer says, label by label."""
    bars = answer.locator("[data-chart=bar]")
    expect(bars).to_be_visible()
    labels = bars.locator(".bar-label").all_inner_texts()
    return dict(zip(labels, bars.locator(".bar-value").all_inner_texts(), strict=True))


def said(answer: Locator) -> dict[str, str]:
    """What the sentence of an answer says, label by label."""
    return dict(SHARE.findall(answer.locator(".block-section").first.inner_text()))


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_from_a_search_to_probabilities(newcomer: Page, viewport: ViewportSize) -> None:
    ready = deploy_clip(newcomer)
    click(ready, "Classify")
    form = newcomer.get_by_test_id("modal")
    form.get_by_label("Labels").fill(LABELS)
    form.get_by_role("button", name="Attach A cat").click()
    expect(form).to_contain_text("cat.jpg")
    newcomer.get_by_test_id("modal-submit").click()

    answer = message(newcomer, "Answered by lite")
    shares = charted(answer)
    assert ["cat", "dog", "coffee"] == list(shares)
    assert shares == said(answer)
    assert viewport["width"] == newcomer.evaluate("document.documentElement.scrollWidth")

    if viewport == DESK:
        a_dropped_photo_is_classified_in_its_thread(newcomer)


def a_dropped_photo_is_classified_in_its_thread(page: Page) -> None:
    drop_cat(page)
    expect(page.get_by_test_id("attachments")).to_contain_text("cat.jpg")
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("@aml")
    composer.press("Enter")
    composer.press_sequentially(LABELS)
    composer.press("Enter")
    posted = page.locator("main article.message", has=page.get_by_role("img", name="cat.jpg"))
    posted.get_by_test_id("replies").click()

    answer = message(page, "Answered by lite", "[data-testid=thread]")
    assert charted(answer) == said(answer)


def test_hints_lead_to_an_answer_that_is_read_from_its_beginning(visitor: Page) -> None:
    composer = visitor.get_by_test_id("composer")
    composer.press_sequentially("/a")
    composer.press("Tab")
    composer.press_sequentially("sea")
    expect(visitor.get_by_role("option")).to_contain_text(["/aml search"])
    composer.press("Enter")
    expect(composer).to_have_value("/aml search ")
    composer.press_sequentially("bert")
    composer.press("Enter")
    expect(visitor.get_by_text("for “bert”")).to_be_in_viewport()


def test_a_deployment_shows_its_steps_and_can_be_cancelled(visitor: Page) -> None:
    say(visitor, f"/aml deploy {CLIP} endpoint:seen")
    click(message(visitor, re.compile("seen.*Nothing has happened yet", re.DOTALL)), "Run")
    running = message(visitor, "Running: Deploy")
    expect(running).to_contain_text("Create the endpoint seen")
    expect(running).to_contain_text("Not started")
    click(running, "Cancel")
    ended = message(visitor, "Cancelled: Deploy")
    expect(ended).to_contain_text("Retry", timeout=PATIENCE)
    expect(ended.get_by_role("listitem").filter(has_text="skipped").first).to_be_visible()


def test_a_model_of_the_hub_is_imported(visitor: Page) -> None:
    say(visitor, f"/aml import {BERT}")
    plan = message(visitor, "Third-party terms apply")
    expect(plan).to_contain_text("apache-2.0 (permissive)")
    click(plan, "Run")

    done = message(visitor, f"Done: Import {BERT}")
    expect(done).to_contain_text("is registered in the workspace", timeout=PATIENCE)
    expect(done).to_contain_text("Convert it to MLflow Done")
    click(done, "Deploy")
    expect(message(visitor, "Deploy google-bert-bert-base-uncased?")).to_contain_text("workspace")


def test_the_way_to_a_form_and_back_needs_no_mouse(visitor: Page) -> None:
    say(visitor, "/aml search gpt2")
    expect(message(visitor, "“gpt2”")).to_be_visible()
    back_to(visitor, "Open card")
    visitor.keyboard.press("Enter")
    expect(message(visitor, "Choose size and name")).to_contain_text("gpt2")
    visitor.get_by_test_id("composer").focus()
    back_to(visitor, "Choose size and name")
    visitor.keyboard.press("Enter")
    form = visitor.get_by_test_id("modal")
    expect(form.get_by_label("Model")).to_be_focused()
    visitor.keyboard.press("Escape")
    expect(form).to_have_count(0)
    assert "Choose size and name" == focused(visitor)


def test_a_stopped_bot_is_said_and_can_be_started(visitor: Page, running_sandbox: Sandbox) -> None:
    running_sandbox.bot("stop")
    banner = visitor.locator(".banner")
    expect(banner).to_contain_text("is stopped, so nothing answers")
    banner.get_by_role("button", name="Start it").click()
    expect(banner).to_be_hidden(timeout=PATIENCE)


def back_to(page: Page, label: str) -> None:
    """Press Shift+Tab until something with this label has the focus."""
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if focused(page) == label:
            return
    raise AssertionError(f"the keyboard does not reach {label!r}")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText ?? ''")).strip()
