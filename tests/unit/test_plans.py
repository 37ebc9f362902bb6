"""Plans after they were shown: run, cancelled, asked about; and who did it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any, cast

import pytest
from slack_bolt import Ack

from handlers.acknowledgement import Acknowledgements
from handlers.answers import Answers
from handlers.dispatch import Listeners
from handlers.edge import Edge
from handlers.home import Home
from handlers.operators import Operators
from handlers.plans import Plans
from handlers.reception import Reception
from handlers.registry import discover
from handlers.timetable import Timetable
from handlers.turns import Turns
from services.clock import Clock
from services.errors import InvalidInputError
from services.models import Asked, CodeAllowance
from services.operations import PlanDroppedError
from tests.texts import made_up
from tests.unit.fakes import CLIP, DEPLOY_PLAN, IMPORT_PLAN, Desk, operation, words
from tests.unit.slack import MemorySlack

REGISTRY = discover()
ADA, BEN = "U1", "U2"
IN_CHANNEL = Asked(user=BEN, channel="C1", private=False)
IN_DIRECT = Asked(user=BEN, channel="D2")


class AtOnce(Executor):
    """Runs what it is given before it returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as Executor
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Office:
    """Clicks on plans of U2; U1 and the group S1 are operators."""

    def __init__(self, asked: Asked = IN_CHANNEL) -> None:
        self.slack, self.desk = MemorySlack(), Desk()
        client, clock = self.slack.client(), Clock()
        answers = Answers(client, lambda _: None)
        operators = Operators((ADA, "S1", ADA), client)
        edge = Edge(self.desk.services, REGISTRY, answers, operators, clock)
        home = Home(client, self.desk.services, clock)
        timetable = Timetable()
        reception = Reception(answers, Turns(AtOnce(), timetable), timetable)
        acks = Acknowledgements(timetable)
        self.listeners = Listeners(edge, Plans(edge, "C5"), home, reception, acks, clock)
        self.plan = self.desk.operations.save_plan(DEPLOY_PLAN, "deploy", asked).id

    def click(self, name: str, user: str = ADA, channel: str = "D1") -> str:
        """Everything readable in the newest message afterwards."""
        body = {"user": {"id": user}, "channel": {"id": channel}, "trigger_id": f"T{name}"}
        action = {"action_id": f"aml.plan.{name}", "value": self.plan}
        self.listeners.clicked(cast(Ack, lambda **_: None), body, action)
        if not self.slack.messages:
            return ""
        newest = self.slack.messages[-1]
        return f"{newest['text']}\n{words(newest.get('blocks'))}"


def test_a_cancelled_plan_is_not_run_and_says_who_cancelled_it() -> None:
    office = Office()
    office.click("cancel", BEN)

    said = office.click("run")

    assert "<@U2> cancelled this plan, so it cannot be run." in said
    assert [] == office.desk.deployments.started


def test_one_who_is_slower_than_the_cancelling_reads_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()

    def slower(*_: object, **__: object) -> None:
        raise PlanDroppedError(BEN)

    monkeypatch.setattr(office.desk.deployments, "start", slower)

    assert "<@U2> cancelled this plan, so it cannot be run." in office.click("run")


def test_whoever_cancels_the_plan_of_somebody_else_is_named() -> None:
    assert "Cancelled by <@U1>. Nothing was started for <@U2>." in Office().click("cancel", ADA)


def test_cancelling_twice_names_the_first() -> None:
    office = Office()
    office.click("cancel", BEN)

    assert "cancelled already, by <@U2>" in office.click("cancel")


