"""The smallest pieces of Block Kit, and the limits that hold for a whole message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import SupportsIndex
from urllib.parse import urlsplit

from handlers.command import Block
from services.foreign import Mention, Ours

MOST_BLOCKS = 50
MOST_CHARACTERS = 12_000  # Slack refuses somewhere above 13,000 and documents nothing
LONGEST_SECTION = 3_000
LONGEST_FIELD = 2_000
LONGEST_LABEL = 75
LONGEST_VALUE = 2_000
LONGEST_HEADER = 150
MOST_ELEMENTS = 25
CUT = "This answer was too long for one message; the rest is left out."
DIRECT = "that direct message"
_PERSON, _GROUP = re.compile(r"[UW][A-Z0-9]+"), re.compile(r"S[A-Z0-9]+")
_ADDRESS = re.compile(
    r"(?i:https?)://[^\s<>|\\\"`\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]{1,2000}+"
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,253}+)|\[?[0-9a-f:.]{2,45}\]?")
# Signs that are not seen, and those that turn the order of what follows: of a host, say.
_UNSEEN = re.compile("[\x00-\x08\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_CHANNEL = re.compile(r"[CG][A-Z0-9]+")


def escape(text: str) -> str:
    """Text from elsewhere, harmless inside mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Marked(Ours):
    """A text of our own in mrkdwn; whatever is put into its places is escaped, if not Marked too.

    A mention is one: it is made from an id and put in its place, never looked for in a text.
    """

    __slots__ = ()

    def format(self, *values: object, **named: object) -> Marked:
        shown = {name: _marked(value) for name, value in named.items()}
        return Marked(str.format(self, *map(_marked, values), **shown))

    def join(self, texts: Iterable[str]) -> Marked:
        return Marked(str.join(self, map(marked, texts)))

    def replace(self, old: str, new: str, count: SupportsIndex = -1) -> Marked:
        return Marked(str.replace(self, old, new, count))


def marked(text: str) -> Marked:
    """Return a text as it is where it is Marked, else escaped; a person is mentioned."""
    if isinstance(text, Mention):
        return mention(text)
    return text if isinstance(text, Marked) else Marked(escape(text))


def _marked(value: object) -> object:
    return marked(value) if isinstance(value, str) else value


def mention(who: str) -> Marked:
    """A person or a user group by the id; they are notified."""
    if _PERSON.fullmatch(who):
        return Marked(f"<@{who}>")
    return Marked(f"<!subteam^{who}>" if _GROUP.fullmatch(who) else escape(f"@{who}"))


def where(channel: str) -> Marked:
    """A channel by its id; a direct message has no name, so it is told in words."""
    if _CHANNEL.fullmatch(channel):
        return Marked(f"<#{channel}>")
    return Marked(DIRECT)


def linked(address: str, label: str = "") -> Marked:
    """A link to an address of others that shows where it leads: `label (host)`.

    What may lead elsewhere than it says is no link: another scheme than http(s), a name before the
    host, signs that are not seen. A host in another script is shown as browsers resolve it.
    """
    host = _host(address)
    if not host:
        return marked(label or address)
    shown = " ".join(_UNSEEN.sub("", label).split())
    if not address.isascii() and not shown:
        return Marked(f"<{escape(address)}|{host}>")
    if not shown or shown in {address, address.partition("://")[2]}:
        return Marked(f"<{escape(address)}>")
    if shown != host:
        shown = f"{shown.replace('|', '/')} ({host})"
    return Marked(f"<{escape(address)}|{escape(shown)}>")


def _host(address: str) -> str:
    """Return the host to which an address leads; "" where it is none that can be shown."""
    if not _ADDRESS.fullmatch(address):
        return ""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except ValueError:  # UnicodeError is one
        return ""
    if "@" in parts.netloc or not _HOST.fullmatch(host):
        return ""
    return host if port is None else f"{host}:{port}"


def code(text: str) -> Marked:
    """A name as people would type it, in code style."""
    return Marked(f"`{escape(text.replace('`', chr(39)))}`")


def clip(text: str, longest: int) -> str:
    """The text, cut with an ellipsis where it is longer than that."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def clip_marked(text: str, longest: int) -> str:
    """The same for mrkdwn: no mention, link or escaped sign is cut in two."""
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    for opening, closing, most in (("<", ">", longest), ("&", ";", len("&quot"))):
        begun = kept.rfind(opening)
        if begun >= 0 and closing not in kept[begun:] and len(kept) - begun <= most:
            kept = kept[:begun]
    return f"{kept.rstrip()}…"


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
    """A text object; Slack looks for no names, channels and addresses of its own in it."""
    return {"type": "mrkdwn", "text": clip_marked(text, longest), "verbatim": True}


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
    return len(json.dumps(list(blocks), separators=(",", ":")))  # as the SDK sends them
