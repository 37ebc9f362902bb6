"""What the files of a repository are: what is loaded, what is missing, what is not known as safe.

Everything is told by names. What transformers and diffusers load, and in which order they look, is
fixed in their code (`transformers.utils`: SAFE_WEIGHTS_NAME and its neighbours; `diffusers.utils`:
WEIGHTS_NAME and its neighbours); safe is what an allow-list says, never what a list of evils omits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

CONFIG, PIPELINE, ADAPTER = "config.json", "model_index.json", "adapter_config.json"
# In the order in which they are looked for: the first that is there is the one that is loaded.
WHOLE = ("model.safetensors", "pytorch_model.bin")
PART = ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin", *WHOLE)
INDEX = ".index.json"
SHARD = re.compile(r"(?P<stem>.+)-\d{5}-of-(?P<count>\d{5})(?P<suffix>\.\w{1,20})")
VARIANT = re.compile(
    r"(?:diffusion_pytorch_model|model|pytorch_model)\.[\w-]{1,40}(?:-\d{5}-of-\d{5})?"
    r"\.(?:safetensors|bin)"
)
ADAPTER_WEIGHTS = re.compile(r"^adapter_model|(?:^|[^a-z])lora(?:[^a-z]|$)")
ADAPTER_TAGS = frozenset({"peft", "lora", "adapter-transformers", "textual_inversion"})
CODE = frozenset(
    {".py", ".pyc", ".pyd", ".pyo", ".pyw", ".pyx", ".pyz", ".so", ".dll", ".dylib", ".egg", ".whl"}
)
# Data of which nothing is run when it is opened.
SAFE = frozenset(
    {
        ".safetensors", ".gguf", ".onnx", ".json", ".jsonl", ".txt", ".md", ".rst", ".csv",
        ".tsv", ".parquet", ".arrow", ".yaml", ".yml", ".toml", ".cff", ".bib", ".pdf", ".png",
        ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".svg", ".wav", ".mp3", ".flac", ".ogg", ".mp4",
        ".webm", ".vocab", ".tiktoken", ".bpe", ".jinja",
    }
)  # fmt: skip
SENTENCEPIECE = re.compile(r"spiece|sentencepiece|tokenizer|spm")  # files called .model
WEIGHTS = (".safetensors", ".bin")
PLAIN = re.compile(r"licen[cs]e|copying|notice|readme|use_policy|merges|vocab", re.IGNORECASE)
FORMATS = (  # of weights that neither library loads by itself; the first that applies counts
    ("GGUF (for llama.cpp)", (".gguf", ".ggml", ".llamafile")),
    ("NVIDIA NeMo", (".nemo",)),
    ("ONNX", (".onnx", ".ort")),
    ("Core ML", (".mlmodel", ".mlpackage", ".mlmodelc")),
    ("TensorFlow Lite", (".tflite", ".task")),
    ("Flax", (".msgpack",)),
    ("TensorFlow or Keras", (".h5", ".keras", ".pb", ".hdf5")),
    ("OpenVINO", ("openvino_model.bin", "openvino_model.xml")),
    ("TensorRT", (".engine", ".plan", ".trt")),
    ("PaddlePaddle", (".pdparams", ".pdiparams")),
    ("ExecuTorch", (".pte",)),
    ("scikit-learn or another pickle", (".joblib", ".pkl", ".pickle", ".skops", ".dill")),
    ("NumPy or MLX", (".npz", ".npy")),
    ("a single checkpoint file", (".ckpt", ".pt", ".pth", ".tar", ".th", ".ot")),
    ("in files of other names", WEIGHTS),
)


def code_in(names: Iterable[str]) -> tuple[str, ...]:
    """Return the files that Python could run as the repository's own code."""
    return tuple(name for name in names if _suffix(name) in CODE)


