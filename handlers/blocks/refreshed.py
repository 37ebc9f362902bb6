"""Show what a refresh of the catalog has brought."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.blocks.elements import clip, context, escape, section
from handlers.blocks.words import count, duration
from handlers.command import Block
from services.catalog import Change, ChangeKind
from services.refresh import Refreshed, Source, SourceRefreshed

DONE = "The catalog is refreshed"
SILENT = "Nobody answered, so the catalog is as it was"
TOOK = "in {time}"
PLACE = "{place}: {models}, {changes}"
NO_CHANGE = "nothing changed"
KEPT = "{place}: as it was"
CHANGES = "*Last changes*"
FROM = {Source.SERVICE: "catalog service", Source.SDK: "Azure", Source.KEPT: ""}
MOST_CHANGES = 8
LONGEST = 200
TENTHS = 10  # seconds, below which their tenths tell something


def started(text: str) -> list[Block]:
    return [section(f":arrows_counterclockwise: {escape(text)}")]


def outcome(refreshed: Refreshed, changes: Sequence[Change]) -> tuple[str, list[Block]]:
    """Text and blocks: each place with what changed there, what went wrong, the last changes."""
    answered = [place for place in refreshed.places if place.source is not Source.KEPT]
    mark = ":white_check_mark:" if answered else ":warning:"
    title = f"{DONE if answered else SILENT} ({TOOK.format(time=_time(refreshed.seconds))})"
    lines = [escape(_place(place)) for place in refreshed.places]
    blocks = [section("\n".join([f"{mark} *{escape(title)}*", *(f"• {line}" for line in lines)]))]
    blocks += [
        context(f":warning: {escape(clip(problem, LONGEST))}") for problem in refreshed.problems
    ]
    if changes and refreshed.changes:
        shown = [f"• {escape(_change(change))}" for change in changes[:MOST_CHANGES]]
        blocks.append(section("\n".join([CHANGES, *shown])))
    said = "; ".join(_place(place) for place in refreshed.places)
    return f"{title}. {said}", blocks


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < TENTHS else duration(seconds)


def _place(refreshed: SourceRefreshed) -> str:
    if refreshed.source is Source.KEPT:
        return KEPT.format(place=refreshed.place)
    counted = (
        (refreshed.new, "new"),
        (refreshed.changed, "with a new version or name"),
        (refreshed.retired, "retired"),
        (refreshed.gone, "gone"),
    )
    said = [f"{number:,} {what}" for number, what in counted if number]
    models = f"{count(refreshed.models, 'model')} (from the {FROM[refreshed.source]})"
    if refreshed.source is Source.SDK:
        models = f"{count(refreshed.models, 'model')} (from {FROM[refreshed.source]} itself)"
    return PLACE.format(
        place=refreshed.place, models=models, changes=", ".join(said) if said else NO_CHANGE
    )


def _change(change: Change) -> str:
    name = clip(change.name, LONGEST)
    match change.kind:
        case ChangeKind.NEW:
            said = f"{name} is new"
        case ChangeKind.VERSION:
            said = f"{name} went from version {change.before} to {change.after}"
        case ChangeKind.RENAMED:
            said = f"{clip(change.before, LONGEST)} is called {name} now"
        case ChangeKind.RETIRED:
            said = (
                f"{name} is retired on {change.after}" if change.after else f"{name} was archived"
            )
        case ChangeKind.GONE:
            said = f"{name} is gone"
    return f"{said} ({change.place})"
