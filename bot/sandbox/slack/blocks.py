"""Checks Block Kit as Slack does, from our own table of limits (limits.json)."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from importlib import resources
from typing import Any

from bot.sandbox.slack.refusal import Refusal

Json = dict[str, Any]
TEXT_EXTRAS = {"plain_text": {"emoji"}, "mrkdwn": {"verbatim"}}
PRIMITIVES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


@functools.cache
def limits() -> Json:
    """The table of limits; treat it as read-only."""
    text = resources.files(__package__).joinpath("limits.json").read_text("utf-8")
    loaded: Json = json.loads(text)
    return loaded


def check_message(blocks: Any, *, unknown: Collection[str] = ()) -> list[Json]:  # noqa: ANN401 - from the wire
    """Return the blocks of a message, each with a block id.

    Args:
        blocks: as the app sent them.
        unknown: block types that this workspace does not have yet.

    Raises:
        Refusal: `invalid_blocks` with every problem, or `msg_blocks_too_long`.
    """
    problems = list(_surface(blocks, "message", "/blocks", unknown))
    if problems:
        messages = [f"[ERROR] {problem}" for problem in problems]
        raise Refusal("invalid_blocks", errors=problems, response_metadata={"messages": messages})
    if len(json.dumps(blocks, ensure_ascii=False)) > limits()["surfaces"]["message"]["characters"]:
        raise Refusal("msg_blocks_too_long")
    return name_parts(blocks)


def check_view(view: Any, kinds: Iterable[str]) -> Json:  # noqa: ANN401 - from the wire
    """A view whose blocks and elements all have ids.

    Raises:
        Refusal: `invalid_arguments` with every problem, or `view_too_large`.
    """
    problems = list(_view(view, tuple(kinds)))
    if problems:
        messages = [f"[ERROR] {problem}" for problem in problems]
        raise Refusal("invalid_arguments", response_metadata={"messages": messages})
    if len(json.dumps(view).encode()) > limits()["view"]["bytes"]:
        raise Refusal("view_too_large")
    name_parts(view["blocks"])
    return dict(view)


def name_parts(blocks: list[Json]) -> list[Json]:
    """Give every block and interactive element the id that Slack makes up when there is none."""
    table = limits()["groups"]["elements"]
    taken = {block.get("block_id") for block in blocks}
    names = (name for n in range(len(blocks) * 2 + 1) if (name := f"b{n:02d}") not in taken)
    for block in blocks:
        if not block.get("block_id"):
            block["block_id"] = next(names)
        for position, element in enumerate(elements_of(block)):
            if table.get(element.get("type"), {}).get("acts"):
                element.setdefault("action_id", f"a{position:02d}")
    return blocks


def elements_of(block: Json) -> Iterator[Json]:
    """The elements of a block that can act or hold a value, cards and containers included."""
    if block["type"] in {"actions", "context_actions"}:
        yield from block["elements"]
    elif block["type"] == "section" and "accessory" in block:
        yield block["accessory"]
    elif block["type"] == "input":
        yield block["element"]
    elif block["type"] == "card":
        yield from block.get("actions", ())
    elif block["type"] == "carousel":
        for card in block["elements"]:
            yield from elements_of(card)
    elif block["type"] == "container":
        for child in block["child_blocks"]:
            yield from elements_of(child)


def _view(view: Any, kinds: tuple[str, ...]) -> Iterator[str]:  # noqa: ANN401 - from the wire
    if not isinstance(view, dict):
        yield "must provide an object [json-pointer:/view]"
        return
    kind = view.get("type")
    if kind not in kinds:
        yield f"must be one of: {', '.join(kinds)} [json-pointer:/view/type]"
        return
    yield from _fields(view, limits()["views"][kind], "/view", kind)
    if isinstance(view.get("blocks"), list):
        yield from _surface(view["blocks"], kind, "/view/blocks")
        inputs = any(isinstance(b, dict) and b.get("type") == "input" for b in view["blocks"])
        if kind == "modal" and inputs and not view.get("submit"):
            yield "missing required field: submit [json-pointer:/view]"


def _surface(
    blocks: Any,  # noqa: ANN401 - from the wire
    surface: str,
    at: str,
    unknown: Collection[str] = (),
) -> Iterator[str]:
    rules = limits()["surfaces"][surface]
    if not isinstance(blocks, list):
        yield f"must provide an array [json-pointer:{at}]"
        return
    if len(blocks) > rules["blocks"]:
        yield f"no more than {rules['blocks']} items allowed [json-pointer:{at}]"
    for index, block in enumerate(blocks):
        yield from _typed(block, "blocks", "*", f"{at}/{index}", surface)
        if isinstance(block, dict):
            yield from _special(block, f"{at}/{index}", unknown)
    known = [block for block in blocks if isinstance(block, dict)]
    yield from _repeated((b.get("block_id") for b in known), "block_id", at)
    kinds = Counter(str(block.get("type")) for block in known)
    for kind, most in rules["at_most"].items():
        if kinds[kind] > most:
            yield f"no more than {most} {kind} blocks allowed [json-pointer:{at}]"
    for first, second in rules.get("apart", ()):
        if kinds[first] and kinds[second]:
            yield f"{first} and {second} blocks cannot be mixed [json-pointer:{at}]"
    written = sum(len(str(b.get("text"))) for b in known if b.get("type") == "markdown")
    if written > rules.get("markdown", written):
        yield f"markdown must be less than {rules['markdown'] + 1} characters [json-pointer:{at}]"


def _typed(value: Any, group: str, types: Any, at: str, surface: str) -> Iterator[str]:  # noqa: ANN401 - from the wire
    known = limits()["groups"][group]
    if not isinstance(value, dict):
        yield f"must provide an object [json-pointer:{at}]"
        return
    kind = value.get("type")
    if kind not in known or (types != "*" and kind not in types):
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    rules = known[kind]
    if surface not in rules.get("surfaces", (surface,)):
        yield f"unsupported type: {kind} on surface {surface} [json-pointer:{at}/type]"
    extra = {"block_id"} if group == "blocks" else set()
    yield from _fields(value, rules, at, surface, extra)


def _fields(
    value: Json, rules: Json, at: str, surface: str, extra: Iterable[str] = ()
) -> Iterator[str]:
    fields = rules["fields"]
    for name in value.keys() - fields.keys() - {"type", *extra}:
        yield f"invalid additional property: {name} [json-pointer:{at}]"
    if "block_id" in extra and "block_id" in value:
        yield from _value(
            value["block_id"], {"is": "string", "max": 255}, f"{at}/block_id", surface
        )
    for name, rule in fields.items():
        if value.get(name) is not None:
            yield from _value(value[name], rule, f"{at}/{name}", surface)
        elif rule.get("required"):
            yield f"missing required field: {name} [json-pointer:{at}]"
    wanted = rules.get("any_of")
    if wanted and not any(value.get(name) for name in wanted):
        yield f"must provide one of: {', '.join(wanted)} [json-pointer:{at}]"


def _value(value: Any, rule: Json, at: str, surface: str) -> Iterator[str]:  # noqa: ANN401 - from the wire
    kind = rule["is"]
    if kind in PRIMITIVES:
        yield from _primitive(value, rule, at)
    elif kind == "text":
        yield from _text(value, rule, at)
    elif kind == "list":
        yield from _list(value, rule, at, surface)
    elif kind == "typed":
        yield from _typed(value, rule["group"], rule["types"], at, surface)
    elif kind == "object" and not (value is None and rule.get("nullable")):
        if isinstance(value, dict):
            yield from _fields(value, {"fields": limits()["objects"][rule["name"]]}, at, surface)
        else:
            yield f"must provide an object [json-pointer:{at}]"


def _primitive(value: Any, rule: Json, at: str) -> Iterator[str]:  # noqa: ANN401 - from the wire
    kind = rule["is"]
    wrong = not isinstance(value, PRIMITIVES[kind])
    if wrong or (kind in {"integer", "number"} and isinstance(value, bool)):
        yield f"must be a {kind} [json-pointer:{at}]"
        return
    if kind == "string":
        yield from _length(value, rule, at)
        if "one_of" in rule and value not in rule["one_of"]:
            yield f"must be one of: {', '.join(rule['one_of'])} [json-pointer:{at}]"
        if "pattern" in rule and not re.match(rule["pattern"], value):
            yield f"must match pattern {rule['pattern']} [json-pointer:{at}]"
    elif kind != "boolean":
        if value < rule.get("min", value):
            yield f"must be greater than or equal to {rule['min']} [json-pointer:{at}]"
        if value > rule.get("max", value):
            yield f"must be less than or equal to {rule['max']} [json-pointer:{at}]"


def _text(value: Any, rule: Json, at: str) -> Iterator[str]:  # noqa: ANN401 - from the wire
    if not isinstance(value, dict):
        yield f"must provide an object [json-pointer:{at}]"
        return
    kind = str(value.get("type"))
    if kind not in rule["types"]:
        yield f"must be one of: {', '.join(rule['types'])} [json-pointer:{at}/type]"
        return
    for name in value.keys() - {"type", "text"} - TEXT_EXTRAS[kind]:
        yield f"invalid additional property: {name} [json-pointer:{at}]"
    if not isinstance(value.get("text"), str):
        yield f"missing required field: text [json-pointer:{at}]"
        return
    yield from _length(value["text"], {"min": 1, **rule}, f"{at}/text")


def _length(value: str, rule: Json, at: str) -> Iterator[str]:
    if len(value) < rule.get("min", 0):
        yield f"must be more than {rule['min'] - 1} characters [json-pointer:{at}]"
    if len(value) > rule.get("max", len(value)):
        yield f"must be less than {rule['max'] + 1} characters [json-pointer:{at}]"


def _list(value: Any, rule: Json, at: str, surface: str) -> Iterator[str]:  # noqa: ANN401 - from the wire
    if not isinstance(value, list):
        yield f"must provide an array [json-pointer:{at}]"
        return
    if len(value) < rule.get("min", 0):
        yield f"no fewer than {rule['min']} items allowed [json-pointer:{at}]"
    if len(value) > rule.get("max", len(value)):
        yield f"no more than {rule['max']} items allowed [json-pointer:{at}]"
    for index, item in enumerate(value):
        yield from _value(item, rule["of"], f"{at}/{index}", surface)


def _special(block: Json, at: str, unknown: Collection[str]) -> Iterator[str]:
    """Check what one block type demands beyond the shape of its fields."""
    kind = block.get("type")
    if kind in unknown:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
    try:
        if kind == "data_visualization":
            yield from _chart(block["chart"], f"{at}/chart")
        elif kind in {"table", "data_table"}:
            yield from _table(block, at)
        elif kind == "task_card" and block.get("status") == "pending":
            yield f"a task card outside a plan cannot be pending [json-pointer:{at}/status]"
        yield from _repeated((e.get("action_id") for e in elements_of(block)), "action_id", at)
    except (KeyError, TypeError, AttributeError):
        return  # the shape is wrong and has been reported already


def _chart(chart: Json, at: str) -> Iterator[str]:
    if chart["type"] == "pie":
        return
    categories = chart["axis_config"]["categories"]
    yield from _repeated((series["name"] for series in chart["series"]), "series name", at)
    for index, series in enumerate(chart["series"]):
        if {point["label"] for point in series["data"]} != set(categories):
            yield f"labels must match the categories [json-pointer:{at}/series/{index}/data]"


def _table(block: Json, at: str) -> Iterator[str]:
    rows = block["rows"]
    if block["type"] == "data_table":
        if len({len(row) for row in rows}) > 1:
            yield f"all rows must have the same number of cells [json-pointer:{at}/rows]"
        if any(cell["type"] == "rich_text" for cell in rows[0]):
            yield f"unsupported type: rich_text in a header [json-pointer:{at}/rows/0]"
        written = sum(len(str(cell.get("text", ""))) for row in rows for cell in row)
        most = limits()["groups"]["blocks"]["data_table"]["characters"]
        if written > most:
            yield f"must be less than {most + 1} characters [json-pointer:{at}/rows]"


def _repeated(names: Iterable[Any], what: str, at: str) -> Iterator[str]:
    for name, count in Counter(name for name in names if name).items():
        if count > 1:
            yield f"{what} already exists: {name} [json-pointer:{at}]"
