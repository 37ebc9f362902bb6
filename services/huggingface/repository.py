"""Read what the Hub says of a repository into our value: licence, size, what it is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from services.huggingface import contents
from services.models import Contents, HubModel

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

WEIGHTS = (".safetensors", ".bin", ".onnx", ".h5", ".msgpack", ".ckpt", ".pt", ".pth", ".gguf")
ADDRESS, PATH = re.compile(r"https?://[^\s<>|]{1,500}"), re.compile(r"[\w./-]++")
LICENCE_FILE = re.compile(r"(licen[cs]e|copying)([._-][\w.-]*)?", re.IGNORECASE)
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
BASE_TAG = re.compile(r"base_model:(?:(?:adapter|quantized|finetune|merge):)?(?P<id>.+)")
OTHER, OTHER_NAMED = "other", "other ({name})"
LONGEST_NAME = 200  # characters of a licence's own name
QUANTISED_TAGS = ("awq", "gptq", "exl2", "bitsandbytes", "4-bit", "8-bit", "compressed-tensors")
SHOWN_FILES = 3

Json = Mapping[str, Any]
# Reads a JSON file of the repository; None where that cannot be done.
ReadJson = Callable[[str], Json | None]


def model_in(
    info: ModelInfo,
    page: str,
    *,
    access: bool,
    renamed_from: str | None = None,
    read: ReadJson | None = None,
) -> HubModel:
    """Return a repository as the SDK describes it, as our value.

    Args:
        info: the SDK's description.
        page: the address of its page.
        access: whether it may be downloaded with our token.
        renamed_from: the name that was asked for, where the Hub has another now.
        read: for what only the files themselves tell; None to do without.
    """
    files = info.siblings or []
    names = [file.rfilename for file in files]
    config = _config(info, names, read)
    indexed = _indexed(names, read)
    found = None if info.siblings is None else _contents(info, names, config, indexed, read)
    loaded = found.loaded if found else ()
    return HubModel(
        id=info.id,
        sha=info.sha or "",
        task=info.pipeline_tag,
        license=_licence(info),
        license_url=_licence_url(info, page),
        gated=str(info.gated) if info.gated else "",
        access=access,
        size_bytes=_size([(file.rfilename, file.size or 0) for file in files]),
        custom_code=_custom_code(info, names, config or {}),
        doubtful=contents.doubtful_in(names, indexed),
        renamed_from=renamed_from,
        private=bool(info.private),
        page=page,
        files_bytes=_total([file.size for file in files]),
        safe_weights=bool(loaded) and all(".safetensors" in name for name in loaded),
        licence_file=next((name for name in names if LICENCE_FILE.fullmatch(name)), ""),
        downloads=info.downloads,
        contents=found,
    )


def _config(info: ModelInfo, names: Sequence[str], read: ReadJson | None) -> Json | None:
    """Return what config.json says: the Hub's excerpt of it, or the file; None if neither."""
    excerpt: Json | None = info.config if isinstance(info.config, dict) else None
    if contents.CONFIG not in names or (excerpt and excerpt.get("model_type")):
        return excerpt
    whole = read(contents.CONFIG) if read else None
    return None if whole is None else {**(excerpt or {}), **whole}


def _indexed(names: Sequence[str], read: ReadJson | None) -> dict[str, tuple[str, ...]]:
    """Return the shards that each index names, as far as they can be read."""
    found = {}
    for index in contents.indexes_in(names) if read else ():
        document = read(index) if read else None
        shards = document.get("weight_map") if document else None
        if isinstance(shards, dict):
            folder = PurePosixPath(index).parent
            unique = dict.fromkeys(str(shard) for shard in shards.values())
            found[index] = tuple(str(folder / shard) for shard in unique)
    return found


