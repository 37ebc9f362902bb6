from __future__ import annotations

import pytest

from bot.sandbox.slack.blocks import check_view
from handlers.commands.classify import COMMAND
from services.errors import InvalidInputError
from services.models import OperationState, Picture
from tests.unit.fakes import CAT, Desk, buttons, classification, said, valid

assert COMMAND.submit
assert COMMAND.form
MANY = tuple(Picture(file=f"F{n:010}", name="p" * 200) for n in range(10))


def test_pictures_with_labels_start_at_once() -> None:
    desk = Desk()

    reply = COMMAND.run(desk.call("cat, dog", pictures=(CAT,)))

    assert reply.silent
    assert [("cat, dog", (CAT,), None)] == desk.classification.started


def test_an_endpoint_can_be_named() -> None:
    desk = Desk()

    COMMAND.run(desk.call("cat, dog", pictures=(CAT,), options={"endpoint": "mine"}))

    assert "mine" == desk.classification.started[0][2]


def test_pictures_without_labels_are_asked_for_labels() -> None:
    reply = COMMAND.run(Desk().call(pictures=(CAT,)))

    assert "Which labels" in reply.text
    assert "F1" in buttons(valid(reply.blocks))["Classify"]["value"]


def test_a_single_label_is_refused_before_any_form() -> None:
    with pytest.raises(InvalidInputError, match="only label"):
        COMMAND.run(Desk().call("cat"))


def test_labels_without_pictures_open_the_form_with_them() -> None:
    reply = COMMAND.run(Desk().call("cat, dog"))

    form = check_view(reply.view, ["modal"])
    assert "cat, dog" == form["blocks"][0]["element"]["initial_value"]
    assert "file_input" == form["blocks"][1]["element"]["type"]


def test_where_no_form_can_open_it_says_what_to_do() -> None:
    assert "Attach one to your message" in said(COMMAND.run(Desk().call("cat, dog")))


def test_the_buttons_form_keeps_the_pictures() -> None:
    value = buttons(COMMAND.run(Desk().call(pictures=(CAT,))).blocks)["Classify"]["value"]
    desk = Desk()

    form = COMMAND.actions["form"].run(desk.call(value=value)).view
    assert form
    assert COMMAND.submit
    COMMAND.submit(desk.call(value=form["private_metadata"], values={"labels": "cat, dog"}))

    assert [("cat, dog", (CAT,), None)] == desk.classification.started


def test_ten_pictures_with_long_names_fit_into_a_button() -> None:
    reply = COMMAND.run(Desk().call(pictures=MANY))
    value = buttons(valid(reply.blocks))["Classify"]["value"]

    assert len(value) < 2_000
    assert check_view(COMMAND.actions["form"].run(Desk().call(value=value)).view, ["modal"])


def test_uploaded_pictures_are_used_with_the_chosen_endpoint() -> None:
    desk = Desk()
    form = COMMAND.actions["form"].run(desk.call(value="clip-x7f2")).view
    assert form

    assert COMMAND.submit
    COMMAND.submit(
        desk.call(value=form["private_metadata"], values={"labels": "a, b"}, pictures=(CAT,))
    )

    assert [("a, b", (CAT,), "clip-x7f2")] == desk.classification.started


def test_the_shortcut_opens_a_form_for_that_messages_pictures() -> None:
    reply = COMMAND.shortcuts["classify_image"].run(Desk().call(pictures=(CAT,)))

    assert "cat.jpg" in str(check_view(reply.view, ["modal"])["blocks"][1])


def test_the_shortcut_on_a_message_without_pictures_says_so() -> None:
    with pytest.raises(InvalidInputError, match="no picture"):
        COMMAND.shortcuts["classify_image"].run(Desk().call())


def test_retry_asks_the_same_again() -> None:
    desk = Desk()
    desk.operations.all["cls-7f3k"] = classification(OperationState.FAILED)

    COMMAND.actions["retry"].run(desk.call(value="cls-7f3k"))

    assert [("cat, dog", (CAT,), "clip-x7f2")] == desk.classification.started
