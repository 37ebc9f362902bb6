"""Cards, comparisons and pasted links, as people see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from tests.conversation import Person

CLIP = "openai-clip-vit-base-patch32"
STUDIO = "https://ml.azure.com/registries/azureml/models"
OTHER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/x"


@pytest.fixture(autouse=True)
def nothing_open(ada: Person) -> Iterator[None]:
    """Modals of one test are closed before the next."""
    yield
    for view in ada.views():
        ada.post("close", {"user": ada.user, "view_id": view["id"]})


def table(blocks: list[dict[str, Any]]) -> dict[str, list[str]]:
    found = next(block for block in blocks if block["type"] == "table")
    rows = [[cell["text"] for cell in row] for row in found["rows"]]
    return {row[0]: row[1:] for row in rows}


def test_a_card_shows_what_running_the_model_takes(ada: Person) -> None:
    card = ada.types(f"/aml card {CLIP}")

    assert "`Standard_D2a_v4` 2 vCPU, 8 GiB, no GPU" in card.words
    assert "4 cores (2 x 2 cores: Azure keeps a fifth back)" in card.words
    assert "left in eastus: enough" in card.words
    assert "Azure's retail prices of 2026-06-18" in card.words
    assert '{"input_data": {"columns": ["image", "text"]' in card.words


def test_the_long_text_opens_in_a_modal(ada: Person) -> None:
    ada.clicks(ada.types("/aml card gpt2"), "Read more")

    view = ada.waits_for_view()

    assert "About this model" == view["title"]["text"]
    assert "The local Azure ML holds this model's facts" in str(view["blocks"])


def test_a_silent_azure_leaves_the_modal_with_the_reason(eve: Person, hasty: Sandbox) -> None:
    card = eve.types("/aml card distilgpt2")
    silence = Fault(target="azure", kind="slow", match="distilgpt2", options={"ms": 8_000})
    hasty.faults.add(silence)

    eve.clicks(card, "Read more")

    shown = str(eve.waits_for_view()["blocks"])
    assert "could not be read: Azure did not answer within 0.2 seconds" in shown


def test_four_models_are_compared_side_by_side(ada: Person) -> None:
    compared = ada.types(f"/aml card gpt2, Phi-4\n{CLIP} bert-base-cased")

    assert ["gpt2", "Phi-4", CLIP, "bert-base-cased"] == table(compared.blocks)["Model"]


def test_the_button_compares_with_the_nearest(ada: Person) -> None:
    ada.clicks(ada.types("/aml card gpt2"), "Compare")
    view = ada.waits_for_view()
    field = next(block for block in view["blocks"] if block["block_id"] == "others")

    before = {message.ts for message in ada.reads()}
    ada.submits(view, {"others": {"value": field["element"]["initial_value"]}})

    compared = ada.waits(lambda m: m.ts not in before and "Side by side: 4 models" in m.words)
    rows = table(compared.blocks)
    assert "gpt2" == rows["Model"][0]
    assert {"text-generation"} == set(rows["Task"])


def test_the_nearest_can_be_taken_for_a_name_that_is_nobodys(ada: Person) -> None:
    compared = ada.types("/aml card gpt2-medium gpt2-larg")
    ada.clicks(compared, "Compare with the nearest")

    rows = table(ada.waits_for("Comparison of gpt2-medium, gpt2-large").blocks)

    assert ["gpt2-medium", "gpt2-large"] == rows["Model"]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (f"{STUDIO}/bert-base-cased/version/18", "bert-base-cased version 18"),
        (
            "https://ml.azure.com/models/gpt2/version/18/catalog/registry/azureml?tid=1",
            "gpt2 version 18",
        ),
        ("azureml://registries/azureml/models/t5-base/versions/18", "t5-base version 18"),
        ("https://huggingface.co/facebook/bart-large-cnn", "facebook-bart-large-cnn version"),
    ],
)
def test_a_link_pasted_to_the_bot_opens_its_card(ada: Person, link: str, expected: str) -> None:
    direct = ada.direct()
    before = len(direct.reads())

    direct.says(f"<{link}>")

    card = direct.waits(lambda m: m.raw["user"] != ada.user and expected in m.text)
    assert before < len(direct.reads())
    assert "Deploy" in card.buttons()


def test_a_link_that_is_mentioned_opens_its_card_in_the_thread(ada: Person) -> None:
    bot = ada.get("state")["bot_user_id"]

    asked = ada.says(f"<@{bot}> <{STUDIO}/{CLIP}/version/12>")

    assert ada.waits_for(f"{CLIP} version 12", thread=asked)


def test_a_link_of_the_hub_that_azure_has_not_offers_the_import(ada: Person) -> None:
    card = ada.types("/aml https://huggingface.co/Xenova/clip-vit-base-patch32")

    assert "Xenova/clip-vit-base-patch32 on the Hugging Face Hub" in card.words
    assert "Import" in card.buttons()


def test_import_on_the_hubs_card_shows_the_plan(ada: Person) -> None:
    card = ada.types("/aml https://huggingface.co/example-lab/unlicensed")
    ada.clicks(card, "Import")

    plan = ada.waits(lambda m: "Run" in m.buttons() and m.ts > card.ts)
    assert "Import example-lab/unlicensed" in plan.text


def test_the_card_of_what_azure_cannot_load_says_so(ada: Person) -> None:
    card = ada.types("/aml https://huggingface.co/example-lab/question-answering-gguf")
    assert "cannot import this one: its weights are GGUF" in card.words


def test_a_link_to_another_workspace_says_whose_it_is(ada: Person) -> None:
    said = ada.types(f"/aml https://ml.azure.com/model/mine:1/details?wsid={OTHER}")

    assert "“mine” is a model of the workspace “x”" in said.words


def test_a_sentence_with_a_link_is_no_card(ada: Person) -> None:
    said = ada.types(f"/aml whatsthis {STUDIO}/{CLIP}/version/12")

    assert "Deploy" not in said.buttons()
