"""Read the Resource Manager's documents about endpoints into our values.

Nothing in a document makes reading it fail: what has another form than we know is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services import diagnosis, spelling
from services.azureml.responses import Json
from services.models import KEY, Deployment, Endpoint, Quota, RemoteStatus

ENDED = ("Succeeded", "Failed", "Canceled")
STATES = (*ENDED, "Creating", "Updating", "Deleting", "Scaling")
PLACES = {
    part: re.compile(f"/{part}/([^/]+)")
    for part in ("subscriptions", "locations", "resourcegroups", "workspaces")
}
CLUSTER = re.compile(r"/(?:computes|clusters)/")  # its cores are among those of its workspace
BETWEEN = re.compile(r"[\s_-]")
KINDS = ("Managed", "Kubernetes")  # of compute, that this bot knows to show

THE_ENDPOINT = "it {problem}"
UNNAMED = "(without a name)"
UNREAD = "its deployments cannot be read, so what it runs and costs is not known: {reason}"
NOTHING = "cannot be read: Azure tells nothing of it, so its state is not known"
OTHER_KIND = "cannot be read: it runs on {kind}, a kind of compute that I do not know"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose cores count: ids and names of our region and workspace."""

    subscription: str
    region: str
    group: str
    workspace: str


def quotas_in(rows: Iterable[Json], scope: Scope) -> tuple[Quota, ...]:
    """Return the dedicated cores that we may use, of the subscription and of our workspace.

    The list holds more than that, some of it under the same names: low-priority cores, other
    workspaces' shares, single clusters, numbers of clusters. A row that does not tell what is used
    or allowed is left out, as though it were not there.
    """
    found = (_quota(row) for row in rows if _counts(row) and _is_ours(row, scope))
    return tuple(quota for quota in found if quota is not None)


def _counts(row: Json) -> bool:
    """Tell whether a row counts dedicated cores."""
    said = " ".join((_text(row.get("type")), *_names(row)))
    words = BETWEEN.sub("", spelling.key(said))
    cheap = "lowpriority" in words or "spot" in words
    unit = spelling.key(_text(row.get("unit")))
    return (
        not cheap
        and "/lowpriority" not in spelling.key(_text(row.get("id")))
        and (unit in {"", "count"})
    )


def _is_ours(row: Json, scope: Scope) -> bool:
    """Tell whether a row's id is that of the subscription or of our workspace, in our region."""
    place = spelling.key(_text(row.get("id")))
    if CLUSTER.search(place):
        return False
    there = spelling.key(_text(row.get("amlWorkspaceLocation"))).replace(" ", "")
    said = {part: found[1] for part, form in PLACES.items() if (found := form.search(place))}
    ours = {
        "subscriptions": scope.subscription,
        "locations": scope.region,
        "resourcegroups": scope.group,
        "workspaces": scope.workspace,
    }
    if not all(spelling.same(ours[part], name) for part, name in said.items()):
        return False
    if there and not spelling.same(there, scope.region):
        return False
    return "workspaces" in said or "/workspaces/" not in spelling.key(_text(row.get("type")))


def _quota(row: Json) -> Quota | None:
    used = _number(row.get("currentValue", row.get("current_value")))
    limit = _number(row.get("limit"))
    names = _names(row)
    if used is None or limit is None or not names:
        return None
    return Quota(family=names[0], used=used, limit=None if limit < 0 else limit)


def _names(row: Json) -> tuple[str, ...]:
    name = row.get("name")
    parts = (name.get("value"), name.get("localizedValue")) if isinstance(name, dict) else (name,)
    return tuple(part for part in parts if isinstance(part, str) and part.strip())


def endpoint_in(document: Json, deployments: Iterable[Json], unread: str = "") -> Endpoint:
    """Return an endpoint; `unread` says why its deployments are not known."""
    body = _mapping(document.get("properties"))
    shares = _mapping(body.get("traffic"))
    traffic = {name: share for name, part in shares.items() if (share := _number(part)) is not None}
    name = name_in(document)
    rows = [deployment_in(row, name, traffic) for row in deployments]
    problem = UNREAD.format(reason=unread.rstrip(".")) if unread else ""
    own = _problem(body)
    return Endpoint(
        name=name,
        state=_state(body),
        scoring_uri=scoring_uri_in(document) or None,
        region=_text(document.get("location")),
        created=seconds_in(_text(_mapping(document.get("systemData")).get("createdAt"))),
        deployments=tuple(sorted(rows, key=lambda row: row.name)),
        traffic=tuple(traffic.items()),
        tags=_pairs(document),
        auth=auth_in(document),
        problem=THE_ENDPOINT.format(problem=own) if own else problem,
    )


def deployment_in(document: Json, endpoint: str, traffic: dict[str, int]) -> Deployment:
    """Return a deployment of that endpoint, which shares its traffic like this."""
    body = _mapping(document.get("properties"))
    model = body.get("model")
    name = name_in(document)
    return Deployment(
        name=name,
        endpoint=endpoint,
        model=_text(model.get("assetId") if isinstance(model, dict) else model),
        size=_text(body.get("instanceType")),
        count=_number(_mapping(document.get("sku")).get("capacity")),
        state=_state(body),
        traffic=spelling.among(name, traffic) or 0,
        tags=_pairs(document),
        problem=_problem(body),
    )


def auth_in(document: Json) -> str:
    """Return how an endpoint's callers sign in; a key where it does not say."""
    return _text(_mapping(document.get("properties")).get("authMode")) or KEY


def _problem(body: Json) -> str:
    """Why a document cannot be read; "" where it can."""
    if not body:
        return NOTHING
    kind = _text(body.get("endpointComputeType")) or _text(body.get("computeType"))
    known = not kind or spelling.key(kind) in spelling.keys(KINDS)
    return "" if known else OTHER_KIND.format(kind=kind)


def scoring_uri_in(document: Json) -> str:
    """Return where an endpoint answers; "" where it does not say."""
    return _text(_mapping(document.get("properties")).get("scoringUri"))


def name_in(document: Json) -> str:
    """The name; where it is missing, the id ends with it."""
    return _text(document.get("name")) or _text(document.get("id")).rpartition("/")[2] or UNNAMED


def _state(body: Json) -> str:
    said = _text(body.get("provisioningState"))
    return next((known for known in STATES if spelling.same(known, said)), said)


def _pairs(document: Json) -> tuple[tuple[str, str], ...]:
    tags = _mapping(document.get("tags"))
    return tuple((name, "" if value is None else str(value)) for name, value in tags.items())


def _mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    """Return a whole number, also one written as text; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(float(value))
    except (ValueError, OverflowError):
        return None


def status_in(code: int, document: Json) -> RemoteStatus:
    state = document.get("status") or (document.get("properties") or {}).get("provisioningState")
    if not state:
        return RemoteStatus(state="InProgress" if code == 202 else "Succeeded")  # noqa: PLR2004 - accepted, no news yet
    state = "Canceled" if state == "Cancelled" else str(state)
    inside = document.get("properties")
    inside = inside if isinstance(inside, dict) else {}
    # Resource providers that answer with the resource itself have the reason beneath its facts.
    answer = diagnosis.read({"error": document.get("error") or inside.get("error")})
    return RemoteStatus(
        state=state if state in ENDED else "InProgress",
        code=answer.code,
        message=answer.innermost,
    )


def seconds_in(text: str | None) -> float | None:
    """Return a time as Azure writes it, in seconds since the epoch; None where it is none."""
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except (ValueError, OverflowError):
        return None
