from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from handlers.blocks import markdown
from handlers.blocks.elements import linked
from handlers.command import Command
from handlers.parsing import file_name, options_of, plain, split_verb, take_options
from handlers.registry import discover
from services import foreign, labels, redaction
from services.errors import UserError
from tests.architecture import patterns, syntax

SECONDS = 0.05  # of processor time, in the longest text that the pattern's edge lets in
CARELESS = 0.005
WHOLE = 0.5  # the same for a function that applies many of them
FOUND = patterns.compiled()
COMMANDS = discover().commands
COMPILED_LATE = {  # what they return is held by a module and timed, or timed below
    "handlers.parsing.options_of",
    "services.diagnosis.faults.words",
    "services.redaction.names._value",
}


@pytest.mark.parametrize("where", FOUND)
def test_a_pattern_takes_no_longer_than_its_text_is_long(where: str) -> None:
    seconds, text = patterns.slowest(where, FOUND[where], SECONDS)
    assert seconds <= SECONDS, f"{FOUND[where].pattern} needs {seconds:.3f} s for {text}"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.name)
def test_the_options_of_a_command_are_found_as_fast(command: Command) -> None:
    if command.options:
        pattern = options_of(frozenset(option.name for option in command.options))
        seconds, text = patterns.slowest(f"options.{command.name}", pattern, SECONDS)
        assert seconds <= SECONDS, text


# What was in the product, or nearly, and kept it busy for seconds to hours.
@pytest.mark.parametrize(
    "careless",
    [
        r"(?m)^[ \t]*#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$",
        r"<+(?=[@#!])",
        r"[^,\n]*\\[,;][^,\n]*",
        r"eyJ[\w-]+\.[\w-]+\.",
        r"identity .*(read|pull|get)",
        r"(?m)^\s*(\w+)\s*:",
        r"(a+)+$",
        r"\[([^\]]*)\]\(",
    ],
)
def test_a_careless_pattern_would_be_found(careless: str) -> None:
    seconds, _ = patterns.slowest("somewhere", re.compile(careless), CARELESS)
    assert seconds > CARELESS


def test_every_package_has_patterns_that_are_timed() -> None:
    assert set(patterns.PACKAGES) <= {where.partition(".")[0] for where in FOUND}
    assert {"handlers.blocks.markdown._HEADING", "handlers.parsing._MARKUP"} <= FOUND.keys()


def test_every_pattern_is_compiled_where_it_is_found_and_timed() -> None:
    direct = {*patterns.METHODS, "split", "escape"} - {"escape"}
    odd = []
    for module, tree in syntax.modules("bot", "handlers", "services"):
        if module.startswith("bot.sandbox"):
            continue  # a tool beside the product, for one person on their own machine
        for function, call in _calls(tree):
            late = call == "compile" and function and f"{module}.{function}" not in COMPILED_LATE
            if call in direct or late:
                odd.append(f"{module}.{function}: re.{call}")
    assert [] == odd


def _calls(tree: ast.Module) -> list[tuple[str, str]]:
    """The calls of the module `re`, with the function in which they stand ("" for none)."""
    found: list[tuple[str, str]] = []

    def look(node: ast.AST, function: str) -> None:
        inside = node.name if isinstance(node, ast.FunctionDef) else function
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and ast.unparse(called.value) == "re":
            found.append((function, called.attr))
        for child in ast.iter_child_nodes(node):
            look(child, inside)

    look(tree, "")
    return found


EDGES: dict[str, tuple[Callable[[str], object], int]] = {
    "what somebody types": (lambda text: plain(text, "UBOT"), 10 * foreign.PERSON),
    "a verb": (split_verb, foreign.PERSON),
    "options": (lambda text: take_options(text, ["task", "size"]), foreign.PERSON),
    "labels": (labels.parse, foreign.PERSON),
    "a file's name": (file_name, 10 * foreign.PERSON),
    "a description": (markdown.sections, 10 * foreign.DESCRIPTION),
    "a teaser": (lambda text: markdown.teaser(text, 280), 10 * foreign.DESCRIPTION),
    "a link": (lambda text: linked(f"https://{text}", text), foreign.MESSAGE),
    "a message of Azure": (foreign.line, 10 * foreign.MESSAGE),
    "a log": (foreign.tail, 10 * foreign.DESCRIPTION),
    "what is hidden": (redaction.hide, foreign.LOGGED),
    "what is refused": (redaction.has_token, 10 * foreign.PERSON),
}
UNITS = (*patterns.UNITS, "eyJa.", "](", "[a](", "![", "<!--", "```\n", "**", "__", "~~", "<@U1>")


@pytest.mark.parametrize("edge", EDGES)
def test_an_edge_is_as_fast_whatever_somebody_sends(edge: str) -> None:
    function, size = EDGES[edge]
    slow = {unit: seconds for unit in UNITS if (seconds := _seconds(function, unit, size)) > WHOLE}
    assert {} == slow


def _seconds(function: Callable[[str], object], unit: str, size: int) -> float:
    text = (f"# a{unit * size}")[:size]
    began = time.thread_time()
    with suppress(UserError):  # a refusal is an answer too
        function(text)
    return time.thread_time() - began
