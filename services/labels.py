"""The labels that a person offers a classifier: taken apart, cleaned and checked."""

from __future__ import annotations

import re
import unicodedata

from services.errors import ErrorText, InvalidInputError

MOST_LABELS = 100
MOST_BYTES = 75  # CLIP reads 77 tokens, two of which are its own; a byte is at most one token
SHOWN = 40  # characters of a label that is too long

COMMA_INSIDE = ErrorText(
    code="LabelWithComma",
    what="The label “{label}” has a comma inside.",
    why="The model's endpoint takes all labels as one text and splits it at every comma.",
    advice="Write that label without the comma.",
)
NO_LABELS = ErrorText(
    code="NoLabels",
    what="There are no labels to choose from.",
    advice="Write at least two labels with commas between them, for example `cat, coffee, dog`.",
)
ONE_LABEL = ErrorText(
    code="OnlyLabel",
    what="“{label}” is the only label.",
    why="Probabilities add up to 100 % over the labels, so a single one always gets 100 %.",
    advice="Add at least one other label, for example `cat, coffee, dog`.",
)
TOO_MANY = ErrorText(
    code="TooManyLabels",
    what="{number} labels are too many.",
    advice="Send at most {most} at a time.",
)
TOO_LONG = ErrorText(
    code="LabelTooLong",
    what="The label “{start}…” is too long: {size} bytes.",
    why="CLIP reads about {most} bytes of a label and fails on a longer one.",
    advice="Shorten it.",
)

_SEPARATORS = ",;\n\uff0c\u3001\uff1b"  # the last three: full-width and Chinese commas, semicolon
_DOUBLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02\u2033"  # curly, low, angled, full-width
_SINGLE = "\u2018\u2019\u201a\u201b\uff07\u2032"
_QUOTES = str.maketrans(dict.fromkeys(_DOUBLE, '"') | dict.fromkeys(_SINGLE, "'"))
_SEPARATOR = re.compile(f"[{_SEPARATORS}]")
_ESCAPED = re.compile(rf"\\[{_SEPARATORS}]")
_QUOTED = re.compile(r'"([^"\n]*)"')
_BULLET = re.compile(
    r"(?:[•◦▪‣·*+>\u2013\u2014-]|\(?\d{1,3}[.):\uff0e\uff09\uff1a][*_~]{0,3})(?:\s++|$)"
)
_ADDRESSED = re.compile(r"\s*+@[\w.-]{1,80}+(?:\s*+[:\uff1a]|\s)|\s*+[:\uff1a]")  # `@aml-bot: `
_MARKS = "*_~`>"  # of bold, italic, struck, code and quoted text
_ENDS = ".\u3002\uff0e!\uff01?\uff1f:\uff1a"  # of a sentence


def parse(text: str) -> tuple[str, ...]:
    """Return the labels in `text`, in their order, cleaned, each once (case does not count).

    Commas (also full-width and Chinese ones), semicolons and line breaks separate. Curly quotes
    become straight ones. What people type or Slack adds around a label is no part of it: whom they
    speak to, quotes, bullets and numbers, the marks of bold, italic, struck, code and quoted text,
    the end of a sentence.

    Raises:
        InvalidInputError: no label, only one, more than 100, one over 75 UTF-8 bytes, or one with
            a comma inside (which the endpoint cannot be told).
    """
    plain = unicodedata.normalize("NFC", text).translate(_QUOTES).replace("\r", "\n").strip()
    addressed = _ADDRESSED.match(plain)
    plain = _bare(plain[addressed.end() :] if addressed else plain)
    whole = _QUOTED.fullmatch(plain)
    plain = whole.group(1) if whole else plain
    _refuse_comma_inside(plain)
    found: dict[str, str] = {}
    for part in _SEPARATOR.split(plain):
        label = _cleaned(part)
        if label:
            found.setdefault(label.casefold(), label)
    labels = tuple(found.values())
    _check_number(labels)
    for label in labels:
        _check_length(label)
    return labels


def _cleaned(part: str) -> str:
    spaced = "".join(" " if unicodedata.category(char) == "Cc" else char for char in part)
    label, before = " ".join(spaced.split()), ""
    while label != before:  # they may stand in each other, like `*1. "red"*`
        before = label
        label = _bare(label.removeprefix(bullet[0] if (bullet := _BULLET.match(label)) else ""))
        for quote in ('"', "'"):
            if len(label) > 1 and label[0] == label[-1] == quote:
                label = label[1:-1].strip()
    return label if any(char.isprintable() and char not in "\"'`" for char in label) else ""


def _bare(text: str) -> str:
    """Without marks around it, and without the end of a sentence; `U.S.` keeps its dots."""
    bare = text.strip().strip(_MARKS).strip()
    shorter = bare.rstrip(_ENDS).rstrip()
    return bare if "." in shorter else shorter.strip(_MARKS).strip()


def _refuse_comma_inside(text: str) -> None:
    """Quoted or escaped commas ask for something that cannot be sent."""
    quoted = [part for part in _QUOTED.findall(text) if any(char in part for char in _SEPARATORS)]
    escaped = _ESCAPED.search(text)
    if escaped:
        head, tail = text[: escaped.start()], text[escaped.end() :]
        begun = max(head.rfind(","), head.rfind("\n")) + 1
        ends = [place for mark in ",\n" if (place := tail.find(mark)) >= 0]
        quoted.append(head[begun:] + escaped[0] + tail[: min(ends, default=len(tail))])
    if quoted:
        raise InvalidInputError(COMMA_INSIDE, label=quoted[0].strip(), field="labels")


def _check_number(labels: tuple[str, ...]) -> None:
    if not labels:
        raise InvalidInputError(NO_LABELS, field="labels")
    if len(labels) == 1:
        raise InvalidInputError(ONE_LABEL, label=labels[0], field="labels")
    if len(labels) > MOST_LABELS:
        raise InvalidInputError(TOO_MANY, number=len(labels), most=MOST_LABELS, field="labels")


def _check_length(label: str) -> None:
    size = len(label.encode())
    if size > MOST_BYTES:
        raise InvalidInputError(
            TOO_LONG, start=label[:SHOWN], size=size, most=MOST_BYTES, field="labels"
        )
