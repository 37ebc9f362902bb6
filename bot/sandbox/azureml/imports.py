"""Imports of Hub repositories: how the pipeline goes, and the model that it registers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.azureml.catalog import Catalog
from bot.sandbox.azureml.import_component import COMPONENT, STEPS, TASKS
from bot.sandbox.hub.state import APPROVED_TOKEN, HubState, Repository

Json = dict[str, Any]

SECONDS = dict(zip(STEPS, (60.0, 150.0, 180.0, 90.0, 75.0), strict=True))
DOWNLOAD, CONVERT = STEPS[1], STEPS[2]
PARENT_INPUT = re.compile(r"\$\{\{parent\.inputs\.(\w+)\}\}")
BY_CLIP_CONVERTER = ("openai/clip-vit",)
NO_CONVERTER = {
    "chat-completion",
    "image-text-to-text",
    "image-to-image",
    "video-multi-object-tracking",
    "image-feature-extraction",
    "image-classification-multilabel",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an import will go: the step that fails with these words, or the model it registers."""

    failing: str | None = None
    words: str = ""
    model_name: str = ""
    model: Json | None = None


class Imports:
    """Knows the Hub's repositories as the pipeline's download step would see them."""

    def __init__(self, catalog: Catalog, hub: HubState) -> None:
        self._catalog = catalog
        self._hub = hub

    def outcome(self, inputs: Json) -> Outcome:
        """Return how the pipeline will end with these inputs."""
        hub_id = str(inputs.get("model_id") or "")
        repository = self._hub.repository(self._hub.renamed.get(hub_id, hub_id))
        refused = self._refused(hub_id, repository, inputs)
        if repository is None or refused:
            return Outcome(failing=DOWNLOAD, words=refused or _invalid(hub_id))
        task = str(inputs.get("task_name") or repository.task or "")
        if task not in TASKS:
            supported = ", ".join(TASKS)
            words = f"Unsupported task type {task} provided. Supported task types are {supported}."
            return Outcome(failing=DOWNLOAD, words=words)
        if task in NO_CONVERTER or (
            task == "zero-shot-image-classification"
            and not repository.id.startswith(BY_CLIP_CONVERTER)
        ):
            words = (
                f"Models from Huggingface for task {task} and model {hub_id} not supported for "
                "MLflow conversion"
            )
            return Outcome(failing=CONVERT, words=words)
        name = str(inputs.get("custom_model_name") or mapped_name(hub_id))
        return Outcome(model_name=name, model=_model(repository, hub_id, task))

    def _refused(self, hub_id: str, repository: Repository | None, inputs: Json) -> str:
        name = mapped_name(hub_id)
        update = str(inputs.get("update_existing_model") or "").lower() == "true"
        for registry in ("azureml", "azureml-meta"):
            entry = self._catalog.find(registry, name)
            if entry is not None and not update:
                url = (
                    f"https://ml.azure.com/registries/{registry}/models/{name}"
                    f"/version/{entry.version}"
                )
                return f"Model with name {hub_id} already exists in registry {registry} at {url}"
        if repository is None or repository.disabled:
            return _invalid(hub_id)
        if (repository.gated or repository.private) and inputs.get("token") != APPROVED_TOKEN:
            return (
                f"Error in fetching model info for {hub_id}. Error [403 Client Error: access to "
                f"model {hub_id} is restricted]"
            )
        return ""


def import_inputs(job: Json) -> Json | None:
    """The inputs of the job's `import_model` node, by name; None when there is no such node."""
    for node in (job.get("jobs") or {}).values():
        if f"/components/{COMPONENT}/" in str(node.get("componentId")):
            given = node.get("inputs") or {}
            return {name: _value(value, job.get("inputs") or {}) for name, value in given.items()}
    return None


def mapped_name(hub_id: str) -> str:
    """The name under which a Hub repository is registered."""
    return re.sub(r"[^a-zA-Z0-9-]", "-", "-".join(hub_id.split("/")))


def _value(given: Any, inputs: Json) -> Any:  # noqa: ANN401 - any literal
    value = given.get("value") if isinstance(given, dict) else given
    match = PARENT_INPUT.fullmatch(str(value))
    return _value(inputs.get(match[1]), {}) if match else value


def _invalid(hub_id: str) -> str:
    return (
        f"Invalid Hugging face model id: {hub_id}. Please ensure that you are using a correct and "
        "existing model ID."
    )


def _model(repository: Repository, hub_id: str, task: str) -> Json:
    tags = {"task": task}
    if repository.license:
        tags["license"] = repository.license
    return {
        "tags": tags,
        "properties": {"model_id": hub_id, "SHA": repository.sha},
        "description": f"{repository.id} of the Hugging Face Hub, imported as an MLflow model.",
        "type": "mlflow_model",
    }
