"""Tell what kind of licence a text names: a hint for people, never legal advice."""

from __future__ import annotations

import re

PERMISSIVE = ("apache", "mit", "bsd", "isc", "unlicense", "cc0", "cc-by-4.0", "cc-by-3.0", "zlib")
COPYLEFT = ("agpl", "lgpl", "gpl", "mpl", "cc-by-sa", "epl", "eupl")
RESTRICTED = ("-nc", "noncommercial", "non-commercial", "openrail", "-nd", "research", "msrla")
UNKNOWN = ("", "unknown", "none", "other", "n/a")
CUSTOM = ("custom", "llama", "gemma", "community", "proprietary", "deepseek", "falcon", "tongyi")


def licence_class(text: str | None) -> str:
    """`permissive`, `copyleft`, `restricted`, `custom` or `unknown`; the raw text stays beside."""
    name = (text or "").strip().lower().replace("_", "-")
    if name in UNKNOWN:
        return "unknown"
    if any(mark in name for mark in RESTRICTED):
        return "restricted"
    if any(mark in name for mark in COPYLEFT):
        return "copyleft"
    if any(re.search(rf"(^|[^a-z]){re.escape(mark)}([^a-z]|$)", name) for mark in PERMISSIVE):
        return "permissive"
    return "custom" if any(mark in name for mark in CUSTOM) else "unknown"


def is_noncommercial(text: str | None) -> bool:
    """Tell whether the licence's own name forbids commercial use."""
    name = (text or "").lower().replace("_", "-")
    return bool(re.search(r"(-|\b)nc(-|\b)|non-?commercial|msrla|research", name))
