"""`list`: every endpoint with its model, size, state, age and price, and what is under way."""

from __future__ import annotations

from handlers.blocks import endpoints as endpoint_blocks
from handlers.command import Call, Command, Reply
from services.prices import load_sizes


def run(call: Call) -> Reply:
    endpoints = call.services.deployments.endpoints()
    running = call.services.operations.running(call.reader)
    text, blocks = endpoint_blocks.listing(endpoints, running, load_sizes(), call.now)
    return Reply(text=text, blocks=blocks)


COMMAND = Command(
    name="list",
    usage="list",
    summary="List endpoints with state, age and price.",
    example="list",
    rank=6,
    run=run,
)
