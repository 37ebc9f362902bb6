"""Probabilities as a native chart, and always as words."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.blocks.elements import clip, context, escape, section
from handlers.blocks.error import sentence
from handlers.blocks.words import capitalised, percent
from handlers.command import Block
from services.models import ClassifyResult, Scores

MOST_BARS, LONGEST_LABEL, LONGEST_TITLE = 10, 20, 50  # Slack takes 20 bars; ten can be read
MOST_WORDS = 5  # labels in a sentence, where a table has them all
MOST_CHARTS = 2
MOST_ROWS = 100  # of a table, its head included
LOW_MARGIN = 0.10
BARS = 20
CHART = "data_visualization"
LOW = ":warning: Close call: “{first}” and “{second}” are less than 10 points apart."
NONE_OF_THESE = "The shares always add up to 100 %, even when no label fits."
ENGINE = "Answered by {engine} on {endpoint}."
TOP = "The chart has the best {shown} of {total} labels, the table has all."
REST = ", the other {count} together {share}"
SKIPPED = ":warning: Not looked at: {text}"


def answer(result: ClassifyResult) -> tuple[str, list[Block]]:
    """Text and blocks of a finished classification."""
    blocks: list[Block] = []
    charts, tables = MOST_CHARTS, 1
    for scores in result.pictures:
        ranked = _ranked(scores)
        blocks.append(section(f"{escape(scores.picture)}: {_words(ranked)}"))
        if charts and len(ranked) > 1:
            blocks.append(chart(scores))
            charts -= 1
        if tables and len(ranked) > MOST_BARS:
            blocks += [context(TOP.format(shown=MOST_BARS, total=len(ranked))), table(ranked)]
            tables -= 1
        blocks += _remarks(scores, ranked)
    blocks += [section(SKIPPED.format(text=escape(text))) for text in result.skipped]
    blocks.append(context(*_footer(result)))
    return text_of(result), blocks


def text_of(result: ClassifyResult) -> str:
    """Every picture's best labels in a sentence."""
    parts = [f"{scores.picture}: {_plain(_ranked(scores))}" for scores in result.pictures]
    return "; ".join([*parts, *result.skipped])


def chart(scores: Scores) -> Block:
    """Slack's own bar chart, most likely label first."""
    bars = _distinct(_ranked(scores)[:MOST_BARS])
    points = [{"label": label, "value": round(share * 100, 1)} for label, share in bars]
    return {
        "type": CHART,
        "title": clip(scores.picture, LONGEST_TITLE),
        "chart": {
            "type": "bar",
            "series": [{"name": "Probability", "data": points}],
            "axis_config": {
                "categories": [label for label, _ in bars],
                "x_label": "Label",
                "y_label": "Probability in %",
            },
        },
    }


def table(ranked: Sequence[tuple[str, float]]) -> Block:
    head = [{"type": "raw_text", "text": text} for text in ("Label", "Probability")]
    rows = [
        [{"type": "raw_text", "text": label}, {"type": "raw_text", "text": percent(share)}]
        for label, share in ranked[: MOST_ROWS - 1]
    ]
    return {"type": "table", "rows": [head, *rows]}


def bars(block: Block) -> Block:
    """Return a chart as text bars."""
    points = block["chart"]["series"][0]["data"]
    width = max(len(point["label"]) for point in points)
    lines = [
        f"{point['label']:<{width}} {'█' * round(point['value'] / 100 * BARS):<{BARS}} "
        f"{percent(point['value'] / 100):>7}"
        for point in points
    ]
    return section(f"```{escape(chr(10).join(lines))}```")


def _remarks(scores: Scores, ranked: Sequence[tuple[str, float]]) -> list[Block]:
    remarks = []
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < LOW_MARGIN:
        first, second = ranked[0][0], ranked[1][0]
        low = LOW.format(first=escape(first), second=escape(second))
        remarks.append(f"{low} {NONE_OF_THESE}")
    if scores.note:
        remarks.append(f"Picture: {escape(scores.note)}.")
    return [context(*remarks)] if remarks else []


def _footer(result: ClassifyResult) -> list[str]:
    texts = [ENGINE.format(engine=escape(result.engine), endpoint=escape(result.endpoint))]
    return [*texts, escape(sentence(capitalised(result.note)))] if result.note else texts


def _ranked(scores: Scores) -> list[tuple[str, float]]:
    pairs = zip(scores.labels, scores.probabilities, strict=True)
    return sorted(pairs, key=lambda pair: -pair[1])


def _words(ranked: Sequence[tuple[str, float]]) -> str:
    shown = ranked if len(ranked) <= MOST_BARS else ranked[:MOST_WORDS]
    best = f"*{escape(shown[0][0])} {percent(shown[0][1])}*"
    words = [best, *(f"{escape(label)} {percent(share)}" for label, share in shown[1:])]
    left = ranked[len(shown) :]
    rest = REST.format(count=len(left), share=percent(sum(share for _, share in left)))
    return ", ".join(words) + (rest if left else "")


def _plain(ranked: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{label} {percent(share)}" for label, share in ranked[:5])


def _distinct(pairs: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Labels cut to what a chart takes, still all different."""
    shown: dict[str, float] = {}
    for label, share in pairs:
        short, number = clip(label, LONGEST_LABEL), 2
        while short in shown:
            tail = f" {number}"
            short, number = clip(label, LONGEST_LABEL - len(tail)) + tail, number + 1
        shown[short] = share
    return list(shown.items())
