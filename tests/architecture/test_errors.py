"""Every error gives its text exactly the fields that the text names, and has a code of its own."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from string import Formatter
from types import ModuleType

import pytest

from services.errors import ErrorText, ServiceError
from tests.architecture.syntax import modules

PARTS = ("services", "handlers", "bot")
BESIDE = frozenset({"code", "suggestions", "evidence", "field", "retry_after"})
Function = ast.FunctionDef | ast.AsyncFunctionDef
MODULES = {
    name: tree for name, tree in modules(*PARTS) if not name.startswith(("bot.sandbox", "bot.__"))
}


@dataclass(frozen=True, slots=True)
class Raised:
    """One place in the code that makes an error: the texts it may have, and the fields it gives."""

    place: str
    texts: tuple[ErrorText, ...] = field(compare=False)
    given: frozenset[str]

    @property
    def wanted(self) -> frozenset[str]:
        return frozenset[str]().union(*map(fields_of, self.texts))


def fields_of(text: ErrorText) -> frozenset[str]:
    parts = (text.what, text.why, text.advice)
    return frozenset(name for part in parts for _, name, *_ in Formatter().parse(part) if name)


def raised(name: str, tree: ast.Module, module: ModuleType) -> Iterator[Raised]:
    """Yield the errors that a module makes with a text that can be told from its code."""
    for function in [tree, *_functions(tree)]:
        for call in _own(function):
            if not isinstance(call, ast.Call) or not call.args or not _makes_error(call, module):
                continue
            texts = tuple(_texts(call.args[0], function, module))
            given = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
            spread = any(keyword.arg is None for keyword in call.keywords)
            if texts and not spread:
                yield Raised(f"{name}:{call.lineno}", texts, frozenset(given - BESIDE))


def _functions(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in the function itself, not in one inside of it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield child
            yield from _own(child)


def _makes_error(call: ast.Call, module: ModuleType) -> bool:
    made = _value(call.func, module)
    return isinstance(made, type) and issubclass(made, ServiceError)


def _texts(expression: ast.expr, function: ast.AST, module: ModuleType) -> Iterator[ErrorText]:
    """Yield every text that the expression may stand for; none where a caller says which."""
    if isinstance(expression, ast.IfExp):
        yield from _texts(expression.body, function, module)
        yield from _texts(expression.orelse, function, module)
    elif isinstance(found := _value(expression, module), ErrorText):
        yield found
    elif isinstance(expression, ast.Name):
        for node in _own(function):
            names = [ast.unparse(t) for t in node.targets] if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.Assign) and expression.id in names:
                yield from _texts(node.value, function, module)


def _value(expression: ast.expr, module: ModuleType) -> object:
    """Return what a name or `module.NAME` stands for in the module, None for what is no such."""
    if isinstance(expression, ast.Name):
        return getattr(module, expression.id, None)
    if isinstance(expression, ast.Attribute):
        return getattr(_value(expression.value, module), expression.attr, None)
    return None


def texts(name: str, tree: ast.Module) -> Iterator[tuple[str, ErrorText]]:
    """Yield the texts that a module declares, each with its place."""
    module = import_module(name)
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            constant = node.targets[0].id
            values = getattr(module, constant)
            for value in values.values() if isinstance(values, dict) else (values,):
                if isinstance(value, ErrorText) and isinstance(node.value, (ast.Call, ast.Dict)):
                    yield f"{name}.{constant}", value


def raised_in(name: str) -> list[Raised]:
    return list(raised(name, MODULES[name], import_module(name)))


@pytest.mark.parametrize("name", sorted(MODULES))
def test_errors_give_the_fields_of_their_texts(name: str) -> None:
    wrong = [
        (error.place, sorted(error.wanted ^ error.given))
        for error in raised_in(name)
        if error.wanted != error.given
    ]

    assert [] == wrong


def test_no_two_texts_share_a_code() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for name, tree in MODULES.items():
        for place, text in texts(name, tree):
            places[text.code].append(place)

    assert {} == {code: found for code, found in places.items() if len(found) > 1}


MADE_UP = ModuleType("made_up")
MADE_UP.__dict__.update(
    UserError=type("UserError", (ServiceError,), {}),
    GONE=ErrorText(code="Gone", what="{name} is gone."),
    LOST=ErrorText(code="Lost", what="{name} is lost.", why="{reason}"),
)


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("UserError(GONE, thing=1)", {"name"}),
        ("UserError(GONE if x else LOST, name=1)", {"name", "reason"}),
        ("def f():\n    text = LOST\n    raise UserError(text)", {"name", "reason"}),
    ],
)
def test_a_wrong_field_is_seen(code: str, wanted: set[str]) -> None:
    [error] = raised("made_up", ast.parse(code), MADE_UP)

    assert wanted == error.wanted != error.given
