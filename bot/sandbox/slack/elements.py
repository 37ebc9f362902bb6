"""Elements: what they hold at first, and plain values turned into what Slack sends for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bot.sandbox.slack.blocks import elements_of

Json = dict[str, Any]

# element type -> (key in state.values, key of the initial value, whether it holds several)
STATEFUL: dict[str, tuple[str, str, bool]] = {
    "plain_text_input": ("value", "initial_value", False),
    "email_text_input": ("value", "initial_value", False),
    "url_text_input": ("value", "initial_value", False),
    "number_input": ("value", "initial_value", False),
    "rich_text_input": ("rich_text_value", "initial_value", False),
    "static_select": ("selected_option", "initial_option", False),
    "external_select": ("selected_option", "initial_option", False),
    "radio_buttons": ("selected_option", "initial_option", False),
    "users_select": ("selected_user", "initial_user", False),
    "conversations_select": ("selected_conversation", "initial_conversation", False),
    "channels_select": ("selected_channel", "initial_channel", False),
    "datepicker": ("selected_date", "initial_date", False),
    "timepicker": ("selected_time", "initial_time", False),
    "datetimepicker": ("selected_date_time", "initial_date_time", False),
    "multi_static_select": ("selected_options", "initial_options", True),
    "multi_external_select": ("selected_options", "initial_options", True),
    "checkboxes": ("selected_options", "initial_options", True),
    "multi_users_select": ("selected_users", "initial_users", True),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", True),
    "multi_channels_select": ("selected_channels", "initial_channels", True),
    "file_input": ("files", "", True),
}
PRESSED = {"button", "icon_button", "workflow_button"}


class NoSuchElementError(LookupError):
    """The block, element or option that a person would click is not there."""


def state_values(blocks: Iterable[Json], entered: Json) -> Json:
    """The complete `state.values`: what was entered where it still fits, else the first value."""
    values: Json = {}
    for block, element in stateful(blocks):
        kept = entered.get(block["block_id"], {}).get(element["action_id"])
        if kept is None or kept["type"] != element["type"]:
            kept = entry(element, first_value(element))
        values.setdefault(block["block_id"], {})[element["action_id"]] = kept
    return values


def stateful(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that holds a value, with its block."""
    for block, element in placed(blocks):
        if element.get("type") in STATEFUL:
            yield block, element


def placed(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element with an action id, with its block (the outer one of a container)."""
    for block in blocks:
        for element in elements_of(block):
            if "action_id" in element:
                yield block, element


def find(blocks: Iterable[Json], action_id: str, block_id: str, value: object) -> tuple[Json, Json]:
    """The element that a person means; buttons that share an action id differ by value.

    Raises:
        NoSuchElementError: nothing visible fits.
    """
    everything = list(placed(blocks))
    fitting = [
        (block, element)
        for block, element in everything
        if element["action_id"] == action_id and block_id in {"", block["block_id"]}
    ]
    pressed = [(block, element) for block, element in fitting if element["type"] in PRESSED]
    if value is not None and pressed:
        fitting = [(block, element) for block, element in pressed if element.get("value") == value]
    if not fitting:
        names = sorted({element["action_id"] for _, element in everything})
        raise NoSuchElementError(
            f"no element {action_id!r} with that block id and value; there is {names}"
        )
    return fitting[0]


def first_value(element: Json) -> Any:  # noqa: ANN401 - a JSON value
    """The initial value of an element, in the plain form that `entry` takes."""
    initial = element.get(STATEFUL[element["type"]][1])
    if isinstance(initial, dict) and "value" in initial:
        return initial["value"]
    if isinstance(initial, list):
        return [item["value"] if isinstance(item, dict) else item for item in initial]
    return initial


def entry(element: Json, value: Any) -> Json:  # noqa: ANN401 - a JSON value
    """A plain value as `state.values` holds it for this type of element.

    Raises:
        NoSuchElementError: an option that the element does not offer.
    """
    key, _, several = STATEFUL[element["type"]]
    if several:
        given = [] if value in (None, "") else value if isinstance(value, list) else [value]
        held: Any = [_converted(element, item) for item in given]
    else:
        held = None if value in (None, "") else _converted(element, value)
    return {"type": element["type"], key: held}


def action(element: Json, block: Json, value: Any) -> Json:  # noqa: ANN401 - a JSON value
    """The entry of a block_actions payload, without its time.

    Raises:
        NoSuchElementError: an option that the element does not offer.
    """
    made = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
    }
    if element["type"] in PRESSED:
        return made | {
            name: element[name] for name in ("text", "value", "style") if name in element
        }
    if element["type"] == "feedback_buttons":
        for side in ("positive_button", "negative_button"):
            if element[side]["value"] == value:
                return made | {"text": element[side]["text"], "value": value}
        raise NoSuchElementError(f"no feedback button {value!r}")
    if element["type"] == "overflow":
        return made | {"selected_option": _converted(element, value)}
    if "placeholder" in element:
        made["placeholder"] = element["placeholder"]
    return made | entry(element, value)


def complaint(block: Json, held: Json) -> str:
    """Why Slack's own client would not let this be submitted; empty when it would."""
    element = block["element"]
    value = held[STATEFUL[element["type"]][0]]
    if value in (None, "", []):
        return "" if block.get("optional") else "Please complete this required field."
    wrong = COMPLAINTS.get(element["type"])
    return wrong(value, element) if wrong else ""


def _length(value: str, element: Json) -> str:
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    most = element.get("max_length", 3000)
    return f"Please enter no more than {most} characters." if len(value) > most else ""


def _number(value: str, element: Json) -> str:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return ""


def _email(value: str, _: Json) -> str:
    return "" if "@" in value else "Please enter a valid email address."


def _url(value: str, _: Json) -> str:
    return "" if value.startswith(("http://", "https://")) else "Please enter a valid URL."


def _files(value: list[Json], element: Json) -> str:
    most = element.get("max_files", 10)
    return f"Please choose no more than {most} files." if len(value) > most else ""


COMPLAINTS: dict[str, Callable[[Any, Json], str]] = {
    "plain_text_input": _length,
    "number_input": _number,
    "email_text_input": _email,
    "url_text_input": _url,
    "file_input": _files,
}


def _converted(element: Json, value: Any) -> Any:  # noqa: ANN401 - a JSON value
    kind = element["type"]
    if kind in {"external_select", "multi_external_select"}:
        text = {"type": "plain_text", "text": str(value)}
        return value if isinstance(value, dict) else {"text": text, "value": str(value)}
    if "options" in element or "option_groups" in element:
        return _option(element, value)
    if kind == "rich_text_input" and isinstance(value, str):
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
        return {"type": "rich_text", "elements": [section]}
    if kind == "datetimepicker":
        return int(value)
    return value if isinstance(value, dict) else str(value)


def _option(element: Json, value: Any) -> Json:  # noqa: ANN401 - a JSON value
    groups = element.get("option_groups", ())
    options = [*element.get("options", ()), *(o for group in groups for o in group["options"])]
    wanted = value.get("value") if isinstance(value, dict) else value
    by_value = (option for option in options if option["value"] == wanted)
    by_text = (option for option in options if option["text"]["text"] == wanted)
    if found := next(by_value, None) or next(by_text, None):
        return dict(found)
    offered = [option["value"] for option in options]
    raise NoSuchElementError(f"no option {wanted!r}; there is {offered}")
