from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.sandbox.slack.blocks import check_view
from handlers.blocks.elements import MOST_BLOCKS, MOST_CHARACTERS
from handlers.command import Call, Reply
from handlers.commands.search import COMMAND
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.clock import Clock
from services.errors import ErrorText, InvalidInputError, Suggestion, TemporaryError
from services.huggingface import Hub
from services.index import CatalogIndex
from services.models import Model
from services.planning import licence_class
from services.prices import load_sizes
from tests.unit.fakes import CLIP, Desk, FakeHub, buttons, hub_model, said, valid, words

HOSTILE = "<!channel> & *bold*"
BUSY = ErrorText(code="HubBusy", what="It is busy")
SILENT = ErrorText(code="HubSilent", what="The Hugging Face Hub cannot be reached.")


def catalog_of(hub: FakeHub | None = None, *models: Model) -> Catalog:
    clock, index = Clock(), CatalogIndex(licence_of=licence_class)
    for model in models:
        index.add(model)
    return Catalog(index, AzureML(None, clock), load_sizes(), clock, cast(Hub, hub))


def call(hub: FakeHub, text: str = "", **more: Any) -> Call:  # noqa: ANN401 - fields by name
    made = Desk().call(text, **more)
    return replace(made, services=replace(made.services, catalog=catalog_of(hub)))


def later(reply: Reply) -> Reply:
    assert reply.later
    return reply.later()


def test_search_lists_hits_with_their_buttons() -> None:
    reply = COMMAND.run(Desk().call("clip"))

    assert CLIP in said(reply)
    assert {"Open card", "Deploy", "Share"} <= set(buttons(valid(reply.blocks)))


def test_a_hit_tells_task_licence_class_size_price_and_quota() -> None:
    shown = said(COMMAND.run(Desk().call(CLIP)))

    for part in (
        "zero-shot-image-classification",
        "MIT (permissive) · 1.7 GB",
        "Standard_D2a_v4 · about $0.10 an hour (estimate) · quota not known",
        "matches name",
    ):
        assert part in shown


def test_the_title_says_the_search_again() -> None:
    reply = COMMAND.run(Desk().call("bert", options={"task": "fill-mask"}))

    assert "for “bert task:fill-mask”" in said(reply)


def test_how_the_search_was_understood_is_said() -> None:
    reply = COMMAND.run(Desk().call("sentiment on cpu", options={"under": "0.50/h"}))

    assert "Understood: task: text-classification · runs on CPU · under $0.50/h" in said(reply)


def test_every_answer_says_how_old_its_facts_are() -> None:
    assert "Facts: azureml, bundled snapshot of 2026-07-23" in said(
        COMMAND.run(Desk().call("clip"))
    )


def test_a_model_whose_detail_was_not_read_says_unknown() -> None:
    listed = Model(name="zz-listed", version="1", registry="azureml", asset_id="x", detailed=False)
    made = Desk().call("zz-listed")

    reply = COMMAND.run(
        replace(made, services=replace(made.services, catalog=catalog_of(None, listed)))
    )

    assert "licence not stated · size unknown" in said(reply)
    assert "not read yet" in said(reply)
    assert "Deploy" in buttons(valid(reply.blocks))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"archived": True}, "archived by its publisher"),
        ({"managed": False}, "Azure does not offer it on managed endpoints"),
        ({"sizes": ("Standard_NV6",)}, "no size that Azure offers today can run it"),
    ],
)
def test_what_cannot_be_deployed_says_why_and_has_no_deploy(
    changes: dict[str, Any], why: str
) -> None:
    ended = Model(name="zz-over", version="1", registry="azureml", asset_id="x", **changes)
    made = Desk().call("zz-over")

    reply = COMMAND.run(
        replace(made, services=replace(made.services, catalog=catalog_of(None, ended)))
    )

    assert f"Cannot be deployed: {why}" in said(reply)
    assert "Deploy" not in buttons(valid(reply.blocks))


def test_names_from_elsewhere_notify_nobody() -> None:
    bad = Model(
        name="zz-odd", version="1", registry="r", asset_id="x", license=HOSTILE, publisher=HOSTILE
    )
    made = Desk().call("zz-odd")

    reply = COMMAND.run(
        replace(made, services=replace(made.services, catalog=catalog_of(None, bad)))
    )

    assert "<!channel>" not in words(reply.blocks)


def test_a_full_page_keeps_slacks_limits() -> None:
    reply = COMMAND.run(call(FakeHub(), "", options={"license": "mit"}))

    blocks = valid(reply.blocks)
    assert len(blocks) <= MOST_BLOCKS
    assert len(json.dumps(blocks)) <= MOST_CHARACTERS


def test_a_wrong_value_gets_the_nearest_with_the_rest_of_the_search() -> None:
    with pytest.raises(InvalidInputError) as refused:
        COMMAND.run(Desk().call("bert cpu", options={"task": "fill-msk9", "-license": "mit"}))

    options = (("-license", "mit"), ("task", "fill-mask"))
    whole = Suggestion(verb="search", argument="bert cpu", options=options)
    assert whole in refused.value.suggestions


