"""Tell the endpoints of an operation from those of others by the tag that it wrote on them."""

from __future__ import annotations

from services import planning, spelling
from services.azureml.entities import TAG_OPERATION
from services.errors import ErrorText, ServiceRefusedError
from services.models import Endpoint, Operation

ENDPOINT_TAKEN = "EndpointTaken"  # the code of each of these texts
TAKEN_BY_OURS = ErrorText(
    code="EndpointTakenByUs",
    what="There is an endpoint called {endpoint} already.",
    why="The operation {operation} made it.",
    advice="Deploy under another name, for example `endpoint:{free}`, or delete the old one first.",
)
TAKEN = ErrorText(
    code="EndpointTakenOutside",
    what="There is an endpoint called {endpoint} already.",
    why="Somebody made it outside this bot.",
    advice="Deploy under another name, for example `endpoint:{free}`, or delete the old one first.",
)
TAKEN_ELSEWHERE = ErrorText(
    code="EndpointTakenElsewhere",
    what="The endpoint name {endpoint} is taken in {region}.",
    why="Another workspace has it; all workspaces of a region share their names.",
    advice="Deploy under another name, for example `endpoint:{free}`.",
)


def is_ours(endpoint: Endpoint, operation: Operation) -> bool:
    """Whether that operation made the endpoint."""
    return spelling.same(endpoint.tag(TAG_OPERATION) or "", operation.id)


def check_ours(endpoint: Endpoint, operation: Operation) -> None:
    """Refuse an endpoint that is somebody else's.

    Raises:
        ServiceRefusedError: another operation made it, or somebody outside the bot.
    """
    if is_ours(endpoint, operation):
        return
    raise taken(endpoint.name, endpoint.tag(TAG_OPERATION))


def taken(endpoint: str, other: str | None = None) -> ServiceRefusedError:
    """Return the error for a name that `other` has, or somebody outside the bot."""
    free = _free(endpoint)
    if other:
        return ServiceRefusedError(
            TAKEN_BY_OURS, code=ENDPOINT_TAKEN, endpoint=endpoint, operation=other, free=free
        )
    return ServiceRefusedError(TAKEN, code=ENDPOINT_TAKEN, endpoint=endpoint, free=free)


def taken_elsewhere(endpoint: str, region: str, error: ServiceRefusedError) -> ServiceRefusedError:
    """Return the error for a name that another workspace of the region has, in Azure's words."""
    said = tuple(filter(None, (str(error.fields.get("said", "")),)))
    return ServiceRefusedError(
        TAKEN_ELSEWHERE,
        code=ENDPOINT_TAKEN,
        evidence=said,
        endpoint=endpoint,
        region=region,
        free=_free(endpoint),
    )


def _free(endpoint: str) -> str:
    """Return the name that comes next; nobody has asked yet whether it is taken as well."""
    return planning.endpoint_name(endpoint, (endpoint,))
