"""Faults that people and tests switch on: which stand-in, what goes wrong, where, how often."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

TARGETS = ("slack", "azure", "hub")
KINDS = {
    "quota": "Azure has no quota left for the family",
    "throttle": "429 with Retry-After",
    "error": "an HTTP error status",
    "slow": "answers late",
    "crash": "the container of a deployment crashes",
    "gated": "a Hub repository needs approval",
    "login_html": "Slack answers a download with its login page",
    "html_body": "200 with an HTML body instead of JSON",
    "half_page": "200 with the first half of the JSON body",
    "changed_shape": "200 with the same facts under other names",
    "drop_socket": "the connection dies",
    "lost_job": "Azure forgets a job",
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """`times` None means until it is taken back; `match` is a regular expression on the path."""

    target: str
    kind: str
    match: str = ""
    times: int | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        shown = {"target": self.target, "kind": self.kind, "match": self.match, "times": self.times}
        return {**shown, **self.options}


class Faults:
    """The faults that are on now."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Switch a fault on.

        Raises:
            ValueError: unknown target or kind, or a `match` that is no regular expression.
        """
        if fault.target not in TARGETS:
            raise ValueError(f"target must be one of {', '.join(TARGETS)}")
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        try:
            re.compile(fault.match)
        except re.error as error:
            raise ValueError(f"match is no regular expression: {error}") from error
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.document() for fault in self._faults]

    def take(self, target: str, path: str, *kinds: str) -> Fault | None:
        """The first fault of these kinds that matches, counted as used once; else None."""
        with self._lock:
            for fault in self._faults:
                if fault.target == target and fault.kind in kinds and re.search(fault.match, path):
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times <= 0:
                            self._faults.remove(fault)
                    return fault
        return None
