"""Values to JSON and back: what goes into our tables and across a durable step's boundary.

Explicit and small on purpose: dataclasses, tuples, string enums and plain scalars, as their type
hints say. A dataclass that may be of several types carries the name of its own under `kind`
(`dump_tagged`). Unknown fields are ignored and missing ones take their default, so two releases can
read each other's rows.
"""

from __future__ import annotations

import dataclasses
import types
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

JSON = dict[str, Any]

_KIND = "kind"


def dump(value: Any, hint: Any = None) -> Any:  # noqa: ANN401 - any record goes in, JSON comes out
    """The JSON form of a value; `hint` is its declared type, by default its own.

    Raises:
        TypeError: the value holds something that has no JSON form here.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, StrEnum) else value
    if isinstance(value, tuple):
        hints = _item_hints(_members(hint), len(value))
        return [dump(item, each) for item, each in zip(value, hints, strict=True)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            name: dump(getattr(value, name), each) for name, each in _fields(type(value)).items()
        }
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dump_tagged(value: Any) -> JSON | None:  # noqa: ANN401 - any record goes in
    """Return the JSON form of a record with the name of its type, None for None.

    Raises:
        TypeError: see `dump`.
    """
    return None if value is None else {_KIND: type(value).__name__, **dump(value)}


def tag_of(data: JSON) -> str:
    """Return the name of the type that `dump_tagged` wrote."""
    return str(data.get(_KIND, ""))


def load(hint: Any, data: Any) -> Any:  # noqa: ANN401 - the caller names the type in `hint`
    """The value of type `hint` that `dump` wrote as `data`.

    Raises:
        TypeError: the data does not fit the type.
    """
    members = _members(hint)
    if data is None:
        if type(None) in members:
            return None
        raise TypeError(f"nothing stored where {hint} is needed")
    if isinstance(data, dict):
        return _record(_records(members), data)
    if _is_record(type(data)):
        return data  # read already, by somebody who knows its type
    if isinstance(data, list):
        hints = _item_hints(members, len(data))
        return tuple(load(each, item) for item, each in zip(data, hints, strict=True))
    return _scalar(members, data)


def _record(candidates: tuple[type, ...], data: JSON) -> Any:  # noqa: ANN401 - one of the candidates
    if len(candidates) != 1:
        raise TypeError("a stored record is not expected here")
    fields = _fields(candidates[0])
    known = {name: load(hint, data[name]) for name, hint in fields.items() if name in data}
    return candidates[0](**known)


def _scalar(members: tuple[Any, ...], data: Any) -> Any:  # noqa: ANN401 - str, bool, int or float
    for member in members:
        if isinstance(member, type) and issubclass(member, StrEnum) and isinstance(data, str):
            return member(data)
    for member in members:
        if member is float and isinstance(data, int) and not isinstance(data, bool):
            return float(data)
        if member in (str, bool, int, float) and type(data) is member:
            return data
    raise TypeError(f"stored {type(data).__name__} does not fit {members}")


def _members(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a type or a union
    if get_origin(hint) in (Union, types.UnionType):
        return get_args(hint)
    return (hint,)


def _records(members: tuple[Any, ...]) -> tuple[type, ...]:
    return tuple(each for each in members if isinstance(each, type) and _is_record(each))


def _is_record(kind: type) -> bool:
    return dataclasses.is_dataclass(kind)


def _item_hints(members: tuple[Any, ...], length: int) -> tuple[Any, ...]:
    for member in members:
        if get_origin(member) is tuple:
            hints = get_args(member)
            return (hints[0],) * length if hints[-1] is Ellipsis else hints
    return (None,) * length


@cache
def _fields(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
