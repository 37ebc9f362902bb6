"""Every screen of the bot, drawn by the page: nothing it cannot draw, no code left in the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from handlers.blocks import card, forms, home, scores
from handlers.command import Block
from services.models import OperationState
from services.prices import load_sizes
from tests.browser.test_blocks import draw
from tests.unit import fakes
from tests.unit.test_blocks import FAILED, SCREENS

pytestmark = pytest.mark.browser

EMOJI_CODE = re.compile(r":[a-z][a-z0-9_+-]+:")
MODELS = ("gpt2", "bert-base-uncased", "openai-clip-vit-large-patch14")


def card_of(model: str) -> list[Block]:
    return card.screen(fakes.catalog().card(model))[1]


def ended(state: OperationState) -> list[Block]:
    return fakes.message(fakes.operation(state, problem=FAILED))[1]


ALL: dict[str, Callable[[], list[Block]]] = {
    **SCREENS,
    "home": lambda: home.view(
        [fakes.operation()], [fakes.ENDPOINT], load_sizes(), now=fakes.NOW, operator=True
    )["blocks"],
    "home without Azure": lambda: home.view(
        [], [], load_sizes(), now=fakes.NOW, operator=False, note="Not connected."
    )["blocks"],
    **{f"card of {name}": partial(card_of, name) for name in MODELS},
    **{state.value: partial(ended, state) for state in OperationState},
    "form": lambda: [
        forms.text_input("text", "Words", hint="clip", placeholder="clip", optional=True),
        forms.text_input("labels", "Labels", value="cat, dog", multiline=True),
        forms.select("size", "Size", [("a", "The cheapest"), ("b", "Another")], value="b"),
        forms.number("count", "Instances", value=1, least=1, most=20),
        forms.pictures("pictures", "Pictures", "Up to ten"),
        forms.note("Pictures: cat.jpg"),
    ],
    "close call": lambda: scores.answer(fakes.scores(("a", 0.52), ("b", 0.48)))[1],
}


@pytest.mark.parametrize("name", ALL)
def test_the_page_draws_the_screen(stage: Page, name: str) -> None:
    screen = ALL[name]()
    draw(stage, *screen)

    expect(stage.locator("[data-block]")).to_have_count(len(screen))
    expect(stage.locator(".unknown")).to_have_count(0)
    text = "\n".join(stage.locator(".blocks").all_inner_texts())
    assert [] == EMOJI_CODE.findall(text)
