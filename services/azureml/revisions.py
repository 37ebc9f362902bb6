"""Which revision of a Hub repository a model of the workspace was made from, and our mark on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from services.azureml.sdk import Sdk

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

# Completes "Azure could not …" where a call fails.
READ_REVISION = "read which revision {name} was made from"
MARK = "write down which revision {name} was made from"

PROPERTY = "SHA"  # written by Azure's import pipeline


class Revisions:
    """Reads and marks single versions of the workspace's models."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk

    def downloaded(self, name: str, version: str) -> str:
        """Return the whole hash of the commit that Azure's pipeline downloaded; "" if not stated.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        answer = self._sdk.read(
            READ_REVISION.format(name=name), lambda client: client.models.get(name, version)
        )
        for document in reversed(answer.documents):
            body = document.get("properties")
            stated = body.get("properties") if isinstance(body, dict) else None
            if isinstance(stated, dict) and stated.get(PROPERTY):
                return str(stated[PROPERTY]).strip().lower()
        return ""

    def mark(self, name: str, version: str, tags: Mapping[str, str]) -> None:
        """Add tags to a version of a model; everything else of it stays.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """

        def put(client: MLClient) -> None:
            # The public method would look for the model's files first, to upload them again.
            versions = client.models._model_versions_operation  # noqa: SLF001 - see above
            found = versions.get(name=name, version=version, **self._sdk.scope())
            found.properties.tags = {**(found.properties.tags or {}), **tags}
            versions.create_or_update(name=name, version=version, body=found, **self._sdk.scope())

        self._sdk.write(MARK.format(name=name), put)
