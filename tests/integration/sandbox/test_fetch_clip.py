"""`aml-bot sandbox fetch-clip` through the real huggingface_hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from bot.sandbox.scoring import weights
from bot.sandbox.scoring.fetch import fetch_clip
from tests.integration.sandbox.conftest import Serve


async def forged(_: web.Request) -> web.Response:
    """Every file of every revision, with other content than the pinned one."""
    headers = {"X-Repo-Commit": weights.REVISION, "ETag": '"1234567890"'}
    return web.Response(body=b"not the weights", headers=headers)


def test_forged_weights_are_refused_and_removed(serve: Serve, tmp_path: Path) -> None:
    app = web.Application()
    app.router.add_get("/{path:.*}", forged)
    with serve(app) as url, pytest.raises(RuntimeError, match="another SHA-256"):
        fetch_clip(cache=tmp_path, endpoint=url)
    assert [] == [path for path in tmp_path.rglob("*.onnx") if path.exists()]


def test_a_hub_without_the_weights_is_said_in_one_sentence(serve: Serve, tmp_path: Path) -> None:
    with serve(web.Application()) as url, pytest.raises(RuntimeError) as caught:
        fetch_clip(cache=tmp_path, endpoint=url)
    assert "onnx/vision_model_quantized.onnx could not be downloaded: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_weights_that_are_there_already_are_checked_without_the_hub(tmp_path: Path) -> None:
    path = weights.snapshot(tmp_path) / weights.VISION.path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"tampered with")
    with pytest.raises(RuntimeError, match="It was removed again"):
        fetch_clip(cache=tmp_path, endpoint="http://127.0.0.1:1")
    assert not path.exists()
