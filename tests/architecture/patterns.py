"""Every compiled pattern of the product, and the texts that would keep a careless one busy."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any

from services import foreign
from tests.architecture import syntax

PACKAGES = ("bot", "handlers", "services")
UNREADABLE = ("bot.__main__", "bot.sandbox.__main__")
EDGES = {  # the longest text that reaches the patterns of a module; elsewhere what people type
    "handlers.blocks.markdown": foreign.DESCRIPTION,
    "services.redaction": foreign.LOGGED,
    "bot.logging": foreign.LOGGED,
}
UNITS = (
    *("a", "A", "1", " ", "\n", "\t", "<", "[", "]", "(", ")", "{", "#", '"', "'", "`", "*", "_"),
    *("-", ".", ",", ":", ";", "/", "\\", "=", "&", "|", "@", "!", "~", "%", "?", "é", "猫"),
    *("a ", "a,", "a.", "a-", "a:", "1.", "# ", "<a", "[a]", "eyJ", "a\n", " \n", "- ", "|a", '"a'),
)
FILLERS = ("a", " ", "\n", "1", "-", "_", ".", "/", "a ", "a,", "*")
BETWEEN = ("a", " a", " ")
ENDS = ("\x00", "x!\n")
SLOWEST, FEW, MORE = 6, 22, 90
METHODS = {
    "match": "match",
    "fullmatch": "fullmatch",
    **dict.fromkeys(("search", "finditer", "findall", "sub", "subn", "split"), "finditer"),
}
MOST_LITERALS = 8
parser = importlib.import_module("re._parser")  # no public way leads to the parts of a pattern
Work = Callable[[str], object]
Shape = tuple[str, str, str]  # what comes first, what is repeated, what comes last


def compiled() -> dict[str, re.Pattern[str]]:
    """Return every pattern that a module of the product holds, by where it is."""
    found: dict[str, re.Pattern[str]] = {}
    for module in modules():
        for name, value in vars(module).items():
            for where, pattern in _within(value, f"{module.__name__}.{name}", 0):
                if isinstance(pattern.pattern, str):
                    found.setdefault(where, pattern)
    kept = {(pattern.pattern, pattern.flags): where for where, pattern in reversed(found.items())}
    return {where: found[where] for where in sorted(kept.values())}


def modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        root = importlib.import_module(package)
        yield root
        for info in pkgutil.walk_packages(root.__path__, f"{package}."):
            if info.name not in UNREADABLE:
                yield importlib.import_module(info.name)


def edge(where: str) -> int:
    """Return how long a text reaches that pattern."""
    return next((size for name, size in EDGES.items() if where.startswith(name)), foreign.PERSON)


def shapes(pattern: re.Pattern[str]) -> Iterator[Shape]:
    """Runs of signs, runs of the pattern's own words, and what nearly matches it."""
    literals = _literals(pattern)
    for unit in dict.fromkeys((*UNITS, *literals)):
        yield "", unit, ""
    for literal in ("", *literals):
        for filler in FILLERS:
            if literal:
                yield "", f"{literal}{filler}", ""
            for between in BETWEEN:
                for end in ENDS:
                    yield f"{literal}{between}", filler, end


def text_of(shape: Shape, size: int) -> str:
    head, unit, end = shape
    room = max(0, size - len(head) - len(end))
    return f"{head}{(unit * (room // len(unit) + 1))[:room]}{end}"


def slowest(where: str, pattern: re.Pattern[str], most: float) -> tuple[float, str]:
    """Return the most seconds of processor time that it needs for a text, and how that begins.

    All shapes are tried in a few characters and in an eighth of the size that the pattern's edge
    lets in; the slowest of them in the whole size. One that would take hours thus shows early.
    """
    size, works = edge(where), _works(where, pattern)
    texts = [(shape, work) for shape in shapes(pattern) for work in works]
    worst = (0.0, "")
    for part in (FEW, MORE, size // 8, size):
        tried = []
        for shape, work in texts:
            text = text_of(shape, part)
            taken = _taken(work, text)
            if taken > most:
                taken = _best(work, text)
            tried.append((taken, shape, work))
            worst = max(worst, (taken, f"{text_of(shape, FEW)!r} ({part})"))
            if taken > most:
                return worst
        tried.sort(key=lambda each: each[0], reverse=True)
        texts = [
            (shape, work) for _, shape, work in tried[: len(tried) if part < size // 8 else SLOWEST]
        ]
    return worst


def _best(work: Work, text: str) -> float:
    """The best of three: another process may have been in the way."""
    return min(_taken(work, text) for _ in range(3))


def _taken(work: Work, text: str) -> float:
    began = time.thread_time()
    work(text)
    return time.thread_time() - began


def _works(where: str, pattern: re.Pattern[str]) -> list[Work]:
    """The ways in which the product uses it; all of them where that cannot be seen."""
    ways: dict[str, Work] = {
        "match": pattern.match,
        "fullmatch": pattern.fullmatch,
        "finditer": lambda text: sum(1 for _ in pattern.finditer(text)),
    }
    module, _, name = where.rpartition(".")
    used = _uses().get((module, name)) or _uses().get(("", name), set())
    return [way for name, way in ways.items() if name in used] or list(ways.values())


@cache
def _uses() -> dict[tuple[str, str], set[str]]:
    """The methods called on a pattern, by its module ("": any) and name; searching is finding."""
    found: dict[tuple[str, str], set[str]] = {}
    for module, tree in syntax.modules(*PACKAGES):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                name = ast.unparse(node.value).rpartition(".")[2]
                for place in (module, ""):
                    found.setdefault((place, name), set()).add(METHODS[node.attr])
    return found


def _literals(pattern: re.Pattern[str]) -> list[str]:
    """The words of a pattern, the first ones, as they stand in it."""
    found: dict[str, None] = {}
    _collect(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG), found)
    return list(found)[:MOST_LITERALS]


def _collect(tree: Any, found: dict[str, None]) -> None:  # noqa: ANN401 - the parser's own
    word = ""
    for operation, argument in tree:
        if str(operation) == "LITERAL":
            word += chr(argument)
            continue
        if word:
            found[word] = None
        word = ""
        for part in argument if isinstance(argument, tuple | list) else ():
            parts = part if isinstance(part, list) else [part]
            for each in parts:
                if isinstance(each, parser.SubPattern):
                    _collect(each, found)
    if word:
        found[word] = None


def _within(value: Any, where: str, depth: int) -> Iterator[tuple[str, re.Pattern[Any]]]:  # noqa: ANN401 - anything
    if isinstance(value, re.Pattern):
        yield where, value
    elif depth > 4:
        return
    elif isinstance(value, Mapping):
        yield from _within([*value, *value.values()], where, depth)
    elif isinstance(value, tuple | list | set | frozenset):
        for number, part in enumerate(value):
            yield from _within(part, f"{where}[{number}]", depth + 1)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _within(getattr(value, field.name), f"{where}.{field.name}", depth + 1)
    elif isinstance(value, type) and value.__module__.partition(".")[0] in PACKAGES:
        for name, part in vars(value).items():
            yield from _within(part, f"{where}.{name}", depth + 1)
