"""Read what the catalog search service says of a model into our value; nothing in it is trusted.

The service has two forms of the same facts: flat `summaries`, which anonymous callers get, and
`value` with nested `annotations` and `properties`, which callers of its full contract get. Both are
read: the form is not documented, and public clients of the one have met the other.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

from services.models import AssetId, Lifecycle, Model, Provenance
from services.tasks import task_names

Json = Mapping[str, Any]

LONGEST_NAME = 255
LONGEST_WORD = 120
LONGEST_SUMMARY = 400
MOST_WORDS = 60
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Breaks lines or turns the direction of writing: no name and no word has such a thing.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
# On a virtual machine of one's own, which is what this bot deploys to.
MANAGED = frozenset({"vm", "vm-withsurcharge"})


def rows_of(page: object) -> list[Any] | None:
    """The models of a page, None where it has no form that is known."""
    if not isinstance(page, Mapping):
        return None
    found = (page.get(name) for name in ("summaries", "value"))
    return next((rows for rows in found if isinstance(rows, list)), None)


def model_of(row: object, read: float, provenance: Provenance) -> Model | None:
    """One row as a model, None for one without a usable name, version or registry."""
    if not isinstance(row, Mapping):
        return None
    facts = _Facts(row)
    registry, name, version = facts.identity()
    if not (_usable(registry) and _usable(name) and _usable(version)):
        return None
    return Model(
        name=name,
        version=sys.intern(version),
        registry=sys.intern(registry),
        asset_id=f"azureml://registries/{registry}/models/{name}/versions/{version}",
        tasks=task_names(facts.words("inferenceTasks", "task")),
        finetune_tasks=task_names(facts.words("fineTuningTasks", "finetuneTasks")),
        license=facts.word("license"),
        publisher=facts.word("publisher", "author"),
        languages=tuple(
            sys.intern(word.lower()) for word in facts.words("supportedLanguages", "languages")
        ),
        lifecycle=facts.lifecycle(),
        managed=facts.managed(),
        preview=facts.truth("preview", "Preview"),
        archived=facts.truth("archived"),
        hub_id=facts.word("huggingFaceModelId", "huggingface_model_id"),
        summary=facts.text("summary", LONGEST_SUMMARY),
        detailed=False,
        read=read,
        provenance=provenance,
    )


class _Facts:
    """One row, wherever its form keeps a fact."""

    def __init__(self, row: Json) -> None:
        notes, body = _mapping(row.get("annotations")), _mapping(row.get("properties"))
        data, tags = _mapping(notes.get("systemCatalogData")), _mapping(notes.get("tags"))
        limits = _mapping(row.get("modelLimits")), _mapping(data.get("modelLimits"))
        self._row, self._body = row, body
        self._places: tuple[Json, ...] = (row, data, *limits, notes, tags, body)

    def identity(self) -> tuple[str, str, str]:
        """Registry, name and version; the asset id knows them best."""
        known = AssetId.parse(str(self._first("assetId", "entityId") or ""))
        if known and known.registry and known.version:
            return known.registry, known.name, known.version
        registry = self._first("registryName", "entityResourceName", "registry")
        version = self._row.get("version") or self._body.get("version")
        return _plain(registry), _plain(self._first("name")), _plain(version)

    def word(self, *names: str) -> str | None:
        found = self._first(*names)
        return _word(found) or None if isinstance(found, str) else None

    def words(self, *names: str) -> tuple[str, ...]:
        """A list, or texts between commas."""
        found = self._first(*names)
        items = found.split(",") if isinstance(found, str) else found
        if not isinstance(items, list):
            return ()
        words = (_word(item) for item in items[:MOST_WORDS] if isinstance(item, str))
        return tuple(dict.fromkeys(filter(None, words)))

    def text(self, name: str, longest: int) -> str:
        found = self._first(name)
        if not isinstance(found, str):
            return ""
        text = " ".join(UNPRINTABLE.sub(" ", found[: longest * 4]).split())
        return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"

    def truth(self, *names: str) -> bool:
        """A flag, a text that says true, or an empty tag, whose presence is what it says."""
        for name in names:
            for place in self._places:
                if name in place:
                    return str(place[name]).strip().lower() in {"true", ""}
        return False

    def managed(self) -> bool | None:
        offers = {word.lower() for word in self.words("azureOffers")}
        return bool(offers & MANAGED) if offers else None

    def lifecycle(self) -> Lifecycle:
        dates = _mapping(self._first("deprecation"))

        def day(new: str, tag: str) -> str | None:
            found = DAY.match(str(dates.get(new) or self._first(new, tag) or ""))
            return found[0] if found else None

        return Lifecycle(
            legacy=day("inferenceLegacyDate", "InferenceLegacyDate"),
            deprecated=day("inferenceDeprecationDate", "InferenceDeprecationDate"),
            retired=day("inferenceRetirementDate", "InferenceRetirementDate"),
        )

    def _first(self, *names: str) -> Any:  # noqa: ANN401 - whatever the service says
        """The first place's value that says something."""
        for name in names:
            for place in self._places:
                if place.get(name) not in (None, "", [], {}):
                    return place[name]
        return None


def _usable(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and "/" not in name and not UNPRINTABLE.search(name)


def _plain(value: object) -> str:
    """A text, or a whole number written as one; nothing else is a name."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole or isinstance(value, str) else ""


def _word(text: str) -> str:
    """One line, cut where no real one is that long; equal words are kept once in memory."""
    return sys.intern(" ".join(UNPRINTABLE.sub(" ", text[:LONGEST_WORD]).split()))


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}
