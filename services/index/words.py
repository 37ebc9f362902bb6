"""How texts become the words that are searched: names split, plurals and small words put aside."""

from __future__ import annotations

import re
from functools import lru_cache

WORD = re.compile(r"[^\W_]+", re.UNICODE)
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
# Words of a request that say nothing of a model.
# fmt: off
SMALL = frozenset(
    (
        "a", "an", "and", "any", "are", "can", "do", "for", "from",
        "i", "in", "is", "it", "me", "model", "models", "my", "of",
        "on", "or", "some", "that", "the", "this", "to", "use", "want",
        "which", "with",
    )
)
# fmt: on
MOST_WORDS = 12
LONGEST_WORD = 64


def words_of(text: str) -> tuple[str, ...]:
    """The lower-case words of a text, in order."""
    return tuple(word.lower() for word in WORD.findall(text))


@lru_cache(maxsize=20_000)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a model's name, whole and split: `Phi-3.5MoE` also gives `3`, `5`, `moe`."""
    whole = words_of(name)
    split = words_of(HUMP.sub(" ", name))
    return tuple(dict.fromkeys((*whole, *split)))


def query_words(text: str) -> tuple[str, ...]:
    """The words of a query that say something, at most a dozen; all of them if none does."""
    words = tuple(word[:LONGEST_WORD] for word in dict.fromkeys(words_of(text)))
    return (tuple(word for word in words if word not in SMALL) or words)[:MOST_WORDS]
