"""Words of foreign services as people may read them: short, on a line, without ids and secrets."""

from __future__ import annotations

import re

from services import redaction
from services.diagnosis.answers import LONGEST_MESSAGE, Answer

LONGEST_LINE = 200
LONGEST_WHY = 400

# Whole ids of resources; of each its last two parts say what is meant.
SCOPE = re.compile(
    r"/(?:subscriptions|providers/microsoft\.management)/[^\s'\",;()\[\]{}]{1,600}+", re.IGNORECASE
)
GUID = re.compile(r"(?<![\w-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])", re.IGNORECASE)
GUIDE = re.compile(
    r"\s?(?:Please )?see (?:the )?troubleshooting guide,? available here: ?\S{0,200}", re.IGNORECASE
)
ACTION = re.compile(
    r"(?:action(?:\(s\))?|permissions for) '?([\w.-]{1,80}(?:/[\w.*-]{1,80}){1,12})"
)
REASONS = re.compile(r"Reasons?: '([^\n]{1,600}?)'\.? See error details", re.IGNORECASE)
POLICY = "The policy {names} says: {said}"
NAMED = "“{name}”"
RIGHT = "`…/{right}`"
MOST_RIGHTS = 3


def shown(text: str) -> str:
    """Return a message of Azure for people: secrets, GUIDs and scopes stay out of it."""
    line = " ".join(text[: 2 * LONGEST_MESSAGE].split())[:LONGEST_MESSAGE]
    line = GUIDE.sub("", redaction.hide(line))
    return GUID.sub("…", SCOPE.sub(_end, line)).strip()


def sentence(message: str) -> str:
    """Return a message of Azure as one line, cut where it is long, without secrets."""
    return cut(shown(message), LONGEST_WHY)


def first_line(message: str) -> str:
    """Return the first line of a message of Azure, without secrets."""
    return cut(shown(message.strip()[:LONGEST_MESSAGE].partition("\n")[0]), LONGEST_LINE)


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def policy(answer: Answer) -> str:
    """Return which policy forbids it and what that says."""
    reason = REASONS.search(answer.words)
    plain = answer.innermost.partition(" Policy identifiers:")[0]
    said = sentence(reason[1] if reason else plain)
    if not answer.policies:
        return said
    names = ", ".join(NAMED.format(name=first_line(name)) for name in answer.policies[:MOST_RIGHTS])
    return POLICY.format(names=names, said=said)


def rights(answer: Answer) -> str:
    """Return the rights that it names as missing (`…/onlineEndpoints/write`); "" for none."""
    _, _, linked = answer.words.partition("does not have permission")
    found = ACTION.findall(linked) or ACTION.findall(answer.words)
    named = ["/".join(right.strip(".").split("/")[-2:]) for right in dict.fromkeys(found)]
    return ", ".join(RIGHT.format(right=right) for right in named[:MOST_RIGHTS])


def _end(scope: re.Match[str]) -> str:
    tail = scope[0].rstrip("./").split("/")[-2:]
    return "/".join(["…", *tail]) + ("." if scope[0].endswith(".") else "")
