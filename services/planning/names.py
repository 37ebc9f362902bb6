"""Names that Azure accepts, checked and made before anything is asked of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from itertools import count

from services import spelling
from services.errors import ErrorText, InvalidInputError, Suggestion, quoted

SHORTEST, LONGEST = 3, 32
SALT_LENGTH, LEAST_SALT = 4, 2

BAD_NAME = ErrorText(
    code="BadEndpointName",
    what="{name} cannot be the name of an endpoint: {reason}.",
    why="Azure wants {shortest}-{longest} letters, digits and single dashes, "
    "beginning with a letter.",
    advice="Try `endpoint:{usable}`.",
)
STRANGE, LETTER = re.compile(r"[^A-Za-z0-9-]"), re.compile(r"[A-Za-z]")
NUMBERED = re.compile(r"(?<=.)-[2-9]\d{0,2}$")
BETWEEN = re.compile(r"[^a-z0-9]++")
TOO_SHORT = "it has {length}, fewer than {shortest}"
TOO_LONG = "it has {length}, more than {longest}"
ODD = "it contains {characters}"
NO_LETTER = "it does not begin with a letter"
DASH_AT_END = "it ends with a dash"
TWO_DASHES = "it has two dashes in a row"
ONE_CHARACTER, CHARACTERS = "1 character", "{number} characters"
A_SPACE, A_CHARACTER = "a space", "“{character}”"


def check_endpoint_name(name: str, *, model: str = "") -> None:
    """Refuse what Azure would refuse.

    Args:
        name: as typed.
        model: what was to be deployed; the suggestion is made for it.

    Raises:
        InvalidInputError: with the exact reason, and a name that would do.
    """
    reason = _fault(name)
    if reason:
        usable = _slug(name, LONGEST)
        again = Suggestion(verb="deploy", argument=model, options=(("endpoint", usable),))
        raise InvalidInputError(
            BAD_NAME,
            name=quoted(name),
            reason=reason,
            shortest=SHORTEST,
            longest=LONGEST,
            usable=usable,
            field="endpoint",
            suggestions=(again,) if model else (),
        )


def endpoint_name(model: str, taken: Collection[str] = (), *, salt: str = "") -> str:
    """Return a valid name made of the model's, not among those taken (compared without case).

    Endpoint names are unique in a whole Azure region, so a salt (the workspace) adds two to four
    characters that other people's names will not share; the same salt gives the same name. The
    model's name stays whole where two fit behind it, else it ends with a whole word.
    """
    digest = _digest(f"{salt}/{model}")[: _room(model)] if salt else ""
    suffix = f"-{digest}" if digest else ""
    used = spelling.keys(taken)
    for number in count(1):
        tail = suffix if number == 1 else f"{suffix}-{number}"
        name = _shortened(model, LONGEST - len(tail)) + tail
        if spelling.key(name) not in used:
            return name
    raise AssertionError  # count() never ends


def unnumbered(name: str) -> str:
    """Return a name without the number that `endpoint_name` ends one with; else as it is."""
    return NUMBERED.sub("", name)


def deployment_name(version: str) -> str:
    """`version-12`: says in studio which version of the model it runs."""
    return _slug(f"version-{version}", LONGEST)


def _fault(name: str) -> str:
    """Return the first thing wrong with a name, in words; "" for a good one."""
    length = ONE_CHARACTER if len(name) == 1 else CHARACTERS.format(number=len(name))
    odd = sorted(set(STRANGE.findall(name)))
    shown = (A_SPACE if each == " " else A_CHARACTER.format(character=each) for each in odd)
    faults = (
        (len(name) < SHORTEST, TOO_SHORT.format(length=length, shortest=SHORTEST)),
        (len(name) > LONGEST, TOO_LONG.format(length=length, longest=LONGEST)),
        (bool(odd), ODD.format(characters=" ".join(shown))),
        (not LETTER.match(name), NO_LETTER),
        (name.endswith("-"), DASH_AT_END),
        ("--" in name, TWO_DASHES),
    )
    return next((reason for wrong, reason in faults if wrong), "")


def _slug(text: str, longest: int) -> str:
    plain = BETWEEN.sub("-", text.lower()).strip("-")
    if not plain or not plain[0].isalpha():
        plain = f"model-{plain}".rstrip("-")
    plain = plain[:longest].rstrip("-")
    return plain if len(plain) >= SHORTEST else f"{plain}-model"


def _room(model: str) -> int:
    """How many characters of salt fit behind the whole name; all of them where too few do."""
    room = LONGEST - len(_slug(model, LONGEST + 1)) - 1
    return room if LEAST_SALT <= room < SALT_LENGTH else SALT_LENGTH


def _shortened(model: str, longest: int) -> str:
    """Return the model's name as a slug; one that is too long loses whole words where it can."""
    whole, short = _slug(model, len(model) + longest), _slug(model, longest)
    if whole == short or whole[len(short)] == "-":
        return short
    words, dash, _ = short.rpartition("-")
    return words if dash and len(words) >= SHORTEST else short


def _digest(text: str) -> str:
    digits = "abcdefghijkmnpqrstuvwxyz23456789"
    value = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    return "".join(
        digits[value // len(digits) ** place % len(digits)] for place in range(SALT_LENGTH)
    )
