"""The words of a query put together to terms: names, phrases that mean a task, languages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.index.phrases import (
    ALSO,
    ASIDE,
    CHINESE,
    IN_ORDER,
    LANGUAGES,
    LARGER,
    PHRASES,
    SAME,
    SMALL,
    SMALL_CHINESE,
    SMALLER,
)
from services.index.query import Term
from services.index.topics import TOPICS
from services.index.words import plain, words_of

MOST_WORDS = 12
LONGEST_PHRASE = 5
LONGEST_CHINESE = 7
HAN = re.compile(r"([\u3400-\u9fff]+)")
LONG = 6  # letters of a word before two of them may be wrong
FEW = 5  # letters of a word before one may be


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """A word as typed, and the one word that stands for its forms; `guessed`: misspelled."""

    typed: str
    same: str
    guessed: bool = False


@lru_cache(maxsize=512)
def terms_of(text: str) -> tuple[tuple[Term, ...], str]:
    """The terms of a text in plain form, and what size it prefers (small, large or nothing)."""
    words: list[str] = []
    found: list[Term] = []
    for part in HAN.split(text):
        if HAN.fullmatch(part):
            found += _chinese(part)
        else:
            words += words_of(part)
    ours = [_word(word) for word in words[: MOST_WORDS * 2]]
    found += [*_ordered(ours)] or [*_phrases(ours)]
    terms = _aside(tuple({term.text: term for term in found}.values())[:MOST_WORDS])
    typed = {term.text for term in terms if term.optional}
    sizes = [(SMALLER, "small"), (LARGER, "large")]
    prefer = next((name for among, name in sizes if typed & among), "")
    return terms, prefer


def _aside(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Beside the name of a task, a word for what it works on only orders."""
    if not any(term.tasks and term.text not in ASIDE for term in terms):
        return terms
    return tuple(
        replace(term, tasks=(), optional=True) if term.text in ASIDE else term for term in terms
    )


def tasks_named(value: str) -> tuple[str, ...]:
    """The catalog tasks that a filter's value means; () when it is no phrase of ours."""
    text = plain(value)
    if text in CHINESE:
        return CHINESE[text]
    words = [_word(word, guess=False) for word in words_of(text)]
    same = [word.same for word in words]
    known = IN_ORDER_BY_WORDS.get(tuple(same)) or PHRASES_BY_WORDS.get(frozenset(same))
    return known or ()


def _word(word: str, *, guess: bool = True) -> _Word:
    if word in SAME or word in VOCABULARY or not guess or word in SMALL:
        return _Word(typed=word, same=SAME.get(word, word))
    meant = _meant(word)
    return _Word(typed=word, same=SAME.get(meant, meant) if meant else word, guessed=bool(meant))


@lru_cache(maxsize=4096)
def _meant(word: str) -> str:
    """The word of a phrase that this is a misspelling of, or nothing."""
    if len(word) < FEW or not word.isalpha():
        return ""
    wrong = 2 if len(word) >= LONG + 2 else 1
    hit = process.extractOne(word, LONG_WORDS, scorer=OSA.distance, score_cutoff=wrong)
    return str(hit[0]) if hit else ""


def _ordered(words: Sequence[_Word]) -> Iterable[Term]:
    """The whole text when it has a phrase whose order matters, with the phrases around it."""
    same = [word.same for word in words]
    for length in range(LONGEST_PHRASE, 2, -1):
        for start in range(len(words) - length + 1):
            tasks = IN_ORDER_BY_WORDS.get(tuple(same[start : start + length]))
            if tasks:
                here = words[start : start + length]
                return [
                    *_phrases(words[:start]),
                    replace(_term(here, tasks), words=()),  # names have these in any order
                    *_phrases(words[start + length :]),
                ]
    return []


