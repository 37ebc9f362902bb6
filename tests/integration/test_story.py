"""The whole story, as a newcomer lives it: found, imported, deployed, watched, used."""

from __future__ import annotations

from bot.sandbox import PHOTOS, Sandbox
from tests.conversation import Message, Person

CLIP = "openai-clip-vit-base-patch32"


def probability(message: Message, label: str) -> float:
    """What the words say of a label, in per cent."""
    after = message.text.partition(f"{label} ")[2]
    return float(after.partition(" %")[0].lstrip("< "))


def test_from_a_search_to_probabilities(fresh_sandbox: Sandbox, ada: Person) -> None:
    hits = ada.types("/aml search clip")
    assert CLIP in hits.text

    ada.clicks(hits, "Open card")
    card = ada.waits(lambda m: CLIP in m.words and "Choose size and name" in m.buttons())
    assert "zero-shot-image-classification" in card.words

    ada.clicks(card, "Deploy")
    plan = ada.waits_for_button("Run")
    assert "an hour (estimate)" in plan.words
    ada.clicks(plan, "Run")

    ready = ada.waits_for_button("Classify")
    assert "Ready" in ready.text

    photo = (PHOTOS / "cat.jpg").read_bytes()
    mention = f"<@{ada.get('state')['bot_user_id']}> cat, coffee, dog"
    asked = ada.says(mention, [("cat.jpg", photo)])
    answer = ada.waits_for("cat.jpg: cat", thread=asked)

    assert probability(answer, "cat") > probability(answer, "dog")
    assert "data_visualization" in [block["type"] for block in answer.blocks]
    assert "Answered by lite" in answer.words


def test_from_the_hub_to_a_model_that_can_be_deployed(fresh_sandbox: Sandbox, ada: Person) -> None:
    ada.sends_command("/aml import google-bert/bert-base-uncased")
    plan = ada.waits(lambda m: "Run" in m.buttons() and "bert" in m.words)
    assert "Third-party terms apply" in plan.words
    ada.clicks(plan, "Run")

    done = ada.waits(lambda m: m.text.startswith("Done: Import google-bert/bert-base-uncased"))
    assert "google-bert-bert-base-uncased version 1 is registered" in done.words

    ada.clicks(done, "Deploy")
    again = ada.waits(lambda m: "Run" in m.buttons() and "google-bert-bert" in m.words)
    assert "this workspace" in again.words
