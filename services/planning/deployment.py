"""What a deployment will do and cost, fixed before anything is spent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from services.errors import InvalidInputError, NotSupportedError, QuotaExceededError
from services.models import DeployPlan, Model, Quota, VmSize
from services.planning.licences import is_noncommercial, licence_class
from services.planning.names import check_endpoint_name, deployment_name, endpoint_name
from services.planning.sizes import (
    cores_left,
    cores_needed,
    find_size,
    is_over,
    meets,
    minimum_of,
    usable_sizes,
)

MOST_INSTANCES = 50


def plan_deployment(  # noqa: PLR0913 - a plan depends on the wish, the model and the world
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
        endpoint: the name somebody asked for; else one is made that is not `taken`.
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
        raise InvalidInputError(
            f"{count} instances are not possible.",
            advice=f"Ask for 1 to {MOST_INSTANCES}, for example `count:1`.",
            field="count",
        )
    _refuse_ended(model, now)
    candidates = usable_sizes(model, sizes, region, now)
    chosen, notes = _size(model, candidates, sizes, size, count, quota, now)
    left = cores_left(quota, chosen.family)
    needed = cores_needed(chosen, count)
    if left is not None and needed > left:
        raise _no_quota(model, chosen, needed, left, _fitting(candidates, quota, count))
    price = chosen.price(region)
    return DeployPlan(
        model=model.asset_id,
        model_name=model.name,
        model_version=model.version,
        registry=model.registry,
        task=model.tasks[0] if model.tasks else None,
        endpoint=endpoint or endpoint_name(model.name, taken, salt=salt),
        deployment=deployment_name(model.version),
        size=chosen.name,
        count=count,
        region=region,
        family=chosen.family,
        cores_needed=needed,
        cores_left=left,
        usd_per_hour=None if price is None else price * count,
        attempt=attempt,
        warnings=(*_warnings(model, now), *notes, *_unknowns(left, price, chosen, region)),
    )


def _refuse_ended(model: Model, now: float) -> None:
    if model.archived:
        raise NotSupportedError(
            f"{model.name} is archived: its publisher took it out of the catalog.",
            advice="Search for a newer one.",
            code="ModelArchived",
            suggestions=(f"search {_stem(model.name)}",),
        )
    if is_over(model.lifecycle.retired, now):
        raise NotSupportedError(
            f"{model.name} was retired on {model.lifecycle.retired}; Azure no longer deploys it.",
            advice="Search for a newer one.",
            code="ModelRetired",
            suggestions=(f"search {_stem(model.name)}",),
        )


def _stem(name: str) -> str:
    return name.replace("_", "-").split("-")[0].lower()


def _size(  # noqa: PLR0913, PLR0917 - the wish, the choice and the world
    model: Model,
    candidates: Sequence[VmSize],
    sizes: Mapping[str, VmSize],
    wish: str | None,
    count: int,
    quota: Sequence[Quota] | None,
    now: float,
) -> tuple[VmSize, tuple[str, ...]]:
    if wish:
        chosen = find_size(wish, sizes, model=model.name)
        return chosen, _judge_wish(model, chosen, candidates, now)
    if not candidates:
        raise NotSupportedError(
            f"No size that Azure offers today can run {model.name} on an online endpoint.",
            why="All the sizes its publisher allows are retired or not offered for endpoints."
            if model.sizes
            else "It is larger than any size in the table.",
            code="NoSize",
        )
    notes = () if model.sizes or model.minimum else (_guess(candidates[0]),)
    fitting = _fitting(candidates, quota, count)
    if fitting is None or fitting == candidates[0]:
        return candidates[0], notes
    cheaper = f"{candidates[0].name} would be cheaper, but its quota is used up"
    return fitting, (*notes, cheaper)


def _guess(size: VmSize) -> str:
    return f"the model does not say what it needs; {size.name} is our guess"


def _judge_wish(
    model: Model, size: VmSize, candidates: Sequence[VmSize], now: float
) -> tuple[str, ...]:
    """Refuse a size that cannot work; a note for one that the publisher does not list."""
    need = minimum_of(model)
    reason = ""
    if is_over(size.retired, now):
        reason = f"Azure retired it on {size.retired}."
    elif not size.managed_endpoint:
        reason = "Azure does not offer it for online endpoints."
    elif model.minimum is not None and not meets(size, need):
        gpus = f", {need.gpus} GPU" if need.gpus else ""
        reason = (
            f"The model needs at least {need.vcpus} vCPU, {need.memory_gib} GiB{gpus}; "
            f"it has {size.vcpus} vCPU, {size.memory_gib:g} GiB, {size.gpus} GPU."
        )
    if reason:
        near = tuple(one.name for one in candidates[:3])
        raise InvalidInputError(
            f"{model.name} cannot run on {size.name}.",
            why=reason,
            advice=f"Cheapest that can: {', '.join(near)}." if near else "",
            field="on",
            suggestions=tuple(f"deploy {model.name} on:{name}" for name in near),
        )
    if model.sizes and size not in candidates:
        return (f"{size.name} is not among the sizes the publisher tested",)
    return ()


def _fitting(
    candidates: Sequence[VmSize], quota: Sequence[Quota] | None, count: int
) -> VmSize | None:
    """The cheapest candidate whose family is known to have enough cores left."""
    for size in candidates:
        left = cores_left(quota, size.family)
        if left is not None and cores_needed(size, count) <= left:
            return size
    return None


def _no_quota(
    model: Model, size: VmSize, needed: int, left: int, fitting: VmSize | None
) -> QuotaExceededError:
    reserve = "" if size.reserve_exempt else ", counting the fifth Azure keeps back for upgrades"
    advice = "Delete an endpoint you no longer need, or ask for more quota in the Azure portal."
    if fitting is not None:
        advice = f"{fitting.name} would fit now. Or: {advice[0].lower()}{advice[1:]}"
    return QuotaExceededError(
        f"The quota does not cover {model.name} on {size.name}.",
        why=f"It needs {needed} cores of {size.family}{reserve}; {left} are left.",
        advice=advice,
        suggestions=(f"deploy {model.name} on:{fitting.name}",) if fitting is not None else (),
    )


def _warnings(model: Model, now: float) -> tuple[str, ...]:
    found: list[str] = []
    if model.preview:
        found.append("a preview: no service level, it may change")
    if is_over(model.lifecycle.deprecated, now):
        end = f"; it is retired on {model.lifecycle.retired}" if model.lifecycle.retired else ""
        found.append(f"deprecated since {model.lifecycle.deprecated}{end}")
    if not model.license:
        found.append("its licence is not stated")
    elif is_noncommercial(model.license):
        found.append(f"its licence ({model.license}) excludes commercial use")
    elif licence_class(model.license) in {"restricted", "custom"}:
        found.append(f"its licence ({model.license}) has terms of its own: read them first")
    if (model.registry or "").lower() == "huggingface":
        found.append("its weights are fetched from the Hugging Face Hub while it starts")
    return tuple(found)


def _unknowns(left: int | None, price: float | None, size: VmSize, region: str) -> tuple[str, ...]:
    quota = f"the quota of {size.family} is not known: Azure may refuse" if left is None else ""
    cost = f"no price is known for {size.name} in {region}" if price is None else ""
    return tuple(note for note in (quota, cost) if note)
