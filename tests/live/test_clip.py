"""The real CLIP weights on the demo photos; runs where `aml-bot sandbox fetch-clip` was run."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bot.sandbox.scoring import Scorer, weights

PHOTOS = Path(weights.__file__).parents[1] / "photos"

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        not weights.present(weights.snapshot(weights.cache())),
        reason="the CLIP weights are not cached: aml-bot sandbox fetch-clip",
    ),
]


@pytest.mark.parametrize("name", ["cat", "coffee", "rocket"])
def test_clip_recognises_the_demo_photos(name: str) -> None:
    image = base64.b64encode((PHOTOS / f"{name}.jpg").read_bytes()).decode()
    rows = [[image, "a cat, a cup of coffee, a rocket, a dog"]]
    answer = Scorer().score({"input_data": {"columns": ["image", "text"], "data": rows}})
    (found,) = answer.body
    assert "clip" == answer.headers["x-model-engine"]
    assert name in found["labels"][found["probs"].index(max(found["probs"]))]
