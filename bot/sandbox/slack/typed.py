"""Typed text as Slack passes it on: escaped, with mentions and links marked up."""

from __future__ import annotations

import re
from collections.abc import Mapping

MARKED = re.compile(r"<(?:[@#!][^<>]+|(?:https?|mailto):[^<>]+)>|&(?:amp|lt|gt);")
LINK = re.compile(
    r"(?P<url>https?://[^\s<>|]+[^\s<>|.,;:!?)\]'\"])"
    r"|(?<![\w@./-])(?P<bare>(?:[a-z0-9-]+\.)+(?:com|org|net|io|co|ai)(?![\w-]|\.\w)"
    r"(?:/[^\s<>|]*[^\s<>|.,;:!?)])?)",
    re.IGNORECASE,
)
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def as_sent(text: str, people: Mapping[str, str]) -> str:
    """Escape what is not marked up yet, mark links and `@name`s.

    Args:
        text: as typed; mentions, links and entities may be marked up already.
        people: names by user id.
    """
    parts = []
    end = 0
    for marked in MARKED.finditer(text):
        parts += [_plain(text[end : marked.start()], people), marked.group()]
        end = marked.end()
    return "".join([*parts, _plain(text[end:], people)])


def _plain(text: str, people: Mapping[str, str]) -> str:
    escaped = "".join(ESCAPES.get(character, character) for character in text)
    linked = LINK.sub(_link, escaped)
    for user, name in sorted(people.items(), key=lambda person: -len(person[1])):
        linked = re.sub(
            rf"(?<![\w.])@{re.escape(name)}\b", f"<@{user}>", linked, flags=re.IGNORECASE
        )
    return linked


def _link(match: re.Match[str]) -> str:
    if match["url"]:
        return f"<{match['url']}>"
    return f"<http://{match['bare']}|{match['bare']}>"
