"""Judge an import: what stands in its way, what a person should look at, and what is fine.

`passed` of a check is False where the import cannot or must not run, None where somebody should
look, True where nothing is wrong. Everything is judged at once: nobody learns of the next obstacle
only after they have removed the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from services.models import Check, HubModel, ImportPlan, Model, Way
from services.planning import cluster, cluster_quota, loading
from services.planning.findings import Findings
from services.planning.imports import HANDBOOK_TASKS, model_name_of
from services.planning.licences import is_identifier, is_noncommercial, licence_class

REFUSED_IN = frozenset({"azureml", "azureml-meta"})  # where Azure's own pipeline looks
NAMED = 3  # files that are named

ON_HUB, ACCESS, LICENCE, TASK = "On the Hub", "Access", "Licence", "Task"  # titles
CODE, WEIGHTS, NOT_THERE, TOKEN, REVISION = (
    "Code of its own",
    "Weights",
    "Not there yet",
    "Hub token",
    "Revision",
)
NO_REVISION = "the Hub does not say which one it has, so nobody could tell what was agreed to"
TRY_LATER = "Try again in a moment."
MAIN = "Azure downloads what main is then (now {revision}); it takes no other"
UNSTATED_CAUTION = (
    "Nobody states a licence for {model}. Without one you may have no right to use it; "
    "ask its owner."
)
NONCOMMERCIAL_CAUTION = "The licence {licence} excludes commercial use."
RESTRICTED_CAUTION = "The licence {licence} restricts what the model may be used for."
OWN_CAUTION = "The licence {licence} is its publisher's own. Read it before you agree."
UNKNOWN_CAUTION = "The licence “{licence}” is none I know. Read it before you agree."

RENAMED, PRIVATE = ", renamed from {name}", ", private"
OPEN = "open, no approval needed"
ADMITTED = "gated, and our token is accepted"
GATED_BY_HAND = "gated: its owner approves requests by hand, and we are not let in"
GATED_BY_TERMS = "gated: its owner wants its terms accepted, and we are not let in"
ASK_FOR_ACCESS = "Ask for access on its page with the account of our token."
ASK_AND_SET = "Ask for access on its page, then set HF_TOKEN to a read token of that account."

STATED, UNSTATED = "{licence} ({kind})", "not stated"
NONCOMMERCIAL = ", excludes commercial use"
TERMS = "{licence}. Third-party terms apply; complying is up to you"
ACCEPTED = "{terms}. Accepted on {day} by"
TO_ACCEPT = "{terms}. Run accepts them in your name ({basis})"
BASIS_TEXT = "its text in {file}"
BASIS_NAME = "name and link, as the repository has no text"

SOURCE, SOURCE_OLD = "pipeline {version}", "pipeline {version}, not asked just now"
TASK_NOT_KNOWN = "the Hub says {task}, which Azure's import does not know"
TASK_NOT_SAID = "the Hub does not say what it is for"
NAME_A_TASK = (
    "Name the task yourself, if one of Azure's fits: import {model} task:text-classification."
)
TASK_DOCUMENTED = "{task}: documented, and taken by Azure's import ({source})"
TASK_TAKEN = "{task}: Azure's import takes it ({source}), its documentation does not list it"
TASK_DOUBTED = (
    "{task}: the pipeline lists it ({source}), its own first step does not. Azure may refuse it"
)
TASK_DOUBTED_TWICE = (
    "{task}: the pipeline lists it ({source}), its own first step does not and neither does the "
    "documentation. Azure may refuse it"
)

NO_CODE = "none"
CODE_ALLOWED = "{files} will run on the cluster: “{reason}”. Allowed by"
HAS_CODE = "the repository brings {files}, which Azure would run with the cluster's rights"
ALLOW_CODE = "Off by default: an operator who has read it can allow it and say why."
ALL_SAFE = "only files of kinds that run no code when they are opened"
DOUBTFUL_BESIDE = (
    "{files} beside safetensors: not known to be safe, as such files can run code when they are "
    "opened"
)
DOUBTFUL = "{files}: not known to be safe, as such files can run code when they are opened"
NOT_LISTED = "the Hub does not list the files, so nobody knows whether they are safe"

REFUSED_FOR = "registry {registry} has {model} already, and Azure's import refuses it then"
DEPLOY_THAT = "Deploy that one."
SAME_REVISION = (
    "the workspace has {model} version {version}, made of this very revision by {operation}: "
    "Run changes nothing"
)
NEW_VERSION = "the workspace has {model} version {version}; this adds a new version"
TESTED_ONE = "registry {registry} has {model} already, tested by its publisher"
WILL_BE = "will be registered as {model}"
WILL_BE_PERHAPS = "will be registered as {model} ({registries} could not be read)"
OTHER_TASK = "{operation} is importing it for {task} right now"
ANOTHER = "another task"  # what others ask for in private is not told
ASK_AGAIN = "Ask again once that has ended."
UNDER_WAY = "{operation} is importing it right now: Run only follows it"

NOT_HANDED = "none is handed to Azure"
HANDED_OVER = (
    "handed to Azure as an input of the job: everybody who may read the workspace's jobs can read "
    "it, also later. Use a fine-grained token that can only read this repository"
)


def import_checks(found: Findings) -> tuple[Check, ...]:
    """Return the checklist shown before anything is spent, a line for each kind of obstacle."""
    return (
        _exists(found.hub),
        _gate(found.hub, has_token=found.has_token),
        _licence(found),
        _task(found),
        loading.loading(found.hub),
        _code(found),
        _weights(found.hub),
        _duplicates(found),
        cluster.compute(found),
        cluster_quota.quota(found),
        cluster.disk(found),
        cluster.identity(found),
        _token(found),
        _revision(found.hub),
    )


def _revision(hub: HubModel) -> Check:
    if not hub.sha:
        return Check(title=REVISION, passed=False, text=NO_REVISION, advice=TRY_LATER)
    return Check(title=REVISION, passed=None, text=MAIN.format(revision=hub.sha[:7]))


def caution(hub: HubModel) -> str:
    """Why a person should be asked once more before agreeing to the licence; "" for no reason."""
    if not hub.license:
        return UNSTATED_CAUTION.format(model=hub.id)
    if is_noncommercial(hub.license):
        return NONCOMMERCIAL_CAUTION.format(licence=hub.license)
    kind = licence_class(hub.license)
    if kind == "restricted":
        return RESTRICTED_CAUTION.format(licence=hub.license)
    if kind == "custom":
        return OWN_CAUTION.format(licence=hub.license)
    if not is_identifier(hub.license):
        return UNKNOWN_CAUTION.format(licence=hub.license)
    return ""


def _exists(hub: HubModel) -> Check:
    moved = RENAMED.format(name=hub.renamed_from) if hub.renamed_from else ""
    private = PRIVATE if hub.private else ""
    return Check(title=ON_HUB, passed=True, text=f"{hub.id}{moved}{private}")


def _gate(hub: HubModel, *, has_token: bool) -> Check:
    if not hub.gated:
        return Check(title=ACCESS, passed=True, text=OPEN)
    if hub.access:
        return Check(title=ACCESS, passed=True, text=ADMITTED)
    return Check(
        title=ACCESS,
        passed=False,
        text=GATED_BY_HAND if hub.gated == "manual" else GATED_BY_TERMS,
        advice=ASK_FOR_ACCESS if has_token else ASK_AND_SET,
        way=Way.PAGE,
        target=hub.page,
    )


def _licence(found: Findings) -> Check:
    hub, accepted = found.hub, found.accepted
    kind = licence_class(hub.license)
    name = STATED.format(licence=hub.license, kind=kind) if hub.license else UNSTATED
    if is_noncommercial(hub.license):
        name += NONCOMMERCIAL
    terms = TERMS.format(licence=name)
    if accepted is not None:
        day = datetime.fromtimestamp(accepted.at, tz=UTC).date().isoformat()
        text = ACCEPTED.format(terms=terms, day=day)
        return Check(title=LICENCE, passed=True, text=text, by=accepted.by)
    file = found.terms.file if found.terms else ""
    basis = BASIS_TEXT.format(file=file) if file else BASIS_NAME
    return Check(
        title=LICENCE,
        passed=True if kind == "permissive" else None,
        text=TO_ACCEPT.format(terms=terms, basis=basis),
    )


def _task(found: Findings) -> Check:
    task, lists = found.task, found.tasks
    source = (SOURCE if lists.live else SOURCE_OLD).format(version=lists.version)
    if not task:
        said = found.hub.task
        return Check(
            title=TASK,
            passed=False,
            text=TASK_NOT_KNOWN.format(task=said) if said else TASK_NOT_SAID,
            advice=NAME_A_TASK.format(model=found.hub.id),
            way=Way.TASK,
            target=found.hub.id,
        )
    documented = task in HANDBOOK_TASKS
    if not lists.first_step or task in lists.first_step:
        text, passed = (TASK_DOCUMENTED, True) if documented else (TASK_TAKEN, None)
    else:
        text, passed = TASK_DOUBTED if documented else TASK_DOUBTED_TWICE, None
    return Check(title=TASK, passed=passed, text=text.format(task=task, source=source))


def _code(found: Findings) -> Check:
    hub, allowed = found.hub, found.code
    if not hub.custom_code:
        return Check(title=CODE, passed=True, text=NO_CODE)
    names = _named(hub.custom_code)
    if allowed is not None:
        text = CODE_ALLOWED.format(files=names, reason=allowed.reason)
        return Check(title=CODE, passed=None, text=text, by=allowed.by)
    return Check(
        title=CODE,
        passed=False,
        text=HAS_CODE.format(files=names),
        advice=ALLOW_CODE,
        way=Way.CODE,
        target=hub.id,
    )


def _weights(hub: HubModel) -> Check:
    if hub.contents is None:
        return Check(title=WEIGHTS, passed=None, text=NOT_LISTED)
    if not hub.doubtful:
        return Check(title=WEIGHTS, passed=True, text=ALL_SAFE)
    text = DOUBTFUL_BESIDE if hub.safe_weights else DOUBTFUL
    return Check(title=WEIGHTS, passed=None, text=text.format(files=_named(hub.doubtful)))


def _duplicates(found: Findings) -> Check:
    name = model_name_of(found.hub.id)
    under_way = _under_way(found)
    if under_way is not None:
        return under_way
    curated = [model for model in found.existing if model.registry]
    for model in curated:
        if model.registry in REFUSED_IN:
            text = REFUSED_FOR.format(registry=model.registry, model=model.name)
            return _deployable(model, text, passed=False, advice=DEPLOY_THAT)
    for model in found.existing:
        if not model.registry:
            text = SAME_REVISION if found.latest else NEW_VERSION
            operation = found.latest.id if found.latest else ""
            shown = text.format(model=name, version=model.version, operation=operation)
            return _deployable(model, shown)
    for model in curated[:1]:
        text = TESTED_ONE.format(registry=model.registry, model=model.name)
        return _deployable(model, text)
    text = WILL_BE_PERHAPS if found.unread else WILL_BE
    shown = text.format(model=name, registries=", ".join(found.unread))
    return Check(title=NOT_THERE, passed=None if found.unread else True, text=shown)


def _deployable(model: Model, text: str, *, passed: bool | None = None, advice: str = "") -> Check:
    """Of a model that is there already, and could be deployed instead."""
    return Check(
        title=NOT_THERE,
        passed=passed,
        text=text,
        advice=advice,
        way=Way.DEPLOY,
        target=model.asset_id,
    )


def _under_way(found: Findings) -> Check | None:
    """Return what the operation that imports it right now means for this plan; None for none."""
    latest = found.latest
    if latest is None or latest.state.ended:
        return None
    plan = latest.plan
    if isinstance(plan, ImportPlan) and found.task and plan.task != found.task:
        return Check(
            title=NOT_THERE,
            passed=False,
            text=OTHER_TASK.format(
                operation=latest.id, task=ANOTHER if latest.asked.private else plan.task
            ),
            advice=ASK_AGAIN,
        )
    text = UNDER_WAY.format(operation=latest.id)
    return Check(title=NOT_THERE, passed=None, text=text)


def _token(found: Findings) -> Check:
    hub = found.hub
    if not found.has_token or not (hub.gated or hub.private):
        return Check(title=TOKEN, passed=True, text=NOT_HANDED)
    return Check(title=TOKEN, passed=None, text=HANDED_OVER)


def _named(files: Sequence[str]) -> str:
    return ", ".join(files[:NAMED]) + (" …" if len(files) > NAMED else "")
