"""Hold one state of the index in memory for searches: short facts of each model, no documents.

About half a kilobyte a model; what is longer stays in the file.
"""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from services.index.phrases import KINDS
from services.index.words import squashed, words_of

COLUMNS = (
    "source",
    "registry",
    "tasks",
    "finetune_tasks",
    "license",
    "license_class",
    "publisher",
    "languages",
    "finetune",
    "batch",
    "sizes",
)
LISTS = frozenset(("tasks", "finetune_tasks", "languages", "sizes"))
_SELECT = (
    "SELECT models.id, name, hub, ends, size_bytes, source, registry, tasks, finetune_tasks, "
    "license, license_class, publisher, languages, finetune, batch, runs.sizes "
    "FROM models JOIN runs ON runs.id = models.runs"
)
OF_FACT = 4  # columns of the statement that make a fact, after the number
BY_NAME = ("short", "name")
WORDED = ("license", "license_class", "registry", "languages", "publisher", "tasks")
T = TypeVar("T")
UNKNOWN_SMALL = 2**62  # a size that is not known is neither small nor large


class Fact(NamedTuple):
    """A model, as far as its place in a list depends on it."""

    name: str
    squashed: str
    hub: str
    ends: str
    size: int | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One generation of the index. `by_value` has the models of each value of a column."""

    generation: int
    by_id: Mapping[int, Fact]
    by_value: Mapping[str, Mapping[Any, Sequence[int]]]
    words: tuple[str, ...]  # of names, sorted
    rest: tuple[str, ...]  # other words
    _memory: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    def values(self, column: str) -> tuple[str, ...]:
        """Every single value of a column that is not empty, sorted."""
        return self.remembered(("values", column), lambda: self._values(column))

    def with_value(self, column: str, values: Iterable[str]) -> set[int]:
        """The models that have one of these values."""
        raw, wanted = self.by_value[column], frozenset(values)
        if column not in LISTS:
            return set().union(*(raw.get(value, ()) for value in wanted))
        return set().union(
            *(ids for text, ids in raw.items() if not wanted.isdisjoint(text.split("|")))
        )

    def worded(self, column: str, word: str, *, whole: bool) -> set[int]:
        """The models with a value of which a word is, or begins with, that word."""
        by_word = self.remembered(("worded", column), lambda: self._worded(column))
        if whole:
            return self.with_value(column, by_word.get(word, ()))
        fitting = (values for candidate, values in by_word.items() if candidate.startswith(word))
        return self.with_value(column, set().union(*fitting))

    def over(self, today: str) -> frozenset[int]:
        """The models that are archived, deprecated or retired by then."""
        return self.remembered(
            ("over", today),
            lambda: frozenset(number for number, fact in self.by_id.items() if fact.ends <= today),
        )

    def exactly(self, text: str) -> tuple[int, ...]:
        """The models of that name or Hub id; case, dashes and spaces aside."""
        return self._by_squashed.get(squashed(text), ())

    def containing(self, word: str) -> set[int]:
        """The models with these letters anywhere in their name."""
        text, starts, numbers = self._letters
        found: set[int] = set()
        place = text.find(word)
        while place >= 0:
            row = bisect_right(starts, place) - 1
            found.add(numbers[row])
            after = starts[row + 1] if row + 1 < len(starts) else len(text)
            place = text.find(word, after)
        return found

    def sized(self, least: int, most: int | None) -> Sequence[int]:
        """The models whose size on disk is known and between these, both ends included."""
        sizes, numbers = self._by_size
        end = len(sizes) if most is None else bisect_right(sizes, most)
        return numbers[bisect_left(sizes, least) : end]

    def within(self, word: str) -> tuple[str, ...]:
        """The words of names that have it inside, but do not begin with it."""
        return tuple(
            candidate
            for candidate in self.words
            if word in candidate and not candidate.startswith(word)
        )

    def beginning(self, word: str) -> tuple[str, ...]:
        """The words of names that begin with it."""
        return _beginning(self.words, word)

    def beginning_elsewhere(self, word: str) -> tuple[str, ...]:
        """The other words that begin with it."""
        return _beginning(self.rest, word)

    def kin(self, tasks: Iterable[str]) -> set[int]:
        """The models whose own task is of the same kind as one of these."""
        wanted = frozenset(tasks)
        return self.with_value("tasks", wanted.union(*(k for k in KINDS if k & wanted)))

    def position(self, order: str) -> Mapping[int, int]:
        """Each model's place in the order by `name`, `short` name, `small` or `large` size."""
        return self.remembered(("position", order), lambda: self._positions(order))

    @cached_property
    def _letters(self) -> tuple[str, array[int], array[int]]:
        """All names on lines of their own, where each begins, and whose it is."""
        starts, at = array("q"), 0
        for fact in self.by_id.values():
            starts.append(at)
            at += len(fact.squashed) + 1
        text = "\n".join(fact.squashed for fact in self.by_id.values())
        return text, starts, array("q", self.by_id)

    @cached_property
    def _by_size(self) -> tuple[array[int], array[int]]:
        """The known sizes from the smallest, and whose they are."""
        known = [
            (fact.size, number) for number, fact in self.by_id.items() if fact.size is not None
        ]
        known.sort()
        return array("q", (size for size, _ in known)), array("q", (number for _, number in known))

    @cached_property
    def _by_squashed(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        for number, fact in self.by_id.items():
            found[fact.squashed] = (*found.get(fact.squashed, ()), number)
        return found

    def _positions(self, order: str) -> dict[int, int]:
        def key(number: int) -> tuple[object, ...]:
            fact = self.by_id[number]
            name = (fact.name.lower(), fact.name)
            if order == "name":
                return name
            size = fact.size if fact.size is not None else UNKNOWN_SMALL
            if order == "large":
                size = -fact.size if fact.size is not None else 0
            if order == "short":
                size = 0
            return (size, len(fact.name), *name)

        ordered = sorted(self.by_id, key=key)
        return dict(zip(ordered, range(len(ordered)), strict=True))

    def _values(self, column: str) -> tuple[str, ...]:
        raw = self.by_value[column]
        if column in LISTS:
            return tuple(sorted({value for text in raw for value in text.split("|") if value}))
        return tuple(sorted(str(value) for value in raw if value))

    def _worded(self, column: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for value in self.values(column):
            for word in words_of(value):
                found.setdefault(word, set()).add(value)
        return found

    def share(self, before: Facts) -> None:
        """Take over what depends on names only from a generation with the same names."""
        orders = before._memory.get("position", {})
        self._memory["position"] = {order: orders[order] for order in BY_NAME if order in orders}
        for name in ("_letters", "_by_squashed"):
            if name in before.__dict__:
                self.__dict__[name] = before.__dict__[name]

    def warm(self) -> None:
        """Work out what every search needs, before the first one waits for it."""
        self.exactly("")
        for order in (*BY_NAME, "small", "large"):
            self.position(order)
        for column in WORDED:
            self.worded(column, "", whole=True)

    def remembered(self, key: tuple[str, str], make: Callable[[], T], most: int = 0) -> T:
        """Return what was made before under that key; with `most`, so many of them are kept."""
        kept = self._memory.setdefault(key[0], {})
        if key[1] in kept:
            found: T = kept[key[1]]
            return found
        made = make()
        if most and len(kept) >= most:
            kept.clear()
        kept[key[1]] = made
        return made


def load(database: sqlite3.Connection) -> Facts:
    """Read everything that is held in memory, in the state that the connection sees."""
    by_id: dict[int, Fact] = {}
    by_value: dict[str, dict[Any, array[int]]] = {column: {} for column in COLUMNS}
    for number, *told in database.execute(_SELECT):
        by_id[number] = _fact(told)
        for column, value in zip(COLUMNS, told[OF_FACT:], strict=True):
            by_value[column].setdefault(value, array("q")).append(number)
    words: dict[str, list[str]] = {"name": [], "rest": []}
    for term, column in database.execute("SELECT term, col FROM vocabulary"):
        words[column].append(term)
    return Facts(
        generation=generation(database),
        by_id=by_id,
        by_value=by_value,
        words=tuple(sorted(words["name"])),
        rest=tuple(sorted(words["rest"])),
    )


def with_changed(before: Facts, database: sqlite3.Connection, number: int) -> Facts | None:
    """The next generation, when all that changed is one model; None where it has a new name."""
    told = database.execute(f"{_SELECT} WHERE models.id = ?", (number,)).fetchone()[1:]
    fact, old = _fact(told), before.by_id.get(number)
    if old is None or old.name != fact.name:
        return None
    rest = database.execute("SELECT rest FROM search WHERE rowid = ?", (number,)).fetchone()[0]
    changed = Facts(
        generation=generation(database),
        by_id={**before.by_id, number: fact},
        by_value={
            column: _moved(before.by_value[column], number, value)
            for column, value in zip(COLUMNS, told[OF_FACT:], strict=True)
        },
        words=before.words,
        rest=tuple(sorted({*before.rest, *rest.split()})),
    )
    changed.share(before)
    return changed


def _fact(told: Sequence[Any]) -> Fact:
    name, hub, ends, size = told[:OF_FACT]
    return Fact(name=name, squashed=squashed(name), hub=hub, ends=ends, size=size)


def _moved(
    by_value: Mapping[Any, Sequence[int]], number: int, value: object
) -> Mapping[Any, Sequence[int]]:
    before = next(key for key, numbers in by_value.items() if number in numbers)
    if before == value:
        return by_value
    left = array("q", (other for other in by_value[before] if other != number))
    came = array("q", (*by_value.get(value, ()), number))
    others = {key: numbers for key, numbers in by_value.items() if key != before}
    return others | ({before: left} if left else {}) | {value: came}


def generation(database: sqlite3.Connection) -> int:
    """Which state of the index the connection sees."""
    row = database.execute("SELECT value FROM facts WHERE name = 'generation'").fetchone()
    return int(row[0]) if row else 0


def _beginning(words: tuple[str, ...], word: str) -> tuple[str, ...]:
    start = end = bisect_left(words, word)
    while end < len(words) and words[end].startswith(word):
        end += 1
    return words[start:end]
