"""All that was found out about an import, before it is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.models import (
    Acceptance,
    Cluster,
    CodeAllowance,
    HubModel,
    LicenceText,
    Model,
    Operation,
    Quota,
    TaskLists,
    VmSize,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that was found out about an import, before it is judged.

    Attributes:
        hub: the repository, as the Hub tells it.
        task: the component's name for the task; "" where the Hub's own cannot be imported.
        tasks: what Azure's pipeline takes.
        compute: name of the cluster that will run the pipeline.
        cluster: as Azure has it; None where it will be made.
        size: machine of the cluster; "" where it is not known.
        known_size: the row of the price table for it.
        disk: bytes of its local disk; None where Azure does not tell.
        existing: models of that name in registries and the workspace.
        unread: registries that could not be looked into.
        latest: the operation that running the plan would join: it is under way, or has imported
            this very revision and its model is still there.
        has_token: whether a Hub token is configured.
        quota: of the cluster's kind of machines; None where it is not known.
        other_size: one of another family for which there is quota; "" for none.
        terms: what is agreed to.
        accepted: who agreed to it before.
        code: who allowed the repository's own code.
    """

    hub: HubModel
    task: str
    tasks: TaskLists
    compute: str
    cluster: Cluster | None
    size: str
    known_size: VmSize | None = None
    disk: int | None = None
    existing: Sequence[Model] = ()
    unread: Sequence[str] = ()
    latest: Operation | None = None
    has_token: bool = False
    quota: Sequence[Quota] | None = None
    other_size: str = ""
    terms: LicenceText | None = None
    accepted: Acceptance | None = None
    code: CodeAllowance | None = None
