from __future__ import annotations

from dataclasses import replace

import pytest

from bot.sandbox.slack.blocks import check_view
from handlers.commands.import_model import COMMAND
from services.errors import InvalidInputError, NotFoundError, QuotaExceededError, UserError
from services.models import Asked, Check, ImportResult, OperationState, Way
from tests.texts import made_up
from tests.unit import fakes
from tests.unit.fakes import (
    IMPORT_PLAN,
    REGISTRY,
    Desk,
    imported,
    operation,
    run,
    submitted,
)

CODE = Check(title="Code of its own", passed=False, text="it brings <a.py>", way=Way.CODE)
WITH_CODE = replace(IMPORT_PLAN, checks=(CODE,))
BEN = Asked(user="U2", channel="C2")


def test_import_only_plans() -> None:
    desk = Desk()

    reply = COMMAND.run(desk.call("google-bert/bert-base-uncased", options={"task": "fill-mask"}))

    assert IMPORT_PLAN == reply.plan
    assert [("google-bert/bert-base-uncased", "fill-mask")] == desk.imports.asked


def test_without_an_id_it_shows_how() -> None:
    with pytest.raises(InvalidInputError, match="google-bert/bert-base-uncased"):
        COMMAND.run(Desk().call(""))


def test_running_a_plan_starts_it() -> None:
    assert "Started as `imp-7f3k`." == run(Desk().call(), IMPORT_PLAN)


def test_retry_makes_a_new_plan() -> None:
    desk = Desk()
    desk.operations.all["imp-7f3k"] = imported()

    assert (
        IMPORT_PLAN
        == REGISTRY.by_verb[COMMAND.name].actions["retry"].run(desk.call(value="imp-7f3k")).plan
    )


def test_the_form_is_one_slack_takes() -> None:
    view = COMMAND.actions["form"].run(Desk().call("a/b")).view

    assert "a/b" == check_view(view, ["modal"])["blocks"][0]["element"]["initial_value"]


def test_the_hubs_own_task_is_no_wish() -> None:
    desk = Desk()

    submitted(COMMAND, desk.call(values={"id": "a/b", "task": "hub"}))

    assert [("a/b", None)] == desk.imports.asked


def test_an_unknown_repository_is_said_beside_its_field() -> None:
    desk = Desk()
    desk.imports.refuses = NotFoundError(made_up("There is no such model on the Hub"))

    with pytest.raises(InvalidInputError) as caught:
        submitted(COMMAND, desk.call(values={"id": "a/b"}))

    assert "id" == caught.value.field


def test_quota_is_not_the_fields_fault() -> None:
    desk = Desk()
    desk.imports.refuses = QuotaExceededError(made_up("No cores are left"))

    with pytest.raises(QuotaExceededError):
        submitted(COMMAND, desk.call(values={"id": "a/b"}))


def test_a_button_beside_a_model_opens_its_checklist() -> None:
    desk = Desk()

    reply = COMMAND.actions["model"].run(desk.call(value="google-bert/bert-base-uncased"))

    assert IMPORT_PLAN == reply.plan
    assert [("google-bert/bert-base-uncased", None)] == desk.imports.asked


def test_whoever_clicks_run_accepts_the_licence() -> None:
    desk = Desk()
    run(desk.call(by="U2"), IMPORT_PLAN)
    assert ["U2"] == desk.imports.accepted


def test_what_is_imported_already_says_by_which_operation() -> None:
    desk = Desk()
    desk.imports.joined = True

    reply = run(desk.call(), IMPORT_PLAN)

    assert "is imported already, by `imp-7f3k`" in reply


def test_what_is_under_way_is_followed() -> None:
    desk = Desk()
    desk.imports.joined = True
    desk.imports.operation = operation(OperationState.RUNNING, id="imp-zzzz")

    reply = run(desk.call(), IMPORT_PLAN)

    assert "under way already as `imp-zzzz`" in reply


def test_the_choice_of_another_task_knows_the_model() -> None:
    view = COMMAND.actions["form"].run(Desk().call(value="a/b")).view

    assert "a/b" == check_view(view, ["modal"])["blocks"][0]["element"]["initial_value"]


# --- code of its own -----------------------------------------------------------------------------


def test_an_operator_is_asked_why_code_may_run() -> None:
    desk = Desk()
    plan = desk.operations.save_plan(WITH_CODE, "import", BEN)

    view = COMMAND.actions["allow"].run(desk.call(value=plan.id)).view

    shown = check_view(view, ["modal"])
    assert ("aml.import_model.allow", plan.id) == (
        shown["callback_id"],
        shown["private_metadata"],
    )
    assert "&lt;a.py&gt;" in shown["blocks"][0]["text"]["text"]
    assert shown["blocks"][1]["optional"] is False


def test_the_reason_makes_a_plan_that_stays_with_whoever_asked() -> None:
    desk = Desk()
    plan = desk.operations.save_plan(WITH_CODE, "import", BEN)

    submit = COMMAND.actions["allow"].submit
    assert submit
    reply = submit(desk.call(value=plan.id, values={"reason": "I read it"}))

    assert (IMPORT_PLAN, BEN) == (reply.plan, reply.asked)
    assert [(WITH_CODE, "U1", "I read it")] == desk.imports.allowed


@pytest.mark.parametrize("step", ["opened", "submitted"])
def test_the_code_of_a_cancelled_plan_cannot_be_allowed_any_more(step: str) -> None:
    desk = Desk()
    plan = desk.operations.save_plan(WITH_CODE, "import", BEN)
    desk.operations.drop(plan.id, "U2")
    action = COMMAND.actions["allow"]
    assert action.submit

    with pytest.raises(UserError, match="<@U2> cancelled this plan"):
        {"opened": action.run, "submitted": action.submit}[step](
            desk.call(value=plan.id, values={"reason": "I read it"})
        )
    assert [] == desk.imports.allowed


@pytest.mark.parametrize(
    ("sha", "hub_sha", "words"),
    [
        ("a" * 40, "a" * 40, ("Made from revision aaaaaaa, as planned.",)),
        ("a" * 40, "b" * 40, ("as planned. The Hub has moved on to bbbbbbb since.",)),
        ("a" * 40, "", ("Made from revision aaaaaaa, as planned.",)),
        ("b" * 40, "b" * 40, ("⚠️ It was made from revision bbbbbbb, not from aaaaaaa",)),
        ("aaaaaaa" + "b" * 33, "", ("revision aaaaaaabbbbbbb, not from aaaaaaaaaaaaaa",)),
        ("", "a" * 40, ("the Hub still has aaaaaaa, as planned",)),
        ("", "b" * 40, ("⚠️ Azure does not say", "the Hub has bbbbbbb now")),
        ("", "", ("Azure does not say", "the plan was for aaaaaaa")),
    ],
)
def test_the_message_says_what_was_downloaded(
    sha: str, hub_sha: str, words: tuple[str, ...]
) -> None:
    done = imported()
    assert isinstance(done.result, ImportResult)
    result = replace(done.result, planned="a" * 40, sha=sha, hub_sha=hub_sha)
    shown = fakes.words(fakes.message(replace(done, result=result))[1])
    assert all(word in shown for word in words)


def test_results_of_older_versions_say_nothing_of_it() -> None:
    assert "revision" not in fakes.words(fakes.message(imported())[1])
