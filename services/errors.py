"""What can go wrong, in words a Slack user can act on.

ServiceError
├── UserError              the request cannot be met as it stands; its text is shown to the person
│   ├── NotFoundError          no such model, operation or endpoint; carries the nearest matches
│   ├── InvalidInputError      a name, label, picture or option that would be refused further on
│   ├── QuotaExceededError     the workspace's quota does not cover it
│   ├── NotAllowedError        the person (or the bot's own identity) lacks the right
│   ├── NotSupportedError      the task, repository or model cannot be used for this
│   ├── NotConfiguredError     the bot has no settings for this part of the world
│   └── ServiceRefusedError    Azure, the Hub or an endpoint said no, with its reason
└── TemporaryError         worth trying again: throttled, unreachable, a passing fault
"""

from __future__ import annotations

LONGEST_QUOTED = 60


def quoted(text: str) -> str:
    """What somebody typed, in quotation marks, on one line, cut where it is long."""
    line = " ".join(text.split())
    cut = line if len(line) <= LONGEST_QUOTED else line[:LONGEST_QUOTED].rstrip() + "…"
    return f"“{cut}”"


class ServiceError(Exception):
    """Base of every error this package raises on purpose."""


class UserError(ServiceError):
    """What happened, why, and what to do next; shown to the person who asked.

    Args:
        what: what happened, one plain sentence without a final full stop needed.
        why: the reason, where one is known.
        advice: what to do next.
        code: a stable word for logs, tests and records (`QuotaExceeded`).
        suggestions: command texts without `/aml` (`card openai-clip-…`), shown as buttons.
        evidence: raw lines from a log or a service that support it, at most a few.
    """

    code = "UserError"

    def __init__(  # noqa: PLR0913 - the parts of one message
        self,
        what: str,
        *,
        why: str = "",
        advice: str = "",
        code: str = "",
        suggestions: tuple[str, ...] = (),
        evidence: tuple[str, ...] = (),
    ) -> None:
        super().__init__(". ".join(part.rstrip(".") for part in (what, why, advice) if part))
        self.what = what
        self.why = why
        self.advice = advice
        self.code = code or type(self).code
        self.suggestions = suggestions
        self.evidence = evidence


class NotFoundError(UserError):
    code = "NotFound"


class InvalidInputError(UserError):
    """`field` names the form field or option at fault, for inline errors in a modal."""

    code = "InvalidInput"

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        advice: str = "",
        field: str = "",
        suggestions: tuple[str, ...] = (),
    ) -> None:
        super().__init__(what, why=why, advice=advice, suggestions=suggestions)
        self.field = field

    @classmethod
    def beside(cls, field: str, error: UserError) -> InvalidInputError:
        """Another error, to be said beside the form field that caused it."""
        return cls(
            error.what,
            why=error.why,
            advice=error.advice,
            field=field,
            suggestions=error.suggestions,
        )


class QuotaExceededError(UserError):
    code = "QuotaExceeded"


class NotAllowedError(UserError):
    code = "NotAllowed"


class NotSupportedError(UserError):
    code = "NotSupported"


class NotConfiguredError(UserError):
    code = "NotConfigured"


class ServiceRefusedError(UserError):
    code = "ServiceRefused"


class TemporaryError(ServiceError):
    """A passing fault; a workflow tries again, a command says so.

    Args:
        what: what was being tried and what came back.
        retry_after: seconds the service asked us to wait, 0 where it did not say.
    """

    def __init__(self, what: str, *, retry_after: float = 0.0) -> None:
        super().__init__(what)
        self.what = what
        self.retry_after = retry_after
