"""Work in a process of its own, so that it neither shares our threads nor our memory."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bot.manifest import manifest
from bot.sandbox import Sandbox

START = multiprocessing.get_context("spawn")
PATIENCE = 900.0  # seconds until a process must have answered
LEAKED = "AZUREML_CURRENT_CLOUD"  # the SDK leaves it behind, and its next import dies of it


@contextmanager
def stand_ins(catalog: Path, data: Path, hub: Path, sizes: Path) -> Iterator[dict[str, Any]]:
    """The sandbox without a bot, in a process of its own; yields its description."""
    ours, theirs = START.Pipe()
    arguments = (theirs, catalog, data, hub, sizes)
    process = START.Process(target=_serve, args=arguments, daemon=True)
    process.start()
    try:
        yield _answer(ours, 60.0)
    finally:
        ours.send(None)
        process.join(20)
        process.kill()


def alone(work: Callable[..., Any], *arguments: object, env: Mapping[str, str]) -> Any:  # noqa: ANN401 - whatever the work answers
    """What a function answers in a fresh process with these variables.

    Raises:
        RuntimeError: it failed there; the trace went to stderr.
    """
    ours, theirs = START.Pipe()
    process = START.Process(target=_work, args=(theirs, dict(env), work, arguments), daemon=True)
    process.start()
    try:
        return _answer(ours, PATIENCE)
    finally:
        process.join(20)
        process.kill()


def _answer(pipe: Connection, patience: float) -> Any:  # noqa: ANN401 - as above
    if not pipe.poll(patience):
        raise RuntimeError(f"no answer in {patience:.0f} s")
    try:
        return pipe.recv()
    except EOFError as error:
        raise RuntimeError("the process ended without an answer") from error


def _serve(pipe: Connection, catalog: Path, data: Path, hub: Path, sizes: Path) -> None:
    sandbox = Sandbox(catalog=catalog, sizes=sizes, hub=hub, manifest=manifest(), data=data)
    with sandbox:
        pipe.send(sandbox.description())
        pipe.recv()


def _work(
    pipe: Connection, env: dict[str, str], work: Callable[..., Any], arguments: tuple[object, ...]
) -> None:
    os.environ.pop(LEAKED, None)
    os.environ.update(env)
    pipe.send(work(*arguments))
