"""The command line as people and scripts use it: processes, exit codes, and what they print."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from bot.sandbox import PHOTOS, Sandbox
from bot.sandbox.faults import Fault
from bot.sandbox.slack.manifest import read_manifest
from bot.sandbox.slack.state import MAIN, OPERATOR
from tests.conftest import make_sandbox
from tests.conversation import Person
from tests.processes import Ended, ends, environment, eventually, running, seconds_to_end

ROOT = Path(__file__).parents[2]
CLIP = "openai-clip-vit-base-patch32"
HTTP = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "shh"}
PRINTED = {"page", "control_url", "slack_api_url", "azure_url", "azure_ca", "hub_url", "env"}
QUIET = ("--json", "--no-browser", "--port", "0", "--speed", "600")


def refused(ended: Ended, *mentioned: str) -> None:
    """Exit 2, nothing on stdout, one line per problem, and each names what it is about."""
    assert (2, "", len(mentioned)) == (ended.code, ended.out, len(ended.problems)), ended.err
    assert all(line.startswith("aml-bot: ") for line in ended.problems)
    missing = [
        (word, line)
        for word, line in zip(mentioned, ended.problems, strict=True)
        if word not in line
    ]
    assert [] == missing


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield int(taken.getsockname()[1])


@contextmanager
def sandbox_process(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """`aml-bot sandbox` as a script starts it, and what it printed."""
    folder.mkdir(exist_ok=True)
    # The guard watches the sandbox itself; its bot is one that people would get.
    env = {"PYTHONPATH": str(ROOT)}
    with running(folder, "sandbox", *QUIET, *words, env=env) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "stderr.txt").read_text()
        yield process, json.loads(line)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Stand-ins for bots that this module starts."""
    with make_sandbox(tmp_path_factory.mktemp("world"), with_bot=False) as sandbox:
        yield sandbox


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
    tmp_path: Path, words: tuple[str, ...], mentioned: str
) -> None:
    refused(ends(tmp_path, *words), mentioned)


def test_a_bot_without_tokens_says_which(tmp_path: Path) -> None:
    refused(ends(tmp_path, "run"), "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")
    refused(ends(tmp_path, "run", "--mode", "socket"), "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")


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
        ("AML_BOT_DATABASE_URL", "mysql://u:hunter2@127.0.0.1/x"),
        ("AML_BOT_DATABASE_URL", "hunter2"),
        ("AML_BOT_DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/x"),
        ("AML_BOT_DATA_DIR", "/proc/nowhere"),
        ("AML_BOT_CATALOG_URL", "ftp://hunter2"),
        ("SLACK_API_URL", "hunter2"),
        ("AML_BOT_AZURE_URL", "hunter2"),
        ("HF_ENDPOINT", "hunter2"),
    ],
)
def test_a_bad_value_is_told_in_a_line_without_its_secrets(
    tmp_path: Path, setting: str, value: str
) -> None:
    ended = ends(tmp_path, "run", env={**HTTP, setting: value})

    refused(ended, setting)
    assert "hunter2" not in ended.err


def test_every_bad_value_gets_its_own_line(tmp_path: Path) -> None:
    env = {
        **HTTP,
        "AML_BOT_LOG_LEVEL": "loud",
        "AZURE_RESOURCE_GROUP": "g",
        "AZUREML_WORKSPACE_NAME": "w",
    }

    refused(ends(tmp_path, "run", env=env), "AML_BOT_LOG_LEVEL")
    del env["AML_BOT_LOG_LEVEL"]
    refused(ends(tmp_path, "run", env=env), "AZURE_SUBSCRIPTION_ID")


def test_a_dotenv_that_is_no_text_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"SLACK_BOT_TOKEN=\xff\xfe\n")

    refused(ends(tmp_path, "run"), ".env")


def test_a_folder_that_holds_another_database_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "operations.sqlite").write_bytes(b"no database" * 500)

    refused(ends(tmp_path, "run", env=HTTP), "AML_BOT_DATA_DIR")


def test_a_port_that_is_taken_is_told_in_a_line(tmp_path: Path) -> None:
    with taken_port() as port:
        refused(ends(tmp_path, "run", "--port", str(port), env=HTTP), str(port))
        refused(ends(tmp_path, "sandbox", "--port", str(port), "--no-browser"), str(port))


def test_the_default_page_port_is_4500(tmp_path: Path) -> None:
    with socket.socket() as taken:
        try:
            taken.bind(("127.0.0.1", 4500))
        except OSError:
            pytest.skip("somebody uses port 4500 already")
        taken.listen()
        refused(ends(tmp_path, "sandbox", "--no-browser"), "Port 4500")


