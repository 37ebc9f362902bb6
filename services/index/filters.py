"""The filters: which models fulfil them, and what to say of a value that nothing has."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from services.errors import ErrorText, InvalidInputError, Suggestion, quoted
from services.index.facts import Facts
from services.index.phrases import PUBLISHERS
from services.index.query import Choice, Filters, Span
from services.index.query_parser import language_code
from services.index.terms import tasks_named
from services.index.words import plain
from services.tasks import task_name

COLUMNS = {
    "task": "tasks",
    "license": "license",
    "publisher": "publisher",
    "registry": "registry",
    "source": "source",
    "language": "languages",
}
NEAREST = 4
NAMES = {"license": "licence"}
NOTHING_HAS = ErrorText(code="NothingHasThat", what="Nothing has the {name} {typed}.")
NOTHING_HAS_BUT = ErrorText(
    code="NothingHasThatButNear",
    what="Nothing has the {name} {typed}.",
    advice="Nearest: {nearest}.",
)


def narrowed(facts: Facts, filters: Filters) -> set[int] | None:
    """The models that fulfil all filters; None when nothing is asked.

    Raises:
        InvalidInputError: a value that no model has; carries the nearest ones.
    """
    found: set[int] | None = None
    for key, choice in filters.choices().items():
        found = _both(found, _chosen(facts, key, choice, learn=bool(filters.finetune)))
    for column, wanted in (("finetune", filters.finetune), ("batch", filters.batch)):
        if wanted is not None:
            found = _both(found, set(facts.by_value[column].get(int(wanted), ())))
    if filters.size:
        found = _both(found, _sized(facts, filters.size))
    if filters.runs_on is not None:
        found = _both(found, facts.with_value("sizes", filters.runs_on))
    if filters.never_on is not None:
        read = facts.with_value("sizes", facts.values("sizes"))
        found = _both(found, read - facts.with_value("sizes", filters.never_on))
    return found


def values(facts: Facts, key: str) -> tuple[str, ...]:
    """Every value of a filter that some model has."""
    return facts.values(COLUMNS[key])


def _both(found: set[int] | None, more: set[int]) -> set[int]:
    return more if found is None else found & more


def _chosen(facts: Facts, key: str, choice: Choice, *, learn: bool) -> set[int]:
    having = [_having(facts, key, value, learn=learn) for value in choice.include]
    found = set().union(*having) if having else set(facts.by_id)
    return found.difference(*(_having(facts, key, value, learn=False) for value in choice.exclude))


def _having(facts: Facts, key: str, typed: str, *, learn: bool) -> set[int]:
    """The models that have what was typed; `learn`: that can be fine-tuned for this task.

    Raises:
        InvalidInputError: none has.
    """
    if key == "source":  # understood before; a source may well be empty
        return facts.with_value("source", (typed,))
    wanted = plain(typed)
    if key == "license" and wanted in facts.values("license_class"):
        return facts.with_value("license_class", (wanted,))
    fitting = _fitting(wanted, key, values(facts, key))
    if not fitting:
        raise _unknown(facts, key, typed)
    column = "finetune_tasks" if key == "task" and learn else COLUMNS[key]
    return facts.with_value(column, fitting)


def _fitting(wanted: str, key: str, there: Sequence[str]) -> list[str]:
    """The values meant: exactly, by another name, or by a part."""
    other = {
        "task": (task_name(wanted),),
        "publisher": (PUBLISHERS.get(wanted, wanted),),
        "language": (language_code(wanted),),
    }
    for exact in ((wanted,), other.get(key, ()), tasks_named(wanted) if key == "task" else ()):
        found = [value for value in exact if value in there]
        if found:
            return found
    if key == "language":
        return []
    return [value for value in there if wanted in plain(value)]


def _unknown(facts: Facts, key: str, typed: str) -> InvalidInputError:
    there = list(values(facts, key))
    if key == "license":
        there += facts.values("license_class")
    wanted = task_name(typed) if key == "task" else plain(typed)
    near = [hit[0] for hit in process.extract(wanted, there, scorer=fuzz.WRatio, limit=NEAREST)]
    name, said = NAMES.get(key, key), quoted(typed)
    if not near:
        return InvalidInputError(NOTHING_HAS, name=name, typed=said, field=key)
    return InvalidInputError(
        NOTHING_HAS_BUT,
        name=name,
        typed=said,
        nearest=", ".join(near),
        field=key,
        suggestions=tuple(Suggestion(verb="search", options=((key, value),)) for value in near),
    )


def _sized(facts: Facts, spans: Sequence[Span]) -> set[int]:
    return set().union(*(facts.sized(span.least, span.most) for span in spans))
