from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any, cast

import pytest
from slack_bolt import Ack
from slack_bolt.context import BoltContext

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
from services.errors import InvalidInputError, QuotaExceededError, Suggestion, TemporaryError
from services.models import Asked
from tests.texts import made_up
from tests.unit.fakes import (
    CAT,
    CLIP,
    DEPLOY_PLAN,
    Desk,
    FakeHub,
    buttons,
    hub_model,
    operation,
    words,
)
from tests.unit.slack import MemorySlack
from tests.unit.threads import AtOnce, Held

REGISTRY = discover()
CONTEXT = BoltContext({"bot_user_id": "UBOT"})


class Acks:
    """Remembers what was acknowledged, and what had happened by then."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []

    def __call__(self, **answer: Any) -> None:  # noqa: ANN401 - as Bolt's
        self.answers.append(answer)

    def bolt(self) -> Ack:
        return cast(Ack, self)


class Office:
    """Listeners over a Slack in memory; U1 is the only operator."""

    def __init__(self, channel: str | None = None, operators: tuple[str, ...] = ("U1",)) -> None:
        self.slack = MemorySlack()
        self.desk = Desk(hub=FakeHub(hub_model("who/new-clip")))
        self.later = Held()
        self.waits: list[float] = []
        client = self.slack.client()
        answers, timetable = Answers(client, self.waits.append), Timetable()
        edge = Edge(
            self.desk.services,
            REGISTRY,
            answers,
            Operators(operators, client),
            Clock(),
            Reception(answers, Turns(self.later, timetable), timetable),
        )
        self.listeners = Listeners(
            edge,
            Plans(edge, channel),
            Home(client, self.desk.services, Clock()),
            Reception(answers, Turns(AtOnce(), timetable), timetable),
            Acknowledgements(timetable),
            Clock(),
        )

    def mention(self, text: str, **more: Any) -> None:  # noqa: ANN401 - fields of an event
        event = {"user": "U1", "channel": "C1", "ts": "5.0", "text": f"<@UBOT> {text}", **more}
        self.listeners.mentioned(event, CONTEXT, lambda: None)

    def direct(self, text: str, **more: Any) -> None:  # noqa: ANN401 - fields of an event
        event = {"user": "U1", "channel": "D1", "ts": "5.0", "text": text, "channel_type": "im"}
        self.listeners.written({**event, **more}, CONTEXT, lambda: None)

    def click(self, action: str, value: str, user: str = "U1", **more: Any) -> Acks:  # noqa: ANN401 - fields of a payload
        acks = Acks()
        body = {"user": {"id": user}, "channel": {"id": "D1"}, "trigger_id": "T", **more}
        self.listeners.clicked(acks.bolt(), body, {"action_id": action, "value": value})
        return acks

    def submit(self, view: dict[str, Any], **values: str) -> Acks:
        acks = Acks()
        state = {"values": {name: {"value": {"value": text}} for name, text in values.items()}}
        body = {"user": {"id": "U1"}}
        self.listeners.submitted(acks.bolt(), body, {**view, "state": state})
        return acks

    @property
    def last(self) -> dict[str, Any]:
        return self.slack.messages[-1]

    @property
    def shown(self) -> str:
        return f"{self.last['text']}\n{words(self.last.get('blocks'))}"


def test_a_mention_is_answered_in_its_thread() -> None:
    office = Office()

    office.mention("search clip")

    assert ("C1", "5.0") == (office.last["channel"], office.last["thread_ts"])
    assert CLIP in office.shown


def test_a_direct_message_is_answered_where_it_was_said() -> None:
    office = Office()

    office.direct("help")

    assert "D1" == office.last["channel"]
    assert "thread_ts" not in office.last


def test_the_same_message_is_answered_once() -> None:
    office = Office()

    office.mention("help")
    office.mention("help")

    assert 1 == len(office.slack.messages)


@pytest.mark.parametrize("more", [{"bot_id": "B1"}, {"subtype": "message_changed"}])
def test_edits_and_bots_are_not_answered(more: dict[str, str]) -> None:
    office = Office()

    office.direct("help", **more)

    assert [] == office.slack.messages


def test_an_empty_mention_shows_the_menu() -> None:
    office = Office()

    office.mention("")

    assert "Classify" in buttons(office.last["blocks"])


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("cancell dep-7f3k", ["cancel", "help"]),
        ("cancle dep-7f3k", ["cancel", "help"]),
        ("depoly clip", ["deploy clip", "help"]),  # makes a plan, no more
        ("hlep", ["help"]),
        ("statsu dep-7f3k", ["status dep-7f3k", "help"]),
    ],
)
def test_a_slip_of_the_keyboard_never_becomes_an_order(typed: str, offered: list[str]) -> None:
    verb, _, rest = typed.partition(" ")
    near = REGISTRY.nearest(verb, rest)
    assert offered == [near[0], *(["help"] if near[0] != "help" else [])]
    assert len(near) == len(set(near))
    assert not [text for text in near if text.startswith("cancel ")]


def test_an_unknown_verb_brings_the_nearest_as_buttons() -> None:
    office = Office()

    office.mention("serch clip")

    assert "aml.say.run.0" == office.last["blocks"][1]["elements"][0]["action_id"]
    assert "search clip" == office.last["blocks"][1]["elements"][0]["value"]


def test_a_suggestion_says_its_command() -> None:
    office = Office()

    office.click("aml.say.run.0", "search clip")

    assert CLIP in office.shown


def test_pictures_with_anything_else_are_classified_by_it() -> None:
    office = Office()

    office.mention("cat, coffee, dog", files=[{"id": "F1", "name": "cat.jpg"}])

    assert [("cat, coffee, dog", (CAT,), None)] == office.desk.classification.started


def test_a_repeated_picture_is_classified_once() -> None:
    office = Office()

    for _ in range(2):
        office.direct("cat, dog", files=[{"id": "F1", "name": "cat.jpg"}])

    assert 1 == len(office.desk.classification.started)


def test_labels_in_a_thread_are_for_the_threads_picture() -> None:
    office = Office()
    files = [{"id": "F1", "name": "cat.jpg"}]
    office.slack.messages.append({"channel": "C1", "ts": "1.0", "files": files})

    office.mention("labels: cat, dog", thread_ts="1.0")

    assert [("cat, dog", (CAT,), None)] == office.desk.classification.started


def test_a_thread_that_cannot_be_read_names_the_missing_scope() -> None:
    office = Office()
    office.slack.refuse("conversations_replies", "missing_scope")

    office.mention("labels: cat, dog", thread_ts="1.0")

    assert "channels:history" in office.shown
    assert "Classify image" in office.shown


def test_an_operators_deploy_shows_a_plan_with_run() -> None:
    office = Office()

    office.mention(f"deploy {CLIP}")

    assert ["Run", "Cancel"] == list(buttons(office.last["blocks"]))
    assert [] == office.desk.deployments.started


def test_others_see_the_same_plan_with_ask_an_operator() -> None:
    office = Office()

    office.mention(f"deploy {CLIP}", user="U2")

    assert ["Ask an operator", "Cancel"] == list(buttons(office.last["blocks"]))


def planned(office: Office, user: str = "U1", channel: str = "C1") -> str:
    asked = Asked(user=user, channel=channel)
    return office.desk.operations.save_plan(DEPLOY_PLAN, "deploy", asked).id


def test_run_starts_the_plan_and_then_acknowledges() -> None:
    office = Office()

    acks = office.click("aml.plan.run", planned(office))

    assert "plan-1" == office.desk.deployments.started[0][2]
    assert [{}] == acks.answers
    assert "Started as dep-7f3k." == office.last["text"]


def test_run_by_somebody_without_rights_starts_nothing() -> None:
    office = Office()

    office.click("aml.plan.run", planned(office, "U2"), user="U2")

    assert [] == office.desk.deployments.started
    assert "Operators are <@U1>." in office.shown


def test_with_no_operators_at_all_nobody_may_run() -> None:
    office = Office(operators=())

    office.click("aml.plan.run", planned(office))

    assert [] == office.desk.deployments.started
    assert "AML_BOT_OPERATORS" in office.shown


def test_a_plan_that_was_run_points_to_its_operation() -> None:
    office = Office()
    plan = planned(office)
    known = office.desk.operations.plans[plan]
    office.desk.operations.plans[plan] = replace(known, operation="dep-7f3k")

    office.click("aml.plan.run", plan)

    assert [] == office.desk.deployments.started
    assert "run already, as dep-7f3k" in office.shown


def test_while_a_form_is_filled_in_azure_gets_ready() -> None:
    office = Office()

    office.click("aml.deploy.form", "")

    assert [1, 1] == [len(office.slack.made("views_open")), office.desk.azureml.prepared]


def test_an_expired_plan_says_so() -> None:
    office = Office()

    office.click("aml.plan.run", "plan-9")

    assert "This plan has expired." in office.shown


def test_a_changed_price_is_shown_with_a_new_run() -> None:
    office = Office()
    plan = planned(office)
    office.desk.deployments.fresh = replace(DEPLOY_PLAN, usd_per_hour=0.5)

    office.click("aml.plan.run", plan)

    assert [] == office.desk.deployments.started
    assert "about $0.50 an hour" in office.shown
    assert "plan-2" == buttons(office.last["blocks"])["Run"]["value"]


def test_run_for_somebody_else_starts_in_their_name() -> None:
    office = Office()

    office.click("aml.plan.run", planned(office, "U2"))

    assert "U2" == office.desk.deployments.started[0][1].user
    assert "<@U1> clicked Run for <@U2>." in office.last["text"]


def test_ask_an_operator_shows_the_plan_in_the_channel() -> None:
    office = Office()

    office.click("aml.plan.ask", planned(office, "U2"), user="U2")

    request = office.slack.messages[0]
    assert "C1" == request["channel"]
    assert "Run" in buttons(request["blocks"])
    assert "Asked in <#C1>" in office.shown


def test_where_the_bot_is_no_member_operators_are_asked_in_its_channel() -> None:
    office = Office(channel="COPS")
    office.slack.refuse("chat_postMessage", "not_in_channel")

    office.click("aml.plan.ask", planned(office, "U2"), user="U2")

    assert "COPS" == office.slack.messages[0]["channel"]


def test_with_no_place_to_ask_it_says_whom_to_ask() -> None:
    office = Office()

    office.click("aml.plan.ask", planned(office, "U2", channel="D1"), user="U2")

    assert "<@U1>" in office.shown


def test_operators_are_asked_once() -> None:
    office = Office()
    plan = planned(office, "U2")

    for _ in range(2):
        office.click("aml.plan.ask", plan, user="U2")

    assert 1 == sum("Run" in buttons(one.get("blocks")) for one in office.slack.messages)


def test_a_dropped_plan_starts_nothing() -> None:
    office = Office()

    office.click("aml.plan.cancel", planned(office))

    assert "Nothing was started" in office.shown


def test_nobody_drops_the_plan_of_another() -> None:
    office = Office()

    office.click("aml.plan.cancel", planned(office, "U1"), user="U2")

    assert "This plan is somebody else's" in office.shown


def test_members_of_the_group_may_run() -> None:
    office = Office(operators=("S1",))
    office.slack.members["S1"] = ["U1"]

    office.click("aml.plan.run", planned(office))

    assert 1 == len(office.desk.deployments.started)


def test_without_the_scope_for_groups_nobody_may_run() -> None:
    office = Office(operators=("S1",))
    office.slack.members["S1"] = ["U1"]
    office.slack.refuse("usergroups_users_list", "missing_scope")

    office.click("aml.plan.run", planned(office))

    assert [] == office.desk.deployments.started
    assert "usergroups:read" in office.shown


def test_what_cannot_be_is_said_with_reason_and_suggestions() -> None:
    office = Office()
    office.desk.deployments.refuses = QuotaExceededError(
        made_up("The quota does not cover it", why="2 cores are left"),
        suggestions=(Suggestion(verb="list"),),
    )

    office.mention(f"deploy {CLIP}")

    assert "2 cores are left." in office.shown
    assert ["list"] == list(buttons(office.last["blocks"]))


def test_a_passing_fault_asks_to_try_again() -> None:
    office = Office()
    office.desk.deployments.refuses = TemporaryError(made_up("Azure answered 503"))

    office.mention(f"deploy {CLIP}")

    assert "try again in a minute" in office.shown


def test_a_surprise_gives_a_reference_and_no_traceback() -> None:
    office = Office()
    office.desk.deployments.refuses = ZeroDivisionError("secret detail")

    office.mention(f"deploy {CLIP}")

    assert "the reference" in office.shown
    assert "secret detail" not in office.shown


def test_a_button_opens_a_form_that_remembers_its_place() -> None:
    office = Office()

    office.click("aml.deploy.form", CLIP)

    opened = office.slack.made("views_open")[0]
    assert "T" == opened["trigger_id"]
    assert "D1" == json.loads(opened["view"]["private_metadata"])["channel"]


def test_a_late_trigger_is_explained() -> None:
    office = Office()
    office.slack.refuse("views_open", "expired_trigger_id")

    office.click("aml.deploy.form", CLIP)

    assert "closed the window" in office.shown


def form(office: Office, action: str, value: str = "") -> dict[str, Any]:
    office.click(action, value)
    view: dict[str, Any] = office.slack.made("views_open")[-1]["view"]
    return view


def test_a_submitted_form_is_answered_where_it_was_opened() -> None:
    office = Office()

    acks = office.submit(form(office, "aml.search.form"), text="clip", task="")

    assert [{}] == acks.answers
    assert "D1" == office.last["channel"]
    assert CLIP in office.shown


def test_what_is_wrong_with_a_field_is_said_beside_it() -> None:
    office = Office()
    view = form(office, "aml.deploy.form", CLIP)
    office.desk.deployments.refuses = InvalidInputError(made_up("Bad name"), field="endpoint")

    acks = office.submit(view, model=CLIP, on="cheapest", endpoint="-", count="1")

    assert [{"response_action": "errors", "errors": {"endpoint": "Bad name."}}] == acks.answers
    assert [] == office.slack.messages


def test_what_is_wrong_elsewhere_is_said_in_a_message() -> None:
    office = Office()
    view = form(office, "aml.deploy.form", CLIP)
    office.desk.deployments.refuses = QuotaExceededError(made_up("No cores"))

    acks = office.submit(view, model=CLIP, on="cheapest", endpoint="", count="1")

    assert [{}] == acks.answers
    assert "No cores." in office.shown


def test_the_shortcut_opens_the_form_for_its_message() -> None:
    office = Office()
    files = [{"id": "F1", "name": "cat.jpg"}]
    body = {
        "user": {"id": "U1"},
        "channel": {"id": "C1"},
        "callback_id": "classify_image",
        "trigger_id": "T",
        "message": {"ts": "1.0", "files": files},
    }

    office.listeners.shortcut(Acks().bolt(), body)

    state = json.loads(office.slack.made("views_open")[0]["view"]["private_metadata"])
    assert "1.0" == state["thread"]
    assert "F1" in state["state"]


def test_app_home_is_published_for_who_opens_it() -> None:
    office = Office()

    office.listeners.home_opened(Acks().bolt(), {"user": "U2", "tab": "home"})

    assert "U2" == office.slack.made("views_publish")[0]["user_id"]


def test_a_button_on_app_home_is_answered_directly() -> None:
    office = Office()

    office.click("aml.say.run.0", "status", channel=None)

    assert "DU1" == office.last["channel"]


@pytest.mark.parametrize(("thread", "answered_in"), [("1.0", None), ("0.5", "0.5"), (None, None)])
def test_a_click_is_answered_where_its_message_stands(
    thread: str | None, answered_in: str | None
) -> None:
    office = Office()
    office.desk.operations.all["dep-7f3k"] = operation()
    message = {"ts": "1.0", **({"thread_ts": thread} if thread else {})}

    office.click("aml.deploy.retry", "dep-7f3k", message=message, container={"message_ts": "1.0"})

    assert answered_in == office.desk.operations.plans["plan-1"].asked.thread


def test_an_answer_waits_as_long_as_slack_asks() -> None:
    office = Office()
    office.slack.refuse("chat_postMessage", "ratelimited", status=429, headers={"Retry-After": "4"})

    office.mention("help")

    assert [4.0] == office.waits
    assert "What I can do" in office.shown


def test_who_joins_an_operation_is_named_in_its_thread() -> None:
    office = Office()
    running = replace(operation(), channel="C1", message="7.0")
    office.desk.operations.all["dep-7f3k"] = office.desk.deployments.operation = running
    office.desk.deployments.joined = True

    office.click("aml.plan.run", planned(office, "U2"))

    assert "7.0" == office.last["thread_ts"]
    assert "<@U2> asked for the same" in office.last["text"]


def test_whose_operation_it_is_needs_no_word_in_the_thread() -> None:
    office = Office()
    running = replace(operation(), channel="C1", message="7.0")
    office.desk.operations.all["dep-7f3k"] = office.desk.deployments.operation = running
    office.desk.deployments.joined = True

    office.click("aml.plan.run", planned(office, "U1"))

    assert 1 == len(office.slack.messages)


def test_a_message_is_kept_until_it_is_answered() -> None:
    office = Office()
    office.desk.operations.kept["message:C1:4.0"] = {
        "kind": "mention",
        "event": {"user": "U1", "channel": "C1", "ts": "4.0", "text": "<@UBOT> help"},
        "bot": "UBOT",
    }

    office.mention("help")
    assert ["message:C1:4.0"] == list(office.desk.operations.kept)  # only the other one is left
    office.listeners.resume()
    while office.desk.operations.kept:
        threading.Event().wait(0.001)

    assert {"4.0", "5.0"} == {message["thread_ts"] for message in office.slack.messages}


def test_a_message_names_what_it_starts() -> None:
    office = Office()

    office.mention("cat, dog", files=[{"id": "F1", "name": "cat.jpg"}])

    assert ["message:C1:5.0"] == office.desk.classification.once


# --- answers that are edited later -------------------------------------------------------------


def test_an_answer_is_edited_once_more_is_known() -> None:
    office = Office()
    office.mention("search clip")
    assert "who/new-clip" not in office.shown

    office.later.run()

    (edit,) = office.slack.made("chat_update")
    assert ("C1", office.last["ts"]) == (edit["channel"], edit["ts"])
    assert CLIP in words(edit["blocks"])
    assert "who/new-clip" in words(edit["blocks"])


def there(office: Office) -> dict[str, Any]:
    """Of a click on the last answer: where it was."""
    return {"channel": {"id": "C1"}, "container": {"message_ts": office.last["ts"]}}


def turned(office: Office) -> None:
    """Somebody clicks Next under the last answer."""
    following = buttons(office.last["blocks"])["Next"]
    office.click(following["action_id"], following["value"], **there(office))


def test_a_late_edit_does_not_overwrite_a_newer_page() -> None:
    office = Office()
    office.mention("search bert")
    turned(office)

    office.later.run()

    assert [] == office.slack.made("chat_update")


def test_other_clicks_leave_the_late_edit_alone() -> None:
    office = Office()
    office.mention("search bert")
    office.click("aml.card.open", CLIP, **there(office))

    office.later.run()

    assert 1 == len(office.slack.made("chat_update"))


def test_an_answer_that_comes_later_altogether_is_said_then() -> None:
    office = Office()
    office.mention("search clip source:hf")
    assert [] == office.slack.messages

    office.later.run()

    assert "On the Hugging Face Hub: who/new-clip" == office.last["text"]


def test_a_late_edit_of_a_message_that_is_gone_is_said_to_nobody_twice() -> None:
    office = Office()
    office.mention("search clip")
    office.slack.refuse("chat_update", "message_not_found")

    office.later.run()

    assert 1 == len(office.slack.messages)


def test_a_dash_before_an_option_that_excludes_nothing_is_refused() -> None:
    office = Office()

    office.mention(f"deploy {CLIP} -on:Standard_DS3_v2")

    assert "`deploy` does not take `-on:`" in office.shown


# --- what a process that died has left ---------------------------------------------------------


LEFT = {
    "kind": "mention",
    "event": {"user": "U1", "channel": "C1", "ts": "4.0", "text": "<@UBOT> help"},
    "bot": "UBOT",
}


def test_each_try_to_answer_what_was_left_is_counted_before_it_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = Office()
    office.slack.refuse("chat_postMessage", "invalid_auth")

    monkeypatch.setattr(office.desk.operations, "answered", lambda _: None)  # as if killed
    office.listeners.resumed("message:C1:4.0", dict(LEFT))

    assert {**LEFT, "tries": 2} == office.desk.operations.kept["message:C1:4.0"]


def test_what_ended_three_processes_is_given_up_with_a_word() -> None:
    office = Office()
    office.desk.operations.kept["message:C1:4.0"] = left = {**LEFT, "tries": 3}

    office.listeners.resumed("message:C1:4.0", left)

    assert "I was stopped 3 times" in office.shown
    assert "4.0" == office.last["thread_ts"]
    assert {} == office.desk.operations.kept


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"kind": "form"},
        {"kind": "form", "view": {"private_metadata": "{"}, "user": "U1"},
        {"kind": "form", "view": [], "user": "U1"},
        {"kind": "run", "click": {}, "plan": "plan-1", "at": 0.0},
        {"kind": "mention", "event": {"user": "U1", "ts": []}, "bot": "UBOT"},
    ],
)
def test_what_was_left_and_cannot_be_read_is_dropped(
    odd: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    office = Office()
    office.desk.operations.kept["form:T"] = odd

    office.listeners.resumed("form:T", odd)

    assert {} == office.desk.operations.kept
    assert ["WARNING"] == [one.levelname for one in caplog.records]
    assert not caplog.records[0].exc_info


# --- what Slack never sends, signed all the same -----------------------------------------------


ODD_METADATA = [
    "{",
    "null",
    "[]",
    "1",
    '"text"',
    '{"channel": 7}',
    '{"channel": "C1", "thread": ["1.0"]}',
    '{"url": {}}',
    '{"state": {}}',
    "[" * 2_000,
]


@pytest.mark.parametrize("metadata", ODD_METADATA)
def test_a_form_with_odd_metadata_is_a_warning_and_a_word_and_is_not_kept(
    metadata: str, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office()

    acks = office.submit({"callback_id": "aml.search", "private_metadata": metadata}, text="clip")

    assert [{}] == acks.answers
    assert "I did nothing" in office.shown
    assert {} == office.desk.operations.kept
    assert [("WARNING", None)] == [(one.levelname, one.exc_info) for one in caplog.records]


ODD_VIEWS: list[dict[str, Any]] = [
    {},
    {"callback_id": None},
    {"callback_id": []},
    {"callback_id": "aml.nosuch"},
    {"callback_id": "aml.help"},
    {"callback_id": "aml.search", "state": [1]},
    {"callback_id": "aml.search", "state": {"values": [1]}},
    {"callback_id": "aml.search", "state": {"values": {"text": []}}},
    {"callback_id": "aml.search", "state": {"values": {"text": {"value": 1}}}},
    {"callback_id": "aml.search", "state": {"values": {"text": {"value": {"value": [1]}}}}},
    {"callback_id": "aml.search", "state": {"values": {"p": {"value": {"files": "F1"}}}}},
    {"callback_id": "aml.search", "state": {"values": {"p": {"value": {"files": [1]}}}}},
    {"callback_id": "aml.search", "state": {"values": {"o": {"value": {"selected_option": 1}}}}},
    {"callback_id": "aml.search", "id": {"a": 1}},
]


@pytest.mark.parametrize("view", ODD_VIEWS)
def test_an_odd_form_is_a_warning_and_a_word_and_is_not_kept(
    view: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    office, acks = Office(), Acks()

    office.listeners.submitted(acks.bolt(), {"user": {"id": "U1"}}, view)

    assert [{}] == acks.answers
    assert "I did nothing" in office.shown
    assert {} == office.desk.operations.kept
    assert [("WARNING", None)] == [(one.levelname, one.exc_info) for one in caplog.records]


ODD_ACTIONS: list[dict[str, Any]] = [
    {},
    {"action_id": 7},
    {"action_id": "aml"},
    {"action_id": "aml.plan.nosuch", "value": "plan-1"},
    {"action_id": "aml.nosuch.open", "value": "x"},
    {"action_id": "aml.card.nosuch", "value": "x"},
    {"action_id": "aml.card.open", "value": {"a": 1}},
    {"action_id": "aml.card.open", "value": "x" * 5_000},
    {"action_id": "aml.card.open", "selected_option": "x"},
    {"action_id": "aml.plan.run", "value": ["plan-1"]},
]


@pytest.mark.parametrize("action", ODD_ACTIONS)
def test_an_odd_click_is_a_warning_and_a_word(
    action: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    office, acks = Office(), Acks()

    office.listeners.clicked(acks.bolt(), {"user": {"id": "U1"}}, action)

    assert [{}] == acks.answers
    assert "I did nothing" in office.shown
    assert [("WARNING", None)] == [(one.levelname, one.exc_info) for one in caplog.records]


@pytest.mark.parametrize(
    "value", ["{", "{}", "[]", "null", '{"q": {}}', '{"page": "x"}', "\x00", ""]
)
@pytest.mark.parametrize(
    "action",
    [
        "search.turn",
        "search.share",
        "search.form",
        "classify.form",
        "classify.retry",
        "card.open",
        "card.about",
        "card.compare",
        "deploy.form",
        "deploy.retry",
        "cancel.stop",
        "import_model.form",
        "import_model.allow",
        "plan.run",
        "plan.cancel",
        "plan.ask",
        "say.run",
    ],
)
def test_an_odd_value_never_ends_with_a_traceback(
    action: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office()

    acks = office.click(f"aml.{action}", value)

    assert 1 == len(acks.answers)
    assert [] == [one.getMessage() for one in caplog.records if one.exc_info]


ODD_BODIES: list[dict[str, Any]] = [
    {"user_id": ["U1"], "channel_id": "C1"},
    {"user_id": "U1", "channel_id": {}},
    {"user_id": "U1"},
    {"user_id": "U1", "channel_id": "C1", "text": ["help"]},
    {"user_id": "U1", "channel_id": "C1", "response_url": 7},
]


@pytest.mark.parametrize("body", ODD_BODIES)
def test_an_odd_command_is_a_warning(
    body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    office, acks = Office(), Acks()

    office.listeners.typed(acks.bolt(), body, CONTEXT)

    assert [{}] == acks.answers
    assert [("WARNING", None)] == [(one.levelname, one.exc_info) for one in caplog.records]


@pytest.mark.parametrize(
    "more", [{"channel": None}, {"ts": 5}, {"files": "F1"}, {"thread_ts": {}}, {"text": 1}]
)
def test_an_odd_message_is_a_warning_and_not_kept(
    more: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    office = Office()

    event = {"user": "U1", "channel": "C1", "ts": "5.0", "text": "help", **more}
    office.listeners.mentioned(event, CONTEXT, lambda: None)

    assert {} == office.desk.operations.kept
    assert [("WARNING", None)] == [(one.levelname, one.exc_info) for one in caplog.records]
