"""Tell what a person should know before a model is deployed."""

from __future__ import annotations

from services import spelling
from services.models import Model, VmSize
from services.planning.licences import is_noncommercial, licence_class
from services.planning.sizes import is_over

PREVIEW = "a preview: no service level, it may change"
DEPRECATED = "deprecated since {date}"
DEPRECATED_UNTIL = "deprecated since {date}; it is retired on {end}"
NO_LICENCE = "its licence is not stated"
NONCOMMERCIAL = "its licence ({licence}) excludes commercial use"
OWN_TERMS = "its licence ({licence}) has terms of its own: read them first"
FROM_HUB = "its weights are fetched from the Hugging Face Hub while it starts"
QUOTA_UNKNOWN = "the quota of {family} is not known: Azure may refuse"
PRICE_UNKNOWN = "no price is known for {size} in {region}"


def of_model(model: Model, now: float) -> tuple[str, ...]:
    """Return what speaks against a model without forbidding it; `now` is seconds since 1970."""
    found: list[str] = []
    if model.preview:
        found.append(PREVIEW)
    if is_over(model.lifecycle.deprecated, now):
        dates = model.lifecycle
        text = DEPRECATED_UNTIL if dates.retired else DEPRECATED
        found.append(text.format(date=dates.deprecated, end=dates.retired))
    if not model.license:
        found.append(NO_LICENCE)
    elif is_noncommercial(model.license):
        found.append(NONCOMMERCIAL.format(licence=model.license))
    elif licence_class(model.license) in {"restricted", "custom"}:
        found.append(OWN_TERMS.format(licence=model.license))
    if spelling.same(model.registry or "", "HuggingFace"):
        found.append(FROM_HUB)
    return tuple(found)


def of_unknowns(
    left: int | None, price: float | None, size: VmSize, region: str
) -> tuple[str, ...]:
    """Return what nobody knows: cores left in the quota, US dollars an hour (None both)."""
    found = []
    if left is None:
        found.append(QUOTA_UNKNOWN.format(family=size.family))
    if price is None:
        found.append(PRICE_UNKNOWN.format(size=size.name, region=region))
    return tuple(found)
