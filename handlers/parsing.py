"""From what a person typed to plain words: Slack's markup, typographic characters, options."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from services import foreign, redaction
from services.errors import ErrorText, InvalidInputError, Suggestion

# Characters that keyboards, phones and word processors put in place of the ones meant.
_MEANT = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u300c\u300d\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007", " "),
    **dict.fromkeys("\u2008\u2009\u200a\u202f\u205f\u3000\t", " "),
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width forms
    "\u3001": ",",  # ideographic comma
}
# Zero-width spaces and joiners, marks of direction, soft hyphen, byte order mark.
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)], ""
)
_TABLE = {**str.maketrans(_MEANT), **_INVISIBLE}
_MARKUP = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_TYPED_MARKUP = re.compile(r"(?<!<)<++(?=[@#!])")  # would notify people when it is quoted back
# One part of an option's value: quoted, or without spaces and commas; a dash before it excludes it.
_PART = r"-?(?:\"[^\"]*\"?|'[^']*'?|[^\s,]*)"
_PARTS = re.compile(r"(-?)(?:\"([^\"]*)\"?|'([^']*)'?|([^\s,]+))")

CUT_HERE = "\ue003"  # a private sign: nobody types it
A_DIRECT_MESSAGE = "(a direct message)"
OVERLONG = ErrorText(
    code="TextTooLong",
    what="That is longer than I read: I take {most:,} characters at a time.",
    advice="Nothing was done. Send the part that matters, or several messages.",
)
LOOKS_LIKE_TOKEN = ErrorText(
    code="TokenTyped",
    what="That looks like an access token, so I did not use it.",
    why="Whoever can read it can act in your name.",
    advice="Delete your message if others can see it, and make a new token where this one came "
    "from. I take tokens from my settings only (`HF_TOKEN`).",
)
NO_VALUE = ErrorText(
    code="OptionWithoutValue",
    what="`{name}:` needs a value",
    advice="Write it without a space, like `{name}:something`.",
)

_HIDDEN_TOKEN = "hf_hiddenhidden"  # noqa: S105 - looks like one, so that it is refused as one


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A text split at its first word. `verb` is lower case and "" for an empty text."""

    verb: str
    rest: str


def plain(text: str, bot: str | None = None) -> str:
    """Return the words a person meant: no Slack markup, no look-alike characters, single spaces.

    Line breaks stay. Mentions of `bot` (its user id) disappear; other people become `@U…`. What is
    longer than anybody types is cut and ends with CUT_HERE.
    """
    whole, text = len(text) <= foreign.PERSON, text[: foreign.PERSON].replace(CUT_HERE, "")
    shown = _MARKUP.sub(lambda match: _shown(match, bot), text)
    cleaned = _TYPED_MARKUP.sub("", html.unescape(shown).translate(_TABLE))
    lines = (" ".join(line.split()) for line in cleaned.splitlines())
    return "\n".join(line for line in lines if line) + ("" if whole else CUT_HERE)


def without_tokens(document: dict[str, Any]) -> dict[str, Any]:
    """Return JSON that may be kept: every token of Slack, the Hub or Azure in it is replaced."""
    shown: dict[str, Any] = _without_tokens(document)
    return shown


def file_name(name: str) -> str:
    """Return a file's name, fit to be said: it can notify nobody and has no token in it."""
    return _TYPED_MARKUP.sub("", redaction.hide_tokens(foreign.cut(name, foreign.NAME)))


def refuse_tokens(text: str, field: str = "") -> None:
    """Read no further where somebody pasted a secret; it is not quoted back either.

    Raises:
        InvalidInputError: the text has a token of Slack, the Hub or Azure in it.
    """
    if redaction.has_token(text):
        raise InvalidInputError(LOOKS_LIKE_TOKEN, field=field)


def refuse_overlong(text: str) -> None:
    """Read no further where a text was cut: an answer to half of it would be a wrong one.

    Raises:
        InvalidInputError: it was longer than what is read.
    """
    if text.endswith(CUT_HERE):
        raise InvalidInputError(OVERLONG, most=foreign.PERSON)


def _without_tokens(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        return redaction.hide_tokens(value, _HIDDEN_TOKEN)
    if isinstance(value, list):
        return [_without_tokens(item) for item in value]
    if isinstance(value, dict):
        return {_without_tokens(name): _without_tokens(item) for name, item in value.items()}
    return value


def _shown(match: re.Match[str], bot: str | None) -> str:
    target, label = match[1], match[2]
    if target[0] in "@#!":
        if target == f"@{bot}":
            return " "
        if target[:2] == "#D" and not label:
            return A_DIRECT_MESSAGE
        prefix = "#" if target[0] == "#" else "@"
        name = target[1:].split("^")[-1] if target[0] == "!" else target[1:]
        return f"{prefix}{label}" if label else f"{prefix}{name}"
    if label and "/" in label and target.endswith(f"//{label}"):
        return target  # Slack made a link of an address typed without its scheme
    return label or target


def split_verb(text: str) -> Typed:
    """Return the verb and what follows; a leading `/aml` and surrounding backticks are dropped."""
    bare = text.strip().strip("`").strip()
    first, rest = _first(bare)
    if first.lower() in {"/aml", "aml"}:
        first, rest = _first(rest)
    return Typed(verb=first.lower().strip("\"'"), rest=rest)


def typed(suggestion: Suggestion) -> str:
    """Return a suggested command as a person would type it, without `/aml`."""
    options = (
        f'{name}:"{value}"' if " " in value else f"{name}:{value}"
        for name, value in suggestion.options
    )
    return " ".join(part for part in (suggestion.verb, suggestion.argument, *options) if part)


def _first(text: str) -> tuple[str, str]:
    words = text.split(maxsplit=1)
    return (words[0] if words else "", words[1].strip() if len(words) > 1 else "")


def take_options(text: str, declared: Collection[str]) -> tuple[str, dict[str, str]]:
    """Take the declared `key:value` pairs out of a text; everything else stays as it is.

    A value is one word or a list with commas; parts with spaces are quoted. A key that comes again
    adds to the list. With a dash before it (`-task:x`) the key keeps its dash. A URL is never an
    option, not even when its scheme is declared.

    Raises:
        InvalidInputError: a declared option without a value.
    """
    if not declared:
        return text, {}
    found: dict[str, list[str]] = {}

    def taken(match: re.Match[str]) -> str:
        dash, key = match[1].startswith("-"), match[1].lstrip("-").lower()
        name = f"-{key}" if dash else key
        parts = ((minus, "".join(texts).strip()) for minus, *texts in _PARTS.findall(match[2]))
        found.setdefault(name, []).extend(minus + part for minus, part in parts if part)
        return " "

    rest = options_of(frozenset(declared)).sub(taken, text)
    for name, values in found.items():
        if not values:
            raise InvalidInputError(NO_VALUE, name=name, field=name.removeprefix("-"))
    words = "\n".join(" ".join(line.split()) for line in rest.splitlines()).strip()
    return words, {name: ",".join(values) for name, values in found.items()}


@cache
def options_of(names: frozenset[str]) -> re.Pattern[str]:
    """Return the pattern of `key:value` for keys that a command declares."""
    keys = "|".join(map(re.escape, sorted(names)))
    return re.compile(rf"(?<!\S)(-{{0,2}}(?:{keys})):(?!//)({_PART}(?:,{_PART})*+)", re.IGNORECASE)
