"""Sandboxes for measuring: the bot or a bare Bolt app, and any number of repositories."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bot.manifest import manifest
from bot.sandbox import Sandbox
from tests.conversation import Person

ROOT = Path(__file__).parents[2]
DATA = ROOT / "services" / "data"
BOT = (sys.executable, "-m", "bot", "run")
BARE = (sys.executable, str(Path(__file__).with_name("bare.py")))
PATIENCE = 60.0
BLINK = 0.1
CLUSTER_SECONDS = 600.0  # simulated; Azure takes half of it
TASKS = ("fill-mask", "text-classification", "translation", "summarization", "text-generation")


@contextmanager
def world(
    folder: Path,
    *,
    bot: tuple[str, ...] = BOT,
    speed: float = 60.0,
    repositories: int = 0,
    catalog: Path = DATA / "catalog.jsonl",
) -> Iterator[tuple[Sandbox, Person]]:
    """A sandbox in that folder and its first person; the Hub holds that many made-up extras."""
    folder.mkdir(parents=True, exist_ok=True)
    hub = folder / "hub.jsonl"
    hub.write_text((DATA / "hub.jsonl").read_text() + _extra(repositories))
    sandbox = Sandbox(
        catalog=catalog,
        sizes=DATA / "sizes.jsonl",
        hub=hub,
        manifest=manifest(),
        bot=bot,
        speed=speed,
        data=folder,
    )
    with sandbox:
        channel = sandbox.slack.main_channel
        yield sandbox, Person(sandbox.control_url, sandbox.slack.operator, channel)


def repository(number: int) -> str:
    return f"bench/model-{number:03d}"


def _extra(repositories: int) -> str:
    lines = [
        json.dumps(
            {
                "id": repository(number),
                "pipeline_tag": TASKS[number % len(TASKS)],
                "license": "apache-2.0",
                "gated": False,
                "traits": [],
                "renamed_from": [],
                "weights": {"model.safetensors": 400_000_000},
                "source": "made up for a benchmark",
            }
        )
        for number in range(repositories)
    ]
    return "".join(f"{line}\n" for line in lines)


def start_imports(sandbox: Sandbox, person: Person, count: int) -> None:
    """Start that many imports, a few side by side, as a person would: type, Run.

    The first one makes the cluster, which takes minutes; time is moved on for that one.
    """
    _import(person, 0)
    _wait_for_cluster(sandbox)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: _import(person, number), range(1, count)))


def _wait_for_cluster(sandbox: Sandbox) -> None:
    deadline = time.monotonic() + PATIENCE
    while not any(
        call["method"] == "PUT" and "/computes/" in str(call["path"])
        for call in sandbox.calls.listed("azure")
    ):
        assert time.monotonic() < deadline, "no cluster was asked for"
        time.sleep(BLINK)
    sandbox.advance(CLUSTER_SECONDS)


def _import(person: Person, number: int) -> None:
    """Click again, as people do, when Slack says that it did not work."""
    hub_id = repository(number)
    speaker = person.there(person.channel)
    speaker.sends_command(f"/aml import {hub_id}")
    plan = speaker.waits(lambda m: hub_id in m.words and "Run" in m.buttons(), patience=PATIENCE)
    while "error" in speaker.clicks(plan, "Run"):
        time.sleep(BLINK)
    speaker.waits(lambda m: hub_id in m.words and m.ts != plan.ts, patience=PATIENCE)
