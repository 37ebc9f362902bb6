"""App Home: what runs, and the first things to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.blocks import endpoints as endpoint_blocks, help as help_blocks
from handlers.blocks.elements import context, divider, header, section
from handlers.command import Block, View
from services.models import Endpoint, Glimpse, Operation, VmSize

TITLE = "Models of Azure Machine Learning"
ENDPOINTS = "*Endpoints*"
OPERATOR = "You are an operator: you may deploy, import and delete."
EVERYBODY = "You may search, read and classify; ask an operator to deploy or import."
MOST_BLOCKS = 100


def view(  # noqa: PLR0913 - the parts of one page
    running: Sequence[Operation | Glimpse],
    endpoints: Sequence[Endpoint],
    sizes: Mapping[str, VmSize],
    *,
    now: float,
    operator: bool,
    note: str = "",
) -> View:
    """The page; `note` says why the endpoints are not shown."""
    _, menu = help_blocks.menu()
    blocks: list[Block] = [header(TITLE), *menu, divider(), section(endpoint_blocks.RUNNING)]
    if running:
        blocks += endpoint_blocks.rows(running, now)
    else:
        blocks.append(section(endpoint_blocks.NOTHING_RUNS))
    blocks += [divider(), section(ENDPOINTS)]
    if note:
        blocks.append(section(f":warning: {note}"))
    elif endpoints:
        shown = endpoints[: endpoint_blocks.MOST]
        blocks += [section(endpoint_blocks.describe(endpoint, sizes, now)) for endpoint in shown]
        blocks.append(context(endpoint_blocks.ESTIMATE))
    else:
        blocks.append(section(endpoint_blocks.NO_ENDPOINTS))
    blocks.append(context(OPERATOR if operator else EVERYBODY))
    return {"type": "home", "blocks": blocks[:MOST_BLOCKS]}
