"""A model as a JSON text in the index file, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from services.models import Lifecycle, MinimumSize, Model

TUPLES = ("tasks", "finetune_tasks", "languages", "sizes", "inputs")


def to_text(model: Model) -> str:
    return json.dumps(asdict(model), ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Model:
    row: dict[str, Any] = json.loads(text)
    for name in TUPLES:
        row[name] = tuple(row[name])
    row["lifecycle"] = Lifecycle(**row["lifecycle"])
    row["minimum"] = MinimumSize(**row["minimum"]) if row["minimum"] else None
    return Model(**row)
