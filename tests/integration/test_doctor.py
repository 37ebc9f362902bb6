"""`aml-bot doctor`: what is good, what is not and how to mend it, and never a token."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from tests.processes import CommandLine, Ended, ends

SUBJECTS = {
    "SLACK_BOT_TOKEN",
    "scopes",
    "SLACK_APP_TOKEN",
    "workspace",
    "endpoints",
    "quota",
    "catalog search service",
    "Hugging Face Hub",
    "database",
    "AML_BOT_OPERATORS",
}


@pytest.fixture(scope="module")
def good(stand_ins: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return ends(tmp_path_factory.mktemp("good"), "doctor", "--json", env=stand_ins.env)


def test_in_the_sandbox_everything_is_good(good: Ended) -> None:
    findings = json.loads(good.out)

    assert (0, "") == (good.code, good.err)
    assert SUBJECTS == {one["subject"] for one in findings}
    assert [] == [one for one in findings if one["good"] is False]
    assert {"subject", "good", "text"} == set(findings[0])


def test_no_secret_is_printed(stand_ins: Sandbox, good: Ended) -> None:
    slack = stand_ins.slack
    secrets = (slack.bot_token, slack.app_token, slack.signing_secret, stand_ins.azure.token)

    assert [] == [secret for secret in secrets if secret in good.out + good.err]


def test_each_failure_has_its_fix(stand_ins: Sandbox, command_line: CommandLine) -> None:
    stand_ins.faults.add(Fault(target="azure", kind="error", options={"status": 403}))
    stand_ins.faults.add(Fault(target="hub", kind="error", options={"status": 503}))
    stand_ins.slack.state.grant("files:write", granted=False)
    try:
        wrong = {
            "SLACK_APP_TOKEN": "xapp-revoked",
            "AML_BOT_OPERATORS": "",
            "HF_TOKEN": "hf_hunter2",
            "AML_BOT_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/x",
        }
        ended = command_line("doctor", env={**stand_ins.env, **wrong})
    finally:
        stand_ins.faults.clear()
        stand_ins.slack.state.grant("files:write", granted=True)
    lines = {line[5:].partition(":")[0]: line for line in ended.out.splitlines()}
    failed = {subject for subject, line in lines.items() if line.startswith("FAIL")}

    assert 1 == ended.code
    assert {"SLACK_APP_TOKEN", "Azure ML", "Hugging Face Hub", "database"} == failed
    assert "connections:write" in lines["SLACK_APP_TOKEN"]
    assert "role" in lines["Azure ML"]
    assert "AML_BOT_DATABASE_URL" in lines["database"]
    assert "files:write" in ended.out
    assert lines["AML_BOT_OPERATORS"].startswith("note")
    assert "hunter2" not in ended.out + ended.err


def test_without_any_setting_it_says_what_to_set(command_line: CommandLine) -> None:
    nowhere = dict.fromkeys(("HF_ENDPOINT", "AML_BOT_CATALOG_URL"), "http://127.0.0.1:9")
    ended = command_line("doctor", env=nowhere)

    assert 1 == ended.code
    for word in (
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "AZUREML_WORKSPACE_NAME",
        "aml-bot manifest",
    ):
        assert word in ended.out
    assert "" == ended.err


def test_a_token_that_slack_refuses_fails_and_the_pem_is_trusted_without_a_bundle(
    stand_ins: Sandbox, tmp_path: Path
) -> None:
    env = {**stand_ins.env, "SLACK_BOT_TOKEN": "xoxb-revoked", "REQUESTS_CA_BUNDLE": ""}
    ended = ends(tmp_path, "doctor", env=env)
    [failed] = [line for line in ended.out.splitlines() if line.startswith("FAIL")]

    assert 1 == ended.code
    assert failed.startswith("FAIL SLACK_BOT_TOKEN: auth.test failed: invalid_auth. Copy it")


def test_a_bad_value_is_a_configuration_problem(command_line: CommandLine) -> None:
    ended = command_line("doctor", env={"AML_BOT_TIME_SCALE": "-1"})

    assert (2, 1) == (ended.code, len(ended.problems))


def test_a_catalog_search_service_that_is_away_fails_nothing(
    stand_ins: Sandbox, command_line: CommandLine
) -> None:
    stand_ins.faults.add(Fault(target="azure", kind="html_body", match="/asset-gallery/"))
    ended = command_line("doctor", "--json", env=stand_ins.env)
    stand_ins.faults.clear()
    [found] = [one for one in json.loads(ended.out) if one["subject"] == "catalog search service"]

    assert (0, None) == (ended.code, found["good"])
    assert "Models are read through Azure instead, or from the bundled catalog." in found["text"]
