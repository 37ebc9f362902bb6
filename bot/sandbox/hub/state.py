"""The repositories of the local Hub with their files, and who may read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.sandbox.hub.examples import EXAMPLES

READER_TOKEN = "hf_sandbox_reader"  # noqa: S105 - signed in, approved for nothing
APPROVED_TOKEN = "hf_sandbox_approved"  # noqa: S105 - may read gated and private repositories
TOKENS = frozenset({READER_TOKEN, APPROVED_TOKEN})

LFS_SUFFIXES = (".safetensors", ".bin", ".onnx")
PIPELINE = {"_class_name": "StableDiffusionPipeline"}
# The architecture that config.json names, by a part of the repository's name.
MODEL_TYPES = (
    ("clip", "clip"),
    ("roberta", "roberta"),
    ("distilbert", "distilbert"),
    ("bert", "bert"),
    ("bart", "bart"),
    ("gpt2", "gpt2"),
    ("t5", "t5"),
    ("opus-mt", "marian"),
    ("vit", "vit"),
    ("llama", "llama"),
    ("florence", "florence2"),
)
TYPES_OF_TASKS = {  # of repositories that are made up
    "text-generation": "gpt2",
    "summarization": "bart",
    "image-classification": "vit",
    "automatic-speech-recognition": "whisper",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file of a repository.

    Weights are declared, not held: `content` is None, and `size` is that of the real file where it
    is known, else None.
    """

    path: str
    content: bytes | None
    size: int | None

    @property
    def oid(self) -> str:
        """Git's name for it; of declared weights a stand-in made from path and size."""
        body = self.content if self.content is not None else f"{self.path} {self.size}".encode()
        return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()

    @property
    def lfs(self) -> bool:
        return self.path.endswith(LFS_SUFFIXES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A model repository; `gated` is False, "auto" or "manual" as on the Hub."""

    id: str
    task: str
    license: str | None
    gated: bool | str
    traits: frozenset[str]
    files: Mapping[str, HubFile] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)  # what config.json says
    made_for: str = ""  # the library that its owner names; "" for the usual one
    marks: tuple[str, ...] = ()  # tags of its own
    card: Mapping[str, Any] = field(default_factory=dict)  # more of its card

    @property
    def private(self) -> bool:
        return "private" in self.traits

    @property
    def disabled(self) -> bool:
        return "disabled" in self.traits

    @property
    def sha(self) -> str:
        """The commit: made from the name, since the stand-in has no history."""
        return hashlib.sha1(f"sandbox {self.id}".encode(), usedforsecurity=False).hexdigest()

    @property
    def library(self) -> str:
        if self.made_for:
            return self.made_for
        if "onnx" in self.traits:
            return "transformers.js"
        return "diffusers" if self.task == "text-to-image" else "transformers"

    @property
    def tags(self) -> tuple[str, ...]:
        extra = [trait for trait in ("custom_code", "onnx") if trait in self.traits]
        licence = [f"license:{self.license}"] if self.license else []
        return (self.library, *extra, self.task, *licence, *self.marks)


class HubState:
    """The repositories of a `hub.jsonl`, those made up here, and the old names of renamed ones."""

    def __init__(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines if line.strip()]
        self.renamed = {
            old: record["id"] for record in records for old in record.get("renamed_from", ())
        }
        self._repositories = {
            record["id"]: _repository(record)
            for record in (*records, *EXAMPLES)
            if "removed" not in record.get("traits", ())
        }

    def repository(self, name: str) -> Repository | None:
        """By its present name; None also for one that was removed from the Hub."""
        return self._repositories.get(name)

    def listed(self) -> Iterator[Repository]:
        """Return the repositories that a search may show to everybody."""
        for repository in self._repositories.values():
            if not repository.private and not repository.disabled:
                yield repository


def _repository(record: Mapping[str, Any]) -> Repository:
    config = _config(record)
    texts = {"README.md": _card(record), **_descriptions(record, config)}
    files = [HubFile(path=name, content=text, size=len(text)) for name, text in texts.items()]
    for name in record.get("code", ()):
        code = f'"""The sandbox keeps only the name of {name}."""\n'.encode()
        files.append(HubFile(path=name, content=code, size=len(code)))
    for name, text in record.get("texts", {}).items():
        files.append(HubFile(path=name, content=text.encode(), size=len(text.encode())))
    for name, size in record.get("weights", {}).items():
        files.append(HubFile(path=name, content=None, size=size))
    return Repository(
        id=record["id"],
        task=record["pipeline_tag"],
        license=record.get("license"),
        gated=record.get("gated", False),
        traits=frozenset(record.get("traits", ())),
        files={file.path: file for file in files},
        config=config,
        made_for=record.get("library", ""),
        marks=tuple(record.get("tags", ())),
        card=record.get("card", {}),
    )


def _card(record: Mapping[str, Any]) -> bytes:
    front = {"license": record.get("license"), "pipeline_tag": record["pipeline_tag"]}
    lines = [f"{key}: {value}" for key, value in front.items() if value]
    text = f"# {record['id']}\n\nThe sandbox knows this repository by name, task and licence only."
    return "\n".join(["---", *lines, "---", text, ""]).encode()


def _descriptions(record: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, bytes]:
    """What tells libraries how to load it; `undescribed` repositories have nothing of the kind."""
    if "undescribed" in record.get("traits", ()):
        return {}
    if record["pipeline_tag"] == "text-to-image":
        return {"model_index.json": json.dumps(PIPELINE).encode()}
    return {"config.json": json.dumps(config).encode()}


def _config(record: Mapping[str, Any]) -> dict[str, Any]:
    if "config" in record or "undescribed" in record.get("traits", ()):
        return dict(record.get("config", {}))
    if record["pipeline_tag"] == "text-to-image":
        return {"diffusers": PIPELINE}
    named = next((kind for mark, kind in MODEL_TYPES if mark in record["id"].casefold()), "")
    modules = {"AutoModelForCausalLM": "modeling_florence2.Florence2ForConditionalGeneration"}
    custom = {"auto_map": modules} if "custom_code" in record.get("traits", ()) else {}
    return {"model_type": named or TYPES_OF_TASKS.get(record["pipeline_tag"], "bert"), **custom}
