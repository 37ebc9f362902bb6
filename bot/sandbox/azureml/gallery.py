"""The anonymous catalog search service (asset gallery) over the same models."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any

from aiohttp import web

from bot.sandbox.azureml.arm import Json, Route, answer, bad, body_of, missing
from bot.sandbox.azureml.catalog import Catalog, Entry, version_body

BASE = "/asset-gallery/v1.0"
FIELDS = {
    "name",
    "version",
    "publisher",
    "license",
    "registryName",
    "displayName",
    "inferenceTasks",
    "azureOffers",
    "keywords",
    "freePlayground",
    "createdTime",
    "labels",
    "type",
    "kind",
    "annotations/archived",
    "annotations/systemCatalogData/deploymentOptions",
}
DEFAULT_SIZE, LARGEST_SIZE = 50, 1000


class Gallery:
    """Search and detail; the answers have the fields that public clients of the service read."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._found = lru_cache(maxsize=8)(self._find)  # a scan asks page after page of the same

    def routes(self) -> Iterator[Route]:
        yield Route(
            method="POST",
            path=f"{BASE}/models",
            handler=self.search,
            note="operators eq and contains; filtering by inferenceTasks is our assumption",
        )
        yield Route(
            method="GET",
            path=f"{BASE}/{{registry}}/models/{{name}}/version/{{version}}",
            handler=self.detail,
        )

    async def search(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        rows = self._found(json.dumps([body.get("filters"), body.get("order")]))
        size = min(int(body.get("pageSize") or DEFAULT_SIZE), LARGEST_SIZE)
        start = _offset(body.get("continuationToken"))
        more = start + size < len(rows)
        return answer(
            {
                "totalCount": len(rows),
                "continuationToken": _token(start + size) if more else None,
                "summaries": rows[start : start + size],
            }
        )

    async def detail(self, request: web.Request) -> web.Response:
        found = request.match_info
        entry = self._catalog.find(found["registry"], found["name"], found["version"])
        if entry is None:
            raise missing(f"Model {found['name']} version {found['version']} was not found.")
        description = version_body(entry)["properties"]["description"]
        return answer(_summary(entry) | {"description": description})

    def _find(self, asked: str) -> list[Json]:
        """Every summary that passes the filters, in order; `asked` is both as JSON."""
        filters, orders = json.loads(asked)
        rows = [row for row in self._rows if _matches(row[1], filters or [])]
        for order in reversed(orders or []):
            field = _known(order.get("field"))
            rows.sort(
                key=lambda row: str(row[1].get(field) or "").lower(),
                reverse=order.get("direction") == "desc",
            )
        return [summary for summary, _ in rows]

    @cached_property
    def _rows(self) -> list[tuple[Json, Json]]:
        """Each version's summary, and with it what can be filtered by; registries never change."""
        return [
            (summary := _summary(entry), summary | _facets(entry, latest=latest))
            for entry, latest in self._entries()
        ]

    def _entries(self) -> Iterator[tuple[Entry, bool]]:
        seen: set[tuple[str, str]] = set()
        for entry in self._catalog.all():
            yield entry, (entry.registry, entry.name) not in seen
            seen.add((entry.registry, entry.name))


def _summary(entry: Entry) -> Json:
    line = entry.line
    offers = ["standard-paygo"] if line.get("maas_inference") else []
    if line.get("inference_skus") or entry.registry == "HuggingFace":
        offers.append("VM")
    return {
        "name": entry.name,
        "version": entry.version,
        "publisher": line.get("publisher"),
        "registryName": entry.registry,
        "displayName": line.get("display_name") or entry.name,
        "azureOffers": offers,
        "assetId": entry.asset_id,
        "inferenceTasks": entry.tasks,
        "modelCapabilities": [],
        "modelLimits": {
            "textLimits": {
                "inputContextWindow": line.get("textContextWindow"),
                "maxOutputTokens": line.get("maxOutputTokens"),
            },
            "supportedLanguages": line.get("languages") or [],
            "supportedInputModalities": line.get("inputModalities") or [],
            "supportedOutputModalities": line.get("outputModalities") or [],
        },
        "keywords": line.get("keywords") or [],
        "license": line.get("license"),
        "deprecation": line.get("deprecation") or {},
        "summary": line.get("summary"),
        "createdTime": entry.created,
        "playgroundLimits": None,
    }


def _facets(entry: Entry, *, latest: bool) -> Json:
    return {
        "labels": ["latest"] if latest else [],
        "type": "models",
        "kind": "Versioned",
        "freePlayground": entry.line.get("freePlayground", False),
        "annotations/archived": entry.archived,
        "annotations/systemCatalogData/deploymentOptions": entry.line.get("deployment_options"),
    }


def _matches(row: Json, rules: list[Json]) -> bool:
    return all(_passes(row, rule) for rule in rules)


def _passes(row: Json, rule: Json) -> bool:
    """Whether any of the rule's values fits any of the field's; letter case is ignored."""
    value = row.get(_known(rule.get("field")))
    held = [str(item).lower() for item in (value if isinstance(value, list) else [value])]
    wanted = [str(item).lower() for item in rule.get("values") or []]
    operator = rule.get("operator", "eq")
    if operator == "eq":
        return any(item in held for item in wanted)
    if operator == "contains":
        return any(want in item for want in wanted for item in held)
    raise bad("InvalidFilter", f"The operator {operator} is not supported.")


def _known(field: Any) -> str:  # noqa: ANN401 - whatever the request says
    if field not in FIELDS:
        raise bad("InvalidFilter", f"The field {field} is not supported.")
    return str(field)


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, binascii.Error) as error:
        raise bad("InvalidContinuationToken", "The continuation token is not valid.") from error
