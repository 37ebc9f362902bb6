"""Why a hit is one, in a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.index.query import Choice, SearchQuery, Term
from services.index.rows import publisher_of
from services.index.terms import LANGUAGE_NAMES
from services.index.words import HUMP, begins, name_words, squashed, words_of
from services.models import Model
from services.tasks import task_names


def why(model: Model, query: SearchQuery, alike: Callable[[str], Sequence[str]]) -> str:
    """`name: clip, base · task: image-classification`, and what a mistyped word was taken for.

    Args:
        model: the hit.
        query: what was asked.
        alike: gives the words that one may be a misspelling of.
    """
    found: dict[str, list[str]] = {}
    for term in query.terms:
        place, shown = _met(model, term, alike)
        if place and shown not in found.setdefault(place, []):
            found[place].append(shown)
    parts = [f"{place}: {', '.join(hits)}" for place, hits in found.items()]
    parts += [f"{key}:{_typed(choice)}" for key, choice in query.filters.choices().items()]
    return " · ".join(parts)


def _met(model: Model, term: Term, alike: Callable[[str], Sequence[str]]) -> tuple[str, str]:
    """Where the term is met, and what to show of it."""
    names = name_words(model.name)
    for words in (term.words, *((word,) for word in term.also)):
        if words and all(begins(names, word) for word in words):
            return "name", " ".join(words)
    made_for = next((word for word in term.topic if word in names), "")
    if made_for:
        return "name", f"{made_for} (for {term.text})"
    if term.optional:
        return "", ""
    meant = _meaning(model, term)
    if meant[0]:
        return meant
    if len(term.words) != 1:
        return "", ""
    return _word(model, term.words[0], alike)


def _meaning(model: Model, term: Term) -> tuple[str, str]:
    does = next((task for task in task_names(model.tasks) if task in term.tasks), "")
    if does:
        return "task", does
    learns = next((task for task in task_names(model.finetune_tasks) if task in term.tasks), "")
    if learns:
        return "fine-tunes for", learns
    if term.language and term.language in model.languages:
        return "language", LANGUAGE_NAMES.get(term.language, term.language)
    return "", ""


def _word(model: Model, word: str, alike: Callable[[str], Sequence[str]]) -> tuple[str, str]:
    places: Mapping[str, Sequence[str]] = {
        "task": words_of(" ".join(model.tasks)),
        "publisher": words_of(publisher_of(model)),
        "licence": words_of(model.license or ""),
        "language": model.languages,
        "registry": words_of(model.registry or ""),
        "Hub id": name_words((model.hub_id or "").replace("/", " ")),
        "summary": words_of(model.summary),
    }
    place = next((name for name, there in places.items() if begins(there, word)), "")
    if place:
        return place, word
    parts = words_of(HUMP.sub(" ", word))
    if all(begins(name_words(model.name), part) for part in parts):
        return "name", " ".join(parts)
    if not word.isdecimal() and word in squashed(model.name):
        return "inside the name", word
    names = name_words(model.name)
    meant = next((candidate for candidate in alike(word) if begins(names, candidate)), "")
    return ("name", f"{meant} (for {word})") if meant else ("", "")


def _typed(choice: Choice) -> str:
    return ",".join((*choice.include, *(f"-{value}" for value in choice.exclude)))
