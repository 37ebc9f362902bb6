"""Which models a term of a query stands for, and how well."""

from __future__ import annotations

import itertools
import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.index.facts import Facts
from services.index.query import Term
from services.index.words import HUMP, words_of

# How well one term is met; sums order the hits. What people read first counts most.
NAMED = 24  # a whole word of the name
BEGUN = 20  # the beginning of one
TASK = 16
INSIDE = 12  # letters inside the name
NAMED_ONLY = 14  # a phrase for a task in the name of a model for another one
LANGUAGE = 10
OWNER = 10
ELSEWHERE = 8  # licence, registry, Hub id, summary
LEARNS = 4  # can be fine-tuned for the task; where that is asked for, does it but cannot
KIN = 2  # more, for a model whose own task is of the same kind
UNLIKE = 4  # less, for every likeness

INSIDE_FROM = 4  # letters that a word needs to be looked for inside names
LIKE_FROM = 4  # and to be compared with others
TWO_WRONG_FROM = 7
BEGINNING_FROM = 5  # and to be compared with the beginnings of others
MOST_ALIKE = 6
MOST_KEPT = 128  # answers of the full-text table that are kept in memory
FEW = 8  # words that are listed one by one in a query


COLUMNS = {
    "license": ELSEWHERE,
    "license_class": ELSEWHERE,
    "registry": ELSEWHERE,
    "languages": ELSEWHERE,
    "publisher": OWNER,
    "tasks": TASK,
}


class Graded(NamedTuple):
    """Models, and how well each of them meets a term."""

    grade: int
    models: set[int]


