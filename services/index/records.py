"""A model as a JSON text in the index file, and back."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from services.models import Lifecycle, MinimumSize, Model

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
    return _encode(row)


def from_text(text: str) -> Model:
    row: dict[str, Any] = json.loads(text)
    for name in TUPLES:
        row[name] = tuple(row[name])
    row["lifecycle"] = Lifecycle(**row["lifecycle"])
    row["minimum"] = MinimumSize(**row["minimum"]) if row["minimum"] else None
    return Model(**row)
