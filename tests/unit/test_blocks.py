from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest

from bot.sandbox.slack.blocks import check_view
from handlers.blocks import (
    card,
    endpoints,
    error,
    help as help_blocks,
    home,
    hub,
    operation as operation_blocks,
    plan,
    progress,
    refreshed,
    scores,
    search,
)
from handlers.blocks.elements import CUT, fitted, section
from handlers.blocks.plainer import is_plain, plainer
from handlers.blocks.words import duration, money, percent, size
from handlers.command import Block, Command
from services.catalog import Change, ChangeKind, Found, HubFound, HubHit
from services.errors import InvalidInputError, Suggestion, TemporaryError, UserError
from services.models import (
    DeployResult,
    Glimpse,
    ImportResult,
    Operation,
    OperationState,
    Plan,
    Problem,
    Step,
    StepState,
)
from services.prices import load_sizes
from tests.texts import made_up
from tests.unit import fakes

PLAN = Plan(
    id="plan-1",
    verb="deploy",
    kind="deploy",
    asked=fakes.ASKED,
    created=0,
    expires=1_800,
    content=fakes.DEPLOY_PLAN,
)
VIEW = fakes.REGISTRY.plan_view(PLAN)
IMPORT = replace(PLAN, verb="import", kind="import", content=fakes.IMPORT_PLAN)
GLIMPSE = Glimpse(kind="classify", state=OperationState.RUNNING, created=fakes.NOW - 95)
FAILED = Problem(
    code="Crash",
    what="The container <crashed>",
    why="It ran out of memory",
    advice="Choose a larger size.",
    evidence=("MemoryError", "killed & gone"),
)
MANY = tuple((f"a rather long label number {n}", 1 / 30) for n in range(30))
HUB = HubFound(
    asked="clip",
    hits=tuple(
        HubHit(
            model=fakes.hub_model(f"who/{'x' * 90}{n}", gated="auto", license="<l>"),
            licence="custom",
        )
        for n in range(3)
    ),
    untold=("runs on CPU",),
)


def found(text: str, options: Mapping[str, str] = MappingProxyType({})) -> Found:
    catalog = fakes.catalog()
    return catalog.search(catalog.parse(text, options))


def details(command: Command) -> list[Block]:
    return help_blocks.details(command)[1]


SCREENS: dict[str, Callable[[], list[Block]]] = {
    "results": lambda: search.results(found("bert"), "bert", {"q": "bert"})[1],
    "no results": lambda: search.results(found("zzqx9"), "zzqx9", {})[1],
    "results with the Hub": lambda: search.results(
        found(""), "", {"q": "x" * 500}, hub=HUB, now=fakes.NOW
    )[1],
    "only the Hub": lambda: hub.alone(HUB, "clip")[1],
    "a filter too much": lambda: search.results(found("clip", {"under": "0.01/h"}), "clip", {})[1],
    "refreshed": lambda: refreshed.outcome(
        fakes.FakeRefresh().answer,
        [
            Change(kind=kind, place="azureml", name="<a>", before="1", after="2")
            for kind in ChangeKind
        ],
    )[1],
    "shared": lambda: search.results(found("bert"), "bert", {}, shared=True)[1],
    "card": lambda: card.screen(fakes.catalog().card(fakes.CLIP))[1],
    "card with classifier": lambda: card.screen(
        fakes.catalog().card(fakes.CLIP), classifier="my-clip"
    )[1],
    "plan": lambda: fakes.card(PLAN, may_run=True)[1],
    "plan for others": lambda: fakes.card(PLAN, may_run=False, note="no scope")[1],
    "import plan": lambda: fakes.card(IMPORT, may_run=True)[1],
    "request": lambda: plan.request(PLAN, VIEW, "")[1],
    "changed": lambda: plan.changed(PLAN, VIEW, replace(fakes.DEPLOY_PLAN, usd_per_hour=0.1))[1],
    "running": lambda: fakes.message(fakes.operation())[1],
    "deployed": lambda: fakes.message(fakes.deployed())[1],
    "imported": lambda: fakes.message(fakes.imported())[1],
    "failed": lambda: fakes.message(fakes.operation(OperationState.FAILED, problem=FAILED))[1],
    "cancelling": lambda: fakes.message(fakes.operation(cancelled_by="U2"))[1],
    "cancelled": lambda: fakes.message(
        fakes.operation(OperationState.CANCELLED, cancelled_by="U2")
    )[1],
    "classifying": lambda: fakes.message(fakes.classification())[1],
    "not classified": lambda: fakes.message(
        fakes.classification(OperationState.FAILED, problem=FAILED)
    )[1],
    "news": lambda: fakes.news(fakes.operation(OperationState.FAILED, problem=FAILED))[1],
    "two labels": lambda: scores.answer(fakes.scores(("cat", 0.941), ("dog", 0.059)))[1],
    "thirty labels": lambda: scores.answer(fakes.scores(*MANY, note="first frame"))[1],
    "text bars": lambda: plainer(scores.answer(fakes.scores(*MANY))[1]),
    "list": lambda: endpoints.listing(
        [fakes.ENDPOINT], [fakes.operation()], load_sizes(), fakes.NOW
    )[1],
    "empty list": lambda: endpoints.listing([], [], load_sizes(), fakes.NOW)[1],
    "status": lambda: endpoints.status([fakes.operation()], [fakes.deployed()], fakes.NOW)[1],
    "a glimpse": lambda: operation_blocks.glimpse(GLIMPSE, fakes.NOW)[1],
    "glimpses": lambda: endpoints.status([GLIMPSE], [GLIMPSE], fakes.NOW)[1],
    "nothing runs": lambda: endpoints.status([], [], fakes.NOW)[1],
    "help": lambda: help_blocks.listing(fakes.COMMANDS)[1],
    "menu": lambda: help_blocks.menu()[1],
    "unknown": lambda: help_blocks.unknown("serch", ("search clip", "help"))[1],
    "refused": lambda: error.refused(
        UserError(
            made_up("no", why="x"),
            evidence=("y",),
            suggestions=(Suggestion(verb="a", argument="b"),),
        ),
        "r",
    )[1],
    "temporary": lambda: error.temporary(TemporaryError(made_up("Azure is slow.")), "r")[1],
    "unexpected": lambda: error.unexpected("r")[1],
    **{f"help {command.name}": partial(details, command) for command in fakes.COMMANDS},
}


