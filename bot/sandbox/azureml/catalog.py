"""The registries' models: catalog lines turned into the bodies that Azure sends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.sandbox.azureml.additions import HUGGINGFACE, MADE_HERE, newer

Json = dict[str, Any]

PUBLISHED = "2026-07-23T00:00:00Z"  # the state of Azure/azureml-assets that the catalog lines show
EVERY_THIRD_IS_OLD = 3

# catalog line -> key of systemMetadata, where the value is taken as it is
PLAIN = {
    "license": "license",
    "publisher": "publisher",
    "huggingface_model_id": "huggingFaceModelId",
    "preview": "preview",
    "featured": "featured",
    "shared_compute_capacity": "sharedComputeCapacityEnabled",
    "hidden_layers_scanned": "hiddenLayerScanned",
    "languages": "languages",
    "datasets": "datasets",
    "inference_supported_envs": "inferenceSupportedEnvs",
    "deprecation": "deprecation",
    "sku_to_num_replicas": "skuToNumReplicasMap",
    "display_name": "displayName",
    "keywords": "keywords",
    "inputModalities": "inputModalities",
    "outputModalities": "outputModalities",
    "textContextWindow": "textContextWindow",
    "maxOutputTokens": "maxOutputTokens",
    "trainingDataDate": "trainingDataDate",
    "industry": "industry",
    "domain": "domain",
    "deployment_options": "deploymentOptions",
    "freePlayground": "freePlayground",
    "openmmlabModelId": "openmmlabModelId",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One version of a registry's model. `old` means the metadata of before June 2026."""

    registry: str
    name: str
    version: str
    created: str
    line: Json = field(repr=False)
    old: bool = False

    @property
    def asset_id(self) -> str:
        return f"azureml://registries/{self.registry}/models/{self.name}/versions/{self.version}"

    @property
    def tasks(self) -> list[str]:
        return list(self.line.get("tasks") or [])

    @property
    def archived(self) -> bool:
        return bool(self.line.get("archived"))


class Catalog:
    """All registries by name; the newest version of a model comes first."""

    def __init__(self, lines: Iterable[Json]) -> None:
        self._registries: dict[str, dict[str, list[Entry]]] = {}
        for entry in sorted(_entries(list(lines)), key=lambda found: found.created, reverse=True):
            names = self._registries.setdefault(entry.registry, {})
            names.setdefault(entry.name, []).append(entry)

    @classmethod
    def read(cls, path: Path) -> Catalog:
        with path.open(encoding="utf-8") as lines:
            return cls(json.loads(line) for line in lines if line.strip())

    def registry(self, name: str) -> dict[str, list[Entry]] | None:
        """Versions by model name; None for a registry that does not exist (case is ignored)."""
        wanted = name.lower()
        found = (models for key, models in self._registries.items() if key.lower() == wanted)
        return next(found, None)

    def names(self) -> tuple[str, ...]:
        return tuple(self._registries)

    def find(self, registry: str, name: str, version: str | None = None) -> Entry | None:
        versions = (self.registry(registry) or {}).get(name, [])
        matching = (entry for entry in versions if version in {None, "latest", entry.version})
        return next(matching, None)

    def all(self) -> Iterator[Entry]:
        """Every version of every model, by registry and name."""
        for models in self._registries.values():
            for name in sorted(models, key=str.lower):
                yield from models[name]


def _entries(lines: list[Json]) -> Iterator[Entry]:
    for number, line in enumerate(lines):
        old = number % EVERY_THIRD_IS_OLD == EVERY_THIRD_IS_OLD - 1
        yield _entry(line, PUBLISHED, old=old)
    for line in (*MADE_HERE, *newer(lines), *HUGGINGFACE):
        yield _entry(line, line["created"])


def _entry(line: Json, created: str, *, old: bool = False) -> Entry:
    return Entry(
        registry=line["registry"],
        name=line["name"],
        version=str(line["version"]),
        created=created,
        line=line,
        old=old,
    )


