"""The catalog index: a cache on disk that answers searches without asking anybody."""

from __future__ import annotations

from services.index.changes import Change, ChangeKind, Changes
from services.index.database import CatalogIndex
from services.index.query import Choice, Filters, Match, Page, Running, SearchQuery, Span, Term
from services.index.query_parser import parse_query
from services.index.rows import WORKSPACE
from services.index.snapshot import SNAPSHOT_DATE, load_snapshot

__all__ = [
    "SNAPSHOT_DATE",
    "WORKSPACE",
    "CatalogIndex",
    "Change",
    "ChangeKind",
    "Changes",
    "Choice",
    "Filters",
    "Match",
    "Page",
    "Running",
    "SearchQuery",
    "Span",
    "Term",
    "load_snapshot",
    "parse_query",
]
