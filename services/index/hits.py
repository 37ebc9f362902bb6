"""The order of hits: exact name, what is not over, how well the words are met, short names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.index.facts import Facts
from services.index.matcher import NAMED, Graded, Matcher
from services.index.query import SearchQuery, Term

# Where no model meets all words, what each word counts; how well it is met comes after that.
WORD, NUMBER = 1000, 200
PHRASE = 2000  # a task
FAMILY = 3000  # the first word that may be a name: names begin with what matters most
OVER = 900  # less for what is over: more than all grades of a query, less than a word
BONUS = 1  # of a preference that stands in the name


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Models with the sum of their grades. `partial`: none met all the words."""

    scores: Mapping[int, int]
    partial: bool = False


def hits(matcher: Matcher, facts: Facts, query: SearchQuery, within: set[int] | None) -> Hits:
    """Every model that meets the query's terms, within those that fulfil its filters."""
    if query.nonsense:
        return Hits(scores={})
    if query.never:
        unwanted = set[int]().union(*(matcher.meant(term) for term in query.never))
        within = (set(facts.by_id) if within is None else within) - unwanted
    terms = [term for term in query.terms if not term.optional]
    found = {term: _within(matcher.graded(term), within) for term in terms}
    met = {term: graded for term, graded in found.items() if graded}
    partial = len(met) < len(terms)
    if not terms:
        scores = dict.fromkeys(facts.by_id if within is None else within, 0)
    elif partial and all(map(_is_weak, met)) and not all(map(_is_weak, terms)):
        scores = {}
    else:
        scores = _all_of(list(met.values()))
        if not scores:
            scores, partial = _some_of(met), True
    for term in query.terms:
        if term.optional:
            named = set[int]().union(
                *(group.models for group in matcher.graded(term) if group.grade == NAMED)
            )
            for number in scores.keys() & named:
                scores[number] += BONUS
    exact = [number for number in facts.exactly(query.text) if within is None or number in within]
    scores.update((number, scores.get(number, 0)) for number in exact)
    return Hits(scores=scores, partial=partial and bool(scores) and not exact)


def ordered(facts: Facts, query: SearchQuery, found: Hits, today: str, upto: int) -> list[int]:
    """The best hits first, at least `upto` of them where there are so many."""
    over = facts.over(today)
    position = facts.position(query.prefer or ("short" if query.terms else "name"))
    scores = dict(found.scores)
    exact = [number for number in facts.exactly(query.text) if number in scores]
    best = sorted(exact, key=lambda number: (number in over, position[number]))
    for number in scores.keys() & over:
        scores[number] -= OVER
    for number in exact:
        del scores[number]
    groups: dict[int, list[int]] = {}
    for number, score in scores.items():
        groups.setdefault(score, []).append(number)
    for score in sorted(groups, reverse=True):
        if len(best) >= upto:
            break
        best += sorted(groups[score], key=position.__getitem__)
    return best


def _within(graded: Sequence[Graded], within: set[int] | None) -> Sequence[Graded]:
    if within is None:
        return graded
    cut = (Graded(grade, models & within) for grade, models in graded)
    return [group for group in cut if group.models]


def _all_of(met: Sequence[Sequence[Graded]]) -> dict[int, int]:
    """The models that meet every term, with the sum of their grades."""
    if not met:
        return {}
    first, *others = sorted((_models(graded) for graded in met), key=len)
    common = first.intersection(*others)
    scores = dict.fromkeys(common, 0)
    for graded in met:
        for number, grade in _best(graded, common).items():
            scores[number] += grade
    return scores


def _some_of(met: Mapping[Term, Sequence[Graded]]) -> dict[int, int]:
    """The models that meet any term, though not only numbers where there are words."""
    strong = [graded for term, graded in met.items() if not _is_weak(term)]
    wanted = set[int]().union(*(_models(graded) for graded in strong or met.values()))
    scores = dict.fromkeys(wanted, 0)
    names = (term for term in met if not (_is_weak(term) or term.tasks or term.language))
    family = next(names, None)
    for term, graded in met.items():
        counts = FAMILY if term is family else _counts(term)
        for number, grade in _best(graded, wanted).items():
            scores[number] += counts + grade
    return scores


def _models(graded: Sequence[Graded]) -> set[int]:
    return set[int]().union(*(group.models for group in graded))


def _best(graded: Sequence[Graded], among: set[int]) -> dict[int, int]:
    """Each of these models with the best of its grades."""
    grades: dict[int, int] = {}
    for grade, models in sorted(graded, key=lambda group: group.grade):
        grades.update(dict.fromkeys(models & among, grade))
    return grades


def _counts(term: Term) -> int:
    if _is_weak(term):
        return NUMBER
    return PHRASE if term.tasks else WORD


def _is_weak(term: Term) -> bool:
    """A number or a single letter: alone it makes no model a hit."""
    return not term.tasks and all(len(word) == 1 or word.isdecimal() for word in term.words)
