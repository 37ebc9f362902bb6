"""Azure's error codes, messages and logs in plain words: what happened, why, what to do."""

from __future__ import annotations

import re

from services.diagnosis.logs import evidence, first_line, phase, sentence
from services.diagnosis.rules import NO_CODE, RULES, UNKNOWN
from services.models import Problem

__all__ = ["explain", "first_line", "phase"]


def explain(code: str, message: str, logs: str = "") -> Problem:
    """Return an error of Azure as people should read it.

    Args:
        code: Azure's error code, or a word of ours (`JobFailed`, `JobNotFound`).
        message: Azure's message; may be empty.
        logs: of the container, if there are any: they may tell more than the code.
    """
    text = f"{message}\n{logs}"
    for rule in RULES:
        if rule.codes and code not in rule.codes:
            continue
        if rule.pattern and not re.search(rule.pattern, text, re.IGNORECASE):
            continue
        return Problem(
            code=rule.as_code or code,
            what=rule.what,
            why=rule.why or sentence(message),
            advice=rule.advice,
            evidence=evidence(message if rule.why else "", logs),
        )
    unknown = UNKNOWN if code else NO_CODE
    return Problem(
        code=code or "Unknown",
        what=unknown.what.format(code=code),
        why=sentence(message),
        advice=unknown.advice,
        evidence=evidence("", logs),
    )