@pytest.mark.parametrize("name", SCREENS)
def test_slack_takes_the_screen(name: str) -> None:
    fakes.valid(fitted(SCREENS[name]()))


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_fits_without_being_cut(name: str) -> None:
    screen = SCREENS[name]()

    assert screen == fitted(screen)


def test_slack_takes_app_home() -> None:
    view = home.view(
        [fakes.operation()], [fakes.ENDPOINT], load_sizes(), now=fakes.NOW, operator=True
    )

    assert "home" == check_view(view, ["home"])["type"]


def test_app_home_says_why_endpoints_are_missing() -> None:
    view = home.view([], [], load_sizes(), now=0, operator=False, note="No workspace.")

    assert "No workspace." in fakes.words(view["blocks"])


def test_too_many_blocks_are_cut_with_a_note() -> None:
    shown = fitted([section("x")] * 60)

    assert (50, CUT) == (len(shown), shown[-1]["elements"][0]["text"])


def test_too_many_characters_are_cut_with_a_note() -> None:
    shown = fitted([section("x" * 2_900)] * 8)

    assert len(json.dumps(shown, separators=(",", ":"))) <= 12_000
    assert CUT == shown[-1]["elements"][0]["text"]


def lines(operation: Operation) -> str:
    """The message where a workspace refuses plans."""
    return fakes.words(plainer(fakes.message(operation)[1]))


def test_steps_are_tasks_of_a_plan() -> None:
    [shown] = [block for block in fakes.message(fakes.operation())[1] if block["type"] == "plan"]

    assert ["complete", "in_progress", "pending"] == [task["status"] for task in shown["tasks"]]
    assert "1 min 30 s · Azure is <busy>" in "".join(
        text["text"] for text in shown["tasks"][1]["details"]["elements"][0]["elements"]
    )


def test_what_was_left_out_is_done_only_where_all_went_well() -> None:
    left_out = Step(name="test", title="Ask", state=StepState.SKIPPED)
    statuses = [
        progress.plan([left_out], 0, succeeded=succeeded)["tasks"][0]["status"]
        for succeeded in (True, False)
    ]

    assert ["complete", "pending"] == statuses


def test_what_was_left_out_is_called_skipped_in_a_line() -> None:
    left_out = Step(name="test", title="Ask", state=StepState.SKIPPED, detail="no sample")
    line = progress.lines(progress.plan([left_out], 0, succeeded=True))["text"]["text"]

    assert ":heavy_minus_sign: *Ask* · skipped\n\u2003\u2002↳ no sample" == line


