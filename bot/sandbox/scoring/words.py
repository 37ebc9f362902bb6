"""The vocabulary of the offline classifier: vectors, and the words of its 1,000 classes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

LEVEL_DECAY = 0.94  # a class's hypernyms count a little less the further up they are
FILLER = frozenset(
    re.findall(
        r"\w+",
        "a an the of or and that with in on at for to from by is are this some something very photo"
        " image",
    )
)
SUFFIXES = (
    ("ies", "y"),
    ("ves", "f"),
    ("ves", "fe"),
    ("es", ""),
    ("s", ""),
    ("ing", ""),
    ("ing", "e"),
    ("ed", ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelInfo:
    """Return what is known of a label: the units used, and the words that the table lacks.

    `concrete` is False when no unit names a thing: colours and actions mean nothing to the network.
    """

    label: str
    known: tuple[str, ...]
    unknown: tuple[str, ...]
    concrete: bool


class WordTable:
    """Vectors of single words and of pairs.

    The file, made by `build_tables.py`, holds text uint8 (bytes of N lines), vecs int8 (N, D),
    weight float16 (N,), concrete uint8 (N,),
    class_word int32 (M,), class_level uint8 (M,), class_start int32 (1001,) and irregular uint8
    (lines "geese goose").
    """

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as table:
            words = table["text"].tobytes().decode().split("\n")
            plurals = table["irregular"].tobytes().decode().split("\n")
            self._vecs = table["vecs"]
            self._weight = table["weight"].astype(np.float32)
            self._concrete = table["concrete"]
            self._class_word = table["class_word"]
            self._class_level = table["class_level"].astype(np.float32)
            self._class_start = table["class_start"]
        self._index = {word: number for number, word in enumerate(words)}
        pairs = (line.split(" ") for line in plurals)
        self._irregular = {pair[0]: pair[1] for pair in pairs}

    def class_scores(self, labels: Sequence[LabelInfo]) -> Array:
        """(labels, classes): best decayed cosine of each label with each class's words."""
        unique, back = np.unique(self._class_word, return_inverse=True)
        asked = np.stack([self._vector(info.known) for info in labels])
        cosine = (asked @ self._rows(unique).T)[:, back] * LEVEL_DECAY**self._class_level
        best = np.maximum.reduceat(cosine, self._class_start[:-1], axis=1)
        return np.asarray(best, np.float32)

    def describe(self, label: str) -> LabelInfo:
        """Cut a label into units: the whole of it, else pairs of words, else single words."""
        words = _plain_words(label)
        if " ".join(words) in self._index:
            return self._info(label, [" ".join(words)], [])
        known, unknown = self._units(words)
        if not known and not unknown:  # only filler or punctuation
            unknown.append(label)
        return self._info(label, known, unknown)

    def _info(self, label: str, known: list[str], unknown: list[str]) -> LabelInfo:
        concrete = any(bool(self._concrete[self._index[unit]]) for unit in known)
        return LabelInfo(label=label, known=tuple(known), unknown=tuple(unknown), concrete=concrete)

    def _units(self, words: list[str]) -> tuple[list[str], list[str]]:
        known: list[str] = []
        unknown: list[str] = []
        while words:
            pair = self._pair(words)
            single = None if pair or words[0] in FILLER else self._lemma(words[0])
            known += [unit for unit in (pair, single) if unit]
            if not (pair or single or words[0] in FILLER):
                unknown.append(words[0])
            words = words[2 if pair else 1 :]
        return known, unknown

    def _pair(self, words: list[str]) -> str | None:
        if len(words) == 1:
            return None
        ends = [word for word in (words[1], self._lemma(words[1])) if word]
        pairs = (f"{words[0]}{joint}{end}" for end in ends for joint in (" ", "-", ""))
        return next((pair for pair in pairs if pair in self._index), None)

    def _lemma(self, word: str) -> str | None:
        forms = [word, self._irregular.get(word, "")]
        forms += [
            word.removesuffix(suffix) + root
            for suffix, root in SUFFIXES
            if word.endswith(suffix) and len(word) > len(suffix) + 1
        ]
        return next((form for form in forms if form in self._index), None)

    def _vector(self, units: Sequence[str]) -> Array:
        """Unit-length weighted mean; rare words weigh more."""
        numbers = np.array([self._index[unit] for unit in units], np.int32)
        mean = self._weight[numbers] @ self._rows(numbers)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)

    def _rows(self, numbers: npt.NDArray[np.int32]) -> Array:
        rows = self._vecs[numbers].astype(np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _plain_words(label: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", label.casefold().replace("'s", "").replace("_", " "))
    return re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))
