"""The command line as people and scripts use it: exit codes, and what is said of a mistake."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from bot.app import build
from bot.sandbox import Sandbox
from bot.sandbox.slack.manifest import read_manifest
from bot.settings import Settings
from services.errors import UserError
from tests.processes import (
    PATIENCE,
    ROOT,
    CommandLine,
    Ended,
    ends,
    environment,
    eventually,
    refused,
    running,
)

HTTP = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "shh"}


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


@pytest.mark.parametrize(
    ("words", "mentioned"),
    [
        (("nonsense",), "nonsense"),
        (("run", "--nonsense"), "--nonsense"),
        (("run", "now"), "now"),
        (("run", "--mode", "carrier-pigeon"), "carrier-pigeon"),
        (("run", "--port", "abc"), "--port"),
        (("run", "--port", "70000"), "0 to 65535"),
        (("run", "--port", "\u00b2"), "--port"),
        (("sandbox", "--speed", "0"), "--speed"),
        (("sandbox", "--speed", "fast"), "--speed"),
        (("sandbox", "--speed", "nan"), "--speed"),
        (("sandbox", "dance"), "dance"),
        (("manifest", "--mode", "http"), "--url"),
        (("manifest", "--mode", "http", "--url", "http://plain.example"), "https://"),
        (("manifest", "--url", "https://bot.example"), "--mode http"),
    ],
)
def test_unknown_words_and_bad_options_are_told_in_a_line(
    command_line: CommandLine, words: tuple[str, ...], mentioned: str
) -> None:
    refused(command_line(*words), mentioned)


def test_a_bot_without_tokens_says_which(command_line: CommandLine) -> None:
    refused(command_line("run"), "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")
    refused(command_line("run", "--mode", "socket"), "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("AML_BOT_LOG_LEVEL", "loud"),
        ("AML_BOT_LOG_FORMAT", "xml"),
        ("AML_BOT_TIME_SCALE", "0"),
        ("AML_BOT_TIME_OFFSET", "later"),
        ("AML_BOT_DEFAULT_TTL", "soon"),
        ("AML_BOT_AZURE_CA", "/nowhere/ca.pem"),
        ("AML_BOT_AZURE_CA", __file__),
        ("AML_BOT_CATALOG_URL", "ftp://hunter2"),
        ("SLACK_API_URL", "hunter2"),
        ("AML_BOT_AZURE_URL", "hunter2"),
        ("HF_ENDPOINT", "hunter2"),
    ],
)
def test_a_bad_value_is_told_in_a_line_without_its_secrets(
    command_line: CommandLine, setting: str, value: str
) -> None:
    ended = command_line("run", env={**HTTP, setting: value})

    refused(ended, setting)
    assert "hunter2" not in ended.err


DATABASES = (
    "mysql://u:hunter2@127.0.0.1/x",
    "hunter2",
    "hunter2://x",
    "postgresql:hunter2",
    "postgresql+hunter2://u@127.0.0.1:1/x",
    "postgresql://",
    "postgresql://u:hunter2@127.0.0.1:1/x",
    "postgresql://u:hunter2@[::1",
    "postgresql://u:hunter2@127.0.0.1:port/x",
    "postgresql://u:hunter2@127.0.0.1:99999999/x",
    "postgresql://u:p@hunter2@127.0.0.1:1/x",
    "postgresql://u:p/hunter2@127.0.0.1:1/x",
    "postgresql://u:1/hunter2@127.0.0.1:1/x",
    "postgresql://u:p#hunter2@127.0.0.1:1/x",
    "postgresql://u:p?hunter2@127.0.0.1:1/x",
    "postgresql://u:p%hunter2@127.0.0.1:1/x",
    "postgresql://u:hunter2@127.0.0.1:1/x?sslmode=hunter2",
    "postgresql://u:hunter2@127.0.0.1:1/x?hunter2=1",
    "postgresql://u:hunter2@127.0.0.1:1/x\ny",
    "postgresql://u:hunter2@127.0.0.1:1/%00",
    "postgresql://u:hunter2@/x?host=/nowhere/hunter2",
    "postgresql://u:hunter2@" + "a" * 300 + "/x",
    "postgresql://u:hunter2@..:1/x",
)


@pytest.mark.parametrize(
    ("setting", "value"),
    [*(("AML_BOT_DATABASE_URL", url) for url in DATABASES), ("AML_BOT_DATA_DIR", "/proc/nowhere")],
)
def test_a_database_that_cannot_be_used_is_one_problem_without_its_secrets(
    tmp_path: Path, setting: str, value: str
) -> None:
    given = {"aml_bot_data_dir": tmp_path / "bot", setting.lower(): value}

    with pytest.raises(UserError, match=setting) as caught:
        build(Settings.model_validate(given))

    assert ("hunter2" not in str(caught.value), True) == (True, "\n" not in str(caught.value))


def test_what_turns_out_to_be_wrong_later_is_told_in_a_line_too(tmp_path: Path) -> None:
    for value in ("postgresql://u:hunter2@127.0.0.1:1/x", "postgresql://u:hunter2@[::1"):
        ended = ends(tmp_path, "run", env={**HTTP, "AML_BOT_DATABASE_URL": value})

        refused(ended, "AML_BOT_DATABASE_URL")
        assert "hunter2" not in ended.err


def test_every_bad_value_gets_its_own_line(command_line: CommandLine) -> None:
    env = {
        **HTTP,
        "AML_BOT_LOG_LEVEL": "loud",
        "AZURE_RESOURCE_GROUP": "g",
        "AZUREML_WORKSPACE_NAME": "w",
    }

    refused(command_line("run", env=env), "AML_BOT_LOG_LEVEL")
    del env["AML_BOT_LOG_LEVEL"]
    refused(command_line("run", env=env), "AZURE_SUBSCRIPTION_ID")


def test_a_dotenv_that_is_no_text_is_told_in_a_line(
    command_line: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_bytes(b"SLACK_BOT_TOKEN=\xff\xfe\n")

    refused(command_line("run"), ".env")


def test_a_folder_that_holds_another_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "operations.sqlite").write_bytes(b"no database" * 500)

    with pytest.raises(UserError, match="AML_BOT_DATA_DIR"):
        build(Settings.model_validate({"aml_bot_data_dir": tmp_path / "bot"}))


def test_a_port_that_is_taken_is_told_in_a_line(tmp_path: Path) -> None:
    with taken_port() as port:
        refused(ends(tmp_path, "run", "--port", str(port), env=HTTP), str(port))
        refused(ends(tmp_path, "sandbox", "--port", str(port), "--no-browser"), str(port))


@pytest.mark.parametrize("host", ["", "999.1.1.1", "a" * 300, "..", "127.0.0.1:3000", "http://x"])
def test_a_host_that_is_none_is_told_in_a_line(tmp_path: Path, host: str) -> None:
    refused(ends(tmp_path, "run", "--host", host, "--port", "0", env=HTTP), "--host")


@pytest.mark.parametrize(
    ("setting", "mode"), [("SLACK_BOT_TOKEN", "http"), ("SLACK_APP_TOKEN", "socket")]
)
def test_a_token_that_slack_refuses_is_told_in_a_line(
    stand_ins: Sandbox, tmp_path: Path, setting: str, mode: str
) -> None:
    env = {**stand_ins.env, setting: "xoxb-revoked", "AML_BOT_LOG_LEVEL": "ERROR"}
    env["AML_BOT_DATA_DIR"] = str(tmp_path / "bot")

    refused(ends(tmp_path, "run", "--mode", mode, "--port", "0", env=env), setting)


def test_a_data_directory_serves_one_bot(stand_ins: Sandbox, tmp_path: Path) -> None:
    env = {**stand_ins.env, "AML_BOT_DATA_DIR": str(tmp_path / "bot"), "AML_BOT_LOG_LEVEL": "ERROR"}
    with running(tmp_path, "run", env=env):
        eventually(stand_ins.slack.connected, "the first bot did not connect")
        second = ends(tmp_path, "run", env=env)

    refused(second, "data directory")


def test_without_words_it_runs_where_slack_is_configured(tmp_path: Path) -> None:
    refused(ends(tmp_path, env={**HTTP, "AML_BOT_DATABASE_URL": "mysql://x"}), "database")


def test_without_words_a_dotenv_counts_too(tmp_path: Path) -> None:
    lines = [*(f"{name}={value}" for name, value in HTTP.items()), "AML_BOT_DATABASE_URL=mysql://x"]
    (tmp_path / ".env").write_text("\n".join(lines))

    refused(ends(tmp_path), "database")


def test_without_words_and_tokens_it_is_the_sandbox(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 4500))
        except OSError:
            pytest.skip("somebody uses port 4500 already")
        taken.listen()
        refused(ends(tmp_path), "Port 4500")


def test_the_manifest_is_one_that_slack_takes(command_line: CommandLine) -> None:
    ended = command_line("manifest")

    assert (0, "") == (ended.code, ended.err)
    assert "aml-bot" == read_manifest(yaml.safe_load(ended.out)).bot_name


def test_the_manifest_for_http_names_the_address(command_line: CommandLine) -> None:
    ended = command_line("manifest", "--mode", "http", "--url", "https://bot.example.org")
    printed = yaml.safe_load(ended.out)

    assert (
        "https://bot.example.org/slack/events"
        == (printed["settings"]["event_subscriptions"]["request_url"])
    )
    assert "aml-bot" == read_manifest(printed).bot_name


@pytest.mark.parametrize("missing", ["aiohttp", "trustme", "onnxruntime", "numpy"])
def test_without_the_extra_it_says_the_one_line_to_type(tmp_path: Path, missing: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] == {missing!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "bot", "sandbox", "--no-browser", "--port", "0", "--without-bot"],
        cwd=tmp_path,
        env=environment(tmp_path, {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    refused(Ended(done.returncode, done.stdout, done.stderr), 'pip install -e ".[sandbox]"')
