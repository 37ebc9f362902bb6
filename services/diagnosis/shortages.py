"""Read the numbers in what Azure says about quota, in each of its wordings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.diagnosis.answers import LONGEST_MESSAGE

SIZE = re.compile(r"(?:quota available for|size)[ '\"]{1,3}(Standard_\w{1,40})", re.IGNORECASE)
BOTH = re.compile(r"usage/limit:? {0,2}(\d{1,9})/(\d{1,9})", re.IGNORECASE)
USED = re.compile(
    r"(?:current(?:ly)? (?:usage|in use|using)|(?<!new )usage(?: is)?|in use|currently using)"
    r"(?: is)?[:,]? {0,2}(\d{1,9})",
    re.IGNORECASE,
)
LIMIT = re.compile(
    r"(?:current limit|maximum allowed|maximum (?:amount of )?quota|total quota"
    r"|quota limit|vCPU quota|core quota"
    r"|limit of|quota of|(?<!usage/)(?<!new )limit)"
    r"(?: is| of)?[:,]? {0,2}(\d{1,9})",
    re.IGNORECASE,
)
LEFT = re.compile(
    r"(?:only|has|have|with)(?: only)? (\d{1,9}) (?:\w{1,12} ){0,3}"
    r"(?:remaining|left|available|free)\b"
    r"|(?:remaining|available)(?: (?:quota|cores|vCPUs))?(?: is)?[:,]? {0,2}(\d{1,9})",
    re.IGNORECASE,
)
NEEDED = re.compile(
    r"(?:additional (?:needed|required|requested)"
    r"|(?:quota|cores|vCPUs?|amount|size) (?:is |was )?requested"
    r"|requested cores|requires?"
    r"|which maps to|required)(?: is)?[:,]? {0,2}(\d{1,9})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Cores (or endpoints) in use, allowed, and asked for; None where Azure does not say.

    `size` is the virtual machine's, "" where it is not named.
    """

    used: int | None = None
    limit: int | None = None
    needed: int | None = None
    size: str = ""

    @property
    def left(self) -> int | None:
        if self.limit is None or self.used is None:
            return None
        return max(0, self.limit - self.used)


def shortage(message: str) -> Shortage:
    """Return the numbers of a message; all None where it has none that are known."""
    text = message[:LONGEST_MESSAGE]
    both, size = BOTH.search(text), SIZE.search(text)
    used, limit = (int(both[1]), int(both[2])) if both else (_number(USED, text), None)
    limit = _number(LIMIT, text) if limit is None else limit
    left = _number(LEFT, text)
    if used is None and None not in {limit, left}:
        used = max(0, int(limit or 0) - int(left or 0))
    return Shortage(
        used=used,
        limit=limit,
        needed=_number(NEEDED, text),
        size=size[1] if size else "",
    )


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(next(filter(None, found.groups()))) if found else None