def test_of_two_who_cancel_at_the_same_moment_both_read_who_was_first(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office()
    look = office.desk.operations.old_plan
    looks = iter([look(office.plan)])
    office.desk.operations.drop(office.plan, BEN)
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(
        office.desk.operations, "old_plan", lambda plan: next(looks, None) or look(plan)
    )

    assert "cancelled already, by <@U2>" in office.click("cancel", ADA)
    assert "decline" not in caplog.text


def test_an_operator_is_not_asked_about_a_cancelled_plan() -> None:
    office = Office()
    office.click("cancel", BEN)

    assert "<@U2> cancelled this plan" in office.click("ask", BEN)


@pytest.mark.parametrize("name", ["nosuch", "drop", "dropped", "runs"])
def test_a_click_that_nobody_knows_changes_nothing(name: str) -> None:
    office = Office()
    before = dict(office.desk.operations.plans)
    office.click(name)

    assert before == office.desk.operations.plans
    assert [] == office.desk.deployments.started
    assert set() == office.desk.operations.requested


@pytest.mark.parametrize(("by", "runs"), [(ADA, True), ("U3", False)])
def test_code_runs_only_on_the_word_of_somebody_who_is_an_operator_still(
    by: str, *, runs: bool
) -> None:
    office = Office()
    code = CodeAllowance(by=by, reason="I read it", at=0.0, sha="a" * 40)
    allowed = replace(IMPORT_PLAN, code=code)
    office.plan = office.desk.operations.save_plan(allowed, "import", IN_CHANNEL).id

    said = office.click("run")

    assert runs is bool(office.desk.imports.accepted)
    assert runs is not ("rests on the word of <@U3>, who is not known as an operator now" in said)


def test_the_operators_are_mentioned_each_once() -> None:
    office = Office()
    office.click("ask", BEN)

    (request,) = office.slack.made("chat_postMessage")[:1]
    asks = "<@U2> asks an operator to run this: <@U1>, <!subteam^S1>."
    assert request["text"].startswith(asks)
    assert asks == request["blocks"][0]["text"]["text"]
    assert "C1" == request["channel"]


def test_whoever_clicked_run_is_told_to_the_services() -> None:
    office = Office()
    office.click("run")

    assert [ADA] == office.desk.deployments.run_by


@pytest.mark.parametrize(
    ("name", "user", "act"),
    [("run", ADA, "run"), ("cancel", BEN, "drop"), ("cancel", ADA, "decline"), ("ask", BEN, "ask")],
)
def test_whatever_somebody_decides_is_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture, name: str, user: str, act: str
) -> None:
    caplog.set_level(logging.INFO, "handlers.plans")
    office = Office()
    office.click(name, user)

    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"{act}: {user} in D1: plan-1 of U2: ")
    assert "$0.29" in line


def test_who_may_not_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "handlers.permissions")
    Office().click("run", BEN)

    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("refuse: U2 in D1: plan-1: Only operators")


def joined(asked: Asked, theirs: Asked) -> tuple[Office, str]:
    """What is said where the same is under way already, asked for by U3."""
    office = Office(asked)
    office.desk.deployments.joined = True
    found = operation(asked=theirs, channel=theirs.channel, message="7.0")
    office.desk.deployments.operation = office.desk.operations.all[found.id] = found
    return office, office.click("run")


def test_who_follows_what_was_asked_in_private_learns_that_it_is_under_way() -> None:
    office, said = joined(IN_CHANNEL, Asked(user="U3", channel="D3"))

    assert "The same is under way already. It was asked for in a private place" in said
    assert "U3" not in said
    assert "dep-7f3k" not in said
    assert [] == [one for one in office.slack.messages if one["channel"] == "D3"]


def test_what_was_asked_in_private_is_not_told_to_those_who_asked_before() -> None:
    office, said = joined(IN_DIRECT, Asked(user="U3", channel="C3", private=False))

    assert "under way already as `dep-7f3k`: `status` shows how it goes." in said
    assert [] == [one for one in office.slack.messages if one["channel"] == "C3"]


def test_who_follows_in_public_is_named_there() -> None:
    office, _ = joined(IN_CHANNEL, Asked(user="U3", channel="C3", private=False))

    (follows,) = [one for one in office.slack.messages if one["channel"] == "C3"]
    assert "<@U2> asked for the same and follows this." == follows["text"]


def submitted(office: Office, view_id: str, endpoint: str, times: int = 2) -> list[dict[str, Any]]:
    """The plans of a form that is submitted that often, as it is; what Slack was answered."""
    values = {"model": CLIP, "on": "cheapest", "endpoint": endpoint, "count": "1"}
    state = {"values": {name: {"value": {"value": text}} for name, text in values.items()}}
    known = json.dumps({"channel": "C1"})
    view: dict[str, Any] = {
        "id": view_id,
        "callback_id": "aml.deploy",
        "private_metadata": known,
        "state": state,
    }
    view["blocks"] = [{"block_id": name} for name in values]
    answers: list[dict[str, Any]] = []
    ack = cast(Ack, lambda **answer: answers.append(answer))
    for number in range(times):
        body = {"user": {"id": ADA}, "trigger_id": f"T{number}"}
        office.listeners.submitted(ack, body, view)
    return answers


def test_a_form_that_is_submitted_twice_makes_one_plan() -> None:
    office = Office()
    before = len(office.desk.operations.plans)

    answers = submitted(office, "V1", "clip-a1b2")

    assert before + 1 == len(office.desk.operations.plans)
    assert [{}, {}] == answers


def test_another_form_with_the_same_in_it_makes_another_plan() -> None:
    office = Office()
    before = len(office.desk.operations.plans)
    submitted(office, "V1", "clip-a1b2", times=1)
    submitted(office, "V2", "clip-a1b2", times=1)

    assert before + 2 == len(office.desk.operations.plans)


def test_a_form_that_was_refused_is_read_again_as_it_is() -> None:
    office = Office()
    office.desk.deployments.refuses = InvalidInputError(made_up("taken"), field="endpoint")

    answers = submitted(office, "V1", "clip-a1b2")

    assert ["errors", "errors"] == [answer.get("response_action") for answer in answers]