def test_next_replaces_the_page() -> None:
    first = COMMAND.run(Desk().call("", options={"license": "mit"}))
    value = buttons(first.blocks)["Next"]["value"]

    second = COMMAND.actions["next"].run(Desk().call(value=value))

    assert second.replace
    assert "Page 2 of" in said(second)
    assert "license:mit" in said(second)


def test_the_first_page_has_no_previous() -> None:
    assert "Previous" not in buttons(COMMAND.run(Desk().call("")).blocks)


def test_a_page_that_is_gone_by_now_shows_the_last() -> None:
    value = json.dumps({"q": "clip", "page": 99})

    assert "5 models" in said(COMMAND.actions["next"].run(Desk().call(value=value)))


def test_every_filter_survives_in_the_button() -> None:
    options = {"license": "mit,apache-2.0", "-task": "fill-mask", "size": "<90GB", "under": "99/h"}

    reply = COMMAND.run(Desk().call("base 翻译", options=options))

    state = json.loads(buttons(reply.blocks)["Share"]["value"])
    assert {"q": "base 翻译", **options, "page": 1} == state


def test_a_very_long_search_still_fits_a_button() -> None:
    reply = COMMAND.run(Desk().call("clip " * 600))

    assert len(buttons(reply.blocks)["Share"]["value"]) <= 2_000


def test_more_filters_than_a_button_carries_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="too many filters"):
        COMMAND.run(Desk().call("clip", options={"task": ",".join(["fill-mask"] * 300)}))


def test_a_shared_page_is_public_and_cannot_be_turned() -> None:
    value = json.dumps({"q": "clip", "page": 1})

    shared = COMMAND.actions["share"].run(Desk().call(value=value))

    assert shared.public
    assert not {"Next", "Previous", "Share"} & set(buttons(valid(shared.blocks)))


def test_nothing_found_offers_the_form_and_the_hub() -> None:
    reply = COMMAND.run(Desk().call("qwertzuiopqw"))

    assert ["Search", "Import from the Hub"] == list(buttons(valid(reply.blocks)))


def test_nothing_found_says_which_filter_is_to_blame() -> None:
    reply = COMMAND.run(Desk().call("clip", options={"under": "0.01/h"}))

    assert "5 models would match, but none is under $0.01/h." in said(reply)
    without = buttons(valid(reply.blocks))["Without “under $0.01/h” (5)"]
    assert ("aml.say.run.0", "search clip") == (without["action_id"], without["value"])


def test_nothing_found_says_which_word_leaves_all_out() -> None:
    reply = COMMAND.run(Desk().call("fill mask -bert"))

    assert "13 models would match, but all of them have bert." in said(reply)


def test_a_bare_word_that_leaves_nothing_can_be_dropped() -> None:
    reply = COMMAND.run(Desk().call("clip -cpu finetune", options={"license": "mit"}))

    found = {
        button["value"] for button in buttons(valid(reply.blocks)).values() if "value" in button
    }
    assert "search clip -cpu license:mit" in found


# --- the Hub -----------------------------------------------------------------------------------


def test_the_hub_comes_later() -> None:
    hub = FakeHub(hub_model("who/new-clip", downloads=1_234_567))

    first = COMMAND.run(call(hub, "clip"))

    assert "Hugging Face" not in said(first)
    assert [] == hub.asked
    whole = later(first)
    assert CLIP in said(whole)
    assert "who/new-clip" in said(whole)
    assert "1.2 M downloads a month" in said(whole)
    assert "who/new-clip" == buttons(valid(whole.blocks))["Import"]["value"]


def test_what_the_hub_adds_stands_on_its_own_where_nothing_can_be_edited() -> None:
    whole = later(COMMAND.run(call(FakeHub(hub_model("who/new-clip")), "clip")))

    assert whole.addition
    assert "On the Hugging Face Hub: who/new-clip" == whole.addition.text
    assert CLIP not in said(whole.addition)


def test_a_known_answer_of_the_hub_comes_at_once() -> None:
    first = call(FakeHub(hub_model("who/new-clip")), "clip")
    later(COMMAND.run(first))

    again = COMMAND.run(first)

    assert again.later is None
    assert "who/new-clip" in said(again)


def test_what_the_catalog_has_is_left_out() -> None:
    there = ("openai/clip-vit-base-patch32", "google-bert/bert-base-uncased")
    models = [hub_model(name) for name in (*there, "who/bert-base-uncased")]

    whole = later(COMMAND.run(call(FakeHub(*models), "clip")))

    assert [False, False] == [name in said(whole) for name in there]
    assert "who/bert-base-uncased" in said(whole)


def test_three_models_of_the_hub_are_enough() -> None:
    many = [hub_model(f"who/clip-{number}") for number in range(9)]

    whole = later(COMMAND.run(call(FakeHub(*many), "clip")))

    assert (True, False) == ("who/clip-2" in said(whole), "who/clip-3" in said(whole))


def test_the_hub_is_asked_for_names_and_tasks_not_for_phrases() -> None:
    hub = FakeHub()

    later(COMMAND.run(call(hub, "small bert for sentiment on cpu")))
    later(COMMAND.run(call(hub, "翻译")))

    assert [("bert", "text-classification"), ("", "translation")] == hub.asked


