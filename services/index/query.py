"""What is asked of the index, what it answers, and how hits are ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.index.words import name_words, words_of
from services.models import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Values as typed; each matches whole or in part, without case."""

    task: str = ""
    license: str = ""
    publisher: str = ""
    registry: str = ""

    def given(self) -> dict[str, str]:
        pairs = (
            ("task", self.task),
            ("license", self.license),
            ("publisher", self.publisher),
            ("registry", self.registry),
        )
        return {name: value.strip() for name, value in pairs if value.strip()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A model and, in words, why it is here."""

    model: Model
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some matches out of a total. `partial` when no model had all the words."""

    matches: tuple[Match, ...]
    total: int
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A row that fits, before its document is read; `over`: archived, deprecated or retired."""

    id: int
    name: str
    tasks: str
    over: bool


def fts_text(groups: Sequence[Sequence[str]], *, every: bool) -> str:
    """The full-text query: a group is one word's alternatives, each matched as a prefix."""
    shown = ["(" + " OR ".join(f'"{word}" *' for word in group) + ")" for group in groups]
    return (" AND " if every else " OR ").join(shown)


def rank(
    candidate: Candidate, text: str, groups: Sequence[Sequence[str]]
) -> tuple[bool, bool, int, int, int, str]:
    """Smaller is better: exact name, then not over, then words in the name, the task, elsewhere.

    Args:
        candidate: the model, as far as order depends on it.
        text: the query in lower case.
        groups: the query's words with their alternatives.
    """
    names = name_words(candidate.name)
    tasks = words_of(candidate.tasks)
    whole = sum(any(word in names for word in group) for group in groups)
    begun = sum(_begins(names, group) for group in groups)
    task = sum(_begins(tasks, group) for group in groups)
    exact = candidate.name.lower() == text
    best = max(begun, task)
    return (not exact, candidate.over, -whole, -best, len(candidate.name), candidate.name)


def why(model: Model, words: Mapping[str, Sequence[str]], filters: Filters) -> str:
    """`name: clip, base · task: image`, with what a mistyped word was taken for."""
    places = {
        "name": name_words(model.name),
        "task": words_of(" ".join((*model.tasks, *model.finetune_tasks))),
        "publisher": words_of(model.publisher or ""),
        "licence": words_of(model.license or ""),
        "language": model.languages,
        "Hub id": words_of(model.hub_id or ""),
    }
    found: dict[str, list[str]] = {}
    for typed, group in words.items():
        place = next((name for name, there in places.items() if _begins(there, group)), "")
        if place:
            meant = typed if any(word == typed for word in group) else f"{group[0]} (for {typed})"
            found.setdefault(place, []).append(meant)
    parts = [f"{place}: {', '.join(hits)}" for place, hits in found.items()]
    parts += [f"{name}:{value}" for name, value in filters.given().items()]
    return " · ".join(parts)


def _begins(there: Sequence[str], group: Sequence[str]) -> bool:
    return any(word.startswith(start) for word in there for start in group)
