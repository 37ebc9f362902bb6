"""Catalogs of any size for measuring, made from the real one by a seeded generator."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SEED = 20261122
DATA = Path(__file__).parents[2] / "services" / "data"
OWNERS = ("acme", "borealis", "cobalt", "delta", "ember", "fjord", "garnet", "heron", "iris")
FLAVOURS = ("base", "small", "large", "mini", "chat", "instruct", "distilled", "v2")


def write_catalog(path: Path, count: int, seed: int = SEED) -> None:
    """Write the real catalog and variants of its models, `count` lines in all.

    A variant has a name, publisher, version and size on disk of its own; the rest is its
    original's, so that tasks, licences and sizes are spread as in the real catalog.
    """
    lines = [json.dumps(row, ensure_ascii=False) for row in rows(count, seed)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def rows(count: int, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """The lines of such a catalog, the real ones first."""
    chance = random.Random(seed)  # noqa: S311 - names of models, not secrets
    text = (DATA / "catalog.jsonl").read_text(encoding="utf-8")
    real = [json.loads(line) for line in text.splitlines() if line.strip()]
    yield from real[:count]
    for number in range(len(real), count):
        yield _variant(chance.choice(real), number, chance)


def _variant(original: dict[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    owner = chance.choice(OWNERS)
    stem = original["name"][:60].rstrip("-_.")
    name = f"{owner}-{stem}-{chance.choice(FLAVOURS)}-{number}"
    version = str(chance.randint(1, 30))
    size = original["model_size_bytes"]
    return {
        **original,
        "name": name,
        "version": version,
        "publisher": owner,
        "asset_id": f"azureml://registries/{original['registry']}/models/{name}/versions/{version}",
        "huggingface_model_id": f"{owner}/{stem}-{number}",
        "model_size_bytes": round(size * chance.uniform(0.5, 2.0)) if size else None,
    }