@pytest.mark.parametrize(
    ("setting", "mode"), [("SLACK_BOT_TOKEN", "http"), ("SLACK_APP_TOKEN", "socket")]
)
def test_a_token_that_slack_refuses_is_told_in_a_line(
    world: Sandbox, tmp_path: Path, setting: str, mode: str
) -> None:
    env = {**world.env, setting: "xoxb-revoked", "AML_BOT_LOG_LEVEL": "ERROR"}
    env["AML_BOT_DATA_DIR"] = str(tmp_path / "bot")

    refused(ends(tmp_path, "run", "--mode", mode, "--port", "0", env=env), setting)


def test_a_data_directory_serves_one_bot(world: Sandbox, tmp_path: Path) -> None:
    env = {**world.env, "AML_BOT_DATA_DIR": str(tmp_path / "bot"), "AML_BOT_LOG_LEVEL": "ERROR"}
    with running(tmp_path, "run", env=env):
        eventually(world.slack.connected, "the first bot did not connect")
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


def test_the_manifest_is_one_that_slack_takes(tmp_path: Path) -> None:
    ended = ends(tmp_path, "manifest")

    assert (0, "") == (ended.code, ended.err)
    assert "aml-bot" == read_manifest(yaml.safe_load(ended.out)).bot_name


def test_the_manifest_for_http_names_the_address(tmp_path: Path) -> None:
    ended = ends(tmp_path, "manifest", "--mode", "http", "--url", "https://bot.example.org")
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
        timeout=30,
        check=False,
    )

    refused(Ended(done.returncode, done.stdout, done.stderr), '"aml-bot[sandbox]"')


def test_a_bot_ends_within_five_seconds_while_azure_is_slow(world: Sandbox, tmp_path: Path) -> None:
    ada = Person(world.control_url, OPERATOR, MAIN)
    env = {**world.env, "AML_BOT_DATA_DIR": str(tmp_path / "bot")}
    with running(tmp_path, "run", env=env) as process:
        eventually(world.slack.connected, "the bot did not connect")
        ada.sends_command(f"/aml deploy {CLIP} endpoint:slowly")
        plan = ada.waits(lambda m: "slowly" in m.words and "Run" in m.buttons())
        world.faults.add(Fault(target="azure", kind="slow", options={"ms": 60_000}))
        try:
            ada.clicks(plan, "Run")
            ada.sends_command("/aml list")
            process.send_signal(signal.SIGTERM)
            seconds = seconds_to_end(process)
        finally:
            world.faults.clear()
            world.slack.workspace.sockets.drop()

    assert seconds < 5
    assert 0 == process.returncode
    assert "Traceback" not in (tmp_path / "stderr.txt").read_text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_bot_that_is_just_starting_ends_too(
    world: Sandbox, tmp_path: Path, how: signal.Signals
) -> None:
    env = {**world.env, "AML_BOT_DATA_DIR": str(tmp_path / "bot")}
    with running(tmp_path, "run", env=env) as process:
        eventually((tmp_path / "bot").exists)  # Python itself has started, and the guard
        time.sleep(0.3)  # somewhere among the imports
        process.send_signal(how)
        seconds = seconds_to_end(process)

    assert seconds < 5
    assert "Traceback" not in (tmp_path / "stderr.txt").read_text()


def test_the_sandbox_ends_while_it_is_starting(tmp_path: Path) -> None:
    with running(tmp_path, "sandbox", *QUIET, env={"PYTHONPATH": str(ROOT)}) as process:
        time.sleep(1.2)  # its bot is being started
        process.send_signal(signal.SIGTERM)
        seconds = seconds_to_end(process)

    assert seconds < 5
    assert "Traceback" not in (tmp_path / "stderr.txt").read_text()