def _contents(
    info: ModelInfo,
    names: Sequence[str],
    config: Json | None,
    indexed: Mapping[str, Sequence[str]],
    read: ReadJson | None,
) -> Contents:
    described = [name for name in (contents.PIPELINE, contents.CONFIG) if name in names]
    description = described[0] if described else ""
    loaded = contents.loaded_in(names, pipeline=description == contents.PIPELINE)
    adapter = contents.is_adapter(names, info.tags or ()) and not (description and loaded)
    unknown = description == contents.CONFIG and config is None
    unread = [contents.CONFIG] if unknown and read else []
    unread += [name for name in loaded if name.endswith(contents.INDEX) and name not in indexed]
    return Contents(
        files=tuple(names[:SHOWN_FILES]),
        description=description,
        model_type=None if config is None else str(config.get("model_type") or ""),
        library=str(info.library_name or ""),
        loaded=loaded,
        missing=contents.missing_in(names, loaded, indexed),
        variants=contents.variants_in(names, loaded),
        formats=contents.formats_in(names),
        adapter=adapter,
        base=_base(info, read if adapter and contents.ADAPTER in names else None),
        quantised=_quantised(info, config or {}),
        unread=tuple(unread) if read else (),
    )


def _base(info: ModelInfo, read: ReadJson | None) -> str:
    """Return the model that it was made from, by whoever says so first; "" where nobody does."""
    card = info.card_data.get("base_model") if info.card_data else None
    tags = (BASE_TAG.fullmatch(tag) for tag in info.tags or ())
    peft = (info.config or {}).get("peft") or {}
    said = [
        *(card if isinstance(card, list) else [card]),
        *(tag["id"] for tag in tags if tag),
        peft.get("base_model_name_or_path") if isinstance(peft, dict) else None,
    ]
    found = next((name for name in said if _is_other(name, info.id)), "")
    if not found and read:
        document = read(contents.ADAPTER) or {}
        name = document.get("base_model_name_or_path")
        found = name if _is_other(name, info.id) else ""
    return str(found)


def _is_other(name: object, own: str) -> bool:
    return (
        isinstance(name, str)
        and bool(REPOSITORY.fullmatch(name))
        and not (".." in name or "--" in name or name == own)
    )


def _quantised(info: ModelInfo, config: Json) -> str:
    stated = config.get("quantization_config")
    method = stated.get("quant_method") if isinstance(stated, dict) else None
    tagged = next((tag for tag in QUANTISED_TAGS if tag in (info.tags or ())), "")
    return str(method or ("bitsandbytes" if _in_bits(stated) else "") or tagged)


def _in_bits(stated: object) -> bool:
    """Tell whether it is stated in bitsandbytes' old form, which names no method."""
    bits = ("load_in_4bit", "load_in_8bit")
    return isinstance(stated, dict) and any(stated.get(key) for key in bits)


def _licence(info: ModelInfo) -> str | None:
    """As the card states it, else as the tags do; None when nobody states one."""
    card = info.card_data
    stated = card.get("license") if card else None
    if isinstance(stated, list):
        stated = ", ".join(map(str, stated)) or None
    if stated == OTHER and card and card.get("license_name"):
        # Its owner says that it is none of the known ones, whatever they call it.
        stated = OTHER_NAMED.format(name=str(card.get("license_name"))[:LONGEST_NAME])
    tagged = (tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:"))
    return str(stated) if stated else next(tagged, None)


def _licence_url(info: ModelInfo, page: str) -> str | None:
    """Return the licence's own address where the card gives one, else the model's page."""
    link = info.card_data.get("license_link") if info.card_data else None
    if isinstance(link, str) and ADDRESS.fullmatch(link):
        return link
    if isinstance(link, str) and PATH.fullmatch(link):
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


def _custom_code(info: ModelInfo, names: Sequence[str], config: Json) -> tuple[str, ...]:
    """Return what would run as code of the repository's own."""
    marked = "custom_code" in (info.tags or ()) or "auto_map" in config
    return contents.code_in(names) or (("config.json (auto_map)",) if marked else ())
