"""Everything that goes wrong around the bot, as the person who meets it reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox import PHOTOS, Sandbox
from tests.conftest import GUARDED_BOT, make_sandbox
from tests.conversation import Message, Person
from tests.processes import eventually

CLIP = "openai-clip-vit-base-patch32"
PHOTO = [("cat.jpg", (PHOTOS / "cat.jpg").read_bytes())]
UNREACHED = ["throttle", "error", "html_body", "drop_socket"]
BERT = "google-bert/bert-base-uncased"


def breaks(person: Person, target: str, kind: str, **more: object) -> None:
    person.post("fault", {"target": target, "kind": kind, **more})


def plans(person: Person, endpoint: str) -> Message:
    person.sends_command(f"/aml deploy {CLIP} endpoint:{endpoint}")
    return person.waits(lambda m: "Run" in m.buttons() and endpoint in m.words)


def about(person: Person, endpoint: str) -> list[Message]:
    """The messages of operations on that endpoint."""
    steps = f"Create the endpoint {endpoint}"
    return [message for message in person.reads() if steps in message.words]


def ends(person: Person, endpoint: str, *, attempt: int = 1) -> Message:
    """The operation's message in its final state."""
    mark = f"attempt {attempt}" if attempt > 1 else ""
    return person.waits(
        lambda m: (
            f"Create the endpoint {endpoint}" in m.words
            and m.text.startswith(("Ready", "Failed", "Cancelled"))
            and mark in m.words
        )
    )


def deploys(person: Person, endpoint: str) -> Message:
    person.clicks(plans(person, endpoint), "Run")
    return ends(person, endpoint)


def retries(person: Person, failed: Message, endpoint: str) -> Message:
    person.clicks(failed, "Retry")
    again = person.waits(lambda m: "Run" in m.buttons() and endpoint in m.words)
    person.clicks(again, "Run")
    return ends(person, endpoint, attempt=2)


def asks(person: Person, words: str = "cat, dog") -> str:
    bot = person.get("state")["bot_user_id"]
    return person.says(f"<@{bot}> {words}", PHOTO)


@pytest.fixture(scope="module")
def clip(fresh_sandbox: Sandbox) -> str:
    """A deployed classifier."""
    slack = fresh_sandbox.slack
    ada = Person(fresh_sandbox.control_url, slack.operator, slack.main_channel)
    assert deploys(ada, "fault-clip").text.startswith("Ready")
    return "fault-clip"


@pytest.fixture(autouse=True)
def calm(fresh_sandbox: Sandbox, sandbox: Sandbox) -> None:
    """Every test begins without faults, in a sandbox that this module has for itself."""


# --- Azure ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", UNREACHED)
def test_a_plan_that_azure_does_not_answer_says_so(ada: Person, kind: str) -> None:
    breaks(ada, "azure", kind, retry_after=30, status=503, match="onlineEndpoints")

    answer = ada.types(f"/aml deploy {CLIP} endpoint:unplanned")

    assert "Azure" in answer.text
    assert "try again in 30 seconds" if kind == "throttle" else "try again" in answer.text
    assert "Reference" in answer.words
    assert not any(word in answer.words for word in ("Traceback", "Error(", "<html"))


def test_a_plan_survives_a_short_throttling(ada: Person) -> None:
    breaks(ada, "azure", "throttle", retry_after=1, match="onlineEndpoints", times=1)

    assert "Run" in plans(ada, "short-throttle").buttons()


def test_slow_azure_is_acknowledged_and_answered(ada: Person) -> None:
    breaks(ada, "azure", "slow", ms=1500, match="usages")

    acked = ada.sends_command(f"/aml deploy {CLIP} endpoint:slow-azure")

    assert "acked_ms" in acked
    assert ada.waits(lambda m: "Run" in m.buttons() and "slow-azure" in m.words)


def test_a_run_click_is_carried_out_by_a_slow_azure(ada: Person) -> None:
    plan = plans(ada, "slow-run")
    breaks(ada, "azure", "slow", ms=1000, match="usages", times=1)

    acked = ada.clicks(plan, "Run")

    assert "acked_ms" in acked
    assert ends(ada, "slow-run").text.startswith("Ready")
    assert 1 == len(about(ada, "slow-run"))


