"""The catalog index: a cache on disk that answers searches without asking anybody."""

from __future__ import annotations

from services.index.database import CatalogIndex
from services.index.query import Filters, Match, Page
from services.index.snapshot import SNAPSHOT_DATE, load_snapshot

__all__ = ["SNAPSHOT_DATE", "CatalogIndex", "Filters", "Match", "Page", "load_snapshot"]
