"""Models of registries and of the workspace, read whole: new system metadata and old tags."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from services.azureml.sdk import Answer, Json, Sdk
from services.errors import NotFoundError
from services.models import Lifecycle, MinimumSize, Model

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

SIDE_BY_SIDE = 8
# Tasks of imported models carry the import component's names; everything else the catalog's.
CATALOG_NAMES = {
    "summarization": "text-summarization",
    "translation": "text-translation",
    "text-named-entity-recognition": "token-classification",
    "image-object-detection": "object-detection",
    "image-instance-segmentation": "image-segmentation",
    "video-multi-object-tracking": "multi-object-tracking",
}
READ_NOW = "read just now"


class ModelReader:
    """Reads one model at a time, as fresh as Azure has it."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk

    def registry_model(self, registry: str, name: str, version: str | None = None) -> Model:
        """A model of a registry; without a version the newest.

        Raises:
            NotFoundError: no such registry, model or version.
            ServiceError: as `services.azureml.errors` says.
        """
        answer = self._sdk.read(
            f"find {name} in the registry {registry}", _getter(name, version), registry=registry
        )
        return _model(_last(answer, name), registry, name)

    def workspace_model(self, name: str, version: str | None = None) -> Model:
        """A model of the workspace itself; without a version the newest.

        Raises:
            NotFoundError: no such model or version.
            ServiceError: as `services.azureml.errors` says.
        """
        answer = self._sdk.read(f"find {name} in the workspace", _getter(name, version))
        return _model(_last(answer, name), None, name)

    def workspace_models(self) -> tuple[Model, ...]:
        """Every model of the workspace in its newest version, by name.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        answer = self._sdk.read(
            "list the workspace's models",
            # The SDK's own default is sent as the text of a Python enum; a plain text is right.
            lambda client: list(client.models.list(list_view_type="ActiveOnly")),
        )
        names = sorted({str(item["name"]) for item in answer.items() if item.get("name")})
        with ThreadPoolExecutor(SIDE_BY_SIDE, "models") as pool:
            found = list(pool.map(self._still_there, names))
        return tuple(model for model in found if model is not None)

    def _still_there(self, name: str) -> Model | None:
        try:
            return self.workspace_model(name)
        except NotFoundError:
            return None  # deleted between the list and now


def _getter(name: str, version: str | None) -> Callable[[MLClient], object]:
    if version:
        return lambda client: client.models.get(name, version=version)
    return lambda client: client.models.get(name, label="latest")


def _last(answer: Answer, name: str) -> Json:
    """The version's own document: the last one, or the only row of a page."""
    for document in reversed(answer.documents):
        rows = document.get("value")
        if isinstance(rows, list) and rows:
            return dict(rows[0])
        if "properties" in document:
            return document
    raise NotFoundError(f"Azure has no version of {name}.")


def _model(document: Json, registry: str | None, name: str) -> Model:
    body = _mapping(document.get("properties"))
    system = _mapping(body.get("systemMetadata") or document.get("systemMetadata"))
    tags = _mapping(body.get("tags"))
    old = _Old(tags, _mapping(body.get("properties")))
    platform = _mapping(system.get("platformCapabilities"))
    tasks = _mapping(system.get("tasks"))
    version = str(document.get("name") or str(document.get("id", "")).rpartition("/")[2])
    finetune = _texts(tasks.get("fineTuningTasks")) or old.texts("finetuning-tasks")
    batch = platform.get("enableBatch")
    return Model(
        name=name,
        version=version,
        registry=registry,
        asset_id=str(document.get("id", "")),
        tasks=_tasks(_texts(tasks.get("inferenceTasks")) or old.texts("task")),
        finetune_tasks=finetune or old.texts("finetuning_tasks"),
        license=_text(system.get("license")) or old.text("license"),
        publisher=_text(system.get("publisher")) or old.text("author"),
        languages=tuple(
            word.lower() for word in _texts(system.get("languages")) or old.texts("languages")
        ),
        size_bytes=_size_bytes(old.text("size") or old.text("model_size_bytes")),
        sizes=_sizes(system, old),
        minimum=_minimum(
            _text(_mapping(system.get("SKU")).get("inferenceMinSkuSpec"))
            or old.text("inference-min-sku-spec")
        ),
        lifecycle=_lifecycle(_mapping(system.get("deprecation")), old),
        batch=old.text("disable-batch") != "true" if batch is None else bool(batch),
        preview=bool(system.get("preview", "Preview" in tags)),
        archived=bool(body.get("isArchived")),
        hub_id=_text(system.get("huggingFaceModelId"))
        or old.text("huggingface_model_id")
        or old.text("model_id"),
        description=str(body.get("description") or ""),
        facts_from=f"registry {registry}, {READ_NOW}" if registry else f"workspace, {READ_NOW}",
    )


class _Old:
    """Tags and properties of before July 2026: every value is a text, lists are written out."""

    def __init__(self, tags: Json, properties: Json) -> None:
        self._values: Mapping[str, Any] = {**properties, **tags}

    def text(self, name: str) -> str | None:
        return _text(self._values.get(name))

    def texts(self, name: str) -> tuple[str, ...]:
        return _texts(self._values.get(name))


def _sizes(system: Json, old: _Old) -> tuple[str, ...]:
    computes = _mapping(system.get("supportedComputes")).get("inferenceComputes")
    recommended = _mapping(system.get("SKU")).get("inferenceRecommendedSkus")
    return (
        _texts(computes)
        or _texts(recommended)
        or old.texts("inference_compute_allow_list")
        or old.texts("inference-recommended-sku")
    )


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
    parts = re.findall(r"\d+", spec or "")
    if len(parts) != 4:  # noqa: PLR2004 - the four parts above
        return None
    vcpus, gpus, memory, disk = map(int, parts)
    return MinimumSize(vcpus=vcpus, gpus=gpus, memory_gib=memory, disk_gib=disk)


def _tasks(names: tuple[str, ...]) -> tuple[str, ...]:
    lower = (name.lower().replace("_", "-") for name in names)
    return tuple(dict.fromkeys(CATALOG_NAMES.get(name, name) for name in lower))


def _size_bytes(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _mapping(value: object) -> Json:
    """The object itself, or one written as JSON or as a Python literal; else an empty one."""
    parsed = _parsed(value) if isinstance(value, str) else value
    return parsed if isinstance(parsed, dict) else {}


def _text(value: object) -> str | None:
    return str(value).strip() or None if value is not None else None


def _texts(value: object) -> tuple[str, ...]:
    """A list, a list written as JSON or as a Python literal, or texts between commas."""
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
