"""All rules in the order in which they count, and which of them applies to an answer."""

from __future__ import annotations

from services.diagnosis import accounts, deployments, imports, logins, quotas, requests
from services.diagnosis.answers import Answer
from services.diagnosis.faults import Kind, Rule, statuses, words
from services.errors import ErrorText

REFUSED_LOGIN = Rule(text=logins.LOGIN, kind=Kind.LOGIN, statuses=statuses({401}))
FORBIDDEN = Rule(
    text=ErrorText(
        code="AzureForbidden",
        what="Azure does not let the bot {doing}.",
        why="{said}",
        advice="Give the bot's identity the role AzureML Data Scientist on the workspace; if it "
        "has that, a network rule or a policy may be the reason.",
    ),
    kind=Kind.ROLE,
    statuses=statuses({403}),
)
LATER = Rule(
    text=requests.BUSY,
    kind=Kind.BUSY,
    statuses=statuses({409, 423}),
    pattern=words(
        r"(?:try|retry) (?:the \w{1,20} )?(?:again )?(?:later|after|in a|in \d)",
        r"please retry",
        r"wait (?:until|for|a )",
    ),
)
# A conflict that says nothing: nothing speaks for one that never passes.
CONFLICT = Rule(text=requests.BUSY, kind=Kind.BUSY, statuses=statuses({409, 423}))
RULES = (
    *accounts.RULES,
    *logins.RULES,
    *imports.RULES,
    *deployments.RULES,
    *quotas.RULES,
    *requests.RULES,
    *deployments.LATER_RULES,
    imports.JOB_FAILED,
    REFUSED_LOGIN,
    FORBIDDEN,
    LATER,
)


def rule_for(answer: Answer, logs: str = "") -> Rule | None:
    """Return the first rule that applies; None where there is none.

    Args:
        answer: what was said.
        logs: the telling lines of a container's log.
    """
    known = frozenset(code.lower() for code in answer.codes)
    said = answer.words
    both = f"{said}\n{logs}"
    for rule in RULES:
        if (
            (not rule.codes or rule.codes & known)
            and (not rule.statuses or answer.status in rule.statuses)
            and (not rule.page or answer.page)
            and (rule.pattern is None or rule.pattern.search(both if rule.logs else said))
        ):
            return rule
    silent = answer.wait > 0 or not answer.tells
    return CONFLICT if silent and answer.status in CONFLICT.statuses else None


def code_for(rule: Rule | None, answer: Answer) -> str:
    """Return the code to show: the rule's own, the one it is about, or the innermost."""
    if rule and rule.as_code:
        return rule.as_code
    about = [code for code in answer.codes if rule and code.lower() in rule.codes]
    return about[-1] if about else answer.code
