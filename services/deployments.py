"""Deploying models: a plan first, then one operation for all who want the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from services import planning
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.clock import Clock
from services.errors import InvalidInputError, NotAllowedError, TemporaryError
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
from services.workflows.runtime import Wish

KIND = "deploy"


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
        """What deploying the model would do and cost now; changes nothing.

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
        found = self._catalog.model(model, verb=KIND) if isinstance(model, str) else model
        region, quota, taken = self._world()
        under_way = self._same_wish(found, on, endpoint, count, taken)
        if under_way is not None:
            return under_way
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
        latest = self._store.operations.latest(KIND, self._azureml.workspace, name)
        return dataclasses.replace(plan, attempt=latest[1] + 1 if latest else 1)

    def reconsider(self, plan: DeployPlan) -> DeployPlan:
        """The plan for the same wish as the world is now; a new attempt where the last has ended.

        The model is found by its asset id: workspace and registries may each have one of that name.

        Raises:
            UserError: it no longer works; see `plan`.
            TemporaryError: Azure cannot be asked now.
        """
        return self.plan(plan.model, on=plan.size, endpoint=plan.endpoint, count=plan.count)

    def start(self, plan: DeployPlan, asked: Asked, plan_id: str | None = None) -> Started:
        """Run a plan; fast, and safe against double clicks and two people at once."""
        return runtime.start(
            Wish(
                kind=KIND,
                target=plan.endpoint,
                title=f"Deploy {plan.model_name}",
                asked=asked,
                plan=plan,
                attempt=plan.attempt,
                plan_id=plan_id,
            )
        )

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The workspace's online endpoints with their deployments."""
        return self._azureml.endpoints.all()

    def _world(self) -> tuple[str, tuple[Quota, ...] | None, frozenset[str]]:
        """Region, quota (None when it cannot be read) and names in use, asked side by side.

        The names include those that operations under way are about to make.
        """
        region = self._azureml.endpoints.region()
        with ThreadPoolExecutor(2, "plan") as pool:
            quota = pool.submit(self._quota)
            endpoints = pool.submit(self._azureml.endpoints.all)
            names = {one.name for one in endpoints.result()}
            return region, quota.result(), frozenset(names | self._promised())

    def _promised(self) -> set[str]:
        return {one.target for one in self._store.operations.running() if one.kind == KIND}

    def _quota(self) -> tuple[Quota, ...] | None:
        try:
            return self._azureml.endpoints.quota()
        except (NotAllowedError, TemporaryError):
            return None  # the plan says that it is not known

    def _same_wish(
        self, model: Model, on: str | None, endpoint: str | None, count: int, taken: frozenset[str]
    ) -> DeployPlan | None:
        """The plan of an operation that does, or has done, exactly this; running it joins it."""
        name = endpoint or planning.endpoint_name(model.name, salt=self._azureml.workspace)
        latest = self._store.operations.latest(KIND, self._azureml.workspace, name)
        if latest is None or not isinstance(latest[0].plan, DeployPlan):
            return None
        operation, attempt = latest
        plan = latest[0].plan
        same_size = (
            on is None or planning.find_size(on, self._sizes, model=model.name).name == plan.size
        )
        same = plan.model == model.asset_id and plan.count == count and same_size
        there = operation.state == OperationState.SUCCEEDED and name in taken
        if same and (there or not operation.state.ended):
            return dataclasses.replace(plan, attempt=attempt)
        return None


def _taken(name: str, model: Model) -> InvalidInputError:
    return InvalidInputError(
        f"There is an endpoint called {name} already.",
        advice="Choose another name, or leave endpoint: out.",
        field="endpoint",
        suggestions=(f"deploy {model.name}",),
    )