def test_passing_faults_delay_a_deployment_and_leave_no_trace(ada: Person) -> None:
    ada.clicks(plans(ada, "patient"), "Run")
    breaks(ada, "azure", "throttle", retry_after=90, times=4)
    breaks(ada, "azure", "error", status=503, times=3)
    breaks(ada, "azure", "html_body", times=3)
    breaks(ada, "azure", "drop_socket", times=3)

    assert ada.waits(lambda m: "endpoint patient" in m.words and "Still trying" in m.words)
    done = ends(ada, "patient")

    assert done.text.startswith("Ready")
    assert "Still trying" not in done.words
    assert 1 == len(about(ada, "patient"))


def test_a_quota_that_ran_out_is_explained_in_numbers_and_retry_works(ada: Person) -> None:
    breaks(ada, "azure", "quota")

    failed = deploys(ada, "no-quota")

    assert "quota does not cover" in failed.text
    assert "It needs 4 cores of standardDAv4Family in eastus; 0 of 100 are left" in failed.words
    assert "ask for more quota" in failed.words
    assert "Deleted the endpoint no-quota" in failed.words
    ada.delete("fault")
    assert retries(ada, failed, "no-quota").text.startswith("Ready")


def test_a_quota_that_stands_in_the_details_of_a_refusal_is_explained(ada: Person) -> None:
    said = "Not enough quota available. Current usage/limit: 0/6. Additional needed: 8"
    detail = {
        "code": "InferencingClientCreateDeploymentFailed",
        "message": f"HttpRequest error, error detail: {json.dumps({'errors': {'VmSize': [said]}})}",
    }
    error = {"code": "BadRequest", "message": "The request is invalid.", "details": [detail]}
    breaks(ada, "azure", "error", status=400, body={"error": error}, match="/deployments/")

    failed = deploys(ada, "hidden-quota")

    assert "quota does not cover" in failed.text
    assert "It needs 8 cores; 6 of 6 are left" in failed.words
    assert "Deleted the endpoint hidden-quota" in failed.words


def test_an_endpoint_that_a_lock_keeps_is_said_with_who_can_remove_it(ada: Person) -> None:
    breaks(ada, "azure", "crash", reason="RuntimeError: no luck")
    ada.clicks(plans(ada, "locked"), "Run")
    ada.waits(lambda m: "endpoint locked" in m.words and "Start the model" in m.words)
    ada.waits(lambda m: "Create the endpoint locked · done" in m.words)
    words = "The scope cannot perform delete operation because following scope(s) are locked"
    error = {"code": "ScopeLocked", "message": words}
    breaks(
        ada, "azure", "error", status=409, body={"error": error}, match="onlineEndpoints/locked$"
    )

    failed = ends(ada, "locked")

    assert "may cost money" in failed.words
    assert "Owner or User Access Administrator" in failed.words


def test_a_crash_shows_what_the_log_says_and_retry_is_a_second_attempt(ada: Person) -> None:
    breaks(ada, "azure", "crash", reason="ModuleNotFoundError: No module named 'azureml.x'")

    failed = deploys(ada, "crashing")

    assert "a Python package is missing" in failed.text
    assert "ModuleNotFoundError: No module named 'azureml.x'" in failed.words
    assert "Deleted the endpoint crashing" in failed.words
    assert ada.waits_for("What the log says", thread=failed.ts)
    ada.delete("fault")
    assert retries(ada, failed, "crashing").text.startswith("Ready")


def test_a_lost_import_job_is_said_and_retry_starts_another(ada: Person) -> None:
    ada.sends_command(f"/aml import {BERT}")
    plan = ada.waits(lambda m: "Run" in m.buttons() and BERT in m.words)
    breaks(ada, "azure", "lost_job")
    ada.clicks(plan, "Run")

    failed = ada.waits(lambda m: m.text.startswith(f"Failed: Import {BERT}"))

    assert "Azure no longer knows the import job" in failed.words
    assert "Retry: it starts a new job" in failed.words
    ada.delete("fault")
    ada.clicks(failed, "Retry")
    again = ada.waits(lambda m: "Run" in m.buttons() and BERT in m.words and m.ts != plan.ts)
    ada.clicks(again, "Run")
    assert ada.waits(lambda m: m.text.startswith(f"Done: Import {BERT}"))


