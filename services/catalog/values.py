"""What finding models answers: hits, pages of them, cards."""

from __future__ import annotations

from dataclasses import dataclass

from services.models import Model, VmSize


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A search result: why it is one, and the cheapest size it runs on with its price."""

    model: Model
    why: str
    size: str | None
    usd_per_hour: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of results. `pages` is at least 1; `note` says what people should know of them."""

    hits: tuple[Hit, ...]
    total: int
    page: int
    pages: int
    region: str
    facts_from: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A model with what running it would take.

    `size` is the cheapest usable one (None: there is none) and `usd_per_hour` its price in
    `region` (None: unknown). Cores are quota for one instance; `cores_left` None means it could
    not be read, and `note` says why. `over` tells in words that the model is archived, retired or
    deprecated. `sample` is a request body, or empty.
    """

    model: Model
    licence: str
    size: VmSize | None
    region: str
    usd_per_hour: float | None
    cores_needed: int | None
    cores_left: int | None
    sample: str
    over: str
    facts_from: str
    note: str = ""
