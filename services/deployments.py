"""Deploying models: a plan first, then one operation for all who want the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from services import planning
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.clock import Clock
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotAllowedError,
    Suggestion,
    TemporaryError,
)
from services.models import (
    Asked,
    DeployPlan,
    Endpoint,
    Model,
    OperationState,
    Quota,
    Started,
    VmSize,
)
from services.store.database import Database
from services.workflows import runtime
from services.workflows.deploy import KIND
from services.workflows.runtime import OperationRequest

TITLE = "Deploy {model}"
STARTED_BEFORE = "this is under way already as {operation}: Run only follows it"
DONE_BEFORE = "this is deployed already, by {operation}: Run changes nothing"
TAKEN = ErrorText(
    code="EndpointNameTaken",
    what="There is an endpoint called {endpoint} already.",
    advice="Choose another name, or leave endpoint: out.",
)


class Deployments:
    """Plans, starts and lists deployments of one workspace."""

    def __init__(
        self,
        store: Database,
        azureml: AzureML,
        catalog: Catalog,
        sizes: Mapping[str, VmSize],
        clock: Clock,
    ) -> None:
        self._store = store
        self._azureml = azureml
        self._catalog = catalog
        self._sizes = sizes
        self._clock = clock

    def plan(
        self,
        model: str | Model,
        *,
        on: str | None = None,
        endpoint: str | None = None,
        count: int = 1,
    ) -> DeployPlan:
        """Return what deploying the model would do and cost now; change nothing.

        Args:
            model: its name, or the model itself.
            on: the size that was asked for, else the cheapest that fits.
            endpoint: the endpoint's name that was asked for, else one made of the model's.
            count: instances.

        Raises:
            NotFoundError: no such model; suggests the nearest.
            UserError: it cannot work; see `planning.plan_deployment`.
            TemporaryError: Azure cannot be asked now.
        """
        found = self._catalog.model(model, verb=KIND.name) if isinstance(model, str) else model
        region, quota, taken = self._world()
        before = self._same_deployment(found, on, endpoint, count, taken)
        if before is not None:
            return before
        salt = self._azureml.workspace
        name = endpoint or planning.endpoint_name(found.name, taken, salt=salt)
        plan = planning.plan_deployment(
            found,
            region=region,
            sizes=self._sizes,
            quota=quota,
            now=self._clock.now(),
            endpoint=name,
            size=on,
            count=count,
        )
        if name in taken:
            raise _taken(name, found)
        latest = self._store.operations.latest(KIND.name, self._azureml.workspace, name)
        return dataclasses.replace(plan, attempt=latest[1] + 1 if latest else 1)

    def reconsider(self, plan: DeployPlan) -> DeployPlan:
        """Return the plan anew, as the world is now; a new attempt where the last has ended.

        The model is found by its asset id: workspace and registries may each have one of that name.

        Raises:
            UserError: it no longer works; see `plan`.
            TemporaryError: Azure cannot be asked now.
        """
        return self.plan(plan.model, on=plan.size, endpoint=plan.endpoint, count=plan.count)

    def start(
        self, plan: DeployPlan, asked: Asked, plan_id: str | None = None, *, by: str = ""
    ) -> Started:
        """Run a plan; fast, and safe against double clicks and two people at once.

        Args:
            plan: as the world is now.
            asked: who asked for it, and where.
            plan_id: the stored plan's.
            by: who clicked Run; by default whoever asked.
        """
        return runtime.start(
            OperationRequest(
                kind=KIND,
                target=plan.endpoint,
                title=TITLE.format(model=plan.model_name),
                asked=asked,
                plan=plan,
                plan_id=plan_id,
                by=by,
            )
        )

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return the workspace's online endpoints with their deployments."""
        return self._azureml.endpoints.all()

    def _world(self) -> tuple[str, tuple[Quota, ...] | None, frozenset[str]]:
        """Region, quota (None when it cannot be read) and names in use, asked side by side.

        The names include those that operations under way are about to make.
        """
        region = self._azureml.endpoints.region()
        with ThreadPoolExecutor(2, "plan") as pool:
            quota = pool.submit(self._quota)
            endpoints = pool.submit(self._azureml.endpoints.all)
            names = {endpoint.name for endpoint in endpoints.result()}
            return region, quota.result(), frozenset(names | self._promised())

    def _promised(self) -> set[str]:
        running = self._store.operations.running()
        return {operation.target for operation in running if operation.kind == KIND.name}

    def _quota(self) -> tuple[Quota, ...] | None:
        try:
            return self._azureml.endpoints.quota()
        except (NotAllowedError, TemporaryError):
            return None  # the plan says that it is not known

    def _same_deployment(
        self, model: Model, on: str | None, endpoint: str | None, count: int, taken: frozenset[str]
    ) -> DeployPlan | None:
        """The plan of an operation that does, or has done, exactly this; running it joins it."""
        name = endpoint or planning.endpoint_name(model.name, salt=self._azureml.workspace)
        latest = self._store.operations.latest(KIND.name, self._azureml.workspace, name)
        if latest is None:
            return None
        operation, attempt = latest
        plan = KIND.plan_of(operation)
        same_size = (
            on is None or planning.find_size(on, self._sizes, model=model.name).name == plan.size
        )
        same = plan.model == model.asset_id and plan.count == count and same_size
        there = operation.state == OperationState.SUCCEEDED and name in taken
        if not same or (operation.state.ended and not there):
            return None
        note = (DONE_BEFORE if operation.state.ended else STARTED_BEFORE).format(
            operation=operation.id
        )
        known = tuple(line for line in plan.warnings if line != note)
        return dataclasses.replace(plan, attempt=attempt, warnings=(note, *known))


def _taken(name: str, model: Model) -> InvalidInputError:
    again = Suggestion(verb=KIND.name, argument=model.name)
    return InvalidInputError(TAKEN, endpoint=name, field="endpoint", suggestions=(again,))
