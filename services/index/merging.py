"""Merge what is known of a model when a second source speaks of the same version."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from services.models import Lifecycle, Model, Provenance

ALWAYS_NEW = frozenset(
    (
        "name",
        "version",
        "registry",
        "asset_id",
        "detailed",
        "preview",
        "archived",
        "lifecycle",
        "provenance",
    )
)


def merged(old: Model, new: Model) -> Model:
    """The new facts; of the same version, what only the old source said stays.

    A list says less than a model's detail: sizes, minimum, size on disk and the like are kept where
    the new source is silent (None, empty). Not every list says that a model is archived or a
    preview (the catalog search service does not), so only a detail takes that back. Another version
    starts from nothing. Where what was kept has another source, `provenance` names both.
    """
    if old.version != new.version:
        return new
    kept: dict[str, Any] = {
        field.name: getattr(old, field.name)
        for field in fields(Model)
        if field.name not in ALWAYS_NEW and getattr(new, field.name) in (None, (), "")
    }
    if new.detailed:
        return replace(new, **kept, lifecycle=_lifecycle(old, new))
    return replace(
        new,
        **kept,
        provenance=_provenance(old, new),
        detailed=old.detailed,
        preview=new.preview or old.preview,
        archived=new.archived or old.archived,
        lifecycle=_lifecycle(old, new),
    )


def _provenance(old: Model, new: Model) -> Provenance | None:
    """Name the list's source, and that of the detail where it is another."""
    listed, known = new.provenance, old.provenance
    if not listed or not known or not old.detailed:
        return listed or known
    detail = known.details or known.source
    return replace(listed, details=None if detail == listed.source else detail)


def _lifecycle(old: Model, new: Model) -> Lifecycle:
    said, before = new.lifecycle, old.lifecycle
    return Lifecycle(
        legacy=said.legacy or before.legacy,
        deprecated=said.deprecated or before.deprecated,
        retired=said.retired or before.retired,
    )
