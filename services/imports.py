"""Importing models from the Hugging Face Hub: a plan with its checklist, then one operation."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from services import planning
from services.azureml.client import AzureML
from services.clock import Clock
from services.errors import NotAllowedError, NotFoundError, NotSupportedError, ServiceRefusedError
from services.huggingface import Hub
from services.models import (
    Asked,
    Check,
    HubModel,
    ImportPlan,
    Model,
    OperationState,
    Started,
    VmSize,
)
from services.store.database import Database
from services.workflows import runtime
from services.workflows.import_model import IMPORT_SIZE
from services.workflows.runtime import Wish

KIND = "import"


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
        """What importing that repository would do, with every check; changes nothing.

        Args:
            text: the repository's id, or a link to it.
            task: the task that was asked for, else the Hub's own.

        Raises:
            UserError: it cannot be imported; says why and what to do.
            TemporaryError: the Hub or Azure cannot be asked now.
        """
        found = self._hub.model(planning.hub_id(text))
        chosen = planning.import_task(found, task)
        name = planning.model_name_of(found.id)
        existing = self._existing(name)
        checks = planning.import_checks(
            found,
            task=chosen,
            compute=self._compute,
            compute_size=self._sizes.get(IMPORT_SIZE),
            existing=existing,
            has_token=self._has_token,
        )
        _refuse(found, checks, existing)
        return ImportPlan(
            hub_id=found.id,
            sha=found.sha,
            model_name=name,
            task=chosen,
            license=found.license,
            license_url=found.license_url,
            size_bytes=found.size_bytes,
            compute=self._compute,
            attempt=self._attempt(found),
            checks=checks,
            with_token=self._has_token and found.gated != "",
        )

    def reconsider(self, plan: ImportPlan) -> ImportPlan:
        """The plan for the same wish as the world is now; a new attempt where the last has ended.

        Raises:
            UserError: it no longer works; see `plan`.
            TemporaryError: the Hub or Azure cannot be asked now.
        """
        return self.plan(plan.hub_id, plan.task)

    def start(self, plan: ImportPlan, asked: Asked, plan_id: str | None = None) -> Started:
        """Run a plan; fast, and safe against double clicks and two people at once."""
        return runtime.start(
            Wish(
                kind=KIND,
                target=plan.hub_id,
                title=f"Import {plan.hub_id}",
                asked=asked,
                plan=plan,
                attempt=plan.attempt,
                plan_id=plan_id,
            )
        )

    def _existing(self, name: str) -> tuple[Model, ...]:
        """Models of that name, in the workspace and in the registries."""
        places = [None, *(one for one in self._azureml.registries if one != "HuggingFace")]
        with ThreadPoolExecutor(len(places), "plan") as pool:
            found = list(pool.map(lambda place: self._in_place(place, name), places))
        return tuple(model for model in found if model is not None)

    def _in_place(self, registry: str | None, name: str) -> Model | None:
        models = self._azureml.models
        try:
            if registry is None:
                return models.workspace_model(name)
            return models.registry_model(registry, name)
        except NotFoundError:
            return None
        except (NotAllowedError, ServiceRefusedError):
            return None  # a registry that we may not look into

    def _attempt(self, hub: HubModel) -> int:
        """A new attempt once the last one has ended: the repository may have moved on."""
        latest = self._store.operations.latest(KIND, self._azureml.workspace, hub.id)
        if latest is None:
            return 1
        operation, attempt = latest
        same = isinstance(operation.plan, ImportPlan) and operation.plan.sha == hub.sha
        if operation.state == OperationState.SUCCEEDED and same and self._is_there(operation.plan):
            return attempt
        return attempt + 1 if operation.state.ended else attempt

    def _is_there(self, plan: object) -> bool:
        if not isinstance(plan, ImportPlan):
            return False
        try:
            self._azureml.models.workspace_model(plan.model_name)
        except NotFoundError:
            return False
        return True


def _refuse(hub: HubModel, checks: tuple[Check, ...], existing: tuple[Model, ...]) -> None:
    """Raise for what cannot succeed, in the words of the check."""
    failed = [check for check in checks if check.passed is False]
    if failed:
        raise NotSupportedError(
            f"{hub.id} cannot be imported as things are.",
            why=" ".join(f"{check.title}: {check.text}" for check in failed),
            code="ImportRefused",
            suggestions=tuple(f"deploy {model.name}" for model in existing[:1])
            or (f"search {hub.id.rpartition('/')[2]}",),
        )
