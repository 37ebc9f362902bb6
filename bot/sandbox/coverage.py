"""Coverage of the real services by the stand-ins: one row a method, checked by a test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

Status = Literal["supported", "partial", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One method of a real service, and how far the stand-in plays it.

    `path` is the route as the stand-in's app spells it (`/api/chat.postMessage`,
    `/{workspace}/models/{name}`); `note` says what differs from the real service.
    """

    target: str
    method: str
    path: str
    status: Status
    note: str = ""


def routes_of(app: web.Application) -> Iterator[tuple[str, str]]:
    """Method and path of every route of an app, mounted apps included.

    HEAD is left out where it may be only aiohttp's companion of a GET, and a route for every
    method is given as `*`.
    """
    routes = _all_routes(app)
    for method, path in sorted(routes):
        if method == "HEAD" and ("GET", path) in routes:
            continue
        yield method, path


def uncovered(app: web.Application, table: Iterable[Covered]) -> list[tuple[str, str]]:
    """The routes of an app that no row of the table names."""
    rows = {(row.method, row.path) for row in table if row.status != "missing"}
    return [route for route in routes_of(app) if route not in rows]


def unserved(app: web.Application, table: Iterable[Covered]) -> list[tuple[str, str]]:
    """The rows of a table that claim a route which the app does not have."""
    routes = _all_routes(app)
    claimed = ((row.method, row.path) for row in table if row.status != "missing")
    return [route for route in claimed if route not in routes]


def _all_routes(app: web.Application) -> set[tuple[str, str]]:
    return {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None
    }
