"""The optional CLIP engine: where its weights are looked for, and that nothing else is loaded.

The weights themselves (156 MB) are not in the repository; the classification is tested by
`tests/live` where they are cached.
"""

from __future__ import annotations

import base64
import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.sandbox.scoring import Scorer, weights
from bot.sandbox.scoring.clip import pixels


def fill(folder: Path) -> Path:
    """Files of the right names and sizes, with zeros inside."""
    snapshot = weights.snapshot(folder)
    for file in weights.FILES:
        path = snapshot / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.truncate(file.size)
    return snapshot


def test_without_weights_the_lite_engine_answers(tmp_path: Path) -> None:
    assert "lite" == Scorer(cache=tmp_path).engine_name


def test_weights_in_the_cache_are_found(tmp_path: Path) -> None:
    assert weights.present(fill(tmp_path))
    assert "clip" == Scorer(cache=tmp_path).engine_name


def test_an_incomplete_download_does_not_count(tmp_path: Path) -> None:
    snapshot = fill(tmp_path)
    (snapshot / weights.VISION.path).write_bytes(b"half")
    assert not weights.present(snapshot)


def test_other_content_than_the_pinned_one_is_not_loaded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="another SHA-256"):
        weights.verified(fill(tmp_path), weights.TOKENIZER)


def test_a_scorer_with_false_weights_falls_back_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(tmp_path)
    scorer = Scorer(cache=tmp_path)
    photo = (Path(weights.__file__).parents[1] / "photos" / "cat.jpg").read_bytes()
    with caplog.at_level(logging.WARNING):
        answer = scorer.score(_request(photo))
    assert "lite" == answer.headers["x-model-engine"] == scorer.engine_name
    assert "The CLIP weights are not used" in caplog.text


def test_pixels_are_cut_from_the_middle_and_normalised() -> None:
    picture = Image.new("RGB", (448, 224), (255, 255, 255))
    picture.paste((0, 0, 0), (0, 0, 112, 224))
    found = pixels(picture)
    assert (1, 3, 224, 224) == found.shape
    white = (1 - np.array([0.48145466, 0.4578275, 0.40821073])) / np.array(
        [0.26862954, 0.26130258, 0.27577711]
    )
    assert np.allclose(white, found[0, :, 100, 112], atol=1e-5)
    assert np.allclose(found[0, :, 100, 20], found[0, :, 100, 200], atol=1e-5)


def _request(photo: bytes) -> dict[str, object]:
    return {
        "input_data": {
            "columns": ["image", "text"],
            "data": [[base64.b64encode(photo).decode(), "cat, dog"]],
        }
    }
