"""Which of two versions of a model is the newer."""

from __future__ import annotations


def is_newer(one: str, other: str) -> bool:
    """Whether version `one` is newer than `other`; numbers count as numbers."""
    if one.isdecimal() and other.isdecimal():
        return int(one) > int(other)
    return one > other
