"""Azure ML as the rest of the bot sees it: models, endpoints, jobs of one workspace."""

from __future__ import annotations

from collections.abc import Callable

from services.azureml.catalog import ModelReader
from services.azureml.component import ImportComponent
from services.azureml.computes import Computes
from services.azureml.connection import Connection
from services.azureml.endpoints import Endpoints
from services.azureml.jobs import Jobs
from services.azureml.revisions import Revisions
from services.azureml.sdk import Sdk
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
        self.models = ModelReader(sdk, clock)
        self.endpoints = Endpoints(sdk, clock)
        self.jobs = Jobs(sdk, self.endpoints.region)
        self.computes = Computes(sdk, self.endpoints.region, clock)
        self.component = ImportComponent(sdk, clock)
        self.revisions = Revisions(sdk)

    def prepare(self) -> None:
        """Get ready in the background for the first call; asks Azure nothing, may be repeated."""
        self._sdk.prepare()

    @property
    def ready(self) -> bool:
        """Tell whether the SDK is loaded and the workspace's client built."""
        return self._sdk.ready

    def when_ready(self, call: Callable[[], None]) -> None:
        """Call this once that is so, in the thread that brought it about; now if it is."""
        self._sdk.when_ready(call)

    def close(self) -> None:
        """Close the connections to Azure; no call may follow."""
        self.models.close()
        self._sdk.close()
