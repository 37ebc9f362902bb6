"""Sizes and prices as people type them: `<2GB`, `1.5GB..4GiB`, `0.50/h`, `$360/month`."""

from __future__ import annotations

import re

from services.errors import ErrorText, InvalidInputError, Suggestion, quoted
from services.index.query import Span

UNITS = {
    "": 10**9,  # a bare number means gigabytes
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
}
HOURS = {"h": 1, "hr": 1, "hour": 1, "d": 24, "day": 24, "mo": 730, "month": 730}  # Azure's month
NUMBER = r"\d{1,12}(?:\.\d{0,6})?|\.\d{1,6}"
AMOUNT = re.compile(rf"({NUMBER})\s*([a-z]{{0,3}})")
COMPARED = re.compile(r"(<=|>=|=<|=>|<|>|=|≤|≥)? ?(.+)")
PRICE = re.compile(rf"(?:<=?|≤)? ?(?:us)?\$? ?({NUMBER}) ?(?:usd|\$)? ?(?:/|per)? ?([a-z]*)")
SIZE, SIZE_EXAMPLES = "size", ("<2GB", ">500MB", "1GB..4GB")
PRICE_LIMIT, PRICE_EXAMPLES = "under", ("0.50/h", "360/month")
NOT_A_SIZE = ErrorText(
    code="NotASize",
    what="`size:` does not understand {typed}.",
    why="It is a number with MB, GB, MiB or GiB.",
    advice="Examples: {examples}.",
)
SIZES_EXCLUDE_EACH_OTHER = ErrorText(
    code="SizesExcludeEachOther",
    what="`size:` does not understand {typed}.",
    why="No size is all of that.",
    advice="Examples: {examples}.",
)
NOT_A_PRICE = ErrorText(
    code="NotAPrice",
    what="`under:` does not understand {typed}.",
    why="It is an amount in US dollars.",
    advice="Examples: {examples}.",
)


def spans_of(values: tuple[str, ...], excluded: tuple[str, ...]) -> tuple[Span, ...]:
    """Return the sizes that fulfil all the comparisons and none of the excluded ones.

    Raises:
        InvalidInputError: not a size, or no size fulfils all of them.
    """
    found: tuple[Span, ...] = (Span(),)
    for value in values:
        found = _common(found, (_span(value),))
    for value in excluded:
        found = _common(found, _outside(_span(value)))
    if not found:
        raise _refused(SIZES_EXCLUDE_EACH_OTHER, ",".join(values), SIZE, SIZE_EXAMPLES)
    return found


def dollars_an_hour(text: str) -> float:
    """Return the US dollars an hour of an amount by the hour (also without unit), day or month.

    Raises:
        InvalidInputError: not a price.
    """
    match = PRICE.fullmatch(" ".join(text.lower().split()))
    unit = match[2].removesuffix("s") if match else ""
    if match is None or (unit or "h") not in HOURS:
        raise _refused(NOT_A_PRICE, text, PRICE_LIMIT, PRICE_EXAMPLES)
    return float(match[1]) / HOURS[unit or "h"]


def _span(text: str) -> Span:
    least, dots, most = text.replace("…", "..").partition("..")
    if dots:
        low = _bytes(least, _unit(most)) if least.strip() else 0
        high = _bytes(most) if most.strip() else None
        if high is not None and high < low:
            low, high = high, low
        return Span(least=low, most=high)
    match = COMPARED.fullmatch(" ".join(text.split()))
    if match is None:
        raise _no_size(text)
    sign, size = match[1] or "<=", _bytes(match[2])
    if sign == ">":
        return Span(least=size + 1)
    if sign in {">=", "=>", "≥"}:
        return Span(least=size)
    if sign == "=":  # sizes on disk are never round
        return Span(least=size - size // 20, most=size + size // 20)
    return Span(most=size - 1 if sign == "<" else size)


def _unit(text: str) -> str:
    match = AMOUNT.fullmatch(text.strip().lower())
    return match[2] if match else ""


def _bytes(text: str, unit: str = "") -> int:
    match = AMOUNT.fullmatch(text.strip().lower())
    if match is None or (match[2] or unit) not in UNITS:
        raise _no_size(text)
    return int(float(match[1]) * UNITS[match[2] or unit])


def _outside(span: Span) -> tuple[Span, ...]:
    below = (Span(most=span.least - 1),) if span.least else ()
    above = (Span(least=span.most + 1),) if span.most is not None else ()
    return below + above


def _common(some: tuple[Span, ...], others: tuple[Span, ...]) -> tuple[Span, ...]:
    both = (_overlap(span, other) for span in some for other in others)
    return tuple(span for span in both if span.most is None or span.most >= span.least)


def _overlap(first: Span, second: Span) -> Span:
    ends = [span.most for span in (first, second) if span.most is not None]
    return Span(least=max(first.least, second.least), most=min(ends, default=None))


def _no_size(text: str) -> InvalidInputError:
    return _refused(NOT_A_SIZE, text, SIZE, SIZE_EXAMPLES)


def _refused(text: ErrorText, typed: str, key: str, examples: tuple[str, ...]) -> InvalidInputError:
    return InvalidInputError(
        text,
        typed=quoted(typed),
        examples=", ".join(f"`{key}:{example}`" for example in examples),
        field=key,
        suggestions=tuple(
            Suggestion(verb="search", options=((key, example),)) for example in examples
        ),
    )
