"""Importing models from the Hugging Face Hub: a plan with its checklist, then one operation."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from services import planning, spelling
from services.azureml.client import AzureML
from services.clock import Clock
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotSupportedError,
)
from services.huggingface import Hub
from services.import_facts import ImportFacts, read_import_facts
from services.models import (
    Acceptance,
    Asked,
    Check,
    CodeAllowance,
    HubModel,
    ImportPlan,
    Model,
    Operation,
    OperationState,
    Started,
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
LONGEST_REASON = 300


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
                by=by,
            )
        )

    def _agreed(self, plan: ImportPlan, by: str) -> ImportPlan:
        if plan.terms is None:
            return plan
        now = Acceptance(by=by, at=self._clock.now())
        accepted = self._store.licences.accept(self._azureml.workspace, plan, now)
        return dataclasses.replace(plan, accepted=accepted)

    def _planned(self, hub_id: str, wanted: str | None, code: CodeAllowance | None) -> ImportPlan:
        facts = read_import_facts(self._azureml, self._hub, self._compute, hub_id)
        hub, workspace = facts.hub, self._azureml.workspace
        terms = self._hub.licence(hub)
        accepted = self._store.licences.find(workspace, hub.id, terms.sha256)
        task = planning.import_task(hub, wanted, facts.tasks)
        ours = next((model for model in facts.existing if not model.registry), None)
        attempt, latest = self._attempt(hub, task, ours)
        counts = code if code and hub.sha and code.sha == hub.sha and hub.custom_code else None
        size = self._size(facts)
        findings = Findings(
            hub=hub,
            task=task,
            tasks=facts.tasks,
            compute=self._compute,
            cluster=facts.cluster,
            size=size,
            known_size=self._known(size),
            disk=facts.disks.get(size.lower()),
            quota=facts.quota,
            other_size=planning.size_with_quota(
                self._sizes, facts.disks, planning.disk_needed(hub), facts.quota
            ),
            existing=facts.existing,
            unread=facts.unread,
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
            doubtful=hub.doubtful,
        )

    def _size(self, facts: ImportFacts) -> str:
        """Of the cluster that is there, else of the one that will be made."""
        if facts.cluster is not None:
            known = self._known(facts.cluster.size)
            return known.name if known else facts.cluster.size
        needed = planning.disk_needed(facts.hub)
        return planning.import_size(self._sizes, facts.disks, needed)

    def _known(self, size: str) -> VmSize | None:
        names = (machine for machine in self._sizes.values() if spelling.same(machine.name, size))
        return next(names, None)

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


def _words(check: Check) -> str:
    return " ".join(part for part in (f"{check.title}: {check.text}.", check.advice) if part)
