"""The control API with a real bot behind it, as scripts outside this repository rely on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.conversation import Person

CLIP = "openai-clip-vit-base-patch32"
MESSAGE = {"ts", "user", "text", "blocks", "edited", "ephemeral", "files"}
CALL = {"method", "path", "query", "body", "status", "when"}
KINDS: dict[str, dict[str, object]] = {
    "quota": {},
    "throttle": {"retry_after": 5},
    "error": {"status": 503, "body": {"error": "no"}, "headers": {"Retry-After": "5"}},
    "slow": {"ms": 10},
    "crash": {"reason": "OutOfMemory"},
    "gated": {},
    "login_html": {},
    "html_body": {},
    "drop_socket": {},
    "lost_job": {},
}


def bot_environment(sandbox: Sandbox) -> dict[str, str]:
    raw = Path(f"/proc/{sandbox.bot_pid}/environ").read_bytes().decode()
    return dict(pair.partition("=")[::2] for pair in raw.split("\0") if pair)


def test_the_first_of_two_people_may_spend_and_the_second_may_not(
    sandbox: Sandbox, ada: Person, ben: Person
) -> None:
    ada.sends_command(f"/aml deploy {CLIP} endpoint:may-spend")
    ben.sends_command(f"/aml deploy {CLIP} endpoint:may-not")

    assert ada.waits(lambda m: "may-spend" in m.words and "Run" in m.buttons())
    plan = ben.waits(lambda m: "may-not" in m.words and m.buttons() != [])
    assert "Ask an operator" in plan.buttons()
    assert {"users", "channels", "bot_user_id"} <= set(ada.get("state"))


def test_every_message_has_the_keys_of_the_contract(ada: Person, ben: Person) -> None:
    ada.says("with a file", [("notes.txt", b"hello")])
    ada.types("/aml help")
    ben.types("/aml help")
    seen = [message.raw for message in ada.reads()]

    assert [] == [raw for raw in seen if not set(raw) >= MESSAGE]
    assert [float(raw["ts"]) for raw in seen] == sorted(float(raw["ts"]) for raw in seen)


def test_a_command_says_how_soon_it_was_acknowledged(ada: Person) -> None:
    answer = ada.sends_command("/aml help")

    assert {"acked_ms"} == set(answer)  # else {"error": "operation_timeout"}
    assert answer["acked_ms"] > 0


def test_a_form_that_lacks_something_answers_errors(ada: Person) -> None:
    ada.sends_command("/aml deploy")
    view = ada.waits_for_view()
    answer = ada.submits(view, {})
    ada.post("close", {"user": ada.user, "view_id": view["id"]})

    assert {"errors"} == set(answer)
    assert all(isinstance(text, str) for text in answer["errors"].values())


def test_calls_tell_what_each_stand_in_was_asked(ada: Person) -> None:
    ada.types("/aml search whisper")
    calls = ada.get("calls", target="slack")["calls"]

    assert [] == [call for call in calls if not set(call) >= CALL]
    assert {"slack"} == {call["target"] for call in calls}
    assert any(call["path"].startswith("/response/") for call in calls)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_fault_can_be_switched_on_and_off(ada: Person, kind: str) -> None:
    never: dict[str, object] = {"match": "/no/such/path", "times": 1}
    ada.post("fault", {"target": "hub", "kind": kind, **never, **KINDS[kind]})
    [listed] = ada.get("state")["faults"]
    ada.delete("fault")

    assert {"target": "hub", "kind": kind, **never, **KINDS[kind]} == listed
    assert [] == ada.get("state")["faults"]


def test_the_clock_moves_both_sides_on(sandbox: Sandbox, ada: Person) -> None:
    before, offset = float(ada.get("state")["now"]), sandbox.clock.offset
    ada.post("clock", {"advance": 86_400})
    after = float(ada.get("state")["now"])

    assert after - before > 86_400
    assert offset + 86_400 == pytest.approx(sandbox.clock.offset)
    assert repr(sandbox.clock.offset) == bot_environment(sandbox)["AML_BOT_TIME_OFFSET"]


@pytest.mark.parametrize("do", ["restart", "kill"])
def test_the_bot_comes_back_as_another_process(sandbox: Sandbox, ada: Person, do: str) -> None:
    before = sandbox.bot_pid
    ada.post("bot", {"do": do})

    assert before != sandbox.bot_pid
    assert "running" == ada.get("state")["bot"]["status"]
    assert CLIP in ada.types("/aml search clip").words


def test_a_killed_bot_is_back_once_it_has_a_socket_of_its_own(
    sandbox: Sandbox, ada: Person
) -> None:
    before = sandbox.slack.sockets_opened
    ada.post("bot", {"do": "kill"})

    assert before < sandbox.slack.sockets_opened


def test_a_bot_that_was_stopped_stays_away_until_it_is_started(
    sandbox: Sandbox, ada: Person
) -> None:
    ada.post("bot", {"do": "stop"})
    stopped = sandbox.bot_pid
    ada.post("bot", {"do": "restart"})

    assert stopped is None
    assert sandbox.bot_pid is not None


def test_a_reset_forgets_what_the_bot_knew(sandbox: Sandbox, ada: Person) -> None:
    ada.sends_command(f"/aml deploy {CLIP} endpoint:forgotten")
    ada.clicks(ada.waits(lambda m: "forgotten" in m.words and "Run" in m.buttons()), "Run")
    ada.waits(lambda m: "Cancel" in m.buttons() and "forgotten" in m.words)
    before = ada.types("/aml status")
    ada.post("reset", {})
    messages = ada.reads()
    listed = ada.types("/aml list")
    status = ada.types("/aml status")

    assert "Running now" in before.words
    assert [] == messages
    assert "forgotten" not in listed.words + status.words
    assert "Running now" not in status.words
    assert "Recently" not in status.words
