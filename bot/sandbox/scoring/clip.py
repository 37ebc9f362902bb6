"""The real CLIP ViT-B/32 (8-bit ONNX export), when its weights are on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from PIL import Image
from tokenizers import Tokenizer

from bot.sandbox.scoring.contract import ModelError
from bot.sandbox.scoring.lite import softmax
from bot.sandbox.scoring.weights import TEXT, TOKENIZER, VISION, verified

Array = npt.NDArray[np.float32]

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
SIDE = 224
LOGIT_SCALE = 100.0
MOST_TOKENS = 77


class ClipEngine:
    """The same network as the catalog's `openai-clip-vit-base-patch32`, quantised to 8 bits."""

    name = "clip"

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Load and check the weights in a snapshot folder.

        Raises:
            ValueError: a file has another content than the pinned one.
        """
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        cpu = ["CPUExecutionProvider"]
        vision, text = str(verified(folder, VISION)), str(verified(folder, TEXT))
        self._vision = ort.InferenceSession(vision, options, providers=cpu)
        self._text = ort.InferenceSession(text, options, providers=cpu)
        self._text_inputs = frozenset(entry.name for entry in self._text.get_inputs())
        self._tokenizer = Tokenizer.from_file(str(verified(folder, TOKENIZER)))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def note(self, labels: Sequence[str]) -> str:
        """CLIP was trained on English texts; says so when a label is not written in Latin script.

        Raises:
            ModelError: a label of more than 77 tokens.
        """
        self._tokens(labels)
        foreign = [label for label in labels if not label.isascii()]
        return "CLIP reads English; less sure about: " + ", ".join(foreign) if foreign else ""

    def classify(self, pictures: Sequence[Image.Image], labels: Sequence[str]) -> list[list[float]]:
        """One row of probabilities per picture, in the order of the labels."""
        batch = np.concatenate([pixels(picture) for picture in pictures])
        (seen,) = self._vision.run(["image_embeds"], {"pixel_values": batch})
        (read,) = self._text.run(["text_embeds"], self._tokens(labels))
        logits = np.asarray(LOGIT_SCALE * _unit(seen) @ _unit(read).T, np.float32)
        rows: list[list[float]] = softmax(logits).tolist()
        return rows

    def _tokens(self, labels: Sequence[str]) -> dict[str, npt.NDArray[np.int64]]:
        encoded = [entry.ids for entry in self._tokenizer.encode_batch(list(labels))]
        longest = max(len(ids) for ids in encoded)
        if longest > MOST_TOKENS:
            # The real container does not truncate either: one long label breaks the request.
            sizes = f"tensor a ({longest}) must match the size of tensor b ({MOST_TOKENS})"
            raise ModelError(f"The size of {sizes}")
        # CLIP pads with its end token and looks at the first one, so padding changes nothing.
        ids = np.array([row + row[-1:] * (longest - len(row)) for row in encoded], np.int64)
        mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in encoded], np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask}
        return {name: feed for name, feed in feeds.items() if name in self._text_inputs}


def pixels(picture: Image.Image) -> Array:
    """RGB picture -> (1, 3, 224, 224), equal to transformers' CLIP image processor."""
    width, height = picture.size
    size = (SIDE, SIDE * height // width) if width <= height else (SIDE * width // height, SIDE)
    large = picture.resize(size, Image.Resampling.BICUBIC)
    left, top = (size[0] - SIDE) // 2, (size[1] - SIDE) // 2
    crop = np.asarray(large.crop((left, top, left + SIDE, top + SIDE)), np.float32) / 255
    return np.asarray(((crop - MEAN) / STD).transpose(2, 0, 1)[None], np.float32)


def _unit(rows: Array) -> Array:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
