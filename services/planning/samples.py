"""A request body to try a deployed model with, made from its signature or its task."""

from __future__ import annotations

import json

from services.models import Model

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
QUESTION = {"question": "Who wrote it?", "context": "Ada Lovelace wrote the first program."}
CHAT = [{"role": "user", "content": "What is a llama?"}]


def sample_input(model: Model) -> str:
    """JSON text for the scoring address; empty when neither signature nor task says enough."""
    task = model.tasks[0] if model.tasks else ""
    body = _body(model, task)
    return json.dumps({"input_data": body}, ensure_ascii=False) if body is not None else ""


def _body(model: Model, task: str) -> object:
    if task == "zero-shot-image-classification" and "neg_prompts" not in model.inputs:
        return _table({"image": PICTURE, "text": "cat, coffee, dog"})
    if task == "chat-completion":
        return {"input_string": CHAT}
    if task == "question-answering":
        return QUESTION
    if model.inputs:
        return _table({name: _cell(name, task) for name in model.inputs})
    if "image" in task and task != "text-to-image":
        return _table({"image": PICTURE})
    return [TEXTS[task]] if task in TEXTS else None


def _table(row: dict[str, str]) -> dict[str, object]:
    return {"columns": list(row), "index": [0], "data": [list(row.values())]}


def _cell(name: str, task: str) -> str:
    return PICTURE if "image" in name else TEXTS.get(task, f"<{name}>")
