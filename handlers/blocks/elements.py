"""The smallest pieces of Block Kit, and the limits that hold for a whole message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from handlers.command import Block

MOST_BLOCKS = 50
MOST_CHARACTERS = 12_000  # Slack refuses somewhere above 13,000 and documents nothing
LONGEST_SECTION = 3_000
LONGEST_FIELD = 2_000
LONGEST_LABEL = 75
LONGEST_VALUE = 2_000
LONGEST_HEADER = 150
MOST_ELEMENTS = 25
OURS = re.compile(r"&lt;(@[UW][A-Z0-9]+|#[CDG][A-Z0-9]+|!subteam\^S[A-Z0-9]+)&gt;")
CUT = "This answer was too long for one message; the rest is left out."


def escape(text: str) -> str:
    """Text from elsewhere, harmless inside mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_but_mentions(text: str) -> str:
    """Text of our own around text from elsewhere: mentions of people and channels survive."""
    return OURS.sub(r"<\1>", escape(text))


def code(text: str) -> str:
    """A name as people would type it, in code style."""
    return f"`{escape(text.replace('`', chr(39)))}`"


def clip(text: str, longest: int) -> str:
    """The text, cut with an ellipsis where it is longer than that."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def plain(text: str, longest: int = LONGEST_LABEL) -> Block:
    return {"type": "plain_text", "text": clip(text, longest), "emoji": True}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, LONGEST_HEADER)}


def section(text: str, accessory: Block | None = None) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(text, LONGEST_SECTION)}
    return block if accessory is None else {**block, "accessory": accessory}


def fields(texts: Iterable[str]) -> Block:
    """Two columns of at most ten short texts."""
    shown = [mrkdwn(text, LONGEST_FIELD) for text in texts][:10]
    return {"type": "section", "fields": shown}


def mrkdwn(text: str, longest: int) -> Block:
    return {"type": "mrkdwn", "text": clip(text, longest)}


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text, LONGEST_FIELD) for text in texts[:10]]}


def divider() -> Block:
    return {"type": "divider"}


def button(label: str, action: str, value: str = "", *, style: str = "", says: str = "") -> Block:
    """A button; `says` is what a screen reader reads where the label alone says too little."""
    block: Block = {"type": "button", "text": plain(label), "action_id": action}
    if value:
        block["value"] = value[:LONGEST_VALUE]
    if style:
        block["style"] = style
    if says:
        block["accessibility_label"] = clip(says, LONGEST_LABEL)
    return block


def link(label: str, action: str, url: str) -> Block:
    return {**button(label, action), "url": url}


def actions(elements: Sequence[Block], block_id: str = "") -> Block:
    block: Block = {"type": "actions", "elements": list(elements[:MOST_ELEMENTS])}
    return {**block, "block_id": block_id} if block_id else block


def choice(text: str, value: str) -> Block:
    """An option of a select."""
    return {"text": plain(text), "value": value[:150]}


def fitted(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, or as many as one message holds and a note that some are missing."""
    kept = list(blocks)
    if len(kept) <= MOST_BLOCKS and _size(kept) <= MOST_CHARACTERS:
        return kept
    note = context(CUT)
    kept = kept[: MOST_BLOCKS - 1]
    while kept and _size([*kept, note]) > MOST_CHARACTERS:
        kept.pop()
    return [*kept, note]


def _size(blocks: Sequence[Block]) -> int:
    return len(json.dumps(list(blocks)))
