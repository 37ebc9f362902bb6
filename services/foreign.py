"""Words of others on their way in: cut to a length, cleaned of secrets, then ours to show.

Whoever reads a text of people, Azure, the Hub, a container or a model takes it through here before
any pattern sees it. Values that carry such words are `Foreign`: they clean them when they are made.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, ClassVar

from services import redaction

PERSON = 4_000  # characters of what somebody types; Slack's own messages hold as many
NAME = 300  # of a name: a file's, a label's, a licence's
DESCRIPTION = 24_000  # of a model: about ten screens
MESSAGE = 2_000  # of a message of Azure, the Hub or an endpoint
LINE = 300  # of a line of a log
MOST_LINES = 2_000  # of a log: its end counts
LOGGED = 20_000  # of a line of our own log, with its traceback


def cut(text: str, longest: int = MESSAGE) -> str:
    """Return the text, cut with an ellipsis where it is longer than that."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def said(text: str, longest: int = MESSAGE) -> str:
    """Return words of others in that many characters at most, without secrets."""
    return redaction.hide(cut(text, longest))


def line(text: str, longest: int = MESSAGE) -> str:
    """Return the same on one line."""
    return said(" ".join(cut(text, 2 * longest).split()), longest)


def tail(log: str) -> str:
    """Return the end of a container's log, each line cut."""
    ends = log[-MOST_LINES * LINE :].splitlines()[-MOST_LINES:]
    return "\n".join(cut(each, LINE) for each in ends)


def lines(texts: Iterable[str]) -> tuple[str, ...]:
    """Return lines of a log that are shown."""
    return tuple(said(text, LINE) for text in texts)


class Ours(str):
    """A text that holds no word of others, like a mention: it is left as it is."""

    __slots__ = ()


class Mention(Ours):
    """A person in a text, by the id: whoever shows the text names them."""

    __slots__ = ()


class Foreign:
    """Base of values that carry words of others: every text in them is cut and cleaned.

    Attributes:
        WORDS: the fields that hold words, where others hold names and ids: those are sent on, and
            a model may be called like a token; empty where all fields are words.
    """

    __slots__ = ()
    WORDS: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]  # its children are
            if self.WORDS and field.name not in self.WORDS:
                continue
            value = getattr(self, field.name)
            cleaned = _cleaned(value)
            if cleaned != value:
                object.__setattr__(self, field.name, cleaned)


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    if type(value) is str:
        return said(value)
    if isinstance(value, tuple):
        return tuple(map(_cleaned, value))
    return value