def _phrases(words: Sequence[_Word]) -> Iterable[Term]:
    """The longest phrases from the left; the other words each for themselves."""
    telling = [word for word in words if word.typed not in SMALL]
    if not telling:
        return [Term(text=word.typed, words=(word.typed,), optional=True) for word in words]
    place, found = 0, []
    while place < len(telling):
        for length in range(min(LONGEST_PHRASE, len(telling) - place), 0, -1):
            here = telling[place : place + length]
            tasks = PHRASES_BY_WORDS.get(frozenset(word.same for word in here))
            if tasks:
                found.append(_term(here, tasks))
                break
        else:
            length = 1
            found.append(_single(telling[place]))
        place += length
    return found


def _single(word: _Word) -> Term:
    if word.typed in SMALLER | LARGER:
        return Term(text=word.typed, words=(word.typed,), optional=True)
    return Term(
        text=word.typed,
        words=(word.typed,),
        topic=TOPICS.get(word.typed, ()),
        language=LANGUAGES.get(word.typed, ""),
    )


def _term(words: Sequence[_Word], tasks: tuple[str, ...]) -> Term:
    typed = tuple(word.typed for word in words if word.typed not in SMALL)
    same = frozenset(word.same for word in words)
    also = next((names for phrase, names in ALSO_BY_WORDS if phrase <= same), ())
    return Term(
        text=" ".join(typed),
        words=typed,
        also=also,
        topic=TOPICS.get(typed[0], ()) if typed else (),
        tasks=tasks,
        guessed=" ".join(word.same for word in words) if any(w.guessed for w in words) else "",
    )


def _chinese(text: str) -> Iterable[Term]:
    """The longest phrases from the left; signs that are no phrase are one word together."""
    place, rest = 0, ""
    while place < len(text):
        for length in range(min(LONGEST_CHINESE, len(text) - place), 0, -1):
            part = text[place : place + length]
            term = _chinese_term(part)
            if term is not None:
                if rest:
                    yield Term(text=rest, words=(rest,))
                    rest = ""
                yield term
                break
        else:
            length = 1
            sign = text[place]
            if sign in SMALL_CHINESE:
                if rest:
                    yield Term(text=rest, words=(rest,))
                rest = ""
            else:
                rest += sign
        place += length
    if rest:
        yield Term(text=rest, words=(rest,))


def _chinese_term(part: str) -> Term | None:
    if part in CHINESE:
        also = next((names for phrase, names in ALSO.items() if part.startswith(phrase)), ())
        return Term(text=part, also=also, tasks=CHINESE[part])
    if part in TOPICS:
        return Term(text=part, topic=TOPICS[part])
    if part in LANGUAGES:
        return Term(text=part, language=LANGUAGES[part])
    if part in SMALLER | LARGER:
        return Term(text=part, optional=True)
    return None


@cache
def _same(phrase: str) -> tuple[str, ...]:
    return tuple(SAME.get(word, word) for word in phrase.split())


def _by_words(phrases: Mapping[str, tuple[str, ...]]) -> dict[frozenset[str], tuple[str, ...]]:
    named = {task for tasks in phrases.values() for task in tasks}
    plainly = [task for task in sorted(named) if "-to-" not in task]
    own = {frozenset(_same(task.replace("-", " "))): (task,) for task in plainly}
    return own | {frozenset(_same(phrase)): tasks for phrase, tasks in phrases.items()}


PHRASES_BY_WORDS = _by_words(PHRASES)
IN_ORDER_BY_WORDS = {_same(phrase): tasks for phrase, tasks in IN_ORDER.items()}
ALSO_BY_WORDS = [
    (frozenset(_same(phrase)), names) for phrase, names in ALSO.items() if not HAN.match(phrase)
]
VOCABULARY = frozenset(word for phrase in PHRASES_BY_WORDS for word in phrase)
LONG_WORDS = sorted(
    word
    for word in VOCABULARY | set(SAME)
    if len(word) > FEW and word not in SMALL and word.isascii()
)
LANGUAGE_NAMES = {
    code: name.capitalize()
    for name, code in sorted(LANGUAGES.items(), reverse=True)
    if name.isascii()
}
