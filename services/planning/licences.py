"""Tell what kind of licence a text names: a hint for people, never legal advice.

Permissive is only what an exact identifier says. Words in a name ("not-mit", "MIT No Commercial
Use") can only make it worse, and a name that is no identifier is never taken for a known licence.
"""

from __future__ import annotations

import re

from services.planning import spdx

CLASSES = {
    "permissive": spdx.PERMISSIVE,
    "copyleft": spdx.COPYLEFT,
    "restricted": spdx.RESTRICTED,
    "custom": spdx.PUBLISHERS_OWN,
}
# Of names that are no identifiers: what they hint at; never a permissive one.
NONCOMMERCIAL = re.compile(
    r"(?<![a-z])nc(?![a-z])|\bnon?[ -]?commercial|research|academic|msrla|evaluation only"
)
RESTRICTING = re.compile(r"(?<![a-z])nd(?![a-z])|rail")
SHARING = re.compile(r"(?<![a-z])(a|l)?gpl|(?<![a-z])(mpl|epl|eupl|sa)(?![a-z])")
OWN = re.compile(r"custom|llama|gemma|community|proprietary|deepseek|falcon|tongyi|qwen")


def licence_class(text: str | None) -> str:
    """`permissive`, `copyleft`, `restricted`, `custom` or `unknown`; the raw text stays beside."""
    name = _name(text)
    exact = next((kind for kind, names in CLASSES.items() if name in names), "")
    if exact:
        return exact
    if NONCOMMERCIAL.search(name) or RESTRICTING.search(name):
        return "restricted"
    if SHARING.search(name):
        return "copyleft"
    return "custom" if OWN.search(name) else "unknown"


def is_identifier(text: str | None) -> bool:
    """Tell whether the text is exactly the identifier of a licence that the tables know."""
    return any(_name(text) in names for names in CLASSES.values())


def is_noncommercial(text: str | None) -> bool:
    """Tell whether the licence's own name forbids commercial use."""
    return bool(NONCOMMERCIAL.search(_name(text)))


def _name(text: str | None) -> str:
    return (text or "").strip().casefold().replace("_", "-")
