"""What stands in the way of an import, what a person should look at, and what is fine.

`passed` of a check is False where the import cannot or must not run, None where somebody should
look, True where nothing is wrong. Everything is judged at once: nobody learns of the next obstacle
only after they have removed the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.models import (
    Acceptance,
    Check,
    Cluster,
    CodeAllowance,
    HubModel,
    ImportPlan,
    LicenceText,
    Model,
    Operation,
    TaskLists,
    VmSize,
    Way,
)
from services.planning.imports import HANDBOOK_TASKS, disk_needed, model_name_of
from services.planning.licences import is_noncommercial, licence_class

REFUSED_IN = frozenset({"azureml", "azureml-meta"})  # where Azure's own pipeline looks
GIBIBYTE = 2**30
NAMED = 3  # files that are named
ROLE = "AzureML Data Scientist"
OTHER_CLUSTER = (
    "Set AML_BOT_IMPORT_COMPUTE to another name: a cluster of that name is made when it is missing."
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
    terms: LicenceText | None = None
    accepted: Acceptance | None = None
    code: CodeAllowance | None = None


def import_checks(found: Findings) -> tuple[Check, ...]:
    """The checklist shown before anything is spent."""
    return (
        _exists(found.hub),
        _gate(found.hub, has_token=found.has_token),
        _licence(found),
        _task(found),
        _code(found),
        _weights(found.hub),
        _duplicates(found),
        _compute(found),
        _disk(found),
        _identity(found),
        _token(found),
        Check(
            title="Revision",
            passed=None,
            text=f"Azure downloads what main is then (now {found.hub.sha[:7]}); it takes no other",
        ),
    )


def caution(hub: HubModel) -> str:
    """Why a person should be asked once more before agreeing to the licence; "" for no reason."""
    if not hub.license:
        return (
            f"Nobody states a licence for {hub.id}. Without one you may have no right to use it; "
            "ask its owner."
        )
    if is_noncommercial(hub.license):
        return f"The licence {hub.license} excludes commercial use."
    kind = licence_class(hub.license)
    if kind == "restricted":
        return f"The licence {hub.license} restricts what the model may be used for."
    if kind == "unknown":
        return f"The licence “{hub.license}” is none I know. Read it before you agree."
    return ""


def _exists(hub: HubModel) -> Check:
    moved = f", renamed from {hub.renamed_from}" if hub.renamed_from else ""
    private = ", private" if hub.private else ""
    return Check(title="On the Hub", passed=True, text=f"{hub.id}{moved}{private}")


def _gate(hub: HubModel, *, has_token: bool) -> Check:
    if not hub.gated:
        return Check(title="Access", passed=True, text="open, no approval needed")
    if hub.access:
        return Check(title="Access", passed=True, text="gated, and our token is accepted")
    how = "approves requests by hand" if hub.gated == "manual" else "wants its terms accepted"
    advice = (
        "Ask for access on its page with the account of our token."
        if has_token
        else "Ask for access on its page, then set HF_TOKEN to a read token of that account."
    )
    return Check(
        title="Access",
        passed=False,
        text=f"gated: its owner {how}, and we are not let in",
        advice=advice,
        way=Way.PAGE,
        target=hub.page,
    )


def _licence(found: Findings) -> Check:
    hub, accepted = found.hub, found.accepted
    name = f"{hub.license} ({licence_class(hub.license)})" if hub.license else "not stated"
    if is_noncommercial(hub.license):
        name += ", excludes commercial use"
    name = f"{name}. Third-party terms apply; complying is up to you"
    if accepted is not None:
        day = datetime.fromtimestamp(accepted.at, tz=UTC).date().isoformat()
        text = f"{name}. Accepted on {day} by"
        return Check(title="Licence", passed=True, text=text, by=accepted.by)
    file = found.terms.file if found.terms else ""
    basis = f"its text in {file}" if file else "name and link, as the repository has no text"
    return Check(
        title="Licence",
        passed=True if licence_class(hub.license) == "permissive" else None,
        text=f"{name}. Run accepts them in your name ({basis})",
    )


def _task(found: Findings) -> Check:
    task, lists = found.task, found.tasks
    source = f"pipeline {lists.version}" + ("" if lists.live else ", not asked just now")
    if not task:
        said = found.hub.task
        return Check(
            title="Task",
            passed=False,
            text=f"the Hub says {said}, which Azure's import does not know"
            if said
            else "the Hub does not say what it is for",
            advice="Name the task yourself, if one of Azure's fits: "
            f"import {found.hub.id} task:text-classification.",
            way=Way.TASK,
            target=found.hub.id,
        )
    if task in HANDBOOK_TASKS and (not lists.first_step or task in lists.first_step):
        text = f"{task}: documented, and taken by Azure's import ({source})"
        return Check(title="Task", passed=True, text=text)
    if not lists.first_step or task in lists.first_step:
        text = f"{task}: Azure's import takes it ({source}), its documentation does not list it"
    else:
        text = (
            f"{task}: the pipeline lists it ({source}), its own first step does not"
            f"{'' if task in HANDBOOK_TASKS else ' and neither does the documentation'}. "
            "Azure may refuse it"
        )
    return Check(title="Task", passed=None, text=text)


def _code(found: Findings) -> Check:
    hub, allowed = found.hub, found.code
    if not hub.custom_code:
        return Check(title="Code of its own", passed=True, text="none")
    names = _named(hub.custom_code)
    if allowed is not None:
        text = f"{names} will run on the cluster: “{allowed.reason}”. Allowed by"
        return Check(title="Code of its own", passed=None, text=text, by=allowed.by)
    return Check(
        title="Code of its own",
        passed=False,
        text=f"the repository brings {names}, which Azure would run with the cluster's rights",
        advice="Off by default: an operator who has read it can allow it and say why.",
        way=Way.CODE,
        target=hub.id,
    )


def _weights(hub: HubModel) -> Check:
    if not hub.pickles:
        return Check(title="Weights", passed=True, text="no pickle files")
    names = _named(hub.pickles)
    text = (
        f"{names} beside safetensors: pickle files can run code when they are opened"
        if hub.safe_weights
        else f"only as pickle files ({names}), which can run code when they are opened"
    )
    return Check(title="Weights", passed=None, text=text)


def _duplicates(found: Findings) -> Check:
    name = model_name_of(found.hub.id)
    under_way = _under_way(found)
    if under_way is not None:
        return under_way
    unread = f" ({', '.join(found.unread)} could not be read)" if found.unread else ""
    curated = [model for model in found.existing if model.registry]
    refusing = [model for model in curated if model.registry in REFUSED_IN]
    ours = [model for model in found.existing if not model.registry]
    for model in refusing[:1]:
        return Check(
            title="Not there yet",
            passed=False,
            text=f"registry {model.registry} has {model.name} already, and Azure's import refuses "
            "it then",
            advice="Deploy that one.",
            way=Way.DEPLOY,
            target=model.asset_id,
        )
    for model in ours[:1]:
        again = (
            f", made of this very revision by {found.latest.id}: Run changes nothing"
            if found.latest
            else "; this adds a new version"
        )
        return Check(
            title="Not there yet",
            passed=None,
            text=f"the workspace has {name} version {model.version}{again}",
            way=Way.DEPLOY,
            target=model.asset_id,
        )
    for model in curated[:1]:
        return Check(
            title="Not there yet",
            passed=None,
            text=f"registry {model.registry} has {model.name} already, tested by its publisher",
            way=Way.DEPLOY,
            target=model.asset_id,
        )
    text = f"will be registered as {name}{unread}"
    return Check(title="Not there yet", passed=None if unread else True, text=text)


def _under_way(found: Findings) -> Check | None:
    """What the operation that imports it right now means for this plan; None for none."""
    latest = found.latest
    if latest is None or latest.state.ended:
        return None
    plan = latest.plan
    if isinstance(plan, ImportPlan) and found.task and plan.task != found.task:
        return Check(
            title="Not there yet",
            passed=False,
            text=f"{latest.id} is importing it for {plan.task} right now",
            advice="Ask again once that has ended.",
        )
    text = f"{latest.id} is importing it right now: Run only follows it"
    return Check(title="Not there yet", passed=None, text=text)


def _compute(found: Findings) -> Check:
    cluster, retired = found.cluster, found.known_size.retired if found.known_size else None
    if retired:
        where = f"{cluster.name} has machines of" if cluster else "no machine fits but"
        text = f"{where} {found.size}, which Azure retired on {retired}"
        return Check(title="Cluster", passed=False, text=text, advice=OTHER_CLUSTER)
    if cluster is None:
        text = f"{found.compute} will be made with {found.size}; it costs nothing while idle"
        return Check(title="Cluster", passed=True, text=text)
    if cluster.state in {"Failed", "Canceled"}:
        why = f": {cluster.error}" if cluster.error else ""
        text = f"{cluster.name} is in the state {cluster.state}{why}"
        advice = f"Mend or delete it in the studio. {OTHER_CLUSTER}"
        return Check(title="Cluster", passed=False, text=text, advice=advice)
    return _standing(cluster, found.size)


def _standing(cluster: Cluster, size: str) -> Check:
    """Of a cluster that Azure has, and that has not failed."""
    about = f"{cluster.name}, {size or 'size not known'}"
    if cluster.kind not in {"", "AmlCompute"}:
        text = f"{about}: it is no cluster but {cluster.kind}, which may not do"
        return Check(title="Cluster", passed=None, text=text)
    if cluster.state not in {"", "Succeeded"}:
        return Check(title="Cluster", passed=None, text=f"{about}, {cluster.state.lower()} now")
    return Check(title="Cluster", passed=True, text=f"{about}, is there")


def _disk(found: Findings) -> Check:
    needed = disk_needed(found.hub)
    if not needed:
        text = "the Hub does not say how large it is; twice that and 1 GB must fit"
        return Check(title="Disk", passed=None, text=text)
    needs = f"needs about {_gb(needed)}: twice the repository and 1 GB"
    if found.disk is None:
        size = found.size or "the cluster's machines"
        text = f"{needs}. Azure does not say how much {size} has"
        return Check(title="Disk", passed=None, text=text)
    has = f"{found.size} has {_gb(found.disk)}"
    if found.disk < needed:
        advice = "Make a cluster of a size with a larger disk and set AML_BOT_IMPORT_COMPUTE to it."
        return Check(title="Disk", passed=False, text=f"{needs}, and {has}", advice=advice)
    return Check(title="Disk", passed=True, text=f"{needs}; {has}")


def _identity(found: Findings) -> Check:
    if found.cluster is not None and found.cluster.identity:
        text = f"the cluster's managed identity registers the model; it needs the role {ROLE}"
        return Check(title="Identity", passed=True, text=text)
    return Check(
        title="Identity",
        passed=None,
        text="the cluster has no managed identity, so the job registers with the bot's login; "
        "whether a service principal may is not known",
        advice=f"The sure way is a managed identity with the role {ROLE}.",
    )


def _token(found: Findings) -> Check:
    hub = found.hub
    if not found.has_token or not (hub.gated or hub.private):
        return Check(title="Hub token", passed=True, text="none is handed to Azure")
    return Check(
        title="Hub token",
        passed=None,
        text="handed to Azure as an input of the job: everybody who may read the workspace's jobs "
        "can read it, also later. Use a fine-grained token that can only read this repository",
    )


def _named(files: Sequence[str]) -> str:
    return ", ".join(files[:NAMED]) + (" …" if len(files) > NAMED else "")


def _gb(size: int) -> str:
    return f"{size / GIBIBYTE:,.1f} GB"