def container_body(versions: list[Entry]) -> Json:
    """A model in a registry's list: as the real ones, it names the latest version and no more."""
    latest = versions[0]
    return {
        "id": f"azureml://registries/{latest.registry}/models/{latest.name}",
        "name": latest.name,
        "type": "Microsoft.MachineLearningServices/registries/models",
        "systemData": _system_data(latest),
        "properties": {
            "description": None,
            "tags": {},
            "properties": {},
            "isArchived": latest.archived,
            "latestVersion": latest.version,
            "nextVersion": str(int(latest.version) + 1),
        },
    }


def version_body(entry: Entry) -> Json:
    """A version of a registry's model, with systemMetadata or with the tags of before it."""
    line = entry.line
    properties: Json = {
        "description": line.get("description") or _described(entry),
        "isArchived": entry.archived,
        "isAnonymous": False,
        "modelType": line.get("type", "mlflow_model"),
        "modelUri": f"azureml://registries/{entry.registry}/models/{entry.name}/paths/",
        "flavors": {flavor: {"data": {}} for flavor in line.get("mlflow_flavors") or []},
        "jobName": None,
        "stage": None,
        "provisioningState": "Succeeded",
        "tags": _texts(line.get("tags") or {}),
        "properties": _texts(line.get("properties") or {}),
    }
    if entry.old:
        properties["tags"] = _texts(line.get("legacy_tags") or {}) | _allow_lists(line)
        properties["properties"] = _texts(line.get("legacy_properties") or {})
    else:
        properties["systemMetadata"] = system_metadata(line)
    return {
        "id": entry.asset_id,
        "name": entry.version,
        "type": "Microsoft.MachineLearningServices/registries/models/versions",
        "systemData": _system_data(entry),
        "properties": properties,
    }


def system_metadata(line: Json) -> Json:
    """The block that holds task, licence, sizes and lifecycle since June 2026."""
    plain = {key: line[source] for source, key in PLAIN.items() if line.get(source) is not None}
    tasks = {"inferenceTasks": line.get("tasks"), "fineTuningTasks": line.get("finetune_tasks")}
    computes = {
        f"{kind}Computes": line.get(f"{short}_skus")
        for kind, short in (("inference", "inference"), ("finetune", "finetune"))
    }
    skus = {
        "inferenceMinSkuSpec": line.get("inference_min_sku_spec"),
        "finetuneMinSkuSpec": line.get("finetune_min_sku_spec"),
        "inferenceRecommendedSkus": line.get("inference_skus"),
    }
    capabilities = {
        "enableBatch": line.get("batch_enabled"),
        "maasInference": line.get("maas_inference"),
    }
    blocks = {
        "tasks": tasks,
        "supportedComputes": computes,
        "SKU": skus,
        "platformCapabilities": capabilities,
    }
    told = {name: _told(block) for name, block in blocks.items()}
    return plain | {name: block for name, block in told.items() if block}


def _told(block: Json) -> Json:
    return {key: value for key, value in block.items() if value not in (None, [], {})}


def _texts(values: Json) -> dict[str, str]:
    """Tags as Azure keeps them: every value a text, dicts as JSON, lists as Python writes them."""
    return {key: json.dumps(v) if isinstance(v, dict) else str(v) for key, v in values.items()}


def _allow_lists(line: Json) -> dict[str, str]:
    lists = {
        f"{kind}_compute_allow_list": line.get(f"{kind}_skus")
        for kind in ("inference", "finetune", "evaluation")
    }
    return {key: str(sizes) for key, sizes in lists.items() if sizes}


def _described(entry: Entry) -> str:
    task = ", ".join(entry.tasks) or "no task named"
    return (
        f"{entry.name} ({task}). The local Azure ML holds this model's facts as published in "
        "Azure/azureml-assets, without its card."
    )


def _system_data(entry: Entry) -> Json:
    return {
        "createdAt": entry.created,
        "createdBy": "Microsoft",
        "createdByType": "User",
        "lastModifiedAt": entry.created,
        "lastModifiedBy": "Microsoft",
        "lastModifiedByType": "User",
    }
