"""Makes the README's picture anew: `python -m tests.browser.screenshot`, from the real story."""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from bot.sandbox import PHOTOS
from tests.browser.conftest import ARGUMENTS, DESK
from tests.conftest import ROOT, make_sandbox
from tests.conversation import Person

PICTURE = ROOT / ".github" / "screenshot.png"
MODEL = "openai-clip-vit-base-patch32"
LABELS = "cat, coffee, dog"
COLOURS = 256  # of the palette; the photo is small, so nobody sees the difference
SPEED = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=PICTURE)
    target: Path = parser.parse_args().to
    with make_sandbox(None, speed=SPEED) as sandbox, sync_playwright() as playwright:
        person = Person(sandbox.control_url, sandbox.slack.operator, sandbox.slack.main_channel)
        asked = _converse(person)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        page = browser.new_page(viewport=DESK, reduced_motion="reduce")
        page.goto(sandbox.page)
        page.locator("html[data-ready]").wait_for()
        target.write_bytes(_small(_composed(page, asked)))
        browser.close()
    print(f"{target}: {target.stat().st_size // 1000} kB")  # noqa: T201 - a script's answer


def _converse(person: Person) -> str:
    """Deploy and classify; returns the timestamp of the message with the photo."""
    person.sends_command(f"deploy {MODEL}")
    person.clicks(person.waits_for_button("Run", patience=60), "Run")
    person.waits_for_button("Classify", patience=60)
    bot = person.get("state")["bot_user_id"]
    photo = ("cat.jpg", (PHOTOS / "cat.jpg").read_bytes())
    asked = person.says(f"<@{bot}> {LABELS}", [photo])
    person.waits_for("Answered by", thread=asked)
    return asked


def _composed(page: Page, asked: str) -> bytes:
    """The ready deployment on the left, the photo and its answer in the thread."""
    page.locator(f'[data-ts="{asked}"]').get_by_test_id("replies").click()
    page.get_by_test_id("thread").locator("[data-chart]").wait_for()
    ready = page.locator("main .message", has_text="Ready: Deploy")
    ready.evaluate("(node) => node.closest('.message-scroll').scrollTo(0, node.offsetTop)")
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(300)
    return page.screenshot()


def _small(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as image:
        reduced = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG)
    written = io.BytesIO()
    reduced.save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    main()
