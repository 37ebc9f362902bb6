"""Deploying models: a plan first, then one operation for all who want the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from services import planning, spelling
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.catalog.references import registry_not_allowed
from services.clock import Clock
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotConfiguredError,
    Suggestion,
    TemporaryError,
    UserError,
)
from services.models import (
    Asked,
    DeployPlan,
    Endpoint,
    Model,
    Operation,
    OperationState,
    Quota,
    Started,
    VmSize,
)
from services.store.database import Database
from services.workflows import ownership, runtime
from services.workflows.deploy import KIND
from services.workflows.runtime import OperationRequest

TITLE = "Deploy {model}"
STARTED_BEFORE = "this is under way already as {operation}: Run only follows it"
UNREAD = "whether {endpoint} still answers is not known: {problem}"
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
        self._check_registry(found)
        if endpoint is not None:
            planning.check_endpoint_name(endpoint, model=found.name)
            endpoint = spelling.key(endpoint)
        salt = self._azureml.workspace
        wanted = _Wanted(
            model=found,
            on=on,
            count=count,
            endpoint=endpoint or planning.endpoint_name(found.name, salt=salt),
        )
        world = self._world(wanted, named=endpoint is not None)
        before = self._same_deployment(wanted, world.there(wanted.endpoint))
        if before is not None:
            return before
        name = endpoint or self._names().of_model(found.name, world.taken)
        plan = planning.plan_deployment(
            found,
            region=world.region,
            sizes=self._sizes,
            quota=world.quota,
            now=self._clock.now(),
            endpoint=name,
            size=on,
            count=count,
        )
        if name in world.taken:
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

    def anew(self, operation: Operation) -> DeployPlan:
        """Return the plan to try it again: under the next free name where its own was taken.

        Raises:
            UserError: it no longer works; see `plan`.
            TemporaryError: Azure cannot be asked now.
        """
        plan = KIND.plan_of(operation)
        if not ownership.was_taken(operation.problem):
            return self.reconsider(plan)
        names = spelling.keys(endpoint.name for endpoint in self._azureml.endpoints.all())
        free = self._names().after(plan.endpoint, names | self._promised())
        return self.plan(plan.model, on=plan.size, endpoint=free, count=plan.count)

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

    def endpoint(self, name: str) -> Endpoint | None:
        """Return one endpoint, whoever made it; None where there is none of that name.

        Raises:
            UserError: Azure refuses, or is not configured.
            TemporaryError: Azure cannot be asked now.
        """
        return self._azureml.endpoints.get(name.strip())

    def _check_registry(self, model: Model) -> None:
        """Refuse a model of a registry that is not among those configured."""
        allowed = self._azureml.registries
        registry = spelling.key(model.registry or "")
        if registry and self._azureml.configured and registry not in spelling.keys(allowed):
            raise registry_not_allowed(str(model.registry), allowed)

    def _world(self, wanted: _Wanted, *, named: bool) -> _World:
        """Ask for region, quota and names in use, side by side.

        A name that somebody gave is asked for on its own, too: that it is taken is known first.

        Raises:
            InvalidInputError: it is.
        """
        endpoints = self._azureml.endpoints
        pool = ThreadPoolExecutor(3, "plan")
        try:
            quota = pool.submit(self._quota)
            whole = pool.submit(endpoints.all)
            if named:
                self._refuse_taken(wanted, pool.submit(endpoints.get, wanted.endpoint))
            known = {spelling.key(endpoint.name): endpoint for endpoint in whole.result()}
            taken = frozenset(known) | self._promised()
            region = endpoints.region()
            return _World(region=region, quota=quota.result(), known=known, taken=taken)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _refuse_taken(self, wanted: _Wanted, asked: Future[Endpoint | None]) -> None:
        name = wanted.endpoint
        if name in self._promised() and self._same_deployment(wanted, None) is None:
            raise _taken(name, wanted.model)
        try:
            found = asked.result()
        except (UserError, TemporaryError):
            return  # then the list of all must tell
        if found is not None and self._same_deployment(wanted, found) is None:
            raise _taken(name, wanted.model)

    def _promised(self) -> frozenset[str]:
        """Names that operations under way are about to make."""
        running = self._store.operations.running()
        return spelling.keys(each.target for each in running if each.kind == KIND.name)

    def _names(self) -> ownership.Names:
        return ownership.Names(self._store.operations, self._azureml.workspace)

    def _quota(self) -> tuple[Quota, ...] | None:
        try:
            return self._azureml.endpoints.quota()
        except NotConfiguredError:
            raise
        except (UserError, TemporaryError):
            return None  # the plan says that it is not known

    def _same_deployment(self, wanted: _Wanted, there: Endpoint | None) -> DeployPlan | None:
        """The plan of an operation that does, or has done, exactly this; running it joins it."""
        latest = self._store.operations.latest(KIND.name, self._azureml.workspace, wanted.endpoint)
        if latest is None:
            return None
        operation, attempt = latest
        plan = KIND.plan_of(operation)
        size = wanted.on and planning.find_size(wanted.on, self._sizes, model=wanted.model.name)
        same_size = not size or spelling.same(size.name, plan.size)
        same_model = spelling.same(plan.model, wanted.model.asset_id)
        same = same_model and plan.count == wanted.count and same_size
        done = operation.state == OperationState.SUCCEEDED and there is not None
        if not same or (operation.state.ended and not done):
            return None
        note = (DONE_BEFORE if operation.state.ended else STARTED_BEFORE).format(
            operation=operation.id
        )
        notes = [note]
        if operation.state.ended and there is not None and there.problem:
            notes.append(UNREAD.format(endpoint=there.name, problem=there.problem))
        known = tuple(line for line in plan.warnings if line not in notes)
        return dataclasses.replace(plan, attempt=attempt, warnings=(*notes, *known))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What somebody wants deployed; `endpoint` is a name as Azure keeps it."""

    model: Model
    on: str | None
    count: int
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    """What Azure said; `quota` is None where it cannot be read, names are keys of `spelling`."""

    region: str
    quota: tuple[Quota, ...] | None
    known: Mapping[str, Endpoint]
    taken: frozenset[str]

    def there(self, name: str) -> Endpoint | None:
        return self.known.get(spelling.key(name))


def _taken(name: str, model: Model) -> InvalidInputError:
    again = Suggestion(verb=KIND.name, argument=model.name)
    return InvalidInputError(TAKEN, endpoint=name, field="endpoint", suggestions=(again,))
