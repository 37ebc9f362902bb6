"""Make an error, or a problem of an operation, of what a foreign service answered."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

from services.diagnosis import logs as container, words
from services.diagnosis.answers import LONGEST_MESSAGE, Answer, Said
from services.diagnosis.faults import Kind, Rule
from services.diagnosis.quotas import NO_QUOTA
from services.diagnosis.requests import NAME_TAKEN as NAME_IS_TAKEN
from services.diagnosis.rules import code_for, rule_for
from services.diagnosis.shortages import shortage
from services.errors import (
    ErrorText,
    NotAllowedError,
    NotFoundError,
    QuotaExceededError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
    UserError,
)
from services.models import Problem

CLASSES: dict[Kind, type[UserError]] = {
    Kind.POLICY: NotAllowedError,
    Kind.ROLE: NotAllowedError,
    Kind.LOGIN: NotAllowedError,
    Kind.LOCK: NotAllowedError,
    Kind.NETWORK: NotAllowedError,
    Kind.QUOTA: QuotaExceededError,
}
FINISH = "do this"  # completes "Azure could not …" where nobody says what was asked
CONFLICT_SECONDS = 10.0
NEEDS_AND_LEFT = "It needs {needed} cores{of}; {left} of {limit} are left."
NEEDS_AND_LIMIT = "It needs {needed} cores{of}; {limit} are allowed."
IN_USE = "{used} of {limit} are in use."
OF_SIZE = " for {size}"
REQUEST = "Azure's request {ids}"
NOT_FOUND = 404
PLAINLY_MISSING = frozenset({Kind.MISSING, Kind.ASKED, Kind.MODEL, Kind.UNKNOWN})
NAMESPACE = re.compile(r"namespace '?(Microsoft\.[A-Za-z.]{1,60})'?", re.IGNORECASE)
USUAL_NAMESPACE = "Microsoft.MachineLearningServices"
NO_RIGHT = "a right that Azure does not name"
STATUS = "HTTP {status}"
BECAUSE = ": {said}"
NOT_THERE = ErrorText(
    code="AzureNotFound",
    what="Azure could not {doing}: there is no such thing.",
    why="{said}",
)
NOT_THERE_ANY_MORE = ErrorText(
    code="AzureNeededMissing",
    what="Azure could not {doing}, because something it needs is not there.",
    why="{said}",
    advice="It may have been deleted a moment ago, or not be there yet: try again in a minute. If "
    "that does not help, check that the endpoint, the model and the workspace still exist.",
)
REFUSED = ErrorText(
    code="AzureRefused",
    what="Azure refused to {doing}.",
    why="{said}",
    advice="Mend what Azure names, then try again. Its support finds the request by the id below.",
)
REPORTED = ErrorText(
    code="AzureReports",
    what="Azure reports {named}.",
    why="{said}",
    advice="Try again; if it happens again, ask an operator to look at it in studio.",
)
REPORTED_NOTHING = ErrorText(
    code="AzureReportsFailure",
    what="Azure reports a failure.",
    why="{said}",
    advice=REPORTED.advice,
)
SHORT_OF_QUOTA, NAME_TAKEN = NO_QUOTA.code, NAME_IS_TAKEN.code
NO_REASON = frozenset({REPORTED.code, REPORTED_NOTHING.code})  # no rule applied


def error_for(
    answer: Answer, doing: str, *, changing: bool = False, ended: bool = False
) -> ServiceError:
    """Return the error that an answer means.

    Args:
        answer: what the service said.
        doing: completes "Azure could not …".
        changing: whether something was to be made, changed or deleted. What is missing then is
            something that it needs.
        ended: whether it is over, so that nothing passes any more.

    Returns:
        TemporaryError for what passes; NotFoundError for a plain 404; else a UserError.
    """
    rule = rule_for(answer)
    if rule is not None and rule.passes and not ended:
        fields = _fields(rule.text, answer, doing, rule)
        wait = answer.wait or (CONFLICT_SECONDS if rule.kind is Kind.BUSY else 0.0)
        return TemporaryError(rule.text, retry_after=wait, **fields)
    code = code_for(rule, answer)
    evidence = _evidence(rule, answer, "")
    if answer.status == NOT_FOUND and (rule is None or rule.kind in PLAINLY_MISSING):
        text = NOT_THERE_ANY_MORE if changing else NOT_THERE
        fields = _fields(text, answer, doing, rule)
        return NotFoundError(text, code=code, evidence=evidence if changing else (), **fields)
    text = rule.text if rule else REFUSED
    kind = CLASSES.get(rule.kind, ServiceRefusedError) if rule else ServiceRefusedError
    return kind(text, code=code, evidence=evidence, **_fields(text, answer, doing, rule))


def kind_of(answer: Answer) -> Kind:
    """Return of which kind a refusal is."""
    rule = rule_for(answer)
    return rule.kind if rule else Kind.UNKNOWN


def explain(code: str, message: str, logs: str = "", *, doing: str = FINISH) -> Problem:
    """Return an error of Azure as people should read it.

    Args:
        code: Azure's error code, or a word of ours (`JobFailed`, `JobNotFound`).
        message: Azure's message; may be empty.
        logs: of the container, if there are any: they may tell more than the code.
        doing: completes "Azure could not …".
    """
    answer = Answer(said=(Said(code=code, message=message[:LONGEST_MESSAGE]),), innermost=message)
    rule = rule_for(answer, "\n".join(container.telling(logs)))
    text = rule.text if rule else REPORTED if code else REPORTED_NOTHING
    fields = _fields(text, answer, doing, rule)
    shown = ServiceRefusedError(text, **fields)
    return Problem(
        code=code_for(rule, answer) or "Unknown",
        what=_stopped(shown.what),
        why=shown.why,
        advice=shown.advice,
        evidence=_evidence(rule, answer, logs),
        template=text.code,
        fields=tuple((name, str(value)) for name, value in fields.items()),
    )


def _stopped(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."


def _fields(
    text: ErrorText, answer: Answer, doing: str, rule: Rule | None
) -> dict[str, Any]:  # of texts, but as keywords of errors that have others too
    """Return the values of the places that the text has."""
    said = _said(answer, rule)
    given = {
        "doing": doing,
        "said": said,
        "because": BECAUSE.format(said=said.rstrip(".")) if answer.tells else "",
        "policy": words.policy(answer),
        "right": words.rights(answer) or NO_RIGHT,
        "numbers": _numbers(answer) or said,
        "namespace": _namespace(answer),
        "named": code_for(None, answer),
        "status": STATUS.format(status=answer.status) if answer.status else "no answer",
    }
    parts = (text.what, text.why, text.advice)
    named = {name for part in parts for _, name, *_ in Formatter().parse(part) if name}
    return {name: given[name] for name in given if name in named}


def _said(answer: Answer, rule: Rule | None) -> str:
    """Return the innermost words; the code or the status where there are none."""
    said = words.sentence(answer.innermost)
    code = code_for(None, answer)
    if said and code and code not in said and rule is None and answer.status:
        return f"{code}: {said}"
    status = STATUS.format(status=answer.status) if answer.status else ""
    return said or ", ".join(part for part in (code, status) if part)


def _namespace(answer: Answer) -> str:
    found = NAMESPACE.search(answer.words)
    return found[1].rstrip(".") if found else USUAL_NAMESPACE


def _numbers(answer: Answer) -> str:
    """Return what a message says of quota in numbers; "" where it says none that are known."""
    found = shortage(answer.innermost)
    if found.limit is None:
        return ""
    if found.needed is None:
        return "" if found.used is None else IN_USE.format(used=found.used, limit=found.limit)
    of = OF_SIZE.format(size=found.size) if found.size else ""
    if found.left is None:
        return NEEDS_AND_LIMIT.format(needed=found.needed, of=of, limit=found.limit)
    return NEEDS_AND_LEFT.format(needed=found.needed, of=of, left=found.left, limit=found.limit)


def _evidence(rule: Rule | None, answer: Answer, logs: str) -> tuple[str, ...]:
    """Return Azure's own words where the text is ours, the log's telling lines, the request."""
    text = rule.text.why if rule else REFUSED.why
    quoted = "{said}" in text or ("{numbers}" in text and not _numbers(answer))
    ours = rule is not None and rule.quotes and not quoted
    own = [words.first_line(answer.innermost)] if ours else []
    lines = [line for line in (*own, *container.telling(logs)) if line]
    unknown = rule is None or rule.kind in {Kind.FAULT, Kind.UNKNOWN}
    ids = ", ".join(answer.requests[:2])
    request = (REQUEST.format(ids=ids),) if ids and unknown else ()
    return (*tuple(dict.fromkeys(lines))[: container.MOST_LINES + 1], *request)
