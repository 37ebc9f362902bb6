"""Other people's Markdown as Slack's own markup, harmless and within its limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from handlers.blocks.elements import LONGEST_SECTION, clip, context, escape, linked, section
from handlers.command import Block
from services import foreign, redaction

REST = "The rest is left out; the model's own page has all of it."
MOST_CHARACTERS = foreign.DESCRIPTION
MOST_SECTIONS = 90  # a modal holds 100 blocks
PIECE = LONGEST_SECTION - 100  # room to close a code block that is cut
FENCE = "```"

_FENCED = re.compile(
    r"^[ \t]*(?:```|~~~)[^\n]*\n(.*?)(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_CODE = re.compile(r"`([^`\n]+)`")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li)\b[^<>]{0,100}>", re.IGNORECASE)
_ADDRESS = r"(?:[^()\s]|\([^()\s]{0,200}+\))"
_TITLE = r"(?:[ \t]++[^()\n]{0,300}+)?"
_IMAGE = re.compile(rf"!\[([^\[\]\n]{{0,300}}+)\]\({_ADDRESS}*+{_TITLE}\)")
_LINK = re.compile(rf"\[([^\[\]\n]{{1,300}}+)\]\(({_ADDRESS}++){_TITLE}\)")
_HEADING = re.compile(r"^[ \t]*+#{1,6}+[ \t]++(\S[^\n]*+)$", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)([^\n*]{1,1000}+)\*\*|__(?=\S)([^\n_]{1,1000}+)__")
_ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])([^\n*]{1,1000}+)(?<=[^\s*])\*(?![\w*])")
_STRUCK = re.compile(r"~~([^\n~]{1,1000})~~")
_ITEM = re.compile(r"^([ \t]*)[-*+][ \t]+", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*([-*_][ \t]*){3,}$", re.MULTILINE)
_ROWS = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*$\n?){2,}", re.MULTILINE)
_DIVIDER = re.compile(r"^[\s|:-]+$")
_EMPHASIS = re.compile(r"[*`]|(?<!\w)_|_(?!\w)")
_EMPTY_LINES = re.compile(r"\n[ \t]*+(?:\n[ \t]*+)++")
_BOLD_MARK, _KEPT = "\ue000", "\ue001{}\ue002"  # private characters stand for what is done
_KEPT_MARK = re.compile("\ue001(\\d+)\ue002")
_PRIVATE = re.compile("[\ue000-\ue002]")


def sections(markdown: str) -> list[Block]:
    """The whole text in sections of a modal; what is longer than a few screens is cut."""
    text = converted(redaction.hide(markdown[:MOST_CHARACTERS]))
    pieces = list(_pieces(text))
    blocks = [section(piece) for piece in pieces[:MOST_SECTIONS]]
    if len(markdown) > MOST_CHARACTERS or len(pieces) > MOST_SECTIONS:
        blocks.append(context(REST))
    return blocks


def teaser(markdown: str, longest: int) -> str:
    """The first words of prose, without markup, escaped."""
    bare = _FENCED.sub(" ", _PRIVATE.sub("", redaction.hide(markdown[:MOST_CHARACTERS])))
    bare = _TAG.sub("", _COMMENT.sub("", _ROWS.sub(" ", bare)))
    bare = _LINK.sub(r"\1", _IMAGE.sub("", bare))
    lines = (line.strip() for line in bare.splitlines())
    prose = (line for line in lines if line and not line.startswith(("#", "|", "---", ">")))
    words = " ".join(_EMPHASIS.sub("", " ".join(prose)).split())
    return escape(clip(words, longest))


def converted(markdown: str) -> str:
    """Slack's markup for a Markdown text; nothing in it notifies anybody or hides an address."""
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return _KEPT.format(len(kept) - 1)

    text = _PRIVATE.sub("", markdown.replace("\r\n", "\n"))
    text = _FENCED.sub(lambda match: keep(_fenced(match[1])), text)
    text = _ROWS.sub(lambda match: keep(_fenced(_table(match[0]))), text)
    text = _CODE.sub(lambda match: keep(f"`{escape(match[1])}`"), text)
    text = _TAG.sub("", _BREAK.sub("\n", _COMMENT.sub("", text)))
    text = _LINK.sub(lambda match: _linked(match, keep), _IMAGE.sub(r"\1", text))
    text = _marked(escape(text))
    while _KEPT_MARK.search(text):  # code may stand inside a link's label
        text = _KEPT_MARK.sub(lambda match: kept[int(match[1])], text)
    return _EMPTY_LINES.sub("\n\n", text).strip()


def _marked(text: str) -> str:
    text = _RULE.sub("", text)
    text = _HEADING.sub(lambda match: f"{_BOLD_MARK}{_unmarked(match[1])}{_BOLD_MARK}", text)
    text = _BOLD.sub(lambda match: f"{_BOLD_MARK}{match[1] or match[2]}{_BOLD_MARK}", text)
    text = _ITEM.sub(r"\1• ", text)
    text = _STRUCK.sub(r"~\1~", _ITALIC.sub(r"_\1_", text))
    return text.replace(_BOLD_MARK, "*")


def _unmarked(text: str) -> str:
    """The words of a heading, without emphasis and the signs that may close it."""
    bare = text.rstrip()
    return bare.rstrip("#").rstrip().replace("**", "").replace("__", "") or bare


def _fenced(code: str) -> str:
    body = escape(code.strip("\n")).replace(FENCE, "'''")
    return f"{FENCE}\n{body}\n{FENCE}" if body.strip() else ""


def _table(rows: str) -> str:
    """A Markdown table with its columns in line, for a code block."""
    lines = [line.strip().strip("|") for line in rows.strip().splitlines()]
    cells = [
        [cell.strip() for cell in line.split("|")] for line in lines if not _DIVIDER.match(line)
    ]
    columns = max(map(len, cells), default=0)
    widths = [max(len(row[at]) if at < len(row) else 0 for row in cells) for at in range(columns)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in cells
    )


def _linked(match: re.Match[str], keep: Callable[[str], str]) -> str:
    label, address = match[1], match[2]
    kept = linked(address, _TAG.sub("", label).replace("**", ""))
    return keep(kept) if kept.startswith("<") else label


def _pieces(text: str) -> Iterator[str]:
    """Parts that fit into a section each, cut between paragraphs where that is possible."""
    fenced = False
    while text:
        head = f"{FENCE}\n" if fenced else ""
        cut = len(text) if len(text) <= PIECE else _cut(text)
        piece, text = text[:cut].strip("\n"), text[cut:].strip("\n")
        fenced ^= piece.count(FENCE) % 2 == 1
        shown = f"{head}{piece}{f'{chr(10)}{FENCE}' if fenced else ''}"
        if piece.strip():
            yield shown


def _cut(text: str) -> int:
    """Where to cut: after a paragraph, a line, a word, or anywhere outside an entity."""
    for mark in ("\n\n", "\n", " "):
        place = text.rfind(mark, PIECE // 3, PIECE)
        if place > 0:
            return place + len(mark)
    ampersand = text.rfind("&", PIECE - 6, PIECE)
    return ampersand if ampersand > 0 else PIECE
