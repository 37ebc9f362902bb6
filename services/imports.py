"""Importing models from the Hugging Face Hub: a plan with its checklist, then one operation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from services import planning
from services.azureml.client import AzureML
from services.clock import Clock
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotAllowedError,
    NotConfiguredError,
    NotFoundError,
    NotSupportedError,
    ServiceError,
    ServiceRefusedError,
)
from services.huggingface import Hub
from services.models import (
    Acceptance,
    Asked,
    Check,
    Cluster,
    CodeAllowance,
    HubModel,
    ImportPlan,
    Model,
    Operation,
    OperationState,
    Started,
    TaskLists,
    VmSize,
)
from services.planning import Findings
from services.store.database import Database
from services.workflows import runtime
from services.workflows.import_model import KIND
from services.workflows.runtime import OperationRequest

TITLE = "Import {name}"
REFUSED = ErrorText(
    code="ImportRefused", what="{name} cannot be imported as things are.", why="{checks}"
)
NO_REASON = ErrorText(
    code="NoReason",
    what="Say why this code may run.",
    advice="Everybody who looks at the import later reads it.",
)
ALWAYS = ("azureml", "azureml-meta")  # Azure's pipeline looks there, whatever is configured
NOT_ASKED = "HuggingFace"  # the Hub's own mirror: what is there can be imported all the same
LONGEST_REASON = 300
_SIDE_BY_SIDE = 8

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    """Hold what was asked of Azure and the Hub, side by side."""

    hub: HubModel
    cluster: Cluster | None
    tasks: TaskLists
    disks: Mapping[str, int]
    existing: tuple[Model, ...]
    unread: tuple[str, ...]


class Imports:
    """Plans and starts imports into one workspace."""

    def __init__(  # noqa: PLR0913 - the places an import touches
        self,
        store: Database,
        azureml: AzureML,
        hub: Hub,
        sizes: Mapping[str, VmSize],
        clock: Clock,
        *,
        compute: str,
        has_token: bool = False,
    ) -> None:
        self._store = store
        self._azureml = azureml
        self._hub = hub
        self._sizes = sizes
        self._clock = clock
        self._compute = compute
        self._has_token = has_token

    def plan(self, text: str, task: str | None = None) -> ImportPlan:
        """Return what importing that repository would do, with every check; change nothing.

        A plan that is `blocked` cannot be started; its checks say why and what to do.

        Args:
            text: the repository's id, or a link to it.
            task: the task that was asked for, else the Hub's own.

        Raises:
            UserError: there is no such repository or task, or nothing can be asked at all.
            TemporaryError: the Hub or Azure cannot be asked now.
        """
        return self._planned(planning.hub_id(text), task, None)

    def reconsider(self, plan: ImportPlan) -> ImportPlan:
        """Return the plan anew, as the world is now; a new attempt where the last has ended.

        Raises:
            UserError: it no longer works; see `plan`.
            TemporaryError: the Hub or Azure cannot be asked now.
        """
        return self._planned(plan.hub_id, plan.task or None, plan.code)

    def allow_code(self, plan: ImportPlan, by: str, reason: str) -> ImportPlan:
        """Return the plan with an operator's yes to the code of the revision that it is about.

        Args:
            plan: the one that was shown.
            by: the operator.
            reason: why; people read it for as long as the operation is known.

        Raises:
            InvalidInputError: no reason was given.
            UserError: see `plan`.
            TemporaryError: see `plan`.
        """
        said = " ".join(reason.split())
        if not said:
            raise InvalidInputError(NO_REASON, field="reason")
        now = self._clock.now()
        code = CodeAllowance(by=by, reason=said[:LONGEST_REASON], at=now, sha=plan.sha)
        return self._planned(plan.hub_id, plan.task or None, code)

    def start(
        self, plan: ImportPlan, asked: Asked, plan_id: str | None = None, *, by: str = ""
    ) -> Started:
        """Run a plan; fast, and safe against double clicks and two people at once.

        Whoever runs it accepts the licence, unless somebody accepted the same text before.

        Args:
            plan: not a blocked one.
            asked: who asked for it, and where.
            plan_id: the stored plan's.
            by: who clicked Run; by default whoever asked.

        Raises:
            NotSupportedError: something stands in the way.
        """
        if plan.blocked:
            failed = " ".join(_words(check) for check in plan.checks if check.passed is False)
            raise NotSupportedError(REFUSED, name=plan.hub_id, checks=failed)
        return runtime.start(
            OperationRequest(
                kind=KIND,
                target=plan.hub_id,
                title=TITLE.format(name=plan.hub_id),
                asked=asked,
                plan=self._agreed(plan, by or asked.user),
                plan_id=plan_id,
            )
        )

    def _agreed(self, plan: ImportPlan, by: str) -> ImportPlan:
        if plan.terms is None:
            return plan
        now = Acceptance(by=by, at=self._clock.now())
        accepted = self._store.licences.accept(self._azureml.workspace, plan, now)
        return dataclasses.replace(plan, accepted=accepted)

    def _planned(self, hub_id: str, wanted: str | None, code: CodeAllowance | None) -> ImportPlan:
        world = self._looked(hub_id)
        hub, workspace = world.hub, self._azureml.workspace
        terms = self._hub.licence(hub)
        accepted = self._store.licences.find(workspace, hub.id, terms.sha256)
        task = planning.import_task(hub, wanted, world.tasks)
        ours = next((model for model in world.existing if not model.registry), None)
        attempt, latest = self._attempt(hub, task, ours)
        counts = code if code and code.sha == hub.sha and hub.custom_code else None
        size = self._size(world)
        findings = Findings(
            hub=hub,
            task=task,
            tasks=world.tasks,
            compute=self._compute,
            cluster=world.cluster,
            size=size,
            known_size=self._known(size),
            disk=world.disks.get(size.lower()),
            existing=world.existing,
            unread=world.unread,
            latest=latest,
            has_token=self._has_token,
            terms=terms,
            accepted=accepted,
            code=counts,
        )
        return ImportPlan(
            hub_id=hub.id,
            sha=hub.sha,
            model_name=planning.model_name_of(hub.id),
            task=task,
            license=hub.license,
            license_url=hub.license_url,
            size_bytes=hub.size_bytes,
            compute=self._compute,
            attempt=attempt,
            checks=planning.import_checks(findings),
            with_token=self._has_token and (hub.gated != "" or hub.private),
            size=size,
            terms=terms,
            accepted=accepted,
            caution="" if accepted else planning.caution(hub),
            code=counts,
            before=ours.version if ours else None,
        )

    def _looked(self, hub_id: str) -> _World:
        """Ask everybody at once; only a renamed repository needs a second round."""
        with _side_by_side() as pool:
            azure = self._azureml
            cluster = pool.submit(azure.computes.cluster, self._compute)
            tasks = pool.submit(_otherwise, azure.component.tasks, planning.KNOWN_TASKS)
            disks = pool.submit(_otherwise, azure.computes.disks, dict[str, int]())
            name = planning.model_name_of(hub_id)
            existing = self._existing(pool, name)
            hub = self._hub.model(hub_id)
            if planning.model_name_of(hub.id) != name:
                existing = self._existing(pool, planning.model_name_of(hub.id))
            found = [(place, future.result()) for place, future in existing.items()]
            return _World(
                hub=hub,
                cluster=cluster.result(),
                tasks=tasks.result(),
                disks=disks.result(),
                existing=tuple(model for _, model in found if isinstance(model, Model)),
                unread=tuple(place for place, model in found if model is False),
            )

    def _size(self, world: _World) -> str:
        """Of the cluster that is there, else of the one that will be made."""
        if world.cluster is not None:
            known = self._known(world.cluster.size)
            return known.name if known else world.cluster.size
        needed = planning.disk_needed(world.hub)
        return planning.import_size(self._sizes, world.disks, needed)

    def _known(self, size: str) -> VmSize | None:
        names = (
            machine for machine in self._sizes.values() if machine.name.lower() == size.lower()
        )
        return next(names, None)

    def _existing(
        self, pool: ThreadPoolExecutor, name: str
    ) -> dict[str, Future[Model | bool | None]]:
        """Models of that name in the workspace ("") and in the registries."""
        places = dict.fromkeys((*self._azureml.registries, *ALWAYS))
        places.pop(NOT_ASKED, None)
        return {place: pool.submit(self._in_place, place, name) for place in ("", *places)}

    def _in_place(self, place: str, name: str) -> Model | bool | None:
        """None where it has no such model, False where we may not look."""
        models = self._azureml.models
        try:
            return models.registry_model(place, name) if place else models.workspace_model(name)
        except NotFoundError:
            return None
        except (NotAllowedError, ServiceRefusedError):
            if not place:
                raise
            return False

    def _attempt(
        self, hub: HubModel, task: str, ours: Model | None
    ) -> tuple[int, Operation | None]:
        """The number of this attempt, and the operation that running the plan would join.

        That is the one under way, or one that imported this very revision for this task and whose
        model is still there. Else it is a new attempt: the repository may have moved on.
        """
        latest = self._store.operations.latest(KIND.name, self._azureml.workspace, hub.id)
        if latest is None:
            return 1, None
        operation, attempt = latest
        plan = KIND.plan_of(operation)
        same = (plan.sha, plan.task) == (hub.sha, task)
        there = operation.state == OperationState.SUCCEEDED and same and ours is not None
        if there or not operation.state.ended:
            return attempt, operation
        return attempt + 1, None


@contextmanager
def _side_by_side() -> Iterator[ThreadPoolExecutor]:
    """A pool that an error does not wait for: the first thing that is wrong is said at once."""
    pool = ThreadPoolExecutor(_SIDE_BY_SIDE, "import-plan")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _otherwise(ask: Callable[[], T], known: T) -> T:
    """The answer, or what is known without it: it only makes the checklist more exact."""
    try:
        return ask()
    except NotConfiguredError:
        raise
    except ServiceError:
        return known


def _words(check: Check) -> str:
    return " ".join(part for part in (f"{check.title}: {check.text}.", check.advice) if part)