def test_the_sandbox_ignores_dotenv_and_the_users_own_tokens(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for folder in (tmp_path, data):
        (folder / ".env").write_text("HF_TOKEN=hf_mine\nAZUREML_REGISTRIES=mine\n")
    own = {"SLACK_BOT_TOKEN": "xoxb-mine", "HF_TOKEN": "hf_mine", "PYTHONPATH": str(ROOT)}
    words = ("sandbox", *QUIET, "--data", str(data))
    with running(tmp_path, *words, env=own) as process:
        assert process.stdout is not None
        printed = json.loads(process.stdout.readline())
        ada = Person(printed["control_url"], OPERATOR, MAIN)
        ada.sends_command("/aml import openai/clip-vit-base-patch32")
        ada.waits(lambda m: m.raw["user"] != ada.user)
        bot = child_of(process.pid)
        foreign = {name: value for name, value in environment_of(bot).items() if "mine" in value}
        dotenv = working_directory(bot) / ".env"
        assert not dotenv.exists()

    assert "mine" not in json.dumps(printed)
    assert {} == foreign


def child_of(pid: int) -> int:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return next(int(one) for path in children for one in path.read_text().split())


def environment_of(pid: int) -> dict[str, str]:
    raw = Path(f"/proc/{pid}/environ").read_bytes().decode()
    return dict(pair.partition("=")[::2] for pair in raw.split("\0") if pair)


def working_directory(pid: int) -> Path:
    return Path(f"/proc/{pid}/cwd").resolve()


def test_the_sandbox_prints_one_line_and_its_data_folder_keeps_everything(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with sandbox_process(tmp_path / "first", "--data", str(data)) as (process, printed):
        ada = Person(printed["control_url"], OPERATOR, MAIN)
        ada.sends_command(f"/aml deploy {CLIP} endpoint:kept")
        ada.clicks(ada.waits_for_button("Run"), "Run")
        ada.waits_for_button("Classify")
        picture = (PHOTOS / "cat.jpg").read_bytes()
        ada.says("a picture", [("cat.jpg", picture)])
        before = [message.raw for message in ada.reads()]
        process.send_signal(signal.SIGINT)
        seconds = seconds_to_end(process)
        rest = process.stdout.read() if process.stdout else "?"
    with sandbox_process(tmp_path / "second", "--data", str(data)) as (_, printed):
        ada = Person(printed["control_url"], OPERATOR, MAIN)
        after = [message.raw for message in ada.reads()]
        listed = ada.types("/aml list")
        status = ada.types("/aml status")

    assert [m["ts"] for m in before] == [m["ts"] for m in after]
    assert [m["text"] for m in before] == [m["text"] for m in after]
    assert "kept" in listed.words
    assert f"Deploy {CLIP} \u00b7 done" in status.words
    assert [PRINTED, "", 0] == [set(printed), rest, process.returncode]
    assert seconds < 5
    assert all(isinstance(value, str) for value in printed["env"].values())
    assert "Traceback" not in (tmp_path / "first" / "stderr.txt").read_text()


def test_a_data_folder_serves_one_sandbox(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with sandbox_process(tmp_path / "first", "--data", str(data), "--without-bot"):
        second = ends(tmp_path, "sandbox", *QUIET, "--data", str(data))

    refused(second, "another sandbox")


@pytest.mark.parametrize("spoilt", ["file", "proc", "database", "json"])
def test_a_data_folder_that_cannot_be_used_is_told_in_a_line(tmp_path: Path, spoilt: str) -> None:
    data = tmp_path / "data"
    if spoilt == "proc":
        data = Path("/proc/nowhere")
    elif spoilt == "file":
        data.write_text("a file")
    else:
        data.mkdir()
        name = {"database": "sandbox.sqlite", "json": "sandbox.json"}[spoilt]
        (data / name).write_text("not what a sandbox writes" * 100)

    refused(
        ends(tmp_path, "sandbox", *QUIET, "--data", str(data)),
        "data" if spoilt != "proc" else "/proc",
    )


def test_a_temporary_folder_goes_with_the_sandbox(tmp_path: Path) -> None:
    with sandbox_process(tmp_path / "here", "--without-bot") as (process, printed):
        folder = Path(printed["azure_ca"]).parent
        there = folder.is_dir()
        process.send_signal(signal.SIGTERM)
        process.wait(10)

    assert (True, False) == (there, folder.exists())


def test_a_further_host_name_is_let_in(tmp_path: Path) -> None:
    words = ("--without-bot", "--allow-host", "box.example")
    with sandbox_process(tmp_path / "here", *words) as (_, printed):
        statuses = {
            name: status_for(printed["control_url"], {"Host": name})
            for name in ("box.example", "other.example")
        }

    assert {"box.example": 200, "other.example": 403} == statuses


def status_for(control: str, headers: Mapping[str, str]) -> int:
    return requests.get(f"{control}/state", headers=headers, timeout=30).status_code


def test_speed_says_how_fast_simulated_time_runs(tmp_path: Path) -> None:
    with sandbox_process(tmp_path / "here", "--without-bot") as (_, printed):
        began, real = now_in(printed["control_url"]), time.time()
        time.sleep(1)
        ended, passed = now_in(printed["control_url"]), time.time() - real

    assert "600.0" == printed["env"]["AML_BOT_TIME_SCALE"]
    assert 0.5 < (ended - began) / (passed * 600) < 1.5


def now_in(control: str) -> float:
    return float(requests.get(f"{control}/state", timeout=30).json()["now"])
