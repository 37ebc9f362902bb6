"""Models by their ids: an entry of a registry, or a model of the workspace."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.sandbox.azureml.arm import bad, missing
from bot.sandbox.azureml.catalog import Catalog
from bot.sandbox.azureml.state import WORKSPACE_PATH, State

REGISTRY_ASSET = re.compile(
    r"azureml://registries/([^/]+)/models/([^/]+)/(?:versions|labels)/([^/]+)"
)
WORKSPACE_ASSET = re.compile(
    r"(?:azureml:)?(?:/subscriptions/.+/workspaces/[^/]+)/models/([^/]+)/versions/([^/]+)",
    re.IGNORECASE,
)
SHORT_ASSET = re.compile(r"azureml:([^:/]+):([^:/]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A model that was found; `registry` None is the workspace's own."""

    registry: str | None
    name: str
    version: str
    tasks: tuple[str, ...]


class Assets:
    """Finds models by their ids."""

    def __init__(self, state: State, catalog: Catalog) -> None:
        self._state = state
        self._catalog = catalog

    def find(self, asset_id: str) -> Asset | None:
        if match := REGISTRY_ASSET.fullmatch(asset_id):
            entry = self._catalog.find(*match.groups())
            if entry is None:
                return None
            return Asset(
                registry=entry.registry,
                name=entry.name,
                version=entry.version,
                tasks=tuple(entry.tasks),
            )
        match = WORKSPACE_ASSET.fullmatch(asset_id) or SHORT_ASSET.fullmatch(asset_id)
        document = match and self._state.collection("models").get("/".join(match.groups()))
        if not match or not document:
            return None
        task = document["tags"].get("task")
        name, version = match.groups()
        return Asset(registry=None, name=name, version=version, tasks=(task,) if task else ())

    def check(self, model: Any) -> Asset:  # noqa: ANN401 - whatever the request says
        """The model of that id (or `{"assetId"}`).

        Raises:
            RefusalError: no id, or no such model.
        """
        asset_id = model.get("assetId") if isinstance(model, dict) else model
        if not isinstance(asset_id, str) or not asset_id:
            raise bad("BadArgument", "A deployment without a model needs an environment.")
        found = self.find(asset_id)
        if found is None:
            raise missing(f"The model {asset_id} was not found.", "ResourceNotFound")
        return found


def workspace_asset(name: str, version: str) -> str:
    return f"{WORKSPACE_PATH}/models/{name}/versions/{version}"
