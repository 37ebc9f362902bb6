"""Would an engineer agree with what comes first? Queries judged before the ranking was written.

`tests/judged/seen.jsonl` was open while the ranking was made. The others were written without
knowing it, one after another, and measured once before anything was mended (ARCHITECTURE tells the
results): never tune the ranking to a single query in them. `expected` lists every model that a
person would accept as the first result. Its dates are those of November 2026: a model retired since
then belongs in no list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from handlers.parsing import take_options
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.clock import Clock
from services.errors import InvalidInputError
from services.index import CatalogIndex
from services.prices import load_sizes

FOLDER = Path(__file__).parents[1] / "judged"
SETS = ("seen", "unseen", "fresh", "last")
DECLARED = (
    "language",
    "task",
    "license",
    "publisher",
    "registry",
    "source",
    "size",
    "fits",
    "under",
)
LEAST = 0.95  # mean reciprocal rank
SHOWN = 3  # of the wrong results, in a failure's message


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    query: str
    expected: frozenset[str]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the first page says to a query; `refused` is what it said instead of answering."""

    judged: Judged
    names: tuple[str, ...] = ()
    refused: str = ""

    @property
    def reciprocal_rank(self) -> float:
        """1 / the place of the first accepted model, 0 where none is on the first page."""
        wanted = self.judged.expected
        return next((1 / place for place, name in enumerate(self.names, 1) if name in wanted), 0.0)

    def said(self) -> str:
        """One line of a failure's message."""
        got = self.refused or ", ".join(self.names[:SHOWN]) or "nothing"
        wanted = ", ".join(sorted(self.judged.expected))
        return f"{self.judged.query!r}: expected one of {wanted}; got {got}. {self.judged.why}"


@pytest.fixture(scope="module")
def catalog() -> Iterator[Catalog]:
    """Without Azure: what the bundled snapshot alone can answer."""
    index, clock = CatalogIndex(), Clock()
    yield Catalog(index, AzureML(None, clock), load_sizes(), clock)
    index.close()


@pytest.mark.parametrize("name", SETS)
def test_what_a_person_would_accept_comes_first(catalog: Catalog, name: str) -> None:
    answered = [_answered(catalog, judged) for judged in _judged(name)]

    mean = sum(one.reciprocal_rank for one in answered) / len(answered)
    misses = [one.said() for one in answered if one.reciprocal_rank < 1]

    assert mean >= LEAST, "\n".join([f"{name}: mean reciprocal rank {mean:.3f}", *misses])


def test_every_expected_model_is_in_the_catalog() -> None:
    snapshot = Path(__file__).parents[2] / "services" / "data" / "catalog.jsonl"
    known = {line["name"] for line in _lines(snapshot)}

    assert set() == {name for judged in _all() for name in judged.expected} - known


def test_every_query_expects_something_and_says_why() -> None:
    assert [] == [one.query for one in _all() if not (one.query and one.expected and one.why)]


def test_no_query_is_judged_twice() -> None:
    queries = [" ".join(judged.query.lower().split()) for judged in _all()]

    assert [] == sorted({query for query in queries if queries.count(query) > 1})


def test_there_are_enough_queries_and_enough_of_them_are_unseen() -> None:
    assert len(_judged("seen")) >= 48
    assert [24, 24, 24] == [len(_judged(name)) for name in SETS[1:]]


def _answered(catalog: Catalog, judged: Judged) -> Answered:
    text, options = take_options(judged.query, DECLARED)
    try:
        found = catalog.search(catalog.parse(text, options))
    except InvalidInputError as error:  # one refused query is a miss among the others
        return Answered(judged=judged, refused=f"“{error}”")
    return Answered(judged=judged, names=tuple(hit.model.name for hit in found.hits))


def _all() -> tuple[Judged, ...]:
    return tuple(judged for name in SETS for judged in _judged(name))


def _judged(name: str) -> tuple[Judged, ...]:
    return tuple(
        Judged(query=line["query"], expected=frozenset(line["expected"]), why=line["why"])
        for line in _lines(FOLDER / f"{name}.jsonl")
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