# --- the Hub -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", UNREACHED)
def test_a_hub_in_trouble_is_named(ada: Person, kind: str) -> None:
    breaks(ada, "hub", kind, retry_after=60, status=503)

    answer = ada.types(f"/aml import {BERT}")

    assert "The Hugging Face Hub" in answer.text
    assert "try again" in answer.text
    assert "Reference" in answer.words


def test_a_gated_repository_says_whose_approval_is_missing(ada: Person) -> None:
    breaks(ada, "hub", "gated", match="bert")

    answer = ada.types(f"/aml import {BERT}")

    assert "cannot be imported as things are" in answer.text
    assert "HF_TOKEN" in answer.text


# --- classifying ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*UNREACHED, "slow"])
def test_a_picture_is_answered_once_the_endpoint_answers(clip: str, ada: Person, kind: str) -> None:
    breaks(ada, "azure", kind, match="/score", times=2, status=503, ms=600, retry_after=1)

    asked = asks(ada)

    assert ada.waits_for("cat.jpg: cat", thread=asked)
    assert 1 == sum("cat.jpg" in message.text for message in ada.reads(asked))


def test_a_login_page_instead_of_a_picture_is_explained_and_retry_works(
    clip: str, ada: Person
) -> None:
    breaks(ada, "slack", "login_html")
    asked = asks(ada)

    failed = ada.waits(lambda m: "Retry" in m.buttons(), thread=asked)

    assert "Slack does not let me read cat.jpg" in failed.text
    assert "files:read" in failed.words
    ada.delete("fault")
    ada.clicks(failed, "Retry")
    assert ada.waits_for("cat.jpg: cat", thread=asked)


def test_a_second_click_on_the_same_retry_starts_nothing(clip: str, ada: Person) -> None:
    breaks(ada, "slack", "login_html")
    asked = asks(ada)
    failed = ada.waits(lambda m: "Retry" in m.buttons(), thread=asked)
    ada.delete("fault")
    ada.clicks(failed, "Retry")
    ada.clicks(failed, "Retry")

    assert ada.waits_for("tried again already", thread=asked)
    assert ada.waits_for("cat.jpg: cat", thread=asked)
    assert 1 == sum("cat.jpg: cat" in message.text for message in ada.reads(asked))


# --- Slack ---------------------------------------------------------------------------------------


def test_a_throttling_slack_gets_every_answer_and_the_final_state_once(ada: Person) -> None:
    plan = plans(ada, "throttled")
    breaks(ada, "slack", "throttle", retry_after=1, match="postMessage", times=2)
    breaks(ada, "slack", "throttle", retry_after=1, match="update", times=2)
    breaks(ada, "slack", "throttle", retry_after=1, match="/response/", times=2)

    ada.clicks(plan, "Run")

    assert ends(ada, "throttled").text.startswith("Ready")
    assert 1 == len(about(ada, "throttled"))


def test_a_broken_slack_gets_every_answer_and_the_final_state_once(ada: Person) -> None:
    plan = plans(ada, "broken-slack")
    for kind in ("error", "html_body", "drop_socket"):
        breaks(ada, "slack", kind, match="/api/chat|/response/", times=2)

    ada.clicks(plan, "Run")

    assert ends(ada, "broken-slack").text.startswith("Ready")
    assert 1 == len(about(ada, "broken-slack"))


def test_a_dead_socket_is_replaced(ada: Person, sandbox: Sandbox) -> None:
    state = sandbox.slack.state
    usual, state.ack_seconds = state.ack_seconds, 1.0  # nobody is there to acknowledge
    breaks(ada, "slack", "drop_socket", match="/socket")
    meanwhile = ada.sends_command("/aml help")
    ada.delete("fault")
    state.ack_seconds = usual
    eventually(lambda: "acked_ms" in ada.sends_command("/aml help"), "no new connection")

    assert {"error": "operation_timeout"} == meanwhile
    assert ada.waits_for("What I can do")


