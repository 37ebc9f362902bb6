"""Read the Resource Manager's documents about endpoints into our values."""

from __future__ import annotations

from datetime import datetime

from services import diagnosis
from services.azureml.responses import Json
from services.models import Deployment, Endpoint, Quota, RemoteStatus

ENDED = ("Succeeded", "Failed", "Canceled")


def quota_in(item: Json) -> Quota:
    name = item.get("name")
    family = name.get("value") if isinstance(name, dict) else name
    used = item.get("currentValue", item.get("current_value", 0))
    return Quota(family=str(family or ""), used=int(used or 0), limit=int(item.get("limit") or 0))


def endpoint_in(document: Json, deployments: tuple[Json, ...]) -> Endpoint:
    body = document.get("properties") or {}
    traffic = {str(name): int(share) for name, share in (body.get("traffic") or {}).items()}
    name = str(document.get("name", ""))
    made = (document.get("systemData") or {}).get("createdAt")
    rows = [deployment_in(row, name, traffic) for row in deployments]
    return Endpoint(
        name=name,
        state=str(body.get("provisioningState", "")),
        scoring_uri=body.get("scoringUri") or None,
        region=str(document.get("location", "")),
        created=seconds_in(made),
        deployments=tuple(sorted(rows, key=lambda row: row.name)),
        traffic=tuple(traffic.items()),
        tags=_pairs(document),
    )


def deployment_in(document: Json, endpoint: str, traffic: dict[str, int]) -> Deployment:
    body = document.get("properties") or {}
    model = body.get("model")
    name = str(document.get("name", ""))
    return Deployment(
        name=name,
        endpoint=endpoint,
        model=str(model.get("assetId", "") if isinstance(model, dict) else model or ""),
        size=str(body.get("instanceType", "")),
        count=int((document.get("sku") or {}).get("capacity") or 1),
        state=str(body.get("provisioningState", "")),
        traffic=traffic.get(name, traffic.get(name.lower(), 0)),
        tags=_pairs(document),
    )


def _pairs(document: Json) -> tuple[tuple[str, str], ...]:
    return tuple((str(key), str(value)) for key, value in (document.get("tags") or {}).items())


def status_in(code: int, document: Json) -> RemoteStatus:
    state = document.get("status") or (document.get("properties") or {}).get("provisioningState")
    if not state:
        return RemoteStatus(state="InProgress" if code == 202 else "Succeeded")  # noqa: PLR2004 - accepted, no news yet
    state = "Canceled" if state == "Cancelled" else str(state)
    answer = diagnosis.read({"error": document.get("error")})
    return RemoteStatus(
        state=state if state in ENDED else "InProgress",
        code=answer.code,
        message=answer.innermost,
    )


def seconds_in(text: str | None) -> float | None:
    """Return a time as Azure writes it, in seconds since the epoch; None where it is none."""
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None
