"""Define what can go wrong: a code with fields, its text with named places, and what to do next.

ServiceError
├── UserError              the request cannot be met as it stands; shown to the person
│   ├── NotFoundError          no such model, operation or endpoint; suggests the nearest
│   ├── InvalidInputError      a name, label, picture or option that would be refused further on
│   ├── QuotaExceededError     the workspace's quota does not cover it
│   ├── NotAllowedError        the person (or the bot's own identity) lacks the right
│   ├── NotSupportedError      the task, repository or model cannot be used for this
│   ├── NotConfiguredError     the bot has no settings for this part of the world
│   └── ServiceRefusedError    Azure, the Hub or an endpoint said no, with its reason
└── TemporaryError         worth trying again: throttled, unreachable, a passing fault

Whoever raises one names an `ErrorText` (a constant at the top of its module) and the values of its
fields. The edge renders it: in another language by the text's code, for a screen by its fields.
Fields may hold words of others: each is cut and cleaned of secrets here, whoever raises it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from services import foreign

LONGEST_QUOTED = 60

Field = str | int | float


def quoted(text: str) -> str:
    """Return what somebody typed, in quotation marks, on one line, cut where it is long."""
    line = " ".join(text.split())
    cut = line if len(line) <= LONGEST_QUOTED else line[:LONGEST_QUOTED].rstrip() + "…"
    return f"“{cut}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorText:
    """The text of an error in English, with `{named}` places for its fields.

    Attributes:
        code: a stable word for logs, tests, records and translations (`OperationNotFound`).
        what: what happened, one plain sentence.
        why: the reason, where one is known.
        advice: what to do next.
    """

    code: str
    what: str
    why: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A command to offer as a button: `Suggestion(verb="deploy", argument="clip")`."""

    verb: str
    argument: str = ""
    options: tuple[tuple[str, str], ...] = ()


class ServiceError(Exception):
    """Base of every error this package raises on purpose.

    Attributes:
        text: the template it was raised with.
        fields: the values of the template's places, without secrets and of a bearable length.
    """

    def __init__(self, text: ErrorText, fields: Mapping[str, Field]) -> None:
        self.text = text
        self.fields = {name: _cleaned(value) for name, value in fields.items()}
        super().__init__(". ".join(part.rstrip(".") for part in self.parts if part))

    @property
    def parts(self) -> tuple[str, str, str]:
        """Return what happened, why, and what to do next, in English."""
        return (self.what, self.why, self.advice)

    @property
    def what(self) -> str:
        return self.text.what.format_map(self.fields)

    @property
    def why(self) -> str:
        return self.text.why.format_map(self.fields)

    @property
    def advice(self) -> str:
        return self.text.advice.format_map(self.fields)


class UserError(ServiceError):
    """Tell what happened, why, and what to do next; shown to the person who asked.

    Args:
        text: its template.
        code: Azure's or Slack's own word for it, where that says more than the template's code.
        suggestions: commands that help, shown as buttons, the likeliest first.
        evidence: raw lines from a log or a service that support it, at most a few.
        fields: the values of the template's places.
    """

    def __init__(
        self,
        text: ErrorText,
        /,
        *,
        code: str = "",
        suggestions: tuple[Suggestion, ...] = (),
        evidence: tuple[str, ...] = (),
        **fields: Field,
    ) -> None:
        super().__init__(text, fields)
        self.code = foreign.said(code, foreign.NAME) or self.text.code
        self.suggestions = suggestions
        self.evidence = foreign.lines(evidence)

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401 - attributes of the error
        """Return the same error with other `suggestions`, `evidence` or `field`."""
        changed = type(self).__new__(type(self))
        changed.args = self.args
        vars(changed).update({**vars(self), **changes})
        changed.evidence = foreign.lines(changed.evidence)
        return changed


class NotFoundError(UserError):
    """There is no such thing."""


class InvalidInputError(UserError):
    """`field` names the form field or option at fault, for inline errors in a modal."""

    def __init__(
        self,
        text: ErrorText,
        /,
        *,
        field: str = "",
        suggestions: tuple[Suggestion, ...] = (),
        **fields: Field,
    ) -> None:
        values: dict[str, Any] = fields
        super().__init__(text, suggestions=suggestions, **values)
        self.field = field

    @classmethod
    def beside(cls, field: str, error: UserError) -> InvalidInputError:
        """Return another error, to be said beside the form field that caused it."""
        fields: dict[str, Any] = error.fields
        return cls(error.text, field=field, suggestions=error.suggestions, **fields)


class QuotaExceededError(UserError):
    """The workspace's quota does not cover it."""


class NotAllowedError(UserError):
    """The person, or the bot's own identity, lacks the right."""


class NotSupportedError(UserError):
    """The task, repository or model cannot be used for this."""


class NotConfiguredError(UserError):
    """The bot has no settings for this part of the world."""


class ServiceRefusedError(UserError):
    """Azure, the Hub or an endpoint said no."""


class TemporaryError(ServiceError):
    """A passing fault; a workflow tries again, a command says so.

    Args:
        text: what was being tried and what came back.
        retry_after: seconds the service asked us to wait, 0 where it did not say.
        fields: the values of the template's places.
    """

    def __init__(self, text: ErrorText, /, *, retry_after: float = 0.0, **fields: Field) -> None:
        super().__init__(text, fields)
        self.retry_after = retry_after


def _cleaned(value: Field) -> Field:
    if isinstance(value, str) and not isinstance(value, foreign.Ours):
        return foreign.said(value)
    return value
