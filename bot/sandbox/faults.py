"""Faults that people and tests switch on: which stand-in, what goes wrong, where, how often."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

STATUSES = range(200, 600)
TARGETS = ("slack", "azure", "hub")
KINDS = {
    "quota": "Azure has no quota left for the family",
    "throttle": "429 with Retry-After",
    "error": "any answer: a status, its body and headers",
    "slow": "answers late",
    "crash": "the container of a deployment crashes",
    "gated": "a Hub repository needs approval",
    "login_html": "Slack answers a download with its login page",
    "html_body": "200 with an HTML body instead of JSON",
    "half_page": "200 with the first half of the JSON body",
    "lost_answer": "does what it was asked, and the answer is lost on its way",
    "changed_shape": "200 with the same facts under other names",
    "drop_socket": "the connection dies",
    "lost_job": "Azure forgets a job",
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that goes wrong.

    `times` None means until it is taken back; `match` is a regular expression on the path.
    `options` depend on the kind: `throttle {retry_after}`, `error {status, body?, headers?}`
    (a body is JSON or text), `slow {ms}`, `crash {reason}`.
    """

    target: str
    kind: str
    match: str = ""
    times: int | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        shown = {"target": self.target, "kind": self.kind, "match": self.match, "times": self.times}
        return {**shown, **self.options}


class Faults:
    """The faults that are on now, in the order they were switched on."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Switch a fault on.

        Raises:
            ValueError: unknown target or kind, a `match` that is no regular expression, or an
                `error` whose status no HTTP server answers.
            TypeError: an `error` with a body or headers of a wrong type.
        """
        if fault.target not in TARGETS:
            raise ValueError(f"target must be one of {', '.join(TARGETS)}")
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        try:
            re.compile(fault.match)
        except re.error as error:
            raise ValueError(f"match is no regular expression: {error}") from error
        if fault.kind == "error":
            _check_answer(fault.options)
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.document() for fault in self._faults]

    def take(self, target: str, path: str, *kinds: str) -> Fault | None:
        """Return the first fault of these kinds that matches, counted as used once; else None."""
        with self._lock:
            for fault in self._faults:
                if fault.target == target and fault.kind in kinds and re.search(fault.match, path):
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times <= 0:
                            self._faults.remove(fault)
                    return fault
        return None


def _check_answer(options: dict[str, Any]) -> None:
    """Refuse what cannot be answered: another status, a body of no kind, headers of no text."""
    status = options.get("status", 500)
    if not isinstance(status, int) or status not in STATUSES:
        raise ValueError(f"status must be a number from {STATUSES[0]} to {STATUSES[-1]}")
    if not isinstance(options.get("body", ""), str | dict | list):
        raise TypeError("body must be JSON (an object or a list) or text")
    headers = options.get("headers", {})
    if not isinstance(headers, dict) or not all(isinstance(text, str) for text in headers.values()):
        raise TypeError("headers must be an object of texts")
