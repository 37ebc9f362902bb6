"""Who decides what becomes of a plan, from clicks in Slack to the tags at Azure."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.sandbox import Sandbox
from tests.conversation import Message, Person

BERT = "google-bert-bert-base-uncased"


def requested(ada: Person, ben: Person, endpoint: str) -> Message:
    """Ben asks an operator to deploy; the request as Ada sees it."""
    plan = ben.types(f"deploy {BERT} endpoint:{endpoint}")
    ben.clicks(plan, "Ask an operator")
    return ada.waits(lambda m: "asks an operator" in m.words and endpoint in m.words)


def test_azure_knows_who_asked_and_who_said_yes(sandbox: Sandbox, ada: Person, ben: Person) -> None:
    request = requested(ada, ben, "who-said-yes")
    assert f"asks an operator to run this: <@{ada.user}>." in request.words

    ada.clicks(request, "Run")
    ada.waits(lambda m: m.text.startswith("Ready") and "who-said-yes" in m.words)

    tags = [
        json.loads(call["body"])["tags"]
        for call in sandbox.calls.listed("azure")
        if call["method"] == "PUT" and "onlineEndpoints/who-said-yes" in call["path"]
    ]
    assert tags
    for each in tags:
        assert (ben.user, ada.user) == (each["aml-bot-requested-by"], each["aml-bot-run-by"])


@pytest.mark.parametrize("turn", range(3))
def test_of_run_and_cancel_at_the_same_moment_one_wins(
    sandbox: Sandbox, ada: Person, ben: Person, turn: int
) -> None:
    endpoint = f"at-once-{turn}"
    request = requested(ada, ben, endpoint)
    run, cancel = request.button("Run"), request.button("Cancel")

    def click(person: Person, button: tuple[str, dict[str, str]]) -> None:
        block, element = button
        person.acts(request, element["action_id"], block, value=element["value"])

    with ThreadPoolExecutor(5) as pool:
        clicks = [pool.submit(click, ada, run), pool.submit(click, ben, cancel)]
        clicks += [pool.submit(click, ada, run), pool.submit(click, ada, cancel)]
    for one in clicks:
        one.exception()  # the button may be gone by then

    ended = ada.waits(lambda m: m.ts == request.ts and "Run" not in m.buttons())
    ran = [call for call in sandbox.calls.listed("azure") if _makes(call, endpoint)]
    if "Started as" in ended.words or "was run already" in ended.words:
        ada.waits(lambda m: m.text.startswith("Ready") and endpoint in m.words)
    else:
        assert "cancelled" in ended.words.lower()
        assert [] == ran


def _makes(call: dict[str, str], endpoint: str) -> bool:
    return call["method"] == "PUT" and f"onlineEndpoints/{endpoint}" in call["path"]
