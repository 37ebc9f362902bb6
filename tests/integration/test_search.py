"""Searching as people do it: with the real bot, the catalog, Azure's quota and the Hub."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from tests.conversation import Message, Person

CLIP = "openai-clip-vit-base-patch32"
ON_HUB = "Xenova/clip-vit-base-patch32"  # not in the catalog


def mentions(person: Person, text: str) -> str:
    return person.says(f"<@{person.get('state')['bot_user_id']}> {text}")


def as_it_is(person: Person, message: Message, wanted: Callable[[Message], bool]) -> Message:
    """The same message, once it is as wanted."""
    return person.waits(lambda one: one.ts == message.ts and wanted(one))


def slow_hub(sandbox: Sandbox, **options: Any) -> None:  # noqa: ANN401 - of the fault
    sandbox.faults.add(Fault(target="hub", kind="slow", options={"ms": 20_000, **options}))


def test_a_search_shows_what_could_be_used_and_what_it_costs(ada: Person) -> None:
    found = ada.types("/aml search clip")

    assert found.raw["ephemeral"]
    for part in ("models for “clip”", CLIP, "(permissive)", "an hour (estimate)", "Facts: "):
        assert part in found.words


def test_the_hub_follows_with_import(ada: Person) -> None:
    ada.types("/aml search clip patch32")
    added = ada.waits_for(ON_HUB)

    ada.clicks(added, "Import")

    assert ON_HUB in ada.waits_for("its weights are ONNX").words


def test_the_hub_joins_the_answer_to_a_mention(ada: Person) -> None:
    asked = mentions(ada, "search clip base")

    answer = ada.waits_for(ON_HUB, thread=asked)

    assert CLIP in answer.words
    said = [m for m in ada.reads(asked) if m.raw["user"] != ada.user]
    assert [answer.ts] == [m.ts for m in said]


def test_a_silent_hub_delays_nothing_and_is_one_line(hasty: Sandbox, eve: Person) -> None:
    slow_hub(hasty)

    found = eve.types("/aml search vit")

    assert CLIP in found.words
    assert "Hugging Face Hub" not in found.words
    late = eve.waits_for("The Hugging Face Hub did not answer within 0.35 seconds.")
    assert late.ts > found.ts


def test_a_hub_that_is_down_is_one_line(sandbox: Sandbox, ada: Person) -> None:
    sandbox.faults.add(Fault(target="hub", kind="error", options={"status": 503}))

    found = ada.types("/aml search clip vit")

    assert CLIP in found.words
    assert ada.waits_for("The Hugging Face Hub is busy (HTTP 503).")


def test_a_page_that_was_turned_is_not_overwritten_by_the_hub(
    sandbox: Sandbox, ada: Person
) -> None:
    slow_hub(sandbox, ms=1_500)
    asked = mentions(ada, "search base")
    first = ada.waits_for("Page 1 of", thread=asked)
    ada.clicks(first, "Next")
    ada.waits(lambda m: m.ts == first.ts and "Page 2 of" in m.words, thread=asked)
    sandbox.faults.clear()

    other = mentions(ada, "search base")  # the same question: it waits for the same answer

    ada.waits_for("Hugging Face", thread=other)
    (still,) = [m for m in ada.reads(asked) if m.ts == first.ts]
    assert "Page 2 of" in still.words


def test_only_the_hub(ada: Person) -> None:
    found = ada.types("/aml search clip source:hf")

    assert "On the Hugging Face Hub" in found.text
    assert CLIP not in found.text


def test_a_word_with_a_dash_leaves_out_hits_of_the_hub_too(ada: Person) -> None:
    hits = {
        words: ada.types(f"/aml search {words} source:hf").text
        for words in ("clip", "clip -xenova", "clip -xen", "clip -classification")
    }

    assert {"clip"} == {words for words, text in hits.items() if "Xenova/clip" in text}


def test_a_mistyped_task_leaves_out_no_hit_of_the_hub(ada: Person) -> None:
    assert "Xenova/clip" in ada.types("/aml search clip -clasification source:hf").text


def test_next_and_previous_survive_a_restart_of_the_bot(sandbox: Sandbox, ada: Person) -> None:
    first = ada.types("/aml search license:mit,apache-2.0 -task:translation")
    sandbox.bot("restart")

    ada.clicks(first, "Next")
    second = as_it_is(ada, first, lambda m: "Page 2 of" in m.words)
    ada.clicks(second, "Previous")

    again = as_it_is(ada, first, lambda m: "Page 1 of" in m.words)
    assert "license:mit,apache-2.0 -task:translation" in again.words


def test_next_survives_a_refresh_in_between(ada: Person) -> None:
    first = ada.types("/aml search license:apache-2.0")
    ada.sends_command("/aml search refresh")
    ada.waits_for("The catalog is refreshed")

    ada.clicks(first, "Next")

    assert "Page 2 of" in as_it_is(ada, first, lambda m: "Page 2 of" in m.words).words


def test_the_page_is_shared_with_the_channel(ada: Person, ben: Person) -> None:
    found = ada.types("/aml search image-segmentation")

    ada.clicks(found, "Share")

    shared = ben.waits(lambda m: "for “image-segmentation”" in m.words)
    assert "Share" not in shared.buttons()


def test_what_fits_the_quota_is_what_azure_has_left(sandbox: Sandbox, ada: Person) -> None:
    found = ada.types("/aml search clip fits:quota")

    assert "fits the quota" in found.words
    assert "enough quota" in found.words
    assert "not enough quota" not in found.words


def test_azure_that_does_not_answer_is_said_all_the_same(hasty: Sandbox, eve: Person) -> None:
    hasty.bot("restart")  # it knows no quota any more
    hasty.faults.add(Fault(target="azure", kind="slow", options={"ms": 15_000}))

    refused = eve.types("/aml search clip fits:quota")

    assert "I cannot tell what fits the quota now" in refused.text
    assert "search clip" in refused.buttons()


def test_the_filter_that_leaves_nothing_can_be_dropped(ada: Person) -> None:
    nothing = ada.types("/aml search clip under:0.01/h")
    assert "none is under $0.01/h" in nothing.words

    drop = next(label for label in nothing.buttons() if label.startswith("Without “under"))
    ada.clicks(nothing, drop)

    assert CLIP in ada.waits(lambda m: m.ts > nothing.ts and "for “clip”" in m.text).words


def test_a_wrong_value_leads_to_a_right_one(ada: Person) -> None:
    ada.sends_command("/aml search bert task:fill-msk9 cpu")
    refused = ada.waits_for("fill-msk9")
    right = next(label for label in refused.buttons() if label.endswith("task:fill-mask"))

    ada.clicks(refused, right)

    assert ada.waits(lambda m: m.ts > refused.ts and "runs on CPU" in m.words)


def test_an_operator_refreshes_and_hears_what_came_of_it(ada: Person) -> None:
    ada.sends_command("/aml search —refresh")  # as phones type two dashes

    done = ada.waits_for("The catalog is refreshed")

    assert "azureml: " in done.words


def test_others_may_not_refresh(ben: Person) -> None:
    assert "Only operators may run this" in ben.types("/aml search refresh").text


@pytest.mark.parametrize(
    "typed",
    [
        "' OR 1=1; DROP TABLE models --",
        'clip" * NEAR( AND NOT',
        "🤖 🤖",
        "مرحبا \u202eclip",
        "?!...,;:",
        "x" * 3_000,
        "clip " * 600,
        'task:"fill mask',
    ],
)
def test_odd_searches_get_an_answer(ada: Person, typed: str) -> None:
    answer = ada.types(f"/aml search {typed}")

    assert "went wrong" not in answer.words
    assert answer.blocks
