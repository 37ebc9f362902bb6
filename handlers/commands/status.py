"""`status`: what is under way, or one operation or endpoint in full."""

from __future__ import annotations

import re

from handlers.blocks import endpoints as endpoint_blocks, operation as operation_blocks
from handlers.command import Call, Command, Reply
from services.errors import (
    ErrorText,
    NotConfiguredError,
    NotFoundError,
    TemporaryError,
    UserError,
    quoted,
)
from services.models import Endpoint, Glimpse
from services.prices import load_sizes

OPERATION = re.compile(r"([a-z]{2,8})-[a-z0-9]{4}", re.IGNORECASE | re.ASCII)
NEITHER = ErrorText(
    code="NothingOfThatName",
    what="There is no operation and no endpoint {name}.",
    advice="`status` alone shows what is going on, `list` the endpoints.",
)


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
    except NotFoundError as error:
        endpoint = _endpoint(call, name, error)
        text, blocks = endpoint_blocks.details(endpoint, load_sizes(), call.now)
    else:
        if isinstance(operation, Glimpse):
            text, blocks = operation_blocks.glimpse(operation, call.now)
        else:
            view = call.views[operation.kind]
            text, blocks = operation_blocks.message(operation, view, call.now)
    return Reply(text=text, blocks=blocks)


def _endpoint(call: Call, name: str, unknown: NotFoundError) -> Endpoint:
    """The endpoint of that name, whoever made it.

    Raises:
        NotFoundError: there is neither an operation nor an endpoint of that name.
        UserError: Azure refuses; it may have such an endpoint.
        TemporaryError: Azure cannot be asked now.
    """
    wanted = name.strip().strip("`")
    kind = OPERATION.fullmatch(wanted)
    if kind and kind[1].lower() in {view.kind.prefix for view in call.views.values()}:
        known = _known(call, wanted)
        if known is None:
            raise unknown
        return known
    try:
        found = call.services.deployments.endpoint(wanted)
    except NotConfiguredError:
        raise unknown from None  # then there are no endpoints
    if found is None:
        raise NotFoundError(NEITHER, name=quoted(wanted), suggestions=unknown.suggestions)
    return found


def _known(call: Call, name: str) -> Endpoint | None:
    """An endpoint with the name of an operation; None also while Azure cannot tell."""
    try:
        return call.services.deployments.endpoint(name)
    except (UserError, TemporaryError):
        return None


def asks_nobody(text: str) -> bool:
    """Tell whether the bot itself knows the answer: what is going on, or one operation."""
    return not text or OPERATION.fullmatch(text.strip("`")) is not None


COMMAND = Command(
    name="status",
    usage="status [operation or endpoint]",
    summary="Show what is running, or one operation or endpoint.",
    example="status",
    rank=5,
    quick_for=asks_nobody,
    run=run,
)