def test_text_from_elsewhere_is_escaped_in_a_line() -> None:
    assert "Azure is &lt;busy&gt;" in lines(fakes.operation())


def test_a_running_step_says_how_long_it_has_taken() -> None:
    assert "*Create the endpoint* · running · 1 min 30 s" in lines(fakes.operation())


def test_a_running_operation_can_be_cancelled() -> None:
    blocks = fakes.message(fakes.operation())[1]

    assert "dep-7f3k" == fakes.buttons(blocks)["Cancel"]["value"]


def test_a_deployed_classifier_offers_classify() -> None:
    blocks = fakes.message(fakes.deployed())[1]

    assert "clip-x7f2" == fakes.buttons(blocks)["Classify"]["value"]


def test_what_a_deployed_model_answered_is_said_once() -> None:
    done = fakes.deployed()
    assert isinstance(done.result, DeployResult)
    steps = (replace(done.steps[0], detail=done.result.smoke_test), *done.steps[1:])

    shown = fakes.words(fakes.message(replace(done, steps=steps))[1])

    assert 1 == shown.count(done.result.smoke_test)


def test_what_a_step_does_now_stands_under_it() -> None:
    assert "1 min 30 s\n\u2003\u2002↳ Azure is" in lines(fakes.operation())


def test_the_thread_names_the_job_of_an_import() -> None:
    done = fakes.imported()
    assert isinstance(done.result, ImportResult)
    told = replace(done, result=replace(done.result, job="aml-bot-imp-7f3k-1"))

    assert "`aml-bot-imp-7f3k-1`" in fakes.words(fakes.news(told)[1])
    assert "aml-bot-imp" not in fakes.words(fakes.message(told)[1])


def test_a_card_names_the_class_of_a_licence_and_gives_no_advice() -> None:
    assert "MIT (permissive)" in fakes.words(SCREENS["card"]())


def test_many_labels_are_summed_up_in_words() -> None:
    shown = fakes.words(SCREENS["thirty labels"]())

    assert ", the other 25 together 83.3 %" in shown


def test_a_lone_deployment_needs_no_share_of_the_traffic() -> None:
    assert "traffic" not in endpoints.describe(fakes.ENDPOINT, load_sizes(), fakes.NOW)


def test_a_plain_mistake_has_no_reference_and_names_what_to_try_in_its_text() -> None:
    text, blocks = error.refused(
        InvalidInputError(made_up("No."), suggestions=(Suggestion(verb="card", argument="a"),)),
        "ab12",
    )

    assert "No. Try: card a." == text
    assert "ab12" not in fakes.words(blocks)


def test_a_finished_deployment_is_called_ready() -> None:
    assert fakes.message(fakes.deployed())[0].startswith("Ready: Deploy")


def test_an_imported_model_itself_can_be_deployed() -> None:
    shown = fakes.buttons(fakes.message(fakes.imported())[1])
    assert "azureml:x:1" == shown["Deploy"]["value"] == shown["Open card"]["value"]


def test_a_failure_shows_evidence_and_retry() -> None:
    blocks = fakes.message(fakes.operation(OperationState.FAILED, problem=FAILED))[1]

    assert "killed &amp; gone" in fakes.words(blocks)
    assert "aml.deploy.retry" == fakes.buttons(blocks)["Retry"]["action_id"]


def test_a_retried_import_goes_to_its_module() -> None:
    failed = replace(fakes.imported(), state=OperationState.FAILED, result=None)

    blocks = fakes.message(failed)[1]

    assert "aml.import_model.retry" == fakes.buttons(blocks)["Retry"]["action_id"]


def test_scores_are_said_in_words_best_first() -> None:
    blocks = scores.answer(fakes.scores(("dog", 0.059), ("cat", 0.941)))[1]

    assert "*cat 94.1 %*, dog 5.9 %" in fakes.words(blocks)


def test_the_chart_has_the_same_numbers() -> None:
    blocks = scores.answer(fakes.scores(("dog", 0.059), ("cat", 0.941)))[1]
    chart = next(block for block in blocks if block["type"] == scores.CHART)

    assert [{"label": "cat", "value": 94.1}, {"label": "dog", "value": 5.9}] == chart["chart"][
        "series"
    ][0]["data"]


def test_labels_that_look_alike_when_cut_stay_apart() -> None:
    blocks = scores.answer(fakes.scores(*MANY))[1]
    chart = next(block for block in blocks if block["type"] == scores.CHART)
    categories = chart["chart"]["axis_config"]["categories"]

    assert 10 == len(set(categories))
    assert all(len(label) <= 20 for label in categories)


