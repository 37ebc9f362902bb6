"""Secrets in texts: the one list of their shapes, for logs, errors and what people type.

Every open repeat is possessive and every shape takes the whole run of characters it has looked at,
so that the work grows with the length of a text and never with its square.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

HIDDEN = "…"

# What nobody writes by accident. The secret is the group of that name; a match without it is a run
# of characters that turned out to be none.
TOKENS = (
    # Slack: of bots, people and refreshing (`xoxb-`, `xoxp-`, `xoxe-`, …), and of apps (`xapp-`)
    re.compile(r"(?<!\w)(?P<secret>(?:xox[a-z]|xapp)-[\w-]{8,}+)"),
    # the Hub; a path may hold a name that begins like a token, but none of such a length
    re.compile(r"(?P<secret>(?<![\w/])hf_[A-Za-z0-9]{8,}+|hf_[A-Za-z0-9]{30,}+)"),
    # a JSON Web Token: header, payload, signature
    re.compile(r"(?P<secret>eyJ[\w-]++\.[\w-]++\.[\w-]*+)|eyJ[\w-]*+"),
    # a key of an endpoint of Azure ML, as Azure marks its keys since 2024
    re.compile(r"(?P<secret>[A-Za-z0-9]{52}JQQJ9[A-Za-z0-9]{26,31})"),
)
# What is worth hiding where it is shown, and too little to refuse a text for: short or broken
# tokens, and whatever stands in a place for secrets.
LIKELY = (
    re.compile(r"(?P<secret>(?:xox[a-z]|xapp)-[\w-]++|hf_\w{8,}+)"),
    re.compile(r"(?i:bearer)\s++(?P<secret>[^\s\"',;]++)"),
    re.compile(r"(?<=sig=)(?P<secret>[^&\s\"']++)"),
    re.compile(r"(?<=Key=)(?P<secret>[^;\s\"']++)"),
    re.compile(r"(?i:(?:primary|secondary)key)[\"']?\s?[:=]\s?[\"']?(?P<secret>[^\s\"',;}]++)"),
    re.compile(r"(?<=://)(?P<secret>[^/\s:@]*+:[^/\s@]++)(?=@)"),
)


def hide(text: str, mark: str = HIDDEN) -> str:
    """Return the text with everything that may be a secret replaced by the mark."""
    return _replaced(text, (*TOKENS, *LIKELY), mark)


def hide_tokens(text: str, mark: str = HIDDEN) -> str:
    """Return the text with the tokens in it replaced, and nothing that only may be one."""
    return _replaced(text, TOKENS, mark)


def has_token(text: str) -> bool:
    """Tell whether there is a token of Slack, the Hub or Azure in what somebody typed."""
    return any(match["secret"] for shape in TOKENS for match in shape.finditer(text))


def _replaced(text: str, shapes: Sequence[re.Pattern[str]], mark: str) -> str:
    def shown(match: re.Match[str]) -> str:
        secret = match["secret"]
        return match[0].replace(secret, mark) if secret else match[0]

    for shape in shapes:
        text = shape.sub(shown, text)
    return text
