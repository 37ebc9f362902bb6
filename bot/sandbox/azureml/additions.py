"""Models that the bundled catalog lacks: made for the sandbox, and the HuggingFace registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]

MADE_ON = "2026-10-01T00:00:00Z"
CPU_SIZES = ("Standard_DS2_v2", "Standard_DS3_v2", "Standard_D4a_v4", "Standard_F4s_v2")
SMALLEST_CPU = {"vcpu": 2, "gpu": 0, "mem_gib": 7, "disk_gib": 14}
NEWER_OF = "openai-clip-vit-large-patch14"


def _made(name: str, task: str, license_name: str, about: str) -> Json:
    return {
        "registry": "azureml",
        "name": name,
        "version": "1",
        "created": MADE_ON,
        "type": "mlflow_model",
        "mlflow_flavors": ["python_function"],
        "tasks": [task],
        "license": license_name,
        "publisher": "aml-bot sandbox",
        "languages": ["en"],
        "inference_skus": list(CPU_SIZES),
        "inference_min_sku_spec": "2|0|7|14",
        "inference_min_sku": SMALLEST_CPU,
        "hidden_layers_scanned": False,
        "preview": True,
        "description": (
            f"{about} It exists only in the sandbox, to show a model that is newer than the "
            "catalog bundled with the bot. There are no weights behind it."
        ),
    }


MADE_HERE: tuple[Json, ...] = (
    _made(
        "sandbox-text-classification",
        "text-classification",
        "apache-2.0",
        "Made-up text classifier.",
    ),
    _made(
        "sandbox-question-answering",
        "question-answering",
        "MIT",
        "Made-up question answering model.",
    ),
    _made(
        "sandbox-image-classification",
        "image-classification",
        "apache-2.0",
        "Made-up image classifier.",
    ),
)


def newer(lines: Iterable[Json]) -> Iterator[Json]:
    """A version of one catalog model that is newer than the catalog says; the rest unchanged."""
    for line in lines:
        if line["name"] == NEWER_OF:
            yield {
                **line,
                "version": str(int(line["version"]) + 1),
                "created": MADE_ON,
                "description": (
                    "The same model under a version that exists only in the sandbox, to show a "
                    "newer version than the one bundled with the bot."
                ),
            }


def _community(hub_id: str, task: str, license_name: str | None) -> Json:
    """A model of the community registry: facts of the Hub, no weights on Azure."""
    line: Json = {
        "registry": "HuggingFace",
        "name": hub_id.replace("/", "-").lower(),
        "version": "1",
        "created": MADE_ON,
        "type": "custom_model",
        "mlflow_flavors": [],
        "tasks": [task],
        "huggingface_model_id": hub_id,
        "batch_enabled": False,
        "properties": {"modelId": hub_id},
        "description": (
            f"{hub_id} of the Hugging Face Hub. The weights are not on Azure: the endpoint "
            "downloads them when it starts. Online endpoints only."
        ),
    }
    return line if license_name is None else {**line, "license": license_name}


HUGGINGFACE: tuple[Json, ...] = (
    _community("google-bert/bert-base-uncased", "fill-mask", "apache-2.0"),
    _community("dslim/bert-base-NER", "token-classification", "mit"),
    _community("deepset/roberta-base-squad2", "question-answering", "cc-by-4.0"),
    _community("facebook/bart-large-cnn", "summarization", "mit"),
    _community("sshleifer/distilbart-cnn-12-6", "summarization", "apache-2.0"),
    _community("openai-community/gpt2", "text-generation", "mit"),
    _community(
        "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
        "text-classification",
        "apache-2.0",
    ),
    _community("google-t5/t5-small", "translation", "apache-2.0"),
    _community("Helsinki-NLP/opus-mt-en-de", "translation", "cc-by-4.0"),
    _community("google/vit-base-patch16-224", "image-classification", "apache-2.0"),
    _community("CompVis/stable-diffusion-v1-4", "text-to-image", "creativeml-openrail-m"),
    _community("openai/clip-vit-base-patch32", "zero-shot-image-classification", None),
)
