"""Which virtual machine size a model can run on, and what quota it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from rapidfuzz import fuzz, process

from services import spelling
from services.errors import ErrorText, InvalidInputError, Suggestion, quoted
from services.models import MinimumSize, Model, Quota, VmSize

# What Azure's SDK calls the smallest size for general purposes, for models that state nothing.
SMALLEST = MinimumSize(vcpus=4, gpus=0, memory_gib=14, disk_gib=0)
GIB = 2**30
ROOM = 3  # a model's weights times this fit into memory with the server around them
ALIASES = {"standardndsh100v5family": "standardndv5h100family"}  # two spellings of one family
TOTALS = ("totalclusterdedicated", "totaldedicated")  # as people read it, and Azure's own name
NO_LIMIT = 2**31 - 1  # cores left where no row of the usages sets a limit
ALIKE = 40  # per cent; what is less alike is no help as a suggestion

NO_SIZE = ErrorText(
    code="SizeNotFound",
    what="Azure has no size {size} that I know of.",
    advice="Leave the size out and I choose the cheapest that fits.",
)
NO_SIZE_BUT = ErrorText(
    code="SizeNotFoundButNear",
    what="Azure has no size {size} that I know of.",
    advice="Nearest: {nearest}.",
)


def find_size(text: str, sizes: Mapping[str, VmSize], *, model: str = "") -> VmSize:
    """Return the size somebody typed: case, `Standard_` and a dash for an underscore do not matter.

    Raises:
        InvalidInputError: no such size; carries the nearest ones as commands for that model.
    """
    by_key = {_size_key(name): size for name, size in sizes.items()}
    key = _size_key(text)
    if key in by_key:
        return by_key[key]
    found = process.extract(key, list(by_key), scorer=fuzz.ratio, score_cutoff=ALIKE, limit=3)
    near = [by_key[hit[0]].name for hit in found]
    if not near:
        plain = Suggestion(verb="deploy", argument=model)
        raise InvalidInputError(
            NO_SIZE, size=quoted(text), field="on", suggestions=(plain,) if model else ()
        )
    raise InvalidInputError(
        NO_SIZE_BUT,
        size=quoted(text),
        nearest=", ".join(near),
        field="on",
        suggestions=on_sizes(model, near) if model else (),
    )


def on_sizes(model: str, names: Iterable[str]) -> tuple[Suggestion, ...]:
    """Return the commands that deploy a model on each of these sizes."""
    return tuple(
        Suggestion(verb="deploy", argument=model, options=(("on", name),)) for name in names
    )


def known_size(name: str, sizes: Mapping[str, VmSize]) -> VmSize | None:
    """Return the size that Azure names, however it spells it; None for one not in the table."""
    exact = sizes.get(name)
    if exact is not None:
        return exact
    return next((size for size in sizes.values() if _size_key(size.name) == _size_key(name)), None)


def usable_sizes(
    model: Model, sizes: Mapping[str, VmSize], region: str, now: float
) -> tuple[VmSize, ...]:
    """Sizes this model can be deployed on, cheapest first; those without a price come last.

    Args:
        model: its allowed sizes and minimum decide; without both, a general minimum does.
        sizes: the table.
        region: prices are compared there.
        now: seconds since the epoch; sizes retired by then are left out.
    """
    allowed = {_size_key(name) for name in model.sizes}
    need = minimum_of(model)
    fitting = [
        size
        for size in sizes.values()
        if size.managed_endpoint
        and not is_over(size.retired, now)
        and (not allowed or _size_key(size.name) in allowed)
        and meets(size, need)
    ]
    return tuple(sorted(fitting, key=lambda size: _order(size, region)))


def minimum_of(model: Model) -> MinimumSize:
    """Return what the publisher states, else a general minimum that grows with the weights."""
    if model.minimum is not None:
        return model.minimum
    if model.sizes:
        return MinimumSize(vcpus=1, gpus=0, memory_gib=1, disk_gib=0)
    weights = -(-(model.size_bytes or 0) * ROOM // GIB)
    memory = max(SMALLEST.memory_gib, weights)
    return MinimumSize(vcpus=SMALLEST.vcpus, gpus=0, memory_gib=memory, disk_gib=0)


def meets(size: VmSize, need: MinimumSize) -> bool:
    return (
        size.vcpus >= need.vcpus and size.gpus >= need.gpus and size.memory_gib >= need.memory_gib
    )


def cores_needed(size: VmSize, count: int) -> int:
    """Cores of quota for that many instances, with the fifth Azure keeps back for upgrades."""
    instances = count if size.reserve_exempt else (12 * count + 9) // 10
    return instances * size.vcpus


def cores_left(quota: Sequence[Quota] | None, family: str) -> int | None:
    """Cores free in the family, not more than the region's total.

    Returns:
        None when that is not known, NO_LIMIT where Azure sets no limit.
    """
    rows = [row for row in quota or () if same_family(row.family, family)]
    if not rows:
        return None
    totals = [row for row in quota or () if _family_key(row.family).startswith(TOTALS)]
    free = [row.limit - row.used for row in [*rows, *totals] if row.limit is not None]
    return max(0, min(free, default=NO_LIMIT))


def is_total_short(quota: Sequence[Quota] | None, family: str) -> bool:
    """Tell whether the region's total, and not the family's share, leaves the fewest cores."""
    return cores_left(quota, family) != cores_left(
        [row for row in quota or () if same_family(row.family, family)], family
    )


def same_family(family: str, other: str) -> bool:
    """Tell whether two spellings, of different case and spaces, mean one family of sizes."""
    return _family_key(family) == _family_key(other)


def is_over(date: str | None, now: float) -> bool:
    """Tell whether an ISO date has come."""
    return bool(date) and str(date)[:10] <= datetime.fromtimestamp(now, UTC).date().isoformat()


def _family_key(text: str) -> str:
    key = "".join(spelling.key(text).split()).removesuffix("clusterdedicatedvcpus")
    return ALIASES.get(key, key)


def _size_key(text: str) -> str:
    key = "_".join(spelling.key(text).replace("-", "_").split())
    return key.removeprefix("standard_")


def _order(size: VmSize, region: str) -> tuple[float, int, float, str]:
    price = size.price(region)
    return (float("inf") if price is None else price, size.vcpus, size.memory_gib, size.name)
