"""What people ask for in a direct message, and what others of the workspace can learn of it."""

from __future__ import annotations

import re

import pytest

from bot.sandbox import PHOTOS, Sandbox
from tests.conversation import Message, Person

CLIP = "openai-clip-vit-base-patch32"
CAT = (PHOTOS / "cat.jpg").read_bytes()
SECRETS = ("mri-of-anna", "wearing", "Ada")


@pytest.fixture(scope="module")
def answered(fresh_sandbox: Sandbox) -> tuple[str, Message]:
    """Ada sent a picture in her direct message; the operation's id, and the answer."""
    control, slack = fresh_sandbox.control_url, fresh_sandbox.slack
    ada = Person(control, slack.operator, slack.main_channel)
    ada.sends_command(f"/aml deploy {CLIP} endpoint:private")
    ada.clicks(ada.waits_for_button("Run"), "Run")
    ada.waits_for_button("Classify")
    direct = ada.direct()
    direct.says("labels: wearing glasses, not wearing glasses", [("mri-of-anna.jpg", CAT)])
    answer = direct.waits(lambda m: "Answered by" in m.words)
    listed = direct.types("status")
    found = re.search(r"cls-\w{4}", listed.words)
    assert found, listed.words
    return found[0], answer


@pytest.mark.parametrize("named", [False, True])
def test_others_learn_its_kind_state_and_age(
    answered: tuple[str, Message], ben: Person, *, named: bool
) -> None:
    shown = ben.types(f"status {answered[0]}" if named else "status")

    assert re.search(r"Classify · done · began .* ago", shown.words), shown.words
    assert [] == [secret for secret in SECRETS if secret in shown.words]
    assert f"<@{ben.user}>" not in shown.words


def test_whoever_asked_reads_all_of_it_anywhere(answered: tuple[str, Message], ada: Person) -> None:
    assert "mri-of-anna.jpg" in ada.types(f"status {answered[0]}").words


def test_said_aloud_in_a_channel_it_stays_private(
    answered: tuple[str, Message], ada: Person
) -> None:
    bot = ada.get("state")["bot_user_id"]
    asked = ada.says(f"<@{bot}> status {answered[0]}")

    shown = ada.waits(lambda m: m.ts != asked, thread=asked)

    assert "Classify · done" in shown.words
    assert "mri-of-anna" not in shown.words


def test_what_was_asked_by_a_mention_in_a_channel_is_for_everybody(
    answered: tuple[str, Message], ada: Person, ben: Person
) -> None:
    bot = ada.get("state")["bot_user_id"]
    asked = ada.says(f"<@{bot}> cat, dog", [("public.jpg", CAT)])
    ada.waits(lambda m: "Answered by" in m.words, thread=asked)

    channels = ada.get("state")["channels"]
    elsewhere = next(
        one["id"] for one in channels if one["kind"] == "channel" and one["id"] != ada.channel
    )
    assert "public.jpg" in ben.there(elsewhere).types("status").words
