"""A kind of operation is one place: what it needs is there, and nobody else asks which it is."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

import pytest

from handlers.registry import discover
from services.kinds import OperationKind
from services.models import OperationPlan, OperationResult
from services.workflows.kinds import KINDS
from tests.architecture.syntax import ROOT, modules

REGISTRY = discover()
HISTORIES = ROOT / "tests" / "integration" / "operations" / "histories.json"
HOMES = ("services.workflows.", "handlers.commands.")  # where a kind may be called by its name
ALL = tuple(KINDS.values())


def subclasses(kind: type) -> set[str]:
    below: list[type] = kind.__subclasses__()
    return {kind.__name__}.union(*map(subclasses, below))


OF_KINDS = subclasses(OperationPlan) | subclasses(OperationResult)


def told_apart(tree: ast.AST) -> list[str]:
    """Return the plans and results that the code tells apart by their type."""
    return [name for asked in _types_asked(tree) for name in _names(asked) if name in OF_KINDS]


def _types_asked(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.MatchClass):
            yield node.cls
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"isinstance", "issubclass"}:
            yield node.args[1]


def _names(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def named(tree: ast.AST) -> list[str]:
    """Return the tables of names of kinds, and the comparisons of a kind with a name."""
    found = []
    for node in ast.walk(tree):
        together: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            together = list(node.keys)
        elif isinstance(node, (ast.Set, ast.Tuple, ast.List)):
            together = list(node.elts)
        names = [
            each for each in together if isinstance(each, ast.Constant) and each.value in KINDS
        ]
        if len(names) > 1 or (isinstance(node, ast.Compare) and _compares_kind(node)):
            found.append(ast.unparse(node))
    return found


def _compares_kind(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    words = [each for each in sides if isinstance(each, ast.Constant) and each.value in KINDS]
    kinds = [each for each in sides if isinstance(each, ast.Attribute) and each.attr == "kind"]
    return bool(words and kinds)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_one_command_shows_it(kind: OperationKind[OperationPlan, OperationResult]) -> None:
    shown = [command.view.kind for command in REGISTRY.commands if command.view]

    assert 1 == shown.count(kind)
    assert kind is REGISTRY.views[kind.name].kind


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_it_can_be_tried_again(kind: OperationKind[OperationPlan, OperationResult]) -> None:
    prefix, module, action = REGISTRY.views[kind.name].retry.split(".")

    assert "aml" == prefix
    assert action in REGISTRY.by_module[module].actions
    assert REGISTRY.by_module[module].view is REGISTRY.views[kind.name]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_a_history_of_it_is_replayed(kind: OperationKind[OperationPlan, OperationResult]) -> None:
    recorded = json.loads(HISTORIES.read_text(encoding="utf-8"))

    assert [] != [name for name in recorded if name.startswith(f"{kind.name}.v")]


def test_handlers_do_not_ask_of_which_kind_something_is() -> None:
    found = {name: told_apart(tree) for name, tree in modules("handlers")}

    assert {} == {name: types for name, types in found.items() if types}


def test_no_table_of_kinds_is_kept_elsewhere() -> None:
    found = {
        name: named(tree)
        for name, tree in modules("services", "handlers", "bot")
        if not name.startswith((*HOMES, "bot.sandbox"))
    }

    assert {} == {name: tables for name, tables in found.items() if tables}


@pytest.mark.parametrize(
    "code",
    [
        "isinstance(x.plan, DeployPlan)",
        "isinstance(x, (int, models.ImportResult))",
        "match x:\n    case ClassifyPlan():\n        pass",
    ],
)
def test_a_question_for_the_kind_is_seen(code: str) -> None:
    assert 1 == len(told_apart(ast.parse(code)))


@pytest.mark.parametrize("code", ['{"deploy": 1, "import": 2}', 'operation.kind == "deploy"'])
def test_a_name_of_a_kind_is_seen(code: str) -> None:
    assert [code.replace('"', "'")] == named(ast.parse(code))
