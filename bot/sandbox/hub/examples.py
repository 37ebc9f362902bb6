"""Repositories of the local Hub that are made up: what no public one of the list can show."""

from __future__ import annotations

from typing import Any

EXAMPLES: tuple[dict[str, Any], ...] = (
    {
        "id": "example-lab/private-model",
        "pipeline_tag": "fill-mask",
        "license": "mit",
        "traits": ["private"],
        "weights": {"model.safetensors": 400_000_000},
    },
    {
        "id": "example-lab/speech-model",
        "pipeline_tag": "automatic-speech-recognition",
        "license": "mit",
        "traits": [],
        "weights": {"model.safetensors": 240_000_000},
    },
    {
        "id": "example-lab/disabled-model",
        "pipeline_tag": "fill-mask",
        "license": "mit",
        "traits": ["disabled"],
        "weights": {"model.safetensors": 400_000_000},
    },
    # Azure's registry has the well-known models of these tasks, so they cannot be imported.
    {
        "id": "example-lab/question-answering",
        "pipeline_tag": "question-answering",
        "license": "mit",
        "traits": [],
        "weights": {"model.safetensors": 260_000_000},
    },
    {
        "id": "example-lab/summarization",
        "pipeline_tag": "summarization",
        "license": "apache-2.0",
        "traits": [],
        "weights": {"model.safetensors": 900_000_000},
    },
    {
        "id": "example-lab/image-classification",
        "pipeline_tag": "image-classification",
        "license": "apache-2.0",
        "traits": [],
        "weights": {"model.safetensors": 340_000_000},
    },
    {
        "id": "example-lab/own-code",
        "pipeline_tag": "text-generation",
        "license": "apache-2.0",
        "traits": ["custom_code"],
        "weights": {"pytorch_model.bin": 250_000_000},
        "code": ["modeling_own.py"],
        "texts": {"LICENSE": "Example licence: use it as you like, without any warranty."},
    },
    {
        "id": "example-lab/non-commercial",
        "pipeline_tag": "fill-mask",
        "license": "cc-by-nc-4.0",
        "traits": [],
        "weights": {"model.safetensors": 400_000_000},
        "texts": {"LICENSE.md": "Example licence: not for commercial use."},
    },
    {
        "id": "example-lab/huge-model",
        "pipeline_tag": "text-generation",
        "license": "mit",
        "traits": [],
        "weights": {"model.safetensors": 140_000_000_000},
    },
    {
        "id": "example-lab/unlicensed",
        "pipeline_tag": "fill-mask",
        "license": None,
        "traits": [],
        "weights": {"model.safetensors": 400_000_000},
    },
    # Azure's import cannot load these, each for another reason.
    {
        "id": "example-lab/question-answering-gguf",
        "pipeline_tag": "question-answering",
        "license": "mit",
        "traits": ["undescribed"],
        "library": "gguf",
        "card": {"base_model": "example-lab/question-answering"},
        "tags": ["gguf", "base_model:quantized:example-lab/question-answering"],
        "weights": {"question-answering.Q4_K_M.gguf": 90_000_000},
    },
    {
        "id": "example-lab/summarization-lora",
        "pipeline_tag": "summarization",
        "license": "apache-2.0",
        "traits": ["undescribed"],
        "library": "peft",
        "weights": {"adapter_model.safetensors": 9_000_000},
        "texts": {
            "adapter_config.json": '{"base_model_name_or_path": "example-lab/summarization", '
            '"peft_type": "LORA"}'
        },
    },
    {
        "id": "example-lab/readme-only",
        "pipeline_tag": "fill-mask",
        "license": "mit",
        "traits": ["undescribed"],
    },
    {
        "id": "example-lab/half-uploaded",
        "pipeline_tag": "fill-mask",
        "license": "mit",
        "traits": [],
        "weights": {"model-00001-of-00002.safetensors": 4_000_000_000},
        "texts": {
            "model.safetensors.index.json": '{"weight_map": {'
            '"a.weight": "model-00001-of-00002.safetensors", '
            '"b.weight": "model-00002-of-00002.safetensors"}}'
        },
    },
    {
        "id": "example-lab/quantised",
        "pipeline_tag": "text-generation",
        "license": "apache-2.0",
        "traits": [],
        "config": {"model_type": "gpt2", "quantization_config": {"quant_method": "gptq"}},
        "weights": {"model.safetensors": 90_000_000},
    },
)
