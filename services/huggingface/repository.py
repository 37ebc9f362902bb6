"""Read what the Hub says of a repository into our value: licence, size, code of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.models import HubModel

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

WEIGHTS = (".safetensors", ".bin", ".onnx", ".h5", ".msgpack", ".ckpt", ".pt", ".pth", ".gguf")
PICKLE = re.compile(
    r"(pytorch_model|training_args|adapter_model|optimizer)[^/]*\.bin$|\.(pt|pth|pkl|pickle|ckpt)$"
)
LICENCE_FILE = re.compile(r"(licen[cs]e|copying)([._-][\w.-]*)?", re.IGNORECASE)


def model_in(
    info: ModelInfo, page: str, *, access: bool, renamed_from: str | None = None
) -> HubModel:
    """Return a repository as the SDK describes it, as our value.

    Args:
        info: the SDK's description.
        page: the address of its page.
        access: whether it may be downloaded with our token.
        renamed_from: the name that was asked for, where the Hub has another now.
    """
    files = info.siblings or []
    names = [file.rfilename for file in files]
    return HubModel(
        id=info.id,
        sha=info.sha or "",
        task=info.pipeline_tag,
        license=_licence(info),
        license_url=_licence_url(info, page),
        gated=str(info.gated) if info.gated else "",
        access=access,
        size_bytes=_size([(file.rfilename, file.size or 0) for file in files]),
        custom_code=_custom_code(info, names),
        pickles=tuple(name for name in names if PICKLE.search(name)),
        renamed_from=renamed_from,
        private=bool(info.private),
        page=page,
        files_bytes=_total([file.size for file in files]),
        safe_weights=any(name.endswith(".safetensors") for name in names),
        licence_file=next((name for name in names if LICENCE_FILE.fullmatch(name)), ""),
        downloads=info.downloads,
    )


def _licence(info: ModelInfo) -> str | None:
    """As the card states it, else as the tags do; None when nobody states one."""
    card = info.card_data
    stated = card.get("license") if card else None
    if isinstance(stated, list):
        stated = ", ".join(map(str, stated)) or None
    if stated == "other" and card and card.get("license_name"):
        stated = card.get("license_name")
    tagged = (tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:"))
    return str(stated) if stated else next(tagged, None)


def _licence_url(info: ModelInfo, page: str) -> str | None:
    """Return the licence's own address where the card gives one, else the model's page."""
    link = info.card_data.get("license_link") if info.card_data else None
    if isinstance(link, str) and re.fullmatch(r"https?://[^\s<>|]{1,500}", link):
        return link
    if isinstance(link, str) and re.fullmatch(r"[\w./-]+", link):
        return f"{page}/blob/main/{link.lstrip('./')}"
    return page if _licence(info) else None


def _size(files: Sequence[tuple[str, int]]) -> int:
    """Bytes of the weights in the one format that is loaded, safetensors first; 0 if not stated."""
    for suffix in WEIGHTS:
        size = sum(size for name, size in files if name.endswith(suffix))
        if size:
            return size
    return 0


def _total(sizes: Sequence[int | None]) -> int:
    """Bytes of all files; 0 where the Hub leaves one out."""
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else 0


def _custom_code(info: ModelInfo, names: Sequence[str]) -> tuple[str, ...]:
    """Return what would run as code of the repository's own."""
    files = tuple(name for name in names if name.endswith(".py"))
    marked = "custom_code" in (info.tags or ()) or "auto_map" in (info.config or {})
    return files or (("config.json (auto_map)",) if marked else ())
