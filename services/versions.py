"""Which of two versions of a model is the newer."""

from __future__ import annotations

import re
from itertools import zip_longest

LONGEST = 255  # characters that Azure allows
NUMBERED = re.compile(r"v?(\d+(?:[._-]\d+)*)(.*)", re.IGNORECASE | re.ASCII | re.DOTALL)
NUMBERS, PARTS = re.compile(r"\d+"), re.compile(r"\d+|[^\d]+", re.ASCII)
BEFORE = re.compile(  # what is marked so comes before the version of that number
    r"[._-]?(?:a|alpha|b|beta|c|rc|pre|preview|dev|snapshot|nightly)(?![a-z])", re.IGNORECASE
)


def is_newer(version: str, other: str) -> bool:
    """Tell whether `version` is newer than `other`.

    Each number between dots or dashes counts as a number (`1.10.0` is newer than `1.9.0`, so is
    `2024-05-01` than `2023-12-01`), what is marked as a preview comes before its number's own
    version, and a version with a number is newer than a mere label (`latest`).
    """
    numbers, stage, rest = _parts(version)
    others, other_stage, other_rest = _parts(other)
    for one, two in zip_longest(numbers, others, fillvalue=0 if numbers and others else -1):
        if one != two:
            return one > two
    return (stage, _natural(rest)) > (other_stage, _natural(other_rest))


def _parts(version: str) -> tuple[tuple[int, ...], int, str]:
    """Numbers, whether the rest makes it earlier (-1) or later (1), and the rest."""
    found = NUMBERED.fullmatch(version.strip()[:LONGEST])
    if found is None:
        return (), 0, version.strip()[:LONGEST]
    rest = found[2].partition("+")[0]  # what follows a plus only tells of the build
    stage = 0 if not rest else -1 if BEFORE.match(rest) else 1
    return tuple(map(int, NUMBERS.findall(found[1]))), stage, rest


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Compares digits as numbers, all else as letters without case."""
    parts = PARTS.findall(text)
    return [
        (part.isdecimal(), int(part) if part.isdecimal() else 0, part.lower()) for part in parts
    ]
