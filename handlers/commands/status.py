"""`status`: what is under way, or one operation or endpoint in full."""

from __future__ import annotations

from handlers.blocks import endpoints as endpoint_blocks, operation as operation_blocks
from handlers.command import Call, Command, Reply
from services.errors import NotFoundError, TemporaryError, UserError
from services.models import Endpoint, Glimpse
from services.prices import load_sizes


def run(call: Call) -> Reply:
    if call.text:
        return _one(call, call.text)
    running = call.services.operations.running(call.reader)
    recent = call.services.operations.recent(call.reader)
    ended = [operation for operation in recent if operation.state.ended]
    text, blocks = endpoint_blocks.status(running, ended, call.now)
    return Reply(text=text, blocks=blocks)


def _one(call: Call, name: str) -> Reply:
    try:
        operation = call.services.operations.get(name, call.reader)
    except NotFoundError:
        endpoint = _endpoint(call, name)
        if endpoint is None:
            raise
        text, blocks = endpoint_blocks.details(endpoint, load_sizes(), call.now)
    else:
        if isinstance(operation, Glimpse):
            text, blocks = operation_blocks.glimpse(operation, call.now)
        else:
            view = call.views[operation.kind]
            text, blocks = operation_blocks.message(operation, view, call.now)
    return Reply(text=text, blocks=blocks)


def _endpoint(call: Call, name: str) -> Endpoint | None:
    wanted = name.strip("`").lower()
    try:
        known = call.services.deployments.endpoints()
    except (UserError, TemporaryError):
        return None  # then it is the unknown operation that is worth telling
    return next((each for each in known if each.name.lower() == wanted), None)


COMMAND = Command(
    name="status",
    usage="status [operation or endpoint]",
    summary="Show what is running, or one operation or endpoint.",
    example="status",
    rank=5,
    run=run,
)
