"""Offline classifier of the sandbox: EfficientNet-Lite0 and a table of words; it is not CLIP.

The network knows the 1,000 ImageNet classes. A label's score is the sum over the `TOP_CLASSES`
most likely classes of `p(class) * best decayed cosine of the label with the class's words`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image

from bot.sandbox.scoring.contract import ModelError
from bot.sandbox.scoring.words import Array, LabelInfo, WordTable

TOP_CLASSES = 10
SCALE = 15.0  # of the softmax; calibrated on photos that took no part in the tests
SIDE = 224
SHORT_SIDE = 256
ABOUT = "sandbox classifier, not CLIP: knows about 1,000 everyday objects"


class LiteEngine:
    """Small (5 MB network, 2 MB words), quick, and honest about what it does not know."""

    name = "lite"

    def __init__(self, folder: Path, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        network = str(folder / "efflite0.int8.onnx")
        self._network = ort.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        self._table = WordTable(folder / "words.npz")

    def note(self, labels: Sequence[str]) -> str:
        """Which words it does not know, and which labels name nothing that it can see.

        Raises:
            ModelError: a label without any known word.
        """
        infos = self._described(labels)
        unknown = dict.fromkeys(word for info in infos for word in info.unknown)
        vague = dict.fromkeys(info.label for info in infos if not info.concrete)
        notes = [ABOUT]
        if unknown:
            notes.append("unknown words left out: " + ", ".join(unknown))
        if vague:
            notes.append("names no object it can see: " + ", ".join(vague))
        return "; ".join(notes)

    def classify(self, pictures: Sequence[Image.Image], labels: Sequence[str]) -> list[list[float]]:
        """One row of probabilities per picture, in the order of the labels."""
        scores = self._table.class_scores(self._described(labels))
        return [self._one(picture, scores) for picture in pictures]

    def _one(self, picture: Image.Image, scores: Array) -> list[float]:
        (logits,) = self._network.run(["logits"], {"x": pixels(picture)})
        likely = softmax(np.asarray(logits, np.float32)[0])
        top = np.argpartition(-likely, TOP_CLASSES)[:TOP_CLASSES]
        row: list[float] = softmax(SCALE * (scores[:, top] @ likely[top])).tolist()
        return row

    def _described(self, labels: Sequence[str]) -> list[LabelInfo]:
        infos = [self._table.describe(label) for label in labels]
        lost = [info for info in infos if not info.known]
        if lost:
            words = ", ".join(dict.fromkeys(word for info in lost for word in info.unknown))
            raise ModelError(f"The sandbox classifier does not know: {words}", 400)
        return infos


def softmax(values: Array) -> Array:
    """Over the last axis."""
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def pixels(picture: Image.Image) -> Array:
    """RGB picture -> (1, 3, 224, 224): short side 256 bicubic, centre crop, (x - 127) / 128."""
    ratio = SHORT_SIDE / min(picture.size)
    width, height = (max(SIDE, round(side * ratio)) for side in picture.size)
    left, top = (width - SIDE) // 2, (height - SIDE) // 2
    large = picture.resize((width, height), Image.Resampling.BICUBIC)
    crop = np.asarray(large.crop((left, top, left + SIDE, top + SIDE)), np.float32)
    return np.asarray((crop.transpose(2, 0, 1)[None] - 127) / 128, np.float32)
