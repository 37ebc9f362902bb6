"""Tell what a task is called here: the catalog's names, whatever vocabulary a source speaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

CLASSIFIER_TASK = "zero-shot-image-classification"  # of models that take any labels
BETWEEN = re.compile(r"[\s_-]++")
LONGEST = 80  # characters of one name that are kept
# The import component's names, the evaluation component's, the fine-tune pipelines' and those that
# the catalog's pages show, in the form that `task_name` gives them.
CATALOG_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "summarization": "text-summarization",
        "translation": "text-translation",
        "text-named-entity-recognition": "token-classification",
        "named-entity-recognition": "token-classification",
        "image-object-detection": "object-detection",
        "image-instance-segmentation": "image-segmentation",
        "instance-segmentation": "image-segmentation",
        "video-multi-object-tracking": "multi-object-tracking",
        "chat-completions": "chat-completion",
        "embedding": "embeddings",
        "text-embeddings": "embeddings",
    }
)


def task_name(name: str) -> str:
    """Return the catalog's name of a task; one that no vocabulary has stays, in lower case.

    `Chat completion` is chat-completion, `translation` is text-translation.
    """
    words = BETWEEN.sub("-", name.strip().lower()).strip("-")[:LONGEST]
    return CATALOG_NAMES.get(words, words)


def task_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the catalog's names in that order, each once, without empty ones."""
    return tuple(dict.fromkeys(filter(None, map(task_name, names))))
