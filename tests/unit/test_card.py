from __future__ import annotations

import pytest

from handlers.commands.card import COMMAND
from services.classification import Classifier
from services.errors import InvalidInputError, NotFoundError
from tests.unit.fakes import CLIP, Desk, buttons, said, valid

READY = Classifier(
    endpoint="clip-x7f2",
    deployment="version-12",
    model_name=CLIP,
    model_version="12",
    state="Succeeded",
    created=0,
)


def test_a_card_says_task_licence_size_and_price() -> None:
    shown = said(COMMAND.run(Desk().call(CLIP)))

    assert "zero-shot-image-classification" in shown
    assert "an hour (estimate)" in shown
    assert "mit" in shown.lower()


def test_a_card_offers_deploy() -> None:
    blocks = valid(COMMAND.run(Desk().call(CLIP)).blocks)

    assert f"azureml/{CLIP}" == buttons(blocks)["Deploy"]["value"]


def test_without_an_endpoint_there_is_no_classify() -> None:
    assert "Classify" not in buttons(COMMAND.run(Desk().call(CLIP)).blocks)


def test_a_ready_endpoint_offers_classify() -> None:
    desk = Desk()
    desk.classification.known = (READY,)

    blocks = COMMAND.run(desk.call(CLIP)).blocks

    assert "clip-x7f2" == buttons(blocks)["Classify"]["value"]


def test_a_click_opens_the_same_card() -> None:
    opened = COMMAND.actions["open"].run(Desk().call(value=f"azureml/{CLIP}"))

    assert COMMAND.run(Desk().call(CLIP)) == opened


def test_a_card_can_be_shared() -> None:
    assert COMMAND.actions["share"].run(Desk().call(value=CLIP)).public


def test_without_a_name_it_asks_which() -> None:
    with pytest.raises(InvalidInputError, match="Which model"):
        COMMAND.run(Desk().call(""))


def test_an_unknown_model_brings_the_nearest() -> None:
    with pytest.raises(NotFoundError) as caught:
        COMMAND.run(Desk().call("openai-clip-vit-base-patch31"))

    assert f"card {CLIP}" in caught.value.suggestions
