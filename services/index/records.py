"""A model as a JSON text in the index file, and back."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from services.models import Lifecycle, MinimumSize, Model, Provenance, Provider, Source

TUPLES = ("tasks", "finetune_tasks", "languages", "sizes", "recommended", "inputs")


FIELDS = tuple(field.name for field in fields(Model))
DATES = tuple(field.name for field in fields(Lifecycle))
AMOUNTS = tuple(field.name for field in fields(MinimumSize))
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def to_text(model: Model) -> str:
    row = {name: getattr(model, name) for name in FIELDS}  # asdict copies everything, slowly
    ends, least = model.lifecycle, model.minimum
    row["lifecycle"] = {name: getattr(ends, name) for name in DATES}
    row["minimum"] = {name: getattr(least, name) for name in AMOUNTS} if least else None
    row["provenance"] = _sources(model.provenance) if model.provenance else None
    return _encode(row)


def from_text(text: str) -> Model:
    row: dict[str, Any] = json.loads(text)
    for name in TUPLES:
        row[name] = tuple(row[name])
    row["lifecycle"] = Lifecycle(**row["lifecycle"])
    row["minimum"] = MinimumSize(**row["minimum"]) if row["minimum"] else None
    row["provenance"] = _provenance(row["provenance"]) if row["provenance"] else None
    return Model(**row)


def _sources(provenance: Provenance) -> list[tuple[str, str]]:
    """Return source and, where it is another, that of the details, each as kind and name."""
    named = filter(None, (provenance.source, provenance.details))
    return [(source.provider, source.name) for source in named]


def _provenance(row: list[tuple[str, str]]) -> Provenance:
    named = [Source(provider=Provider(provider), name=name) for provider, name in row]
    return Provenance(source=named[0], details=named[1] if named[1:] else None)
