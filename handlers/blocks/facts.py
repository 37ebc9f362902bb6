"""Facts of a model in a few words each, as its card and a comparison say them."""

from __future__ import annotations

from handlers.blocks.words import MINUTE, count, duration, free, price
from services import prices
from services.catalog import Card
from services.models import Lifecycle, Model, Provider, Source, VmSize

UNKNOWN = "unknown"
NO_PRICE = "no price known for {size} in {region}"
RESERVE = "{instances} x {cores}: Azure keeps a fifth back"
EXEMPT = "this family is exempt from Azure's reserve"
PRICED = "Prices are estimates: {source} of {date}, {region}, Linux, pay as you go"
FACTS = "Facts from the {source}"
READ, JUST_NOW = ", read {ago} ago", ", read just now"
DETAILS = ", details from the {source}"
SOURCES = {
    Provider.SNAPSHOT: "bundled snapshot of {name}",
    Provider.REGISTRY: "registry {name}",
    Provider.WORKSPACE: "workspace",
    Provider.SEARCH: "catalog search service",
}
CLASSES = ("permissive", "copyleft", "restricted", "custom")  # a word for it, never advice


def lifecycle(dates: Lifecycle, *, preview: bool = False) -> str:
    """Every date that is stated, with its meaning."""
    named = (("legacy", dates.legacy), ("deprecated", dates.deprecated), ("retired", dates.retired))
    told = [f"{name} {date}" for name, date in named if date]
    state = ["preview"] if preview else []
    return ", ".join([*state, *told] if told else [*state, "no end stated"])


def licence(card: Card) -> str:
    """The licence as its publisher names it, with its class."""
    return licence_in_words(card.model.license, card.licence)


def power(vm: VmSize) -> str:
    """`4 vCPU, 14 GiB, no GPU`."""
    gpus = count(vm.gpus, "GPU") if vm.gpus else "no GPU"
    return f"{vm.vcpus} vCPU, {vm.memory_gib:g} GiB, {gpus}"


def needs(card: Card) -> str:
    """Cores of quota that one instance takes, and how they are counted."""
    if card.size is None or card.cores_needed is None:
        return UNKNOWN if card.unread else "nothing to compare"
    counted = f"{count(card.cores_needed, 'core')}"
    if card.size.reserve_exempt:
        return f"{counted} ({EXEMPT})"
    instances = card.cores_needed // card.size.vcpus
    return (
        f"{counted} ({RESERVE.format(instances=instances, cores=count(card.size.vcpus, 'core'))})"
    )


def left(card: Card) -> str:
    """Whether that is left."""
    if card.cores_needed is None:
        return ""
    if card.cores_left is None:
        return "what is left is not known"
    enough = card.cores_left >= card.cores_needed
    return f"{free(card.cores_left, card.region)}: {'enough' if enough else 'not enough'}"


def hourly(card: Card) -> str:
    """The price of the cheapest size, or that none is known."""
    if card.size is None:
        return UNKNOWN if card.unread else "none"
    return price_in_words(card.size, card.usd_per_hour, card.region)


def provenance(model: Model, now: float) -> str:
    """Where the facts come from and how old they are, empty where nobody stated any."""
    if model.provenance is None:
        return ""
    parts = [FACTS.format(source=source_in_words(model.provenance.source))]
    if model.read is not None:
        age = now - model.read
        coarse = " ".join(duration(age).split()[:2])
        parts.append(JUST_NOW if age < MINUTE else READ.format(ago=coarse))
    if model.provenance.details:
        parts.append(DETAILS.format(source=source_in_words(model.provenance.details)))
    return "".join(parts)


def source_in_words(source: Source) -> str:
    """Name a place that states facts, as a sentence goes on with it after *the*."""
    return SOURCES[source.provider].format(name=source.name)


def priced(region: str) -> str:
    """Where the prices come from and how old they are."""
    return PRICED.format(source=prices.SOURCE, date=prices.DATE, region=region)


def licence_in_words(name: str | None, kind: str) -> str:
    """A licence with its class, where it is known and says more."""
    shown = name or UNKNOWN
    return f"{shown} ({kind})" if kind in CLASSES and kind != shown.lower() else shown


def price_in_words(vm: VmSize, usd: float | None, region: str) -> str:
    """Return what a size costs an hour, or that nobody knows."""
    return NO_PRICE.format(size=vm.name, region=region) if usd is None else price(usd)