def doubtful_in(names: Iterable[str], indexed: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the files that may hold weights or code, and are not known to be safe to open.

    Args:
        names: of all files.
        indexed: files that an index names as its shards, by the index. They are unpickled
            whatever they are called, unless they are safetensors.
    """
    shards = {shard for named in indexed.values() for shard in named}
    return tuple(
        name
        for name in dict.fromkeys((*names, *sorted(shards)))
        if _suffix(name) not in {*CODE, ".safetensors"} and (name in shards or not _known(name))
    )


def indexes_in(names: Sequence[str]) -> tuple[str, ...]:
    """Return the indexes by which a library would find its weights."""
    wanted = {f"{weights}{INDEX}" for weights in PART}
    return tuple(name for name in names if PurePosixPath(name).name in wanted)


def loaded_in(names: Sequence[str], *, pipeline: bool) -> tuple[str, ...]:
    """Return the files or indexes that would be loaded: one, or one for each part of a pipeline."""
    if not pipeline:
        return tuple(_first(names, "", WHOLE))
    folders = dict.fromkeys(str(PurePosixPath(name).parent) for name in names if "/" in name)
    return tuple(found for folder in folders for found in _first(names, f"{folder}/", PART))


def missing_in(
    names: Sequence[str], loaded: Sequence[str], indexed: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Return the shards that are not there though an index of what is loaded names them.

    What an index that was not read names is concluded from the shards that are there.
    """
    there = set(names)
    return tuple(
        shard
        for index in loaded
        if index.endswith(INDEX)
        for shard in indexed.get(index) or _shards(index, names)
        if shard not in there
    )


def is_adapter(names: Sequence[str], tags: Sequence[str]) -> bool:
    """Tell whether it is something to be put onto another model, as LoRA is."""
    weights = (PurePosixPath(name).name.casefold() for name in names if _ends(name, WEIGHTS))
    named = any(ADAPTER_WEIGHTS.search(name) for name in weights)
    return ADAPTER in names or named or bool(ADAPTER_TAGS.intersection(tags))


def formats_in(names: Sequence[str]) -> tuple[str, ...]:
    """Return the formats of the weights that are there, in words, the most telling first."""
    return tuple(
        words for words, suffixes in FORMATS if any(_ends(name, suffixes) for name in names)
    )


def variants_in(names: Sequence[str], loaded: Sequence[str]) -> tuple[str, ...]:
    """Return weights that only somebody gets who asks for their variant (`fp16`)."""
    served = {PurePosixPath(name).parent for name in loaded}
    paths = ((name, PurePosixPath(name)) for name in names)
    return tuple(
        name for name, path in paths if VARIANT.fullmatch(path.name) and path.parent not in served
    )


def _first(names: Sequence[str], folder: str, wanted: Sequence[str]) -> list[str]:
    there = set(names)
    candidates = [f"{folder}{name}{end}" for name in wanted for end in ("", INDEX)]
    return [name for name in candidates if name in there][:1]


def _shards(index: str, names: Sequence[str]) -> list[str]:
    """Return all shards of a set of which at least one is there; the usual first one where none."""
    stem, suffix = index.removesuffix(INDEX).rsplit(".", maxsplit=1)
    for name in names:
        match = SHARD.fullmatch(name)
        if match and (match["stem"], match["suffix"]) == (stem, f".{suffix}"):
            count = match["count"]
            return [f"{stem}-{n:05}-of-{count}.{suffix}" for n in range(1, int(count) + 1)]
    return [f"{stem}-00001-of-….{suffix}"]


def _known(name: str) -> bool:
    base = PurePosixPath(name).name.casefold()
    suffix = _suffix(name)
    if suffix == ".json" and base.endswith(f".bin{INDEX}"):
        return False  # leads to pickles, whatever they are called
    if not suffix:
        return bool(PLAIN.match(base)) or base.startswith(".git")
    return suffix in SAFE or (suffix == ".model" and bool(SENTENCEPIECE.search(base)))


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.casefold()


def _ends(name: str, suffixes: Sequence[str]) -> bool:
    base = name.casefold()
    return any(base.endswith(suffix) or f"{suffix}/" in base for suffix in suffixes)
