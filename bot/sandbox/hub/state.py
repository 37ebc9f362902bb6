"""The repositories of the local Hub with their files, and who may read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READER_TOKEN = "hf_sandbox_reader"  # noqa: S105 - signed in, approved for nothing
APPROVED_TOKEN = "hf_sandbox_approved"  # noqa: S105 - may read gated and private repositories
TOKENS = frozenset({READER_TOKEN, APPROVED_TOKEN})

LFS_SUFFIXES = (".safetensors", ".bin", ".onnx")
EXAMPLES: tuple[dict[str, Any], ...] = (  # made up: what no public repository can show
    {
        "id": "example-lab/private-model",
        "pipeline_tag": "fill-mask",
        "license": "mit",
        "traits": ["private"],
    },
    {
        "id": "example-lab/speech-model",
        "pipeline_tag": "automatic-speech-recognition",
        "license": "mit",
        "traits": [],
    },
    {
        "id": "example-lab/disabled-model",
        "pipeline_tag": "fill-mask",
        "license": "mit",
        "traits": ["disabled"],
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
)


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
        if "onnx" in self.traits:
            return "transformers.js"
        return "diffusers" if self.task == "text-to-image" else "transformers"

    @property
    def tags(self) -> tuple[str, ...]:
        extra = [trait for trait in ("custom_code", "onnx") if trait in self.traits]
        licence = [f"license:{self.license}"] if self.license else []
        return (self.library, *extra, self.task, *licence)


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
    files = [
        HubFile(path="README.md", content=(card := _card(record)), size=len(card)),
        HubFile(path="config.json", content=(config := _config(record)), size=len(config)),
    ]
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
    )


def _card(record: Mapping[str, Any]) -> bytes:
    front = {"license": record.get("license"), "pipeline_tag": record["pipeline_tag"]}
    lines = [f"{key}: {value}" for key, value in front.items() if value]
    text = f"# {record['id']}\n\nThe sandbox knows this repository by name, task and licence only."
    return "\n".join(["---", *lines, "---", text, ""]).encode()


def _config(record: Mapping[str, Any]) -> bytes:
    if "custom_code" in record.get("traits", ()):
        modules = {"AutoModelForCausalLM": "modeling_florence2.Florence2ForConditionalGeneration"}
        return json.dumps({"auto_map": modules}).encode()
    return b"{}"