# --- where the bot is no member, and optional scopes ---------------------------------------------


def test_outside_its_channels_it_answers_privately_and_works_in_the_direct_message(
    ada: Person,
) -> None:
    channels = ada.get("state")["channels"]
    random = ada.there(next(one["id"] for one in channels if one["name"] == "random"))

    assert random.types("/aml help").raw["ephemeral"]
    random.clicks(plans(random, "elsewhere"), "Run")
    assert random.waits_for("in our direct message")
    done = ends(ada.direct(), "elsewhere")
    assert "I am not in <#" in done.words
    random.says(f"<@{ada.get('state')['bot_user_id']}> help")
    assert "not in this channel" in random.reads()[-1].text


@pytest.fixture
def only_required_scopes(ada: Person) -> Iterator[None]:
    """Without any optional scope."""
    optional = [one["scope"] for one in ada.get("state")["optional_scopes"]]
    for scope in optional:
        ada.post("scopes", {"scope": scope, "granted": False})
    yield
    for scope in optional:
        ada.post("scopes", {"scope": scope, "granted": True})


@pytest.mark.usefixtures("only_required_scopes")
def test_without_optional_scopes_a_thread_is_not_read_and_the_way_out_is_said(
    clip: str, ada: Person
) -> None:
    posted = ada.says("look", PHOTO)
    ada.says(f"<@{ada.get('state')['bot_user_id']}> labels: cat, dog", thread=posted)

    answer = ada.waits_for("I cannot read this thread", thread=posted)

    assert "channels:history" in answer.text
    assert "Classify image" in answer.text
    assert ada.waits_for("cat.jpg: cat", thread=asks(ada))


# --- settings ------------------------------------------------------------------------------------


def lives_with(folder: Path, *settings: str) -> Sandbox:
    """A sandbox whose bot has these settings, and writes its log into the folder."""
    log = f'exec "$0" "$@" 2>>{folder / "bot.log"}'
    bot = ("env", *settings, "AML_BOT_LOG_LEVEL=DEBUG", "sh", "-c", log, *GUARDED_BOT)
    return make_sandbox(folder, bot=bot)


def test_without_azure_it_searches_and_says_what_to_set(tmp_path: Path) -> None:
    names = ("AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP", "AZUREML_WORKSPACE_NAME")
    with lives_with(tmp_path, *(f"{name}=" for name in names)) as bare:
        ada = Person(bare.control_url, bare.slack.operator, bare.slack.main_channel)

        assert CLIP in ada.types("/aml search source:azure clip").text
        refused = [ada.types(f"/aml {text}") for text in (f"deploy {CLIP}", "list")]
        refused.append(ada.types(f"/aml import {BERT}"))

    assert all(name in answer.text for answer in refused for name in names)
    assert "Traceback" not in (tmp_path / "bot.log").read_text()


def test_without_operators_nobody_may_run_and_the_log_keeps_every_secret(tmp_path: Path) -> None:
    with lives_with(tmp_path, "AML_BOT_OPERATORS=", "HF_TOKEN=hf_aaaabbbbccccdddd") as lonely:
        ada = Person(lonely.control_url, lonely.slack.operator, lonely.slack.main_channel)
        ada.sends_command(f"/aml deploy {CLIP}")
        plan = ada.waits_for_button("Ask an operator")
        ada.clicks(plan, "Ask an operator")
        told = ada.waits_for("AML_BOT_OPERATORS")
        breaks(ada, "azure", "error", status=500)
        failed = ada.types("/aml list")
        env = lonely.env

    log = (tmp_path / "bot.log").read_text()
    secrets = [env[name] for name in env if name.endswith(("_TOKEN", "_SECRET")) and env[name]]
    assert "Run" not in plan.buttons()
    assert "Nobody is an operator yet" in told.text
    assert failed.words.rpartition("Reference ")[2][:6] in log
    assert [] == [name for name in (*secrets, "hf_aaaabbbbccccdddd", "Bearer ey") if name in log]
    assert json.dumps(secrets) != "[]"
