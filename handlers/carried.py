"""Read what buttons and forms carry as JSON by the type of each part: it comes from outside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NoReturn

from services.errors import ErrorText, InvalidInputError

OUTDATED = ErrorText(
    code="Outdated",
    what="I do not understand this button any more.",
    why="It is of another version of me, or its message was changed.",
    advice="Type the command again for a new one.",
)


class Carried:
    """An object of JSON; every method raises InvalidInputError for a part of another type.

    Args:
        value: what the element carries.

    Raises:
        InvalidInputError: it is no object of JSON.
    """

    def __init__(self, value: str) -> None:
        try:
            known = json.loads(value)
        except (ValueError, RecursionError):
            _refuse()
        if not isinstance(known, dict):
            _refuse()
        self._known: Mapping[str, object] = known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def text(self, name: str) -> str:
        """A text, "" where there is none."""
        found = self._known.get(name, "")
        return found if isinstance(found, str) else _refuse()

    def number(self, name: str, default: int) -> int:
        """A number that counts something."""
        found = self._known.get(name, default)
        return found if isinstance(found, int) and found >= 0 else _refuse()

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """A list of two texts each, () where there is none."""
        found = self._known.get(name, [])
        if not isinstance(found, list):
            _refuse()
        return tuple(map(_pair, found))


def _pair(given: object) -> tuple[str, str]:
    if not isinstance(given, list) or len(given) != 2:  # noqa: PLR2004 - a pair
        _refuse()
    first, second = given
    if not isinstance(first, str) or not isinstance(second, str):
        _refuse()
    return first, second


def _refuse() -> NoReturn:
    raise InvalidInputError(OUTDATED)
