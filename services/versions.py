"""Which of two versions of a model is the newer."""

from __future__ import annotations


def is_newer(version: str, other: str) -> bool:
    """Tell whether `version` is newer than `other`; numbers count as numbers."""
    if version.isdecimal() and other.isdecimal():
        return int(version) > int(other)
    return version > other