def test_a_hub_without_news_changes_nothing() -> None:
    assert Reply() == later(COMMAND.run(call(FakeHub(), "clip")))


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({"task": "翻译"}, [("clip", "translation")]),
        ({"task": "fill mask"}, [("clip", "fill-mask")]),
        ({"-task": "fill-mask"}, [("clip", "")]),
        ({"task": "classif"}, [("clip", "")]),
    ],
)
def test_the_hub_is_asked_in_its_own_words(
    options: dict[str, str], asked: list[tuple[str, str]]
) -> None:
    hub = FakeHub()

    later(COMMAND.run(call(hub, "clip", options=options)))

    assert asked == hub.asked


def test_the_hubs_models_meet_the_licence_that_was_asked_for() -> None:
    hub = FakeHub(hub_model("who/a-clip", license="llama3"), hub_model("who/b-clip"))

    whole = later(COMMAND.run(call(hub, "clip", options={"license": "permissive"})))

    assert (False, True) == ("who/a-clip" in said(whole), "who/b-clip" in said(whole))


def test_filters_that_the_hub_knows_nothing_of_are_named() -> None:
    whole = later(COMMAND.run(call(FakeHub(hub_model("who/new-clip")), "clip cpu")))

    assert "Not checked, because the Hub does not say: runs on CPU." in said(whole)


def test_a_gated_model_says_so() -> None:
    hub = FakeHub(hub_model("who/new-clip", gated="manual", access=False))

    assert "gated" in said(later(COMMAND.run(call(hub, "clip"))))


def test_a_hub_that_fails_is_one_line() -> None:
    hub = FakeHub(refuses=TemporaryError(SILENT))

    whole = later(COMMAND.run(call(hub, "clip")))

    assert CLIP in said(whole)
    assert "The Hugging Face Hub cannot be reached." in said(whole)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {"license": "mit"}),
        ("clip", {"source": "azure"}),
        ("clip", {"source": "workspace"}),
        ("clip", {"-source": "hf"}),
    ],
)
def test_the_hub_is_not_asked(text: str, options: dict[str, str]) -> None:
    assert COMMAND.run(call(FakeHub(), text, options=options)).later is None


def test_only_the_hub_is_asked_when_that_is_the_source() -> None:
    reply = COMMAND.run(call(FakeHub(hub_model("who/new-clip")), "clip", options={"source": "hf"}))

    assert "" == reply.text
    answer = later(reply)
    assert "On the Hugging Face Hub: who/new-clip" == answer.text
    assert CLIP not in said(answer)


@pytest.mark.parametrize(
    ("hub", "expected"),
    [
        (FakeHub(), "The Hugging Face Hub has nothing for “clip source:hf”."),
        (FakeHub(hub_model("openai/clip-vit-base-patch32")), "is in your catalog already"),
        (
            FakeHub(refuses=TemporaryError(BUSY)),
            "It is busy. Try again in a moment.",
        ),
    ],
)
def test_the_hub_alone_never_answers_with_silence(hub: FakeHub, expected: str) -> None:
    assert expected in said(later(COMMAND.run(call(hub, "clip", options={"source": "hf"}))))


def test_later_pages_have_no_hub() -> None:
    value = json.dumps({"q": "bert", "page": 2})

    assert COMMAND.actions["next"].run(call(FakeHub(), value=value)).later is None


# --- refreshing, the form ----------------------------------------------------------------------


def test_refresh_reads_the_catalog_anew() -> None:
    desk = Desk()

    reply = COMMAND.words["refresh"].run(desk.call("refresh"))

    assert "Refreshing" in reply.text
    outcome = later(reply)
    assert [False] == desk.refresh.asked
    assert "azureml: 120 models (from the catalog service), 2 new" in said(outcome)
    assert "There is no registry nope." in said(outcome)
    valid(outcome.blocks)


def test_refresh_among_other_words_is_a_word() -> None:
    assert COMMAND.run(Desk().call("refresh clip", operator=False)).text


def test_the_form_is_one_slack_takes() -> None:
    form = COMMAND.actions["form"].run(Desk().call("clip")).view

    assert "aml.search" == check_view(form, ["modal"])["callback_id"]


Submit = Callable[[Call], Reply]


def test_the_form_searches() -> None:
    submit = cast(Submit, COMMAND.submit)
    values = {"text": "clip", "task": "", "runs": "any", "source": "any"}

    assert CLIP in said(submit(Desk().call(values=values)))


def test_the_forms_choices_become_filters() -> None:
    submit = cast(Submit, COMMAND.submit)
    values = {"text": "image", "runs": "gpu", "under": "9/h", "source": "azure"}

    shown = said(submit(Desk().call(values=values)))

    assert "from Azure's registries · runs on GPU · under $9.00/h" in shown


def test_a_wrong_value_in_the_form_names_its_field() -> None:
    submit = cast(Submit, COMMAND.submit)

    with pytest.raises(InvalidInputError) as refused:
        submit(Desk().call(values={"text": "clip", "size": "<2XB"}))
    assert "size" == refused.value.field
