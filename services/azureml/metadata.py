"""Read Azure's document of a model version into our value: new system metadata and old tags."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

from services.azureml.responses import Json
from services.models import Lifecycle, MinimumSize, Model, Provenance, Provider, Source
from services.tasks import task_names

NUMBERS = re.compile(r"\d++")
LONGEST_SUMMARY = 400


def model_in(document: Json, registry: str | None, name: str, *, read: float) -> Model:
    """One version, whole.

    Args:
        document: as the Resource Manager or a registry sends it.
        registry: where it is; None for the workspace.
        name: of the model; the document only names the version.
        read: now, in seconds since the epoch.
    """
    body = _mapping(document.get("properties"))
    system = _mapping(body.get("systemMetadata") or document.get("systemMetadata"))
    old = _Old(_mapping(body.get("tags")), _mapping(body.get("properties")))
    tasks, skus = _mapping(system.get("tasks")), _mapping(system.get("SKU"))
    recommended = _texts(skus.get("inferenceRecommendedSkus")) or old.texts(
        "inference-recommended-sku"
    )
    sizes = _sizes(system, old) or recommended
    finetune = (
        _texts(tasks.get("fineTuningTasks"))
        or old.texts("finetuning-tasks")
        or old.texts("finetuning_tasks")
    )
    least = _text(skus.get("inferenceMinSkuSpec")) or old.text("inference-min-sku-spec")
    return Model(
        name=name,
        version=str(document.get("name") or str(document.get("id", "")).rpartition("/")[2]),
        registry=registry,
        asset_id=str(document.get("id", "")),
        tasks=task_names(_texts(tasks.get("inferenceTasks")) or old.texts("task")),
        finetune_tasks=finetune,
        license=_text(system.get("license")) or old.text("license"),
        publisher=_text(system.get("publisher")) or old.text("author"),
        languages=tuple(
            word.lower() for word in _texts(system.get("languages")) or old.texts("languages")
        ),
        size_bytes=_size_bytes(old.text("size") or old.text("model_size_bytes")),
        sizes=sizes,
        recommended=recommended,
        minimum=_minimum(least),
        lifecycle=_lifecycle(_mapping(system.get("deprecation")), old),
        batch=_batch(system, old, offered=bool(sizes)),
        shared_quota=_shared_quota(system, old, offered=bool(sizes)),
        managed=True if sizes else None,
        preview=bool(system.get("preview", old.has("Preview"))),
        archived=bool(body.get("isArchived")),
        hub_id=_text(system.get("huggingFaceModelId"))
        or old.text("huggingface_model_id")
        or old.text("model_id"),
        summary=(_text(system.get("summary")) or "")[:LONGEST_SUMMARY],
        description=str(body.get("description") or ""),
        read=read,
        provenance=Provenance(source=_source(registry)),
    )


def _source(registry: str | None) -> Source:
    if registry:
        return Source(provider=Provider.REGISTRY, name=registry)
    return Source(provider=Provider.WORKSPACE)


class _Old:
    """Tags and properties of before July 2026: every value is a text, lists are written out."""

    def __init__(self, tags: Json, properties: Json) -> None:
        self._values: Mapping[str, Any] = {**properties, **tags}

    def text(self, name: str) -> str | None:
        return _text(self._values.get(name))

    def texts(self, name: str) -> tuple[str, ...]:
        return _texts(self._values.get(name))

    def has(self, name: str) -> bool:
        return name in self._values


def _batch(system: Json, old: _Old, *, offered: bool) -> bool | None:
    """Only a no is ever written down: a model that is offered on sizes and says nothing may."""
    said = _mapping(system.get("platformCapabilities")).get("enableBatch")
    if said is not None:
        return bool(said)
    if old.text("disable-batch") == "true":
        return False
    return True if offered else None


def _shared_quota(system: Json, old: _Old, *, offered: bool) -> bool | None:
    """Only a yes is ever written down."""
    said = system.get("sharedComputeCapacityEnabled", old.has("SharedComputeCapacityEnabled"))
    return bool(said) if said or offered else None


def _sizes(system: Json, old: _Old) -> tuple[str, ...]:
    computes = _mapping(system.get("supportedComputes")).get("inferenceComputes")
    return _texts(computes) or old.texts("inference_compute_allow_list")


def _lifecycle(dates: Json, old: _Old) -> Lifecycle:
    def date(new: str, tag: str) -> str | None:
        text = _text(dates.get(new)) or old.text(tag)
        return text[:10] if text else None

    return Lifecycle(
        legacy=date("inferenceLegacyDate", "InferenceLegacyDate"),
        deprecated=date("inferenceDeprecationDate", "InferenceDeprecationDate"),
        retired=date("inferenceRetirementDate", "InferenceRetirementDate"),
    )


def _minimum(spec: str | None) -> MinimumSize | None:
    """`2|0|7|14`: vCPUs, GPUs, GiB of memory, GiB of disk."""
    parts = NUMBERS.findall(spec or "")
    if len(parts) != 4:  # noqa: PLR2004 - the four parts above
        return None
    vcpus, gpus, memory, disk = map(int, parts)
    return MinimumSize(vcpus=vcpus, gpus=gpus, memory_gib=memory, disk_gib=disk)


def _size_bytes(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _mapping(value: object) -> Json:
    """The object itself, or one written as JSON or as a Python literal; else an empty one."""
    parsed = _parsed(value) if isinstance(value, str) else value
    return parsed if isinstance(parsed, dict) else {}


def _text(value: object) -> str | None:
    return str(value).strip() or None if value is not None else None


def _texts(value: object) -> tuple[str, ...]:
    """Return a list, a list written as JSON or as a Python literal, or texts between commas."""
    parsed = _parsed(value) if isinstance(value, str) else value
    if isinstance(parsed, str):
        parsed = parsed.split(",")
    if not isinstance(parsed, list | tuple):
        return ()
    return tuple(text for item in parsed if (text := str(item).strip()))


def _parsed(text: str) -> object:
    if not text.lstrip().startswith(("[", "{", "(")):
        return text
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return text
