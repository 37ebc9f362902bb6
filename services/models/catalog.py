"""Models of the catalog, sizes of machines, and the quota for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumSize:
    """The component-wise minimum over a model's allowed sizes; it may describe no real size."""

    vcpus: int
    gpus: int
    memory_gib: int
    disk_gib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """ISO dates (`2026-03-01`), None where the publisher says nothing."""

    legacy: str | None = None
    deprecated: str | None = None
    retired: str | None = None


class Provider(StrEnum):
    """The kinds of places that state facts of a model."""

    SNAPSHOT = "snapshot"
    REGISTRY = "registry"
    WORKSPACE = "workspace"
    SEARCH = "search"  # Azure's catalog search service


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that states facts; `name` is a registry's, or the ISO date of a snapshot."""

    provider: Provider
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who stated a model's facts; `details` where sizes and the like are of another source."""

    source: Source
    details: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One version of a model, with what its source says of it.

    `registry` is None for a model of the workspace itself. `sizes` is empty, `size_bytes` and the
    answers to yes-or-no questions None where the source does not say. `managed` tells whether Azure
    offers it on managed compute at all. `detailed` is False when only a list was read: sizes,
    minimum and size on disk are not known yet. `read` is when, in seconds since the epoch, None for
    the bundled snapshot; `provenance` is None where nothing but the name is known.
    """

    name: str
    version: str
    registry: str | None
    asset_id: str
    tasks: tuple[str, ...] = ()
    finetune_tasks: tuple[str, ...] = ()
    license: str | None = None
    publisher: str | None = None
    languages: tuple[str, ...] = ()
    size_bytes: int | None = None
    sizes: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    minimum: MinimumSize | None = None
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    batch: bool | None = None
    shared_quota: bool | None = None
    managed: bool | None = None
    preview: bool = False
    archived: bool = False
    hub_id: str | None = None
    inputs: tuple[str, ...] = ()  # columns of the model's signature; "" for one without a name
    summary: str = ""
    description: str = ""
    detailed: bool = True
    read: float | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VmSize:
    """A virtual machine size; prices are US dollars an hour, Linux, pay as you go, by region."""

    name: str
    vcpus: int
    memory_gib: float
    gpus: int
    family: str
    managed_endpoint: bool
    reserve_exempt: bool
    retired: str | None
    usd_per_hour: tuple[tuple[str, float], ...] = ()

    def price(self, region: str) -> float | None:
        """Dollars an hour in that region, None where the table has no price."""
        return dict(self.usd_per_hour).get(region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """One row of a region's usages, in vCPU cores; `family` as Azure spells it.

    `limit` is None where this row sets none.
    """

    family: str
    used: int
    limit: int | None