def test_more_labels_than_bars_are_in_a_table() -> None:
    blocks = scores.answer(fakes.scores(*MANY))[1]

    assert 31 == len(next(block for block in blocks if block["type"] == "table")["rows"])


def test_a_close_call_is_called_one() -> None:
    assert "Close call" in fakes.words(scores.answer(fakes.scores(("a", 0.52), ("b", 0.48)))[1])


def test_a_clear_answer_is_no_close_call() -> None:
    assert "Close" not in fakes.words(scores.answer(fakes.scores(("a", 0.6), ("b", 0.4)))[1])


def test_the_answer_says_which_engine_it_is_from() -> None:
    shown = fakes.words(scores.answer(fakes.scores(("a", 0.6), ("b", 0.4)))[1])

    assert "Answered by lite (not CLIP) on clip-x7f2." in shown
    assert "Unknown: zyx." in shown


def test_text_bars_keep_the_numbers() -> None:
    blocks = plainer(scores.answer(fakes.scores(("cat", 0.941), ("dog", 0.059)))[1])

    assert is_plain(blocks)
    assert "█" in fakes.words(blocks)


def test_a_plan_names_its_price_as_an_estimate() -> None:
    assert "about $0.29 an hour (estimate)" in fakes.card(PLAN, may_run=True)[0]


def test_the_buttons_of_a_plan_carry_only_its_id() -> None:
    values = {one["value"] for one in fakes.buttons(fakes.card(PLAN, may_run=True)[1]).values()}

    assert {"plan-1"} == values


def test_without_rights_a_plan_has_no_run() -> None:
    labels = list(fakes.buttons(fakes.card(PLAN, may_run=False)[1]))

    assert ["Ask an operator", "Cancel"] == labels


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"cores_left": 50, "attempt": 2, "warnings": ()}, []),
        ({"size": "Standard_DS4_v2"}, ["Size: Standard_DS3_v2 → *Standard_DS4_v2*"]),
        ({"cores_left": 2}, ["Cores left: 100 cores → *2 cores*"]),
        ({"model_version": "13"}, ["Model version: 12 → *13*"]),
        (
            {"usd_per_hour": 0.5},
            ["Price: about $0.29 an hour (estimate) → *about $0.50 an hour (estimate)*"],
        ),
    ],
)
def test_only_changes_of_weight_are_differences(
    changes: dict[str, Any], expected: list[str]
) -> None:
    fresh = replace(fakes.DEPLOY_PLAN, **changes)

    assert expected == fakes.differences(fakes.DEPLOY_PLAN, fresh)


def test_an_import_of_another_revision_differs() -> None:
    fresh = replace(fakes.IMPORT_PLAN, sha="0" * 40)

    assert ["Revision: 86b5e09 → *0000000*"] == fakes.differences(fakes.IMPORT_PLAN, fresh)


def test_an_endpoint_costs_per_hour_and_so_far() -> None:
    shown = endpoints.describe(fakes.ENDPOINT, load_sizes(), fakes.NOW)

    assert "an hour (estimate)" in shown
    assert "so far" in shown


def test_an_endpoint_without_a_known_price_says_so() -> None:
    assert "price not known" in endpoints.describe(fakes.ENDPOINT, {}, fakes.NOW)


def test_an_error_shows_its_reference() -> None:
    assert "ab12" in fakes.words(error.unexpected("ab12")[1])


def test_a_single_deploy_suggestion_is_labelled_deploy() -> None:
    shown = error.suggestions((f"deploy {fakes.CLIP}",))

    assert ["Deploy"] == list(fakes.buttons([shown]))


def test_several_alike_suggestions_show_the_whole_command() -> None:
    shown = error.suggestions(("deploy a", "deploy b"))

    assert ["deploy a", "deploy b"] == list(fakes.buttons([shown]))


def test_several_models_to_open_are_shown_by_name() -> None:
    shown = error.suggestions(("card a", "card b"))

    assert ["a", "b"] == list(fakes.buttons([shown]))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (7_500, "2 h 5 min")],
)
def test_durations_are_said_short(seconds: float, said: str) -> None:
    assert said == duration(seconds)


def test_numbers_are_said_the_way_people_do() -> None:
    assert ("$0.29", "$1,204", "420 MB", "0.0 %", "94.1 %") == (
        money(0.293),
        money(1_204.4),
        size(440_473_133),
        percent(0.0001),
        percent(0.941),
    )
