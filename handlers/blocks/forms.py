"""The modals that ask for what a command needs; block ids are the names of the fields."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.blocks.elements import LONGEST_LABEL, choice, clip, plain, section
from handlers.command import Block, View

LONGEST_TITLE = 24
MOST_OPTIONS = 100
CHEAPEST = "cheapest"
FIELD = "value"  # the action id inside every input block
MOST_PICTURES = 10
PICTURE_TYPES = ("jpg", "jpeg", "png", "gif", "webp", "bmp", "tiff", "heic", "heif")


def modal(module: str, title: str, submit: str, blocks: Sequence[Block], state: str = "") -> View:
    """A modal; `state` comes back with its submission."""
    return {
        "type": "modal",
        "callback_id": f"aml.{module}",
        "title": plain(title, LONGEST_TITLE),
        "submit": plain(submit, LONGEST_TITLE),
        "close": plain("Close", LONGEST_TITLE),
        "private_metadata": state,
        "blocks": list(blocks),
    }


def text_input(  # noqa: PLR0913 - what an input can be
    name: str,
    label: str,
    *,
    value: str = "",
    hint: str = "",
    placeholder: str = "",
    optional: bool = False,
    multiline: bool = False,
) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": FIELD, "multiline": multiline}
    if value:
        element["initial_value"] = clip(value, 3_000)
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    return _input(name, label, element, hint=hint, optional=optional)


def select(
    name: str, label: str, options: Sequence[tuple[str, str]], *, value: str = "", hint: str = ""
) -> Block:
    """A select of (value, text) pairs; the one with that value is chosen, else the first."""
    shown = [choice(text, each) for each, text in options[:MOST_OPTIONS]]
    initial = next((option for option in shown if option["value"] == value), shown[0])
    element: Block = {
        "type": "static_select",
        "action_id": FIELD,
        "options": shown,
        "initial_option": initial,
    }
    return _input(name, label, element, hint=hint)


def number(name: str, label: str, *, value: int, least: int, most: int) -> Block:
    element: Block = {
        "type": "number_input",
        "action_id": FIELD,
        "is_decimal_allowed": False,
        "initial_value": str(value),
        "min_value": str(least),
        "max_value": str(most),
    }
    return _input(name, label, element)


def pictures(name: str, label: str, hint: str = "") -> Block:
    element: Block = {
        "type": "file_input",
        "action_id": FIELD,
        "filetypes": list(PICTURE_TYPES),
        "max_files": MOST_PICTURES,
    }
    return _input(name, label, element, hint=hint)


def note(text: str) -> Block:
    return section(text)


def _input(
    name: str, label: str, element: Block, *, hint: str = "", optional: bool = False
) -> Block:
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, LONGEST_LABEL),
        "element": element,
        "optional": optional,
    }
    return {**block, "hint": plain(hint, 150)} if hint else block
