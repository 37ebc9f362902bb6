"""The catalog as it came with the product: models of Azure's public registries on one day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from services.models import Lifecycle, MinimumSize, Model, Provenance, Provider, Source

SNAPSHOT_DATE = "2026-07-23"
PROVENANCE = Provenance(source=Source(provider=Provider.SNAPSHOT, name=SNAPSHOT_DATE))


def load_snapshot() -> tuple[Model, ...]:
    """Every model of the bundled file, in its order."""
    return tuple(_model(json.loads(line)) for line in _text().split("\n") if line.strip())


def snapshot_hash() -> str:
    """Changes whenever the bundled file does, or the table of sizes that models are fitted to."""
    sizes = resources.files("services.data").joinpath("sizes.jsonl").read_bytes()
    return hashlib.sha256(_text().encode() + sizes).hexdigest()


def _text() -> str:
    return resources.files("services.data").joinpath("catalog.jsonl").read_text(encoding="utf-8")


def _model(row: Mapping[str, Any]) -> Model:
    least = row.get("inference_min_sku")
    signature = row.get("signature") or {}
    return Model(
        name=row["name"],
        version=row["version"],
        registry=row["registry"],
        asset_id=row["asset_id"],
        tasks=tuple(row["tasks"]),
        finetune_tasks=tuple(row.get("finetune_tasks") or ()),
        license=row["license"],
        publisher=row["publisher"],
        languages=tuple(word.lower() for word in row.get("languages") or ()),
        size_bytes=row["model_size_bytes"],
        sizes=tuple(row["inference_skus"]),
        minimum=MinimumSize(
            vcpus=least["vcpu"],
            gpus=least["gpu"],
            memory_gib=least["mem_gib"],
            disk_gib=least["disk_gib"],
        )
        if least
        else None,
        lifecycle=_lifecycle(row.get("deprecation") or {}),
        batch=bool(row.get("batch_enabled", True)),
        shared_quota=row["shared_compute_capacity"],
        preview=row["preview"],
        archived=row["archived"],
        hub_id=row.get("huggingface_model_id"),
        inputs=tuple(column.get("name") or "" for column in signature.get("inputs") or ()),
        provenance=PROVENANCE,
    )


def _lifecycle(dates: Mapping[str, str]) -> Lifecycle:
    def day(name: str) -> str | None:
        return dates[name][:10] if dates.get(name) else None

    return Lifecycle(
        legacy=day("inferenceLegacyDate"),
        deprecated=day("inferenceDeprecationDate"),
        retired=day("inferenceRetirementDate"),
    )
