"""Text in place of Slack's newer blocks, which reach workspaces slowly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from handlers.blocks import progress, scores
from handlers.command import Block

PLAINER: Mapping[str, Callable[[Block], Block]] = {
    scores.CHART: scores.bars,
    progress.PLAN: progress.lines,
}


def is_plain(blocks: Sequence[Block]) -> bool:
    """Tell whether every workspace takes these blocks."""
    return not any(block["type"] in PLAINER for block in blocks)


def plainer(blocks: Sequence[Block]) -> list[Block]:
    """Return the same with text in place of charts and plans."""
    return [_plain(block) for block in blocks]


def _plain(block: Block) -> Block:
    make = PLAINER.get(block["type"])
    return make(block) if make else block
