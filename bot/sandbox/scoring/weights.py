"""Where the CLIP weights are: pinned revision and checksums, found in the Hugging Face cache."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = "Xenova/clip-vit-base-patch32"
REVISION = "d15189d7028b43f1d3e65039190477f6af591c2a"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFile:
    """A file of the repository at `REVISION`; `size` in bytes."""

    path: str
    size: int
    sha256: str


VISION = WeightFile(
    path="onnx/vision_model_quantized.onnx",
    size=89_117_001,
    sha256="583fd1110a514667812fee7d684952aaf82a99b959760c8d7dca7e0ab9839299",
)
TEXT = WeightFile(
    path="onnx/text_model_quantized.onnx",
    size=64_504_507,
    sha256="73baab855d406190da9faa498cfedf65f15cf309f4cc7385b7b032e6d08e5c3a",
)
TOKENIZER = WeightFile(
    path="tokenizer.json",
    size=2_224_119,
    sha256="f7f3b7af117d467b58374797691a6438d3e6b9e9cef800dfd5dced7f697a90cd",
)
FILES = (VISION, TEXT, TOKENIZER)


def cache() -> Path:
    """The Hub cache of this user, found as huggingface_hub finds it."""
    if path := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(path).expanduser()
    if path := os.environ.get("HF_HOME"):
        return Path(path).expanduser() / "hub"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).expanduser() / "huggingface" / "hub"


def snapshot(hub_cache: Path) -> Path:
    """Where the pinned revision lies in a cache, there or not."""
    folder = "models--" + REPOSITORY.replace("/", "--")
    return hub_cache / folder / "snapshots" / REVISION


def present(folder: Path) -> bool:
    """All files are there in their right size (their checksums are read when they are loaded)."""
    paths = [(folder / file.path, file.size) for file in FILES]
    return all(path.is_file() and path.stat().st_size == size for path, size in paths)


def verified(folder: Path, file: WeightFile) -> Path:
    """The file's path, once its content is the pinned one.

    Raises:
        ValueError: another content than the pinned one.
    """
    path = folder / file.path
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != file.sha256:
        raise ValueError(f"{path} has another SHA-256 than {REPOSITORY}@{REVISION[:8]}: {digest}")
    return path
