from __future__ import annotations

import json

import pytest

from bot.sandbox.slack.blocks import check_view
from handlers.commands.search import COMMAND
from services.errors import InvalidInputError
from tests.unit.fakes import CLIP, Desk, buttons, said, valid


def test_search_lists_hits_with_their_buttons() -> None:
    reply = COMMAND.run(Desk().call("clip"))

    assert CLIP in said(reply)
    assert {"Open card", "Deploy", "Share"} <= set(buttons(valid(reply.blocks)))


def test_search_says_why_a_model_matched_where_its_name_does_not() -> None:
    assert "Matches task: fill, mask" in said(COMMAND.run(Desk().call("fill mask")))
    assert "Matches" not in said(COMMAND.run(Desk().call("clip")))


def test_search_narrows_by_option() -> None:
    reply = COMMAND.run(Desk().call("bert", options={"task": "fill-mask"}))

    assert "for “bert task:fill-mask”" in said(reply)


def test_an_unknown_task_names_the_nearest() -> None:
    with pytest.raises(InvalidInputError, match="fill-mask"):
        COMMAND.run(Desk().call("", options={"task": "fill-msk9"}))


def test_next_replaces_the_page() -> None:
    first = COMMAND.run(Desk().call("", options={"license": "mit"}))
    value = buttons(first.blocks)["Next"]["value"]

    second = COMMAND.actions["next"].run(Desk().call(value=value))

    assert second.replace
    assert "Page 2 of" in said(second)
    assert "license:mit" in said(second)


def test_the_first_page_has_no_previous() -> None:
    assert "Previous" not in buttons(COMMAND.run(Desk().call("")).blocks)


def test_a_shared_page_is_public_and_cannot_be_turned() -> None:
    value = json.dumps({"q": "clip", "page": 1})

    shared = COMMAND.actions["share"].run(Desk().call(value=value))

    assert shared.public
    assert not {"Next", "Previous", "Share"} & set(buttons(valid(shared.blocks)))


def test_nothing_found_offers_the_form_and_the_hub() -> None:
    reply = COMMAND.run(Desk().call("qwertzuiopqw"))

    assert ["Search", "Import from the Hub"] == list(buttons(valid(reply.blocks)))


def test_the_form_is_one_slack_takes() -> None:
    form = COMMAND.actions["form"].run(Desk().call("clip")).view

    assert "aml.search" == check_view(form, ["modal"])["callback_id"]


def test_the_form_searches() -> None:
    submit = COMMAND.submit
    assert submit

    assert CLIP in said(submit(Desk().call(values={"text": "clip", "task": ""})))