class Matcher:
    """Matches terms in one state of the index.

    Args:
        database: a connection that sees this state.
        facts: this state in memory.
        finetune: what can be fine-tuned for a task is asked for, more than what does it.
        kin: of models for a task, those that can also be fine-tuned for its kin come first.
    """

    def __init__(
        self, database: sqlite3.Connection, facts: Facts, *, finetune: bool, kin: bool = True
    ) -> None:
        self._database = database
        self._facts = facts
        self._finetune = finetune
        self._kin = kin
        self._alike: dict[str, tuple[str, ...]] = {}

    def graded(self, term: Term) -> list[Graded]:
        """The models that the term stands for; a model may have several grades. () if none."""
        by_name, elsewhere = self._named(term), self._elsewhere(term)
        found = [*by_name, *elsewhere]
        if not (term.guessed and found):
            meant = self._by_meaning(term)
            found = [*self._of_the_task(by_name, term, meant), *elsewhere, *meant]
        if not found and len(term.words) == 1:
            word = term.words[0]
            found = self._by_parts(word) or self._by_letters(word) or self._by_likeness(word)
        if term.words and all(map(str.isdecimal, term.words)):
            found = [Graded(min(group.grade, INSIDE), group.models) for group in found]
        return found

    def meant(self, term: Term) -> set[int]:
        """The models that the term stands for beyond doubt: none for a likeness or a guess."""
        found = [*self._named(term), *self._elsewhere(term)]
        if not term.guessed:
            found += self._by_meaning(term)
        return set[int]().union(*(group.models for group in found))

    def alike(self, word: str) -> tuple[str, ...]:
        """Words of names that this may be a misspelling of, nearest first."""
        if word not in self._alike:
            self._alike[word] = self._like(word)
        return self._alike[word]

    def _like(self, word: str) -> tuple[str, ...]:
        if len(word) < LIKE_FROM or word.isdecimal():
            return ()
        wrong = 2 if len(word) >= TWO_WRONG_FROM else 1
        words = self._facts.words
        found = _nearest(word, words, wrong)
        if not found and len(word) >= BEGINNING_FROM:
            starts = {longer[: len(word)] for longer in words if len(longer) > len(word)}
            found = _nearest(word, sorted(starts), 1)
        return found

    def _named(self, term: Term) -> list[Graded]:
        """The models that are called so, or by another word for it."""
        others = [Graded(BEGUN, self._called(word)[1]) for word in term.also]
        if term.topic:
            others.append(Graded(BEGUN, self._posting("name", term.topic)))
        return _some([*self._with_words(term.words), *others])

    def _of_the_task(
        self, named: Sequence[Graded], term: Term, meant: Sequence[Graded]
    ) -> list[Graded]:
        """A phrase in the name of a model that is known to be for other tasks says less."""
        if not term.tasks or not named:
            return [*named]
        ours = set(self._facts.by_value["tasks"].get("||", ())).union(
            *(group.models for group in meant)
        )
        return _some(
            group
            for grade, models in named
            for group in (
                Graded(grade, models & ours),
                Graded(min(grade, NAMED_ONLY), models - ours),
            )
        )

    def _with_words(self, words: Sequence[str]) -> list[Graded]:
        """The models with all these words in their names."""
        if not words:
            return []
        called = [self._called(word) for word in words]
        found = [
            Graded(NAMED, set.intersection(*(whole for whole, _ in called))),
            Graded(BEGUN, set.intersection(*(begun for _, begun in called))),
        ]
        if len(words) == 1 and len(words[0]) >= INSIDE_FROM and not words[0].isdecimal():
            within = self._facts.within(words[0])
            if within:
                found.append(Graded(INSIDE, self._posting("name", within)))
        return _some(found)

    def _called(self, word: str) -> tuple[set[int], set[int]]:
        """The models with that word in their name, and with one that begins so."""
        words = self._facts.beginning(word)
        if not words:
            return set(), set()
        whole = self._posting("name", [word]) if words[0] == word else set()
        if len(word) == 1 or word.isdecimal() or words == (word,):  # a 5 does not begin 50
            return whole, whole
        longer = [other for other in words if other != word]
        return whole, whole | self._posting("name", longer, word)

    def _posting(self, column: str, words: Sequence[str], start: str = "") -> set[int]:
        """The models with one of these words, which are all that begin with `start`."""
        if len(words) > FEW and start:
            query = f'{column} : "{start}" *'
        else:
            query = f"{column} : (" + " OR ".join(f'"{word}"' for word in words) + ")"
        return set(self._facts.remembered(("posting", query), lambda: self._rows(query), MOST_KEPT))

    def _rows(self, query: str) -> array[int]:
        rows = self._database.execute("SELECT rowid FROM search WHERE search MATCH ?", (query,))
        return array("q", itertools.chain.from_iterable(rows))

    def _elsewhere(self, term: Term) -> list[Graded]:
        """The models with the word in another place than their name."""
        if len(term.words) != 1:
            return []
        word = term.words[0]
        whole = word.isdecimal() or len(word) < 3  # noqa: PLR2004 - two letters begin too much
        words = self._facts.beginning_elsewhere(word)
        if whole:
            words = tuple(candidate for candidate in words if candidate == word)
        found = [Graded(ELSEWHERE, self._posting("rest", words, word))] if words else []
        for column, grade in COLUMNS.items():
            exact = whole or column in {"languages", "license_class"}
            found.append(Graded(grade, self._facts.worded(column, word, whole=exact)))
        return _some(found)

    def _by_meaning(self, term: Term) -> list[Graded]:
        """The models that do the term's tasks, or can be made to, and those of its language."""
        found = []
        if term.tasks:
            do = self._facts.with_value("tasks", term.tasks)
            learn = self._facts.with_value("finetune_tasks", term.tasks)
            better, worse = (learn, do) if self._finetune else (do, learn)
            kin = self._facts.kin(term.tasks) & learn if self._kin else set[int]()
            found += [Graded(TASK, better), Graded(LEARNS, worse - better)]
            found += [Graded(TASK + KIN, better & kin), Graded(LEARNS + KIN, worse & kin)]
            itself = "-".join(term.words)
            if self._kin and len(term.tasks) > 1 and itself in term.tasks:
                own = self._facts.with_value("tasks", (itself,)) & better
                found.append(Graded(TASK + KIN + 1, own))
        if term.language:
            spoken = self._facts.with_value("languages", (term.language,))
            found.append(Graded(LANGUAGE, spoken))
        return _some(found)

    def _by_parts(self, word: str) -> list[Graded]:
        """`phi3` is phi 3 in some names."""
        parts = words_of(HUMP.sub(" ", word))
        return self._with_words(parts) if len(parts) > 1 else []

    def _by_letters(self, word: str) -> list[Graded]:
        """`stablediffusion` is stable diffusion."""
        models = self._facts.containing(word) if len(word) >= INSIDE_FROM else set()
        return [Graded(INSIDE, models)] if models else []

    def _by_likeness(self, word: str) -> list[Graded]:
        found = [group for meant in self.alike(word) for group in self._with_words((meant,))]
        return [Graded(group.grade - UNLIKE, group.models) for group in found]


def _nearest(word: str, words: Iterable[str], wrong: int) -> tuple[str, ...]:
    """The words with the fewest letters wrong."""
    hits = process.extract(
        word,
        words,
        scorer=OSA.distance,  # type: ignore[arg-type] # typed as a similarity's
        score_cutoff=wrong,
        limit=MOST_ALIKE,
    )
    least = min((hit[1] for hit in hits), default=0)
    return tuple(str(hit[0]) for hit in hits if hit[1] == least)


def _some(found: Iterable[Graded]) -> list[Graded]:
    return [group for group in found if group.models]
