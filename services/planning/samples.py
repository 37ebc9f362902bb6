"""A request body to try a deployed model with, made from its signature or its task."""

from __future__ import annotations

import json

from services.models import Model
from services.tasks import CLASSIFIER_TASK

TEXTS = {
    "fill-mask": "Paris is the [MASK] of France.",
    "token-classification": "Ada Lovelace lived in London.",
    "text-classification": "I enjoyed every minute of it.",
    "text-summarization": "The tower is 324 metres tall, about as tall as an 81-storey building.",
    "text-translation": "My name is Wolfgang and I live in Berlin.",
    "text-generation": "Once upon a time",
    "text-to-image": "a lighthouse at dawn, oil painting",
    "embeddings": "The quick brown fox.",
}
PICTURE = "<base64 of a picture>"
SOUND = "<address or base64 of a recording>"
VIDEO = "<address of a video>"
QUESTION = {"question": "Who wrote it?", "context": "Ada Lovelace wrote the first program."}
CHAT = [{"role": "user", "content": "What is a llama?"}]
WHOLE: dict[str, object] = {  # tasks whose signature tells nothing more
    "chat-completion": {"input_string": CHAT},
    "question-answering": QUESTION,
    "automatic-speech-recognition": {"audio": [SOUND], "language": ["en"]},
}
MASKS = ("roberta", "camembert", "bertweet", "bart")  # whose tokenizers write `<mask>`
PREFIXED = "translate English to German: "  # what the T5 models were trained to do
UNNAMED = ("",)  # a signature of one column without a name: a list of values


def sample_input(model: Model) -> str:
    """JSON text for the scoring address; empty when neither signature nor task says enough.

    The forms are those of the models' own cards in Azure/azureml-assets.
    """
    task = model.tasks[0] if model.tasks else ""
    body = _body(model, task)
    return json.dumps({"input_data": body}, ensure_ascii=False) if body is not None else ""


def _body(model: Model, task: str) -> object:
    if task in WHOLE:
        return WHOLE[task]
    if task == CLASSIFIER_TASK and "neg_prompts" not in model.inputs:
        return _table({"image": PICTURE, "text": "cat, coffee, dog"})
    if any(model.inputs):
        return _table({name: _cell(model, name, task) for name in model.inputs if name})
    if "image" in task and task != "text-to-image":
        return [PICTURE] if model.inputs == UNNAMED else _table({"image": PICTURE})
    if task == "text-generation" and model.inputs != UNNAMED:
        return {"input_string": [TEXTS[task]]}
    return [_text(model, task)] if task in TEXTS else None


def _table(row: dict[str, str]) -> dict[str, object]:
    return {"columns": list(row), "index": [0], "data": [list(row.values())]}


def _cell(model: Model, name: str, task: str) -> str:
    if "image" in name:
        return PICTURE
    if "video" in name:
        return VIDEO
    asked = "text" in name or name == "prompt" or len(model.inputs) == 1
    return _text(model, task) if asked and task in TEXTS else f"<{name}>"


def _text(model: Model, task: str) -> str:
    name = model.name.lower()
    if task == "fill-mask" and any(mark in name for mark in MASKS):
        return TEXTS[task].replace("[MASK]", "<mask>")
    if task == "text-translation" and name.startswith("t5-"):
        return PREFIXED + TEXTS[task]
    return TEXTS[task]
