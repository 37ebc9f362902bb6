"""Tell the endpoints of an operation from those of others by the tag that it wrote on them."""

from __future__ import annotations

from services import spelling
from services.azureml.entities import TAG_OPERATION
from services.errors import ErrorText, ServiceRefusedError
from services.models import Endpoint, Operation

ENDPOINT_TAKEN = "EndpointTaken"  # the code of either text
TAKEN_BY_OURS = ErrorText(
    code="EndpointTakenByUs",
    what="There is an endpoint called {endpoint} already.",
    why="The operation {operation} made it.",
    advice="Deploy under another name with endpoint:<name>, or delete the old one first.",
)
TAKEN = ErrorText(
    code="EndpointTakenOutside",
    what="There is an endpoint called {endpoint} already.",
    why="Somebody made it outside this bot.",
    advice="Deploy under another name with endpoint:<name>, or delete the old one first.",
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
    if other:
        return ServiceRefusedError(
            TAKEN_BY_OURS, code=ENDPOINT_TAKEN, endpoint=endpoint, operation=other
        )
    return ServiceRefusedError(TAKEN, code=ENDPOINT_TAKEN, endpoint=endpoint)
