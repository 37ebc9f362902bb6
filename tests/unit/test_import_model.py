from __future__ import annotations

import pytest

from bot.sandbox.slack.blocks import check_view
from handlers.command import Effect
from handlers.commands.import_model import COMMAND
from services.errors import InvalidInputError, NotFoundError, QuotaExceededError
from tests.unit.fakes import DEPLOY_PLAN, IMPORT_PLAN, Desk, executed, imported, submitted


def test_import_is_the_verb_and_spends() -> None:
    assert ("import", Effect.SPEND) == (COMMAND.name, COMMAND.effect)


def test_import_only_plans() -> None:
    desk = Desk()

    reply = COMMAND.run(desk.call("google-bert/bert-base-uncased", options={"task": "fill-mask"}))

    assert IMPORT_PLAN == reply.plan
    assert [("google-bert/bert-base-uncased", "fill-mask")] == desk.imports.asked


def test_without_an_id_it_shows_how() -> None:
    with pytest.raises(InvalidInputError, match="google-bert/bert-base-uncased"):
        COMMAND.run(Desk().call(""))


def test_running_a_plan_starts_it() -> None:
    assert "Started as `imp-7f3k`." == executed(COMMAND, Desk().call(), IMPORT_PLAN).text


def test_a_plan_of_another_kind_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        executed(COMMAND, Desk().call(), DEPLOY_PLAN)


def test_retry_makes_a_new_plan() -> None:
    desk = Desk()
    desk.operations.all["imp-7f3k"] = imported()

    assert IMPORT_PLAN == COMMAND.actions["retry"].run(desk.call(value="imp-7f3k")).plan


def test_the_form_is_one_slack_takes() -> None:
    view = COMMAND.actions["form"].run(Desk().call("a/b")).view

    assert "a/b" == check_view(view, ["modal"])["blocks"][0]["element"]["initial_value"]


def test_the_hubs_own_task_is_no_wish() -> None:
    desk = Desk()

    submitted(COMMAND, desk.call(values={"id": "a/b", "task": "hub"}))

    assert [("a/b", None)] == desk.imports.asked


def test_an_unknown_repository_is_said_beside_its_field() -> None:
    desk = Desk()
    desk.imports.refuses = NotFoundError("There is no such model on the Hub")

    with pytest.raises(InvalidInputError) as caught:
        submitted(COMMAND, desk.call(values={"id": "a/b"}))

    assert "id" == caught.value.field


def test_quota_is_not_the_fields_fault() -> None:
    desk = Desk()
    desk.imports.refuses = QuotaExceededError("No cores are left")

    with pytest.raises(QuotaExceededError):
        submitted(COMMAND, desk.call(values={"id": "a/b"}))
