from __future__ import annotations

import pytest

from bot.sandbox.slack.blocks import check_view
from handlers.commands.deploy import COMMAND
from services.errors import InvalidInputError, NotFoundError
from tests.unit.fakes import (
    CLIP,
    DEPLOY_PLAN,
    REGISTRY,
    Desk,
    deployed,
    opened,
    operation,
    run,
    submitted,
)


def test_deploy_only_plans() -> None:
    desk = Desk()

    reply = COMMAND.run(desk.call(CLIP, options={"on": "ds3", "endpoint": "e-1", "count": "2"}))

    assert DEPLOY_PLAN == reply.plan
    assert [(CLIP, "ds3", "e-1", 2)] == desk.deployments.asked
    assert [] == desk.deployments.started


def test_the_button_plans_with_what_fits_best() -> None:
    desk = Desk()

    COMMAND.actions["model"].run(desk.call(value=f"azureml/{CLIP}"))

    assert [(CLIP, None, None, 1)] == desk.deployments.asked


def test_without_a_model_it_asks_which() -> None:
    with pytest.raises(InvalidInputError, match="Which model"):
        COMMAND.run(Desk().call(""))


def test_a_count_that_is_no_number_is_named() -> None:
    with pytest.raises(InvalidInputError) as caught:
        COMMAND.run(Desk().call(CLIP, options={"count": "two"}))

    assert "count" == caught.value.field


def test_running_a_plan_starts_it_under_the_plans_id() -> None:
    desk = Desk()

    reply = run(desk.call(value="plan-1"), DEPLOY_PLAN)

    assert "plan-1" == desk.deployments.started[0][2]
    assert "Started as `dep-7f3k`." == reply


def test_who_asks_for_the_same_is_told_where_it_is() -> None:
    desk = Desk()
    desk.deployments.joined = True

    assert "under way already as `dep-7f3k`" in run(desk.call(), DEPLOY_PLAN)


def test_retry_makes_a_new_plan() -> None:
    desk = Desk()
    desk.operations.all["dep-7f3k"] = operation()

    assert (
        DEPLOY_PLAN
        == REGISTRY.by_verb[COMMAND.name].actions["retry"].run(desk.call(value="dep-7f3k")).plan
    )


def test_the_form_offers_the_models_sizes_with_prices() -> None:
    form = opened(COMMAND, Desk().call(value=CLIP))
    options = form["blocks"][1]["element"]["options"]

    assert "cheapest" == options[0]["value"]
    assert "an hour (estimate)" in options[1]["text"]["text"]
    assert CLIP == form["blocks"][0]["element"]["initial_value"]


def test_the_form_without_a_model_is_one_slack_takes() -> None:
    view = COMMAND.actions["form"].run(Desk().call()).view

    assert "aml.deploy" == check_view(view, ["modal"])["callback_id"]


def test_the_form_plans() -> None:
    desk = Desk()
    values = {"model": CLIP, "on": "cheapest", "endpoint": "", "count": "3"}

    submitted(COMMAND, desk.call(values=values))

    assert [(CLIP, None, None, 3)] == desk.deployments.asked


def test_an_unknown_model_is_said_beside_its_field() -> None:
    with pytest.raises(InvalidInputError) as caught:
        submitted(COMMAND, Desk().call(values={"model": "no-such-model-at-all"}))

    assert "model" == caught.value.field


def test_retry_of_an_unknown_operation_says_so() -> None:
    with pytest.raises(NotFoundError):
        REGISTRY.by_verb[COMMAND.name].actions["retry"].run(Desk().call(value="dep-0000"))


def test_what_is_deployed_already_is_not_called_under_way() -> None:
    desk = Desk()
    desk.deployments.joined = True
    desk.deployments.operation = deployed()

    assert "is deployed already" in run(desk.call(), DEPLOY_PLAN)
