"""Tell a secret from what people and programs write in its place."""

from __future__ import annotations

import base64
import binascii
import re

LONG = 20  # characters of a run that is no word any more
ENDLESS = 200  # hidden unread: what is looked at again and again has to be short
_NOTHING = frozenset(
    {"", "none", "null", "nil", "true", "false", "undefined", "hidden", "redacted", "n/a", "xxx"}
)
_STANDS_FOR_ONE = re.compile(r"\$?[<\[({]++[\w .:-]*+[>\])}]*+|\$[A-Z_]++")  # <token>, ${TOKEN}
_SENTENCES = (
    "a an and are as at be been but by can cannot could does empty enter error expected "
    "expired for found from given has have if in invalid is it its missing must my need "
    "needed needs never new no not of on only optional or please provided refused rejected "
    "required revoked see set should so something that the their this to try type unknown "
    "unset use used using value values wants was were what when where which who why will "
    "with without wrong you your here there click ask any all str string bytes int float "
    "bool list dict object class lambda self token tokens key keys secret secrets password "
    "passwords name names rotation reset authentication credential credentials auth "
    "authorization header headers scheme login"
)
_SAID = frozenset(_SENTENCES.split())
_AFTER_BEARER = frozenset({"bond", "bonds", "shares", "format", "flow"})
_WORDLIKE = re.compile(
    r"[A-Z]{2,}+(?:_[A-Z0-9]++)++|[a-z_]{1,19}+|\d{1,6}|[A-Za-z][a-z]{1,18}+|[a-z_]++(?:[./][\w-]++)++",
    re.ASCII,
)
_CHALLENGE = re.compile(r"[a-z_]{2,40}=")  # `Bearer realm="…"` names what it wants
_PART = re.compile(r"[A-Za-z0-9]{10,}+")
_HEXADECIMAL = re.compile(r"[0-9a-f]{24,}+", re.IGNORECASE)


def nothing(_value: str) -> bool:
    """Hide nothing."""
    return False


def anything(value: str) -> bool:
    """Hide it unless it says that there is none, or was hidden before."""
    if len(value) > ENDLESS:
        return True
    bare = value.strip("*.…[](){}<>$%_- ").lower()
    return bare not in _NOTHING and not _STANDS_FOR_ONE.fullmatch(value)


def firm(value: str) -> bool:
    """Hide it unless it is a word of a sentence ("password: must not be empty")."""
    if len(value) > ENDLESS:
        return True
    bare = value.strip(".,:;!?*_`")
    return anything(value) and f"{bare[:1].lower()}{bare[1:]}" not in _SAID


def suspect(value: str) -> bool:
    """Hide it unless it is a word, a number or a path of words."""
    if len(value) > ENDLESS:
        return True
    if not firm(value) or _WORDLIKE.fullmatch(value):
        return False
    digits = any(map(str.isdigit, value))
    letters = any(map(str.isalpha, value))
    return (digits and letters) or value.isupper() or len(value) >= LONG or _mixed(value)


def certain(value: str) -> bool:
    """Hide it where a part of it mixes letters and digits at length: no name of words."""
    return len(value) > ENDLESS or (suspect(value) and (value.isupper() or _is_coded(value)))


def coded(value: str) -> bool:
    """Hide it where a part of it mixes letters and digits at length, whatever word it may be."""
    return len(value) > ENDLESS or (firm(value) and _is_coded(value))


def _is_coded(value: str) -> bool:
    parts = _PART.findall(value)
    return any(any(map(str.isdigit, part)) and any(map(str.isalpha, part)) for part in parts)


def random(value: str) -> bool:
    """Hide letters of both kinds with digits, or many hexadecimal ones: no name of a layer."""
    if len(value) > ENDLESS:
        return True
    kinds = (str.islower, str.isupper, str.isdigit)
    mixed = all(any(map(kind, value)) for kind in kinds)
    return len(value) >= LONG and (mixed or _HEXADECIMAL.fullmatch(value) is not None)


def basic(value: str) -> bool:
    """Hide a name and a password in base64, as HTTP's Basic has them."""
    odd = suspect(value) and not value.isalpha()
    try:
        plain = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return odd or value.isupper()
    return odd or value.isupper() or b":" in plain


def bearer(value: str) -> bool:
    """Hide what follows `Bearer`, unless it is about such tokens."""
    told = _CHALLENGE.fullmatch(value) is not None
    return firm(value) and not told and value.strip(".,") not in _AFTER_BEARER


def _mixed(value: str) -> bool:
    return any(map(str.isupper, value[1:])) and any(map(str.islower, value))
