"""Azure ML as the rest of the bot sees it: models, endpoints, jobs of one workspace."""

from __future__ import annotations

from services.azureml.catalog import ModelReader
from services.azureml.endpoints import Endpoints
from services.azureml.jobs import Jobs
from services.azureml.sdk import Connection, Sdk
from services.clock import Clock

__all__ = ["AzureML", "Connection"]


class AzureML:
    """One workspace and the registries beside it.

    Without a connection every call raises NotConfiguredError, which names the settings to set.
    `azure` is imported by the first call, not before.
    """

    def __init__(self, connection: Connection | None, clock: Clock) -> None:
        sdk = self._sdk = Sdk(connection)
        self.configured = connection is not None
        self.workspace = connection.workspace if connection else ""
        self.registries = connection.registries if connection else ()
        self.models = ModelReader(sdk)
        self.endpoints = Endpoints(sdk, clock)
        self.jobs = Jobs(sdk, self.endpoints.region)

    def prepare(self) -> None:
        """Get ready in the background for the first call; asks Azure nothing, may be repeated."""
        self._sdk.prepare()

    def close(self) -> None:
        """Close the connections to Azure; no call may follow."""
        self._sdk.close()
