"""Names like `password`, `AccountKey` or `HF_TOKEN`, and what stands after them as their value.

A name is found by its last word; the letters before it say how sure it is that a secret follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.redaction import values

# A text may be JSON in JSON, HTML or a part of an address, so quotes and signs come escaped.
_QUOTE = r"(?:\\{0,4}[\"'`]|\\{1,4}u002[27]|&quot;|&\#0?39;|%22)"
_EQUALS = r"(?:==?>?|:=|%(?:25)?3[Dd]|\\{1,4}u003[Dd]|\\x3[Dd]|&\#0?61;|&\#x3[Dd];)"
_COLON = r"(?::|%3[Aa]|\\{1,4}u003[Aa])"
_SPACE = r"[^\S\n]{0,4}"
_RUN = r"(?P<secret>[^\s\"'`<>&;,\\){}\]]++)"
_END = rf"\d?{_QUOTE}{{0,2}}\]?{_SPACE}"
_SET = rf"{_END}(?:{_EQUALS}|{_COLON}){_SPACE}"

_NAME = re.compile(
    r"pass(?:word|wd|phrase|code|(?=[\"'=]))|bearer|pwd|secret(?:[_-]?(?:value|text))?"
    r"|connection[ _-]?string|credentials?|cookie|sig(?:nature)?|security-token|sas(?:ur[il])?"
    r"|keys?(?:[_-]?value)?|tokens?|pat|auth|psk",
    re.IGNORECASE,
)
_NEEDLES = (
    *("pass", "pwd", "secret", "connection", "credential", "cookie", "sig", "sas"),
    *("key", "token", "pat", "auth", "psk", "bearer"),
)
_WHAT_FOR = (
    "api access account primary secondary shared master subscription storage host function "
    "functions admin auth encryption signing service instrumentation client app license ssh "
    "connection query registry workspace endpoint scoring deployment openai webhook private sas"
)
_WHOSE = (
    "access auth refresh id sas session security bot app api user bearer identity hub hf oauth "
    "csrf xsrf personal private deploy registry git github x"
)
_BEFORE = {"key": tuple(_WHAT_FOR.split()), "token": tuple(_WHOSE.split())}
_LONGEST_BEFORE = 16
_SHORT = 2  # letters
_ALONE = (
    "sig",
    "pwd",
    "pass",
    "sas",
    "sasuri",
    "sasurl",
)  # with a letter before them they are parts of other words
_IN_CAPITALS = ("key", "token", "pat", "auth", "sas", "psk")  # the ends of environment variables
_CAPITALS_ONLY = ("pat", "auth", "psk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Where a name ends, and whether nothing but a secret can be its value."""

    end: int
    strong: bool
    token: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What follows a name; it is hidden if the check for its kind of name says so.

    `sure` ones are looked for only after names that nothing but a secret can follow.
    """

    pattern: re.Pattern[str]
    strong: Callable[[str], bool]
    weak: Callable[[str], bool]
    sure: bool = False


def _value(
    text: str,
    strong: Callable[[str], bool],
    weak: Callable[[str], bool] = values.nothing,
    *,
    sure: bool = False,
) -> Value:
    return Value(pattern=re.compile(text), strong=strong, weak=weak, sure=sure)


VALUES = (
    # in quotation marks, plain or escaped, it may have spaces
    _value(rf'{_SET}[bru]?"(?P<secret>(?:[^"\\\n]|\\.)++)', values.anything, values.suspect),
    _value(rf"{_SET}[bru]?'(?P<secret>(?:[^'\\\n]|\\.)++)", values.anything, values.suspect),
    _value(
        rf"{_SET}(?:\\{{1,4}}(?:[\"']|u002[27])|&quot;|&\#0?39;|%22)(?P<secret>[^\"'\\&\n%]++)",
        values.anything,
        values.suspect,
    ),
    _value(rf"{_END}{_EQUALS}{_SPACE}{_RUN}", values.anything, values.suspect),
    _value(
        rf"(?: (?:provided|given|is|was|used))?{_END}{_COLON}{_SPACE}{_RUN}",
        values.firm,
        values.random,
    ),
    # `('api-key', 'abc')`, `{"name": "DB_PASSWORD", "value": "abc"}`, `<Password>abc</`
    _value(rf"\d?[\"'],{_SPACE}b?[\"'](?P<secret>[^\"'\n]++)", values.suspect),
    _value(
        rf"{_QUOTE},{_SPACE}{_QUOTE}(?i:value){_QUOTE}{_SPACE}:{_SPACE}{_QUOTE}"
        r"(?P<secret>[^\"'\\\n]++)",
        values.anything,
    ),
    _value(r"[^<>\n\"'=:]{0,40}>(?P<secret>[^<>\n]++)(?=</)", values.anything),
    # `password 'abc'`, `the password is abc`
    _value(
        rf"[^\S\n](?:(?:was|is|provided)[^\S\n])?{_QUOTE}(?P<secret>[^\s\"'`\\]{{6,}}+)",
        values.suspect,
        values.suspect,
    ),
    _value(rf"[^\S\n](?:was|is)[^\S\n]{_RUN}", values.suspect),
    # on the next line: pretty JSON, and `name: DB_PASSWORD` with `value: abc` below it
    _value(rf"{_SET}\n[^\S\n]{{0,40}}[\"'](?P<secret>[^\"'\n]++)", values.anything, sure=True),
    _value(
        rf"{_QUOTE}?,?{_SPACE}\n[^\S\n]{{0,40}}{_QUOTE}?(?i:value){_QUOTE}?{_SPACE}:{_SPACE}"
        rf"{_QUOTE}?{_RUN}",
        values.anything,
        sure=True,
    ),
    # `password abc123def4`, `X-API-KEY abc123def4`
    _value(rf"\d?[^\S\n]{{1,4}}{_RUN}", values.coded, sure=True),
)


def hide(text: str, mark: str) -> str:
    """Return the text with the values of such names replaced by the mark."""
    pieces, done = [], 0
    for name in _names(text):
        if name.end < done:
            continue
        span = _secret(text, name)
        if span is not None:
            pieces += [text[done : span[0]], mark]
            done = span[1]
    return "".join([*pieces, text[done:]])


def _secret(text: str, name: Name) -> tuple[int, int] | None:
    """Where the name's value stands; None where it has none that needs hiding."""
    for value in VALUES:
        found = value.pattern.match(text, name.end)
        if found is None or (value.sure and not name.strong):
            continue
        weak = values.suspect if name.token else value.weak
        if (value.strong if name.strong else weak)(found["secret"]):
            return found.span("secret")
    return None


