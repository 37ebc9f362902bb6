"""Understand what somebody asks for without looking anything up: words, phrases and filters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz import process

from services.errors import ErrorText, InvalidInputError, Suggestion, quoted
from services.index.measures import dollars_an_hour, spans_of
from services.index.phrases import LANGUAGES
from services.index.query import Choice, Filters, Running, SearchQuery, Span, Term
from services.index.terms import terms_of
from services.index.words import LONGEST_TEXT, plain, words_of

KEYS = {"licence": "license", "lang": "language", "from": "source"}
SOURCES = {
    "azure": "azure",
    "azureml": "azure",
    "hf": "hf",
    "hub": "hf",
    "huggingface": "hf",
    "hugging face": "hf",
    "workspace": "workspace",
    "ours": "workspace",
    "mine": "workspace",
}
SOURCES_SHOWN = ("azure", "hf", "workspace")
FINETUNE = r"fine[- ]?tun(?:e|ing|able)|微调"
SWITCHES = re.compile(
    rf"(?<![^\s,;])(?P<no>-|no |not |without (?:an? )?)?"
    rf"(?:(?P<cpu>cpus?(?:[- ]only)?)|(?P<gpu>gpus?(?:[- ]only)?|显卡)|(?P<finetune>{FINETUNE})"
    rf"|(?P<batch>batch|批量))(?![^\s,;.?!])"
)
NEVER = re.compile(r"(?<![^\s,;])-(?P<never>[^\W\d_][^\s,;]*)")  # -vit
LONGEST_VALUE = 100
MOST_VALUES = 20
NOT_AMONG = ErrorText(
    code="FilterValueUnknown",
    what="`{key}:` does not know {typed}.",
    advice="It takes {values}.",
)


@dataclass(slots=True)
class _Switches:
    """The bare words of a text; None: not said."""

    said: dict[str, bool] = field(default_factory=dict)

    def take(self, match: re.Match[str]) -> str:
        self.said[match.lastgroup or ""] = not match["no"]
        return " "


def parse_query(text: str, options: Mapping[str, str]) -> SearchQuery:
    """Return what is asked for; needs no index, so values are not compared with what there is.

    Args:
        text: words in any order, phrases, and the bare words cpu, gpu, finetune and batch; a dash
            before a word excludes what it stands for.
        options: typed filters by key; lists with commas; a dash before a key or value excludes.

    Raises:
        InvalidInputError: a filter that can mean nothing (`size:<2XB`), with examples.
    """
    switches = _Switches()
    bare = SWITCHES.sub(switches.take, plain(text[:LONGEST_TEXT]))
    rest = NEVER.sub(" ", bare).strip()
    asked = _by_key(options)
    filters = Filters(
        task=asked.get("task", Choice()),
        license=asked.get("license", Choice()),
        publisher=asked.get("publisher", Choice()),
        registry=asked.get("registry", Choice()),
        language=asked.get("language", Choice()),
        source=_source(asked.get("source", Choice())),
        size=_size(asked.get("size", Choice())),
        finetune=switches.said.get("finetune"),
        batch=switches.said.get("batch"),
    )
    runs = Running(
        cpu=switches.said.get("cpu"),
        gpu=switches.said.get("gpu"),
        fits=_fits(asked.get("fits", Choice())),
        under=_under(asked.get("under", Choice())),
    )
    terms, prefer = terms_of(rest)
    never = _never(bare)
    narrowed = bool(never or runs) or filters != Filters()
    return SearchQuery(
        text=rest,
        terms=terms,
        never=never,
        filters=filters,
        runs=runs,
        prefer=prefer,
        nonsense=bool(rest) and not words_of(rest) and not narrowed,
    )


def _never(text: str) -> tuple[Term, ...]:
    """One term for each word with a dash before it; `-vit-large` are two words of one name."""
    words = dict.fromkeys(match["never"] for match in NEVER.finditer(text))
    return tuple(_whole(word) for word in words if words_of(word))[:MOST_VALUES]


def _whole(word: str) -> Term:
    terms, _ = terms_of(word)
    if len(terms) == 1:
        return replace(terms[0], optional=False)
    return Term(text=word, words=words_of(word))


def _by_key(options: Mapping[str, str]) -> dict[str, Choice]:
    found: dict[str, tuple[list[str], list[str]]] = {}
    for typed, text in options.items():
        key = typed.strip().lower().lstrip("-")
        include, exclude = found.setdefault(KEYS.get(key, key), ([], []))
        for value in _values(text):
            out = typed.strip().startswith("-") or value.startswith("-")
            (exclude if out else include).append(value.lstrip("-").strip())
    return {
        key: Choice(include=tuple(filter(None, include)), exclude=tuple(filter(None, exclude)))
        for key, (include, exclude) in found.items()
    }


def _values(text: str) -> list[str]:
    values = (part.strip().strip("\"'").strip()[:LONGEST_VALUE] for part in text.split(","))
    return [value for value in values if value][:MOST_VALUES]


def _source(choice: Choice) -> Choice:
    return Choice(
        include=tuple(dict.fromkeys(map(_source_named, choice.include))),
        exclude=tuple(dict.fromkeys(map(_source_named, choice.exclude))),
    )


def _source_named(typed: str) -> str:
    known = SOURCES.get(plain(typed))
    if known is None:
        hit = process.extractOne(plain(typed), list(SOURCES))
        first = SOURCES[hit[0]] if hit else SOURCES_SHOWN[0]
        ordered = sorted(SOURCES_SHOWN, key=lambda source: source != first)
        raise _not_among("source", typed, ordered)
    return known


def _size(choice: Choice) -> tuple[Span, ...]:
    return spans_of(choice.include, choice.exclude) if choice else ()


def _fits(choice: Choice) -> bool:
    for typed in (*choice.include, *choice.exclude):
        if plain(typed) != "quota" or choice.exclude:
            raise _not_among("fits", typed, ("quota",))
    return bool(choice.include)


def _under(choice: Choice) -> float | None:
    if choice.exclude:
        return dollars_an_hour("-" + choice.exclude[0])  # says that it is no price
    return min(map(dollars_an_hour, choice.include), default=None)


def _not_among(key: str, typed: str, values: Sequence[str]) -> InvalidInputError:
    return InvalidInputError(
        NOT_AMONG,
        key=key,
        typed=quoted(typed),
        values=", ".join(f"`{key}:{value}`" for value in values),
        field=key,
        suggestions=tuple(Suggestion(verb="search", options=((key, value),)) for value in values),
    )


def language_code(typed: str) -> str:
    """`French` and `fr` are both fr."""
    return LANGUAGES.get(plain(typed), plain(typed))
