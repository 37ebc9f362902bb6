"""Read what HTTP says the same way everywhere: which statuses pass, and how long to wait."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Time-outs, too early, throttled, and faults of a server but those that say "never".
BUSY = frozenset({408, 425, 429}) | frozenset(range(500, 600)) - {501, 505}
SECONDS = re.compile(r"\d{1,6}(?:\.\d{1,9})?")
RATE_LIMIT = re.compile(r"\bt=(\d{1,6})\b")


def retry_after(headers: Mapping[str, object]) -> float:
    """Return the seconds that a busy service asks to wait; 0.0 where it does not say.

    Reads `Retry-After` as seconds or as a date (RFC 9110, 10.2.3), which counts from the answer's
    own `Date` where it has one; else the `t=` of `RateLimit` (a draft of the IETF, used by the
    Hub). What is neither, and a date that has passed, is 0.0.
    """
    given = {name.lower(): str(value).strip() for name, value in headers.items()}
    asked = given.get("retry-after", "")
    if SECONDS.fullmatch(asked):
        return float(asked)
    if until := _date(asked):
        now = _date(given.get("date", "")) or datetime.fromtimestamp(time.time(), UTC)
        return max(0.0, (until - now).total_seconds())
    limit = RATE_LIMIT.search(given.get("ratelimit", ""))
    return float(limit[1]) if limit else 0.0


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
