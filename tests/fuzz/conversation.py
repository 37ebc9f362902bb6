"""Say, click and send hostile things to the edge, over a Slack in memory."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from bot.sandbox.slack.blocks import check_message, check_view
from bot.sandbox.slack.refusal import Refusal
from tests.fuzz import dice
from tests.fuzz.findings import Findings, Trouble, listening
from tests.unit.test_dispatch import CONTEXT, Office

LIVE = re.compile(r"<!(?:channel|here|everyone|date|subteam)|<@U0EVE|<javascript:|<#D0")
LONGEST_TEXT = 40_000  # characters of a message; Slack cuts longer ones
NEW_OFFICE = 250  # cases: what was said before matters to what follows, within bounds


def round_of(seed: int, cases: int) -> Findings:
    """Mentions, direct messages, clicks, forms and shortcuts, each with something odd in it."""
    chance = random.Random(seed)  # noqa: S311 - a test's own dice
    words, odd = dice.texts(seed), dice.values(seed)
    found = Findings()
    with listening() as trouble:
        for number in range(cases):
            if number % NEW_OFFICE == 0:
                office = Office(operators=("U1",))
            visit = chance.choice(VISITS)
            text = next(words)
            case = f"{seed}/{number} {visit.__name__} {text[:60]!r}"
            _judge(found, case, office, trouble, lambda: visit(office, text, chance, odd))  # noqa: B023 - called at once
    return found


def _judge(
    found: Findings, case: str, office: Office, trouble: Trouble, visit: Callable[[], None]
) -> None:
    before, calls = time.thread_time(), len(office.slack.calls)
    try:
        visit()
        office.later.run()
    except Exception as error:  # noqa: BLE001 - whatever gets out is what is looked for
        found.foreign.append(f"{case}: {error!r}")
    found.took(case, time.thread_time() - before)
    found.foreign += [f"{case}: {line}" for line in trouble.taken()]
    for method, arguments in office.slack.calls[calls:]:
        _look(found, f"{case}: {method}", arguments)


def _look(found: Findings, case: str, arguments: dict[str, Any]) -> None:
    text, blocks, view = (arguments.get(name) for name in ("text", "blocks", "view"))
    if len(str(text or "")) > LONGEST_TEXT:
        found.unfit.append(f"{case}: text too long")
    try:
        if blocks:
            check_message([dict(block) for block in blocks])
        if view:
            check_view(dict(view), ["modal", "home"])
    except Refusal as refusal:
        found.unfit.append(f"{case}: {vars(refusal)}")
    for marked in (str(text or ""), *_marked([blocks, view])):
        if live := LIVE.search(marked):
            found.live.append(f"{case}: {live[0]}")


def _marked(value: object) -> Iterator[str]:
    """Every text that Slack reads as mrkdwn; in plain text a mention is letters."""
    if isinstance(value, dict):
        if value.get("type") in {"mrkdwn", "markdown"}:
            yield str(value.get("text"))
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _marked(item)


def _mention(office: Office, text: str, chance: random.Random, odd: Iterator[Any]) -> None:
    office.mention(text, ts=str(chance.random()))


def _direct(office: Office, text: str, chance: random.Random, odd: Iterator[Any]) -> None:
    office.direct(text, ts=str(chance.random()))


def _command(office: Office, text: str, chance: random.Random, odd: Iterator[Any]) -> None:
    verb = chance.choice(("search", "card", "deploy", "import", "classify", "status", "cancel"))
    office.direct(f"{verb} {text}", ts=str(chance.random()))


def _event(office: Office, text: str, chance: random.Random, odd: Iterator[Any]) -> None:
    files: list[dict[str, Any]] = [
        {"id": "F1", "name": text[:200], "mimetype": "image/png", "size": 10, "url_private": text}
    ]
    event: dict[str, Any] = {"user": "U1", "channel": "C1", "text": f"<@UBOT> {text}"}
    event |= {"ts": str(chance.random()), "files": files}
    event |= {"attachments": [{"is_share": True, "text": text, "files": files}]}
    office.listeners.mentioned(dice.changed(event, chance, odd), CONTEXT, lambda: None)


def _click(office: Office, text: str, chance: random.Random, odd: Iterator[Any]) -> None:
    names = (
        "search.more",
        "card.open",
        "plan.run",
        "plan.nosuch",
        "say.run",
        "status.retry",
        "nosuch.x",
    )
    body = {
        "message": {"ts": "1.0", "text": text, "blocks": []},
        "container": {"message_ts": "1.0"},
    }
    action = chance.choice((*names, text[:50]))
    office.click(f"aml.{action}", text, **dice.changed(body, chance, odd))


def _form(office: Office, text: str, chance: random.Random, odd: Iterator[Any]) -> None:
    names = ("search", "deploy", "import_model", "classify", text[:20])
    meta = chance.choice(("", text, json.dumps({"url": "https://evil.example/x", "channel": "C1"})))
    view = {"callback_id": f"aml.{chance.choice(names)}", "private_metadata": meta, "id": "V1"}
    office.submit(dice.changed(view, chance, odd), model=text, labels=text, pictures=text)


VISITS = (_mention, _direct, _command, _command, _event, _click, _form)
