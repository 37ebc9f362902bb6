"""Names as Azure takes and compares them: what they may be made of, and without regard to case.

Whoever compares names of endpoints, deployments, computes, registries, sizes, tags or ids asks
here: Azure keeps the case of some, lower-cases others, and takes every spelling for the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

# Each becomes a part of an address, so none may hold what means something there.
ENDPOINT = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}", re.ASCII)
ASSET = re.compile(r"[A-Za-z0-9][\w.-]{0,254}", re.ASCII)  # a model, or one of its versions
REGISTRY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,62}", re.ASCII)


def key(name: str) -> str:
    """Return the one spelling that stands for all of them."""
    return name.strip().casefold()


def same(name: str, other: str) -> bool:
    """Tell whether Azure takes both for the same name."""
    return key(name) == key(other)


def keys(names: Iterable[str]) -> frozenset[str]:
    """Return names to look others up in, by their `key`."""
    return frozenset(map(key, names))


def among(name: str, values: Mapping[str, T]) -> T | None:
    """Return the value under that name, however it is spelt; None where there is none."""
    exact = values.get(name)
    if exact is not None:
        return exact
    return next((value for each, value in values.items() if same(each, name)), None)
