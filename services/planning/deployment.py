"""Fix what a deployment will do and cost before anything is spent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services import spelling
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotSupportedError,
    QuotaExceededError,
    Suggestion,
)
from services.models import DeployPlan, Model, Quota, VmSize
from services.planning.names import check_endpoint_name, deployment_name, endpoint_name
from services.planning.sizes import (
    cores_left,
    cores_needed,
    find_size,
    is_over,
    is_total_short,
    meets,
    minimum_of,
    on_sizes,
    usable_sizes,
)
from services.planning.warnings import of_model, of_unknowns

MOST_INSTANCES = 50
NEAREST = 3  # sizes that are suggested

BAD_COUNT = ErrorText(
    code="BadInstanceCount",
    what="{count} instances are not possible.",
    advice="Ask for 1 to {most}, for example `count:1`.",
)
ARCHIVED = ErrorText(
    code="ModelArchived",
    what="{model} is archived: its publisher took it out of the catalog.",
    advice="Search for a newer one.",
)
RETIRED = ErrorText(
    code="ModelRetired",
    what="{model} was retired on {date}; Azure no longer deploys it.",
    advice="Search for a newer one.",
)
NO_SIZE_ALLOWED = ErrorText(
    code="NoSize",
    what="No size that Azure offers today can run {model} on an online endpoint.",
    why="All the sizes its publisher allows are retired or not offered for endpoints.",
)
NO_SIZE_LARGE_ENOUGH = ErrorText(
    code="NoSizeLargeEnough",
    what="No size that Azure offers today can run {model} on an online endpoint.",
    why="It is larger than any size in the table.",
)
CANNOT_RUN = ErrorText(
    code="SizeCannotRunModel", what="{model} cannot run on {size}.", why="{reason}"
)
CANNOT_RUN_BUT = ErrorText(
    code="SizeCannotRunModelButOthers",
    what="{model} cannot run on {size}.",
    why="{reason}",
    advice="Cheapest that can: {sizes}.",
)
SIZE_RETIRED = "Azure retired it on {date}."
SIZE_NOT_OFFERED = "Azure does not offer it for online endpoints."
SIZE_TOO_SMALL = (
    "The model needs at least {vcpus} vCPU, {memory} GiB{gpus}; "
    "it has {has_vcpus} vCPU, {has_memory:g} GiB, {has_gpus} GPU."
)
GPUS_TOO = ", {gpus} GPU"
NO_QUOTA = ErrorText(
    code="QuotaExceeded",
    what="The quota does not cover {model} on {size}.",
    why="It needs {needed} cores of {family}{reserve}; {left} are left{together}.",
    advice="Delete an endpoint you no longer need, or ask for more quota in the Azure portal.",
)
NO_QUOTA_BUT = ErrorText(
    code="QuotaExceededButOthersFit",
    what="The quota does not cover {model} on {size}.",
    why="It needs {needed} cores of {family}{reserve}; {left} are left{together}.",
    advice="{fitting} would fit now. Or: delete an endpoint you no longer need, or ask for more "
    "quota in the Azure portal.",
)
TOGETHER = " in the region, all families together"
RESERVE = ", counting the fifth Azure keeps back for upgrades"

GUESS = "the model does not say what it needs; {size} is our guess"
CHEAPER = "{size} would be cheaper, but its quota is used up"
NOT_TESTED = "{size} is not among the sizes the publisher tested"


def plan_deployment(  # noqa: PLR0913 - a plan depends on what is asked, the model and the world
    model: Model,
    *,
    region: str,
    sizes: Mapping[str, VmSize],
    quota: Sequence[Quota] | None,
    now: float,
    endpoint: str | None = None,
    size: str | None = None,
    count: int = 1,
    taken: Collection[str] = (),
    attempt: int = 1,
    salt: str = "",
) -> DeployPlan:
    """Everything that Run will do, from plain values.

    Args:
        model: what to deploy.
        region: the workspace's, where prices and quota count.
        sizes: the table of sizes.
        quota: the region's usages, None when they could not be read.
        now: seconds since the epoch, for retirement dates.
        endpoint: the name somebody asked for, which the plan has in small letters as Azure keeps
            it; else one is made that is not `taken`.
        size: the size somebody asked for; else the cheapest usable one that fits the quota.
        count: instances.
        taken: names of endpoints that exist.
        attempt: how often this was tried before, plus one.
        salt: makes the endpoint's name differ from other workspaces' (see `endpoint_name`).

    Raises:
        InvalidInputError: a name, size or count that cannot work.
        NotSupportedError: the model is retired, archived or runs on no size there is.
        QuotaExceededError: the quota does not cover it; suggests the cheapest size that fits.
    """
    if endpoint is not None:
        check_endpoint_name(endpoint, model=model.name)
    if not 1 <= count <= MOST_INSTANCES:
        raise InvalidInputError(BAD_COUNT, count=count, most=MOST_INSTANCES, field="count")
    _refuse_ended(model, now)
    candidates = usable_sizes(model, sizes, region, now)
    chosen, notes = _size(model, candidates, sizes, size, count, quota, now)
    left = cores_left(quota, chosen.family)
    needed = cores_needed(chosen, count)
    if left is not None and needed > left:
        raise _no_quota(model, chosen, count, quota, candidates)
    price = chosen.price(region)
    return DeployPlan(
        model=model.asset_id,
        model_name=model.name,
        model_version=model.version,
        registry=model.registry,
        task=model.tasks[0] if model.tasks else None,
        endpoint=spelling.key(endpoint or endpoint_name(model.name, taken, salt=salt)),
        deployment=deployment_name(model.version),
        size=chosen.name,
        count=count,
        region=region,
        family=chosen.family,
        cores_needed=needed,
        cores_left=left,
        usd_per_hour=None if price is None else price * count,
        attempt=attempt,
        warnings=(*of_model(model, now), *notes, *of_unknowns(left, price, chosen, region)),
    )


def _refuse_ended(model: Model, now: float) -> None:
    newer = Suggestion(verb="search", argument=_stem(model.name))
    if model.archived:
        raise NotSupportedError(ARCHIVED, model=model.name, suggestions=(newer,))
    if is_over(model.lifecycle.retired, now):
        raise NotSupportedError(
            RETIRED, model=model.name, date=str(model.lifecycle.retired), suggestions=(newer,)
        )


def _stem(name: str) -> str:
    return name.replace("_", "-").split("-")[0].lower()


def _size(  # noqa: PLR0913, PLR0917 - what is asked, the choice and the world
    model: Model,
    candidates: Sequence[VmSize],
    sizes: Mapping[str, VmSize],
    wanted: str | None,
    count: int,
    quota: Sequence[Quota] | None,
    now: float,
) -> tuple[VmSize, tuple[str, ...]]:
    if wanted:
        chosen = find_size(wanted, sizes, model=model.name)
        return chosen, _judge_size(model, chosen, candidates, now)
    if not candidates:
        text = NO_SIZE_ALLOWED if model.sizes else NO_SIZE_LARGE_ENOUGH
        raise NotSupportedError(text, model=model.name)
    guess = GUESS.format(size=candidates[0].name)
    notes = () if model.sizes or model.minimum else (guess,)
    fitting = _fitting(candidates, quota, count)
    if fitting is None or fitting == candidates[0]:
        return candidates[0], notes
    return fitting, (*notes, CHEAPER.format(size=candidates[0].name))


def _judge_size(
    model: Model, size: VmSize, candidates: Sequence[VmSize], now: float
) -> tuple[str, ...]:
    """Refuse a size that cannot work; a note for one that the publisher does not list."""
    reason = _unfit(model, size, now)
    if reason:
        raise _cannot_run(model, size, reason, [fit.name for fit in candidates[:NEAREST]])
    if model.sizes and size not in candidates:
        return (NOT_TESTED.format(size=size.name),)
    return ()


def _unfit(model: Model, size: VmSize, now: float) -> str:
    """Return why the model cannot run on that size; "" where nothing speaks against it."""
    if is_over(size.retired, now):
        return SIZE_RETIRED.format(date=size.retired)
    if not size.managed_endpoint:
        return SIZE_NOT_OFFERED
    need = minimum_of(model)
    if model.minimum is None or meets(size, need):
        return ""
    return SIZE_TOO_SMALL.format(
        vcpus=need.vcpus,
        memory=need.memory_gib,
        gpus=GPUS_TOO.format(gpus=need.gpus) if need.gpus else "",
        has_vcpus=size.vcpus,
        has_memory=size.memory_gib,
        has_gpus=size.gpus,
    )


def _cannot_run(
    model: Model, size: VmSize, reason: str, others: Sequence[str]
) -> InvalidInputError:
    if not others:
        return InvalidInputError(
            CANNOT_RUN, model=model.name, size=size.name, reason=reason, field="on"
        )
    return InvalidInputError(
        CANNOT_RUN_BUT,
        model=model.name,
        size=size.name,
        reason=reason,
        sizes=", ".join(others),
        field="on",
        suggestions=on_sizes(model.name, others),
    )


def _fitting(
    candidates: Sequence[VmSize], quota: Sequence[Quota] | None, count: int
) -> VmSize | None:
    """Return the cheapest candidate whose family is known to have enough cores left."""
    for size in candidates:
        left = cores_left(quota, size.family)
        if left is not None and cores_needed(size, count) <= left:
            return size
    return None


def _no_quota(
    model: Model,
    size: VmSize,
    count: int,
    quota: Sequence[Quota] | None,
    candidates: Sequence[VmSize],
) -> QuotaExceededError:
    fitting = _fitting(candidates, quota, count)
    fields: dict[str, Any] = {
        "model": model.name,
        "size": size.name,
        "needed": cores_needed(size, count),
        "family": size.family,
        "reserve": "" if size.reserve_exempt else RESERVE,
        "left": cores_left(quota, size.family) or 0,
        "together": TOGETHER if is_total_short(quota, size.family) else "",
    }
    if fitting is None:
        return QuotaExceededError(NO_QUOTA, **fields)
    return QuotaExceededError(
        NO_QUOTA_BUT,
        fitting=fitting.name,
        code=NO_QUOTA.code,
        suggestions=on_sizes(model.name, [fitting.name]),
        **fields,
    )