def _names(text: str) -> Iterator[Name]:
    lowered = text.lower()
    if not any(needle in lowered for needle in _NEEDLES):
        return
    for found in _NAME.finditer(text):
        word = found[0].lower()
        before = text[max(0, found.start() - _LONGEST_BEFORE) : found.start()]
        strong = _strong(word, found[0], before)
        if strong is not None:
            yield Name(end=found.end(), strong=strong, token=word.startswith(("token", "bearer")))


def _strong(word: str, written: str, before: str) -> bool | None:
    """Whether it is the end of a name for secrets only; None where it is no such name at all."""
    last = before[-1:]
    if written.isupper() and last == "_" and word in _IN_CAPITALS:
        return True
    camel = written[0].isupper() and last.islower()
    if word in _CAPITALS_ONLY or (last.isalpha() and not camel and word in _ALONE):
        return None
    if word == "bearer":
        return False  # of a ring, too
    for kind, known in _BEFORE.items():
        if word.startswith(kind):
            sure = _is_told(before.rstrip(" _-"), known)
            return True if sure else None if last.isalpha() and not camel else False
    return word != "signature" or before.lower().endswith("amz-")


def _is_told(before: str, known: tuple[str, ...]) -> bool:
    """Whether one of these words stands last; the shortest end other words as well (`max`)."""
    for word in known:
        if not before.lower().endswith(word):
            continue
        begin = len(before) - len(word)
        whole = not before[begin - 1 : begin].isalpha() or before[begin].isupper()
        if len(word) > _SHORT or whole:
            return True
    return False
