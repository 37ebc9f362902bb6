"""The interface of the registry's pipeline component `import_model`, and its steps in order."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

COMPONENT = "import_model"
VERSION = "0.0.42"
STEPS = (
    "validation_trigger_import",
    "download_model",
    "convert_model_to_mlflow",
    "mlflow_model_local_validation",
    "register_model",
)
TASKS = (
    "chat-completion",
    "fill-mask",
    "token-classification",
    "question-answering",
    "summarization",
    "text-generation",
    "text2text-generation",
    "text-classification",
    "translation",
    "image-classification",
    "image-classification-multilabel",
    "image-object-detection",
    "image-instance-segmentation",
    "image-to-text",
    "text-to-image",
    "text-to-image-inpainting",
    "image-text-to-text",
    "image-to-image",
    "zero-shot-image-classification",
    "mask-generation",
    "video-multi-object-tracking",
    "visual-question-answering",
    "image-feature-extraction",
)
# The first step has a list of its own, which lacks about half of the pipeline's.
FIRST_STEP, FIRST_STEP_VERSION = STEPS[0], "0.0.15"
FIRST_STEP_TASKS = (
    "text-classification",
    "fill-mask",
    "token-classification",
    "question-answering",
    "summarization",
    "text-generation",
    "translation",
    "image-classification",
    "text-to-image",
    "chat-completion",
    "image-feature-extraction",
)
OPTIONAL_TEXTS = (
    "token",
    "hf_config_args",
    "hf_tokenizer_args",
    "hf_model_args",
    "hf_pipeline_args",
    "hf_config_class",
    "hf_model_class",
    "hf_tokenizer_class",
    "extra_pip_requirements",
    "local_validation_column_rename_map",
    "custom_model_name",
    "model_version",
    "model_description",
    "registry_name",
)
OPTIONAL_FILES = ("license_file_path", "local_validation_test_data", "model_metadata")
OPTIONAL_SWITCHES = ("hf_use_experimental_features", "update_existing_model")


def component_spec() -> Json:
    """Name, inputs and outputs; booleans are texts, as registries send them."""
    inputs: Json = {
        "compute": _text(optional=True, default="serverless"),
        "instance_type": _text(optional=True, default="STANDARD_NC6s_v3"),
        "model_source": _choice("Huggingface", "AzureBlob", "GIT", "Huggingface"),
        "model_id": _text(optional=False),
        "model_flavor": _choice("HFTransformersV2", "HFTransformersV2", "OSS"),
        "model_framework": _choice("Huggingface", "Huggingface", "MMLab", "llava", "AutoML"),
        "vllm_enabled": {"type": "boolean", "default": "False"},
        "task_name": {"type": "string", "optional": "True", "enum": list(TASKS)},
    }
    inputs |= {name: _text(optional=True) for name in OPTIONAL_TEXTS}
    inputs |= {name: {"type": "uri_file", "optional": "True"} for name in OPTIONAL_FILES}
    inputs |= {
        name: {"type": "boolean", "optional": "True", "default": "False"}
        for name in OPTIONAL_SWITCHES
    }
    return {
        "$schema": "https://azuremlschemas.azureedge.net/latest/pipelineComponent.schema.json",
        "name": COMPONENT,
        "version": VERSION,
        "display_name": "Import model",
        "is_deterministic": "True",
        "type": "pipeline",
        "description": "Import a model into a workspace or a registry",
        "tags": {"Preview": ""},
        "inputs": inputs,
        "outputs": {
            "mlflow_model_folder": {"type": "mlflow_model"},
            "model_registration_details": {"type": "uri_folder"},
        },
        "jobs": {
            FIRST_STEP: {
                "type": "command",
                "computeId": "${{parent.inputs.compute}}",
                "componentId": "azureml://registries/azureml/components/"
                f"{FIRST_STEP}/versions/{FIRST_STEP_VERSION}",
            }
        },
    }


def first_step_spec() -> Json:
    """The component that checks a request, in so far as it says which tasks it takes."""
    return {
        "$schema": "https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json",
        "name": FIRST_STEP,
        "version": FIRST_STEP_VERSION,
        "display_name": "Validation Trigger Import Model",
        "is_deterministic": "True",
        "type": "command",
        "description": "Checks an import",
        "tags": {},
        "command": "echo Validation info",
        "environment": "azureml://registries/azureml/environments/python-sdk-v2/versions/1",
        "inputs": {
            "model_id": _text(optional=False),
            "task_name": {"type": "string", "optional": "True", "enum": list(FIRST_STEP_TASKS)},
        },
        "outputs": {},
    }


def _text(*, optional: bool, default: str | None = None) -> Json:
    described = {"type": "string", "optional": str(optional)}
    return described if default is None else {**described, "default": default}


def _choice(default: str, *values: str) -> Json:
    return {"type": "string", "default": default, "enum": list(values)}
