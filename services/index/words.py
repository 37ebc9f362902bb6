"""How texts become the words that are searched: case and accents put aside, names split."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")
# `PubMedBERT` is pub med bert and `phi3` is phi 3, but `7b` and `4k` are no 7 and no 4.
HUMP = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z]{2})"
)
LONGEST_TEXT = 1000  # characters of a query that are looked at
LONGEST_WORD = 64


def plain(text: str) -> str:
    """Lower case, one form of each character, no accents: `Ｂéｒｔ` is bert."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(character for character in folded if not unicodedata.combining(character))
    return unicodedata.normalize("NFC", bare)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in plain form, in order."""
    return tuple(word[:LONGEST_WORD] for word in WORD.findall(plain(text)))


@lru_cache(maxsize=20_000)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a model's name, whole and split: `Phi-3.5MoE` also gives `3`, `5`, `moe`."""
    return tuple(dict.fromkeys((*words_of(name), *words_of(HUMP.sub(" ", name)))))


def begins(there: Sequence[str], start: str) -> bool:
    """Whether a word begins so; a number is only ever a whole word."""
    if start.isdecimal():
        return start in there
    return any(word.startswith(start) for word in there)


def squashed(text: str) -> str:
    """Letters and digits only: what makes `Phi-4`, `phi 4` and `phi4` one name."""
    return "".join(words_of(text))
