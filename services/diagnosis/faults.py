"""What a rule about a foreign refusal is made of, and the kinds that it may be of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from services.errors import ErrorText


class Kind(StrEnum):
    """Why something was refused; it decides whether another try can help."""

    POLICY = "policy"
    ROLE = "role"
    LOGIN = "login"
    LOCK = "lock"
    NETWORK = "network"
    REGISTRATION = "registration"
    DISABLED = "disabled"
    ACCOUNT = "account"  # no such subscription, resource group or workspace
    QUOTA = "quota"
    CAPACITY = "capacity"
    TAKEN = "taken"
    GONE = "gone"  # being deleted, with all that is in it
    MISSING = "missing"
    STUCK = "stuck"  # in a state that no waiting changes
    BUSY = "busy"
    THROTTLED = "throttled"
    FAULT = "fault"
    ASKED = "asked"  # what was asked for cannot be done
    MACHINE = "machine"  # the model and the machine do not fit
    MODEL = "model"
    UNKNOWN = "unknown"


PASSING = frozenset({Kind.BUSY, Kind.THROTTLED, Kind.FAULT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Applies when each of its conditions that is not empty holds; the first that does counts.

    Attributes:
        text: with any of the places `doing`, `said`, `because`, `policy`, `right`, `numbers`,
            `namespace`, `code`, `status`.
        kind: of the refusal.
        codes: one of them is among the answer's, whatever their case.
        pattern: found in the answer's words.
        statuses: of HTTP.
        logs: whether the pattern is looked for in a container's log as well.
        page: the answer is a web page for people.
        quotes: whether the service's own words stand beside the text as evidence.
        as_code: a more telling code than the service's own.
    """

    text: ErrorText
    kind: Kind
    codes: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None
    statuses: frozenset[int] = frozenset()
    logs: bool = False
    page: bool = False
    quotes: bool = True
    as_code: str = ""

    @property
    def passes(self) -> bool:
        """Tell whether another try can help without anybody doing something."""
        return self.kind in PASSING


def words(*alternatives: str) -> re.Pattern[str]:
    """Return a pattern that finds any of these, whatever their case."""
    return re.compile("|".join(alternatives), re.IGNORECASE)


def codes(*names: str) -> frozenset[str]:
    """Return codes as they are compared."""
    return frozenset(name.lower() for name in names)


def statuses(numbers: Iterable[int]) -> frozenset[int]:
    return frozenset(numbers)
