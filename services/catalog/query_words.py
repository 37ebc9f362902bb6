"""A search in words: how it was understood, with one filter less, and what to ask the Hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.catalog.values import TypedQuery
from services.index import Choice, Filters, Running, SearchQuery, Span, Term
from services.index.query_parser import KEYS, NEVER, SWITCHES
from services.index.terms import tasks_named
from services.index.words import plain

HUB, AZURE, WORKSPACE = "hf", "azure", "workspace"
NAMED = 3  # values of a filter that are said again
GB = 10**9
TINY = 1e-9
# The Hub's word for a task, where it is not the catalog's.
HUB_TASKS = {
    "text-translation": "translation",
    "text-summarization": "summarization",
    "chat-completion": "text-generation",
    "embeddings": "feature-extraction",
}
LICENCE, LANGUAGE = "licence", "language"
NAMES = {"license": LICENCE}
SOURCES = {HUB: "Hugging Face Hub", AZURE: "Azure's registries", WORKSPACE: "this workspace"}
FINETUNE, NO_FINETUNE = "can be fine-tuned", "cannot be fine-tuned"
BATCH, NO_BATCH = "runs as a batch", "does not run as a batch"
ON_CPU, NOT_CPU = "runs on CPU", "needs a GPU"
ON_GPU, NOT_GPU = "runs on GPU", "runs on no GPU"
FITS = "fits the quota"
UNDER = "under {price}/h"
WORDS = "the words"
SMALL_FIRST, LARGE_FIRST = "small ones first", "large ones first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """A query with one part left out: which part in words, and the search to type for it."""

    part: str
    query: SearchQuery
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HubQuery:
    """Hold what to ask the Hub. No hit stands for any of `never`.

    `untold` names filters that the Hub says nothing about.
    """

    words: str
    task: str = ""
    license: Choice = field(default_factory=Choice)
    publisher: Choice = field(default_factory=Choice)
    never: tuple[Term, ...] = ()
    untold: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.task)


def understood(query: SearchQuery) -> tuple[str, ...]:
    """How a search was taken, part by part; words that are nothing but words are left out."""
    tasks = dict.fromkeys(task for term in query.terms if not term.guessed for task in term.tasks)
    parts = [f"task: {_either(tuple(tasks))}"] if tasks else []
    parts += [f"language: {term.language}" for term in query.terms if term.language]
    parts += [said for _, said in _filters(query.filters)]
    parts += [said for _, said in _running(query.runs)]
    parts += [_never(query)] if query.never else []
    if query.prefer:
        parts.append(SMALL_FIRST if query.prefer == "small" else LARGE_FIRST)
    return tuple(dict.fromkeys(parts))


def without(typed: TypedQuery, query: SearchQuery) -> Iterator[Without]:
    """The same search with one filter less each, and one without its words.

    Args:
        typed: the search as typed.
        query: what of it the index is asked.
    """
    text, options = typed.text, typed.options
    for key, said in _filters(query.filters):
        loose = replace(query, filters=_emptied(query.filters, key))
        yield Without(part=said, query=loose, text=_typed(text, options, key))
    for key, said in _running(query.runs):
        loose = replace(query, runs=replace(query.runs, **{key: getattr(Running(), key)}))
        yield Without(part=said, query=loose, text=_typed(text, options, key))
    if query.never:
        loose = replace(query, never=())
        kept = NEVER.sub(" ", plain(text))
        yield Without(part=_never(query), query=loose, text=_typed(kept, options, ""))
    if query.terms and (query.filters != Filters() or query.runs):
        loose = replace(query, text="", terms=(), never=(), prefer="")
        yield Without(part=WORDS, query=loose, text=_typed(_switches(text), options, ""))


def places(query: SearchQuery) -> tuple[SearchQuery | None, bool]:
    """Return what to ask the index, if anything, and whether to ask the Hub."""
    wanted, unwanted = query.filters.source.include, query.filters.source.exclude
    hub = HUB not in unwanted and (not wanted or HUB in wanted)
    if wanted == (HUB,):
        return None, hub
    source = Choice(
        include=tuple(place for place in wanted if place != HUB),
        exclude=tuple(place for place in unwanted if place != HUB),
    )
    return replace(query, filters=replace(query.filters, source=source)), hub


def for_hub(query: SearchQuery) -> HubQuery:
    """Return what of a search the Hub can be asked; falsy where nothing is left to ask."""
    names = [
        term.text
        for term in query.terms
        if not (term.optional or term.language) and (term.guessed or not term.tasks)
    ]
    tasks = list(_tasks(query.filters.task.include, other=False))
    tasks += [term.tasks[0] for term in query.terms if term.tasks and not term.guessed]
    task = HUB_TASKS.get(tasks[0], tasks[0]) if tasks else ""
    known = {"task", "license", "publisher", "source"}
    untold = [said for key, said in _filters(query.filters) if key not in known]
    return HubQuery(
        words=" ".join(names),
        task=task,
        license=query.filters.license,
        publisher=query.filters.publisher,
        never=query.never,
        untold=(*untold, *(said for _, said in _running(query.runs))),
    )


def _never(query: SearchQuery) -> str:
    return f"not {_either(tuple(term.text for term in query.never))}"


def _emptied(filters: Filters, key: str) -> Filters:
    empty: Any = getattr(Filters(), key)
    return replace(filters, **{key: empty})


def _filters(filters: Filters) -> Iterator[tuple[str, str]]:
    """Each filter that was given: its field, and in words."""
    for key, choice in filters.choices().items():
        name, said = NAMES.get(key, key), SAID.get(key, tuple)
        shown = Choice(include=said(choice.include), exclude=said(choice.exclude))
        if key == "source":
            yield key, _chosen("from", shown, "not from")
        else:
            yield key, _chosen(f"{name}:", shown, f"not {name}")
    if filters.size:
        yield "size", f"{_either(tuple(map(_span, filters.size)))}"
    if filters.finetune is not None:
        yield "finetune", FINETUNE if filters.finetune else NO_FINETUNE
    if filters.batch is not None:
        yield "batch", BATCH if filters.batch else NO_BATCH


def _tasks(values: tuple[str, ...], *, other: bool = True) -> tuple[str, ...]:
    """The tasks that filter values mean; `other`: with those that are no phrase of ours."""
    found = (task for value in values for task in tasks_named(value) or ((value,) if other else ()))
    return tuple(dict.fromkeys(found))


def _running(runs: Running) -> Iterator[tuple[str, str]]:
    if runs.cpu is not None:
        yield "cpu", ON_CPU if runs.cpu else NOT_CPU
    if runs.gpu is not None:
        yield "gpu", ON_GPU if runs.gpu else NOT_GPU
    if runs.fits:
        yield "fits", FITS
    if runs.under is not None:
        yield "under", UNDER.format(price=_dollars(runs.under))


def _dollars(amount: float) -> str:
    """As it was typed, with cents: `$0.50`, `$0.0125`."""
    cents = f"{amount:.2f}"
    return f"${cents if abs(float(cents) - amount) < TINY else f'{amount:.3g}'}"


def _chosen(name: str, choice: Choice, no: str) -> str:
    parts = [f"{name} {_either(choice.include)}"] if choice.include else []
    if choice.exclude:
        parts.append(f"{no} {_either(choice.exclude)}")
    return ", ".join(parts)


def _sources(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(SOURCES.get(value, value) for value in values)


def _either(values: tuple[str, ...]) -> str:
    shown = list(values[:NAMED])
    if len(values) > NAMED:
        shown = [*values[: NAMED - 1], f"{len(values) - NAMED + 1} more"]
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _span(span: Span) -> str:
    if span.most is None:
        return f"at least {_size(span.least)}"
    if not span.least:
        return f"at most {_size(span.most)}"
    return f"{_size(span.least)} to {_size(span.most)}"


def _size(count: int) -> str:
    """Bytes as people type them in a filter, in powers of 1000."""
    amount = round(count / GB, 2)
    return f"{amount:g} GB" if amount >= 1 else f"{round(count * 1000 / GB):g} MB"


def _typed(text: str, options: Mapping[str, str], left_out: str) -> str:
    """The search as somebody would type it without that filter."""
    kept = [
        f'{key}:"{value}"' if " " in value else f"{key}:{value}"
        for key, value in options.items()
        if value and KEYS.get(key.lstrip("-"), key.lstrip("-")) != left_out
    ]
    words = SWITCHES.sub(
        lambda match: " " if match.lastgroup == left_out else match.group(), plain(text)
    )
    return " ".join([*words.split(), *kept])


def _switches(text: str) -> str:
    """Only cpu, gpu, finetune and batch of a text."""
    return " ".join(match.group() for match in SWITCHES.finditer(plain(text)))


# How the values of a filter are said again.
SAID: Mapping[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
    "source": _sources,
    "task": _tasks,
}
