"""What running models would take: the region, the sizes that fit, their prices and the quota."""

from __future__ import annotations

from collections.abc import Mapping

from services import planning
from services.azureml.client import AzureML
from services.clock import Clock
from services.errors import TemporaryError, UserError
from services.models import Model, Quota, VmSize
from services.prices import DEFAULT_REGION


class Costs:
    """Sizes and prices in the workspace's region, once that is known (before: the table's first).

    Args:
        azureml: the workspace.
        sizes: the table of sizes by name.
        clock: simulated time, for sizes that are retired by now.
    """

    def __init__(self, azureml: AzureML, sizes: Mapping[str, VmSize], clock: Clock) -> None:
        self._azureml = azureml
        self._sizes = sizes
        self._clock = clock
        self.region = DEFAULT_REGION

    def cheapest(self, model: Model) -> VmSize | None:
        """The cheapest size the model can be deployed on today, None when there is none."""
        return next(iter(self.usable(model)), None)

    def usable(self, model: Model) -> tuple[VmSize, ...]:
        """Every size the model can be deployed on today, cheapest first."""
        return planning.usable_sizes(model, self._sizes, self.region, self._clock.now())

    def quota(self) -> tuple[tuple[Quota, ...] | None, str]:
        """The quota where the workspace is, or why it is not known."""
        try:
            self.region = self._azureml.endpoints.region()
            return self._azureml.endpoints.quota(), ""
        except (UserError, TemporaryError) as error:
            return None, f"Quota left is not known: {error.what}"
