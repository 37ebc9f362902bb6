"""Secrets in texts: one redactor, for the log, for errors and for what people type.

Every open repeat is possessive and every shape takes the whole run of characters it has looked at,
so that the work grows with the length of a text and never with its square.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, quote_plus, unquote, urlsplit

from services.redaction import names
from services.redaction.places import PLACES, Shape
from services.redaction.tokens import TOKENS

__all__ = [
    "HIDDEN",
    "TOKENS",
    "has_token",
    "hide",
    "hide_tokens",
    "know",
]

HIDDEN = "…"
SHORTEST_KNOWN = 6  # a shorter configured secret is hidden by its place only: it may be any word

_UNMISTAKABLE = tuple(Shape(pattern=token) for token in TOKENS)


class _Known:
    """The secrets this process was configured with, in every spelling, the longest first."""

    def __init__(self) -> None:
        self.spellings: tuple[str, ...] = ()


_known = _Known()


def know(secrets: Iterable[str]) -> None:
    """From now on, hide these wherever they stand; called once, when the settings are read."""
    whole = {secret for secret in secrets if secret}
    parts = {part for secret in whole for part in (secret, _password(secret))}
    spellings = {
        spelling for part in parts for spelling in (part, quote(part, safe=""), quote_plus(part))
    }
    long = (spelling for spelling in spellings if len(spelling) >= SHORTEST_KNOWN)
    _known.spellings = tuple(sorted(long, key=len, reverse=True))


def hide(text: str, mark: str = HIDDEN) -> str:
    """Return the text with everything that may be a secret replaced by the mark."""
    for spelling in _known.spellings:
        text = text.replace(spelling, mark)
    return _replaced(names.hide(_replaced(text, _UNMISTAKABLE, mark), mark), PLACES, mark)


def hide_tokens(text: str, mark: str = HIDDEN) -> str:
    """Return the text with the tokens in it replaced, and nothing that only may be one."""
    return _replaced(text, _UNMISTAKABLE, mark)


def has_token(text: str) -> bool:
    """Tell whether there is a token of Slack, the Hub, Azure and so on in what somebody typed."""
    return any(match["secret"] for shape in TOKENS for match in shape.finditer(text))


def _replaced(text: str, shapes: Sequence[Shape], mark: str) -> str:
    for shape in shapes:

        def shown(match: re.Match[str], shape: Shape = shape) -> str:
            secret = match["secret"]
            if not secret or not shape.is_secret(secret):
                return match[0]
            start, end = match.span("secret")
            return f"{match[0][: start - match.start()]}{mark}{match[0][end - match.start() :]}"

        text = shape.pattern.sub(shown, text)
    return text


def _password(secret: str) -> str:
    """Return the password in an address, as it is meant; "" where there is none."""
    if "://" not in secret:
        return ""
    try:
        return unquote(urlsplit(secret).password or "")
    except ValueError:
        return ""
