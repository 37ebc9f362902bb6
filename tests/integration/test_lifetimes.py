"""The processes of the bot and of the sandbox: how they start and end, and what they keep."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests

from bot.sandbox import PHOTOS, Sandbox
from bot.sandbox.faults import Fault
from bot.sandbox.slack.state import MAIN, OPERATOR
from tests.conversation import Person
from tests.processes import (
    QUIET,
    ROOT,
    ends,
    ends_by_itself,
    eventually,
    refused,
    running,
    sandbox_process,
)

CLIP = "openai-clip-vit-base-patch32"
PRINTED = {"page", "control_url", "slack_api_url", "azure_url", "azure_ca", "hub_url", "env"}


def test_a_bot_ends_while_azure_is_slow(stand_ins: Sandbox, tmp_path: Path) -> None:
    ada = Person(stand_ins.control_url, OPERATOR, MAIN)
    env = {**stand_ins.env, "AML_BOT_DATA_DIR": str(tmp_path / "bot")}
    with running(tmp_path, "run", env=env) as process:
        eventually(stand_ins.slack.connected, "the bot did not connect")
        ada.sends_command(f"/aml deploy {CLIP} endpoint:slowly")
        plan = ada.waits(lambda m: "slowly" in m.words and "Run" in m.buttons())
        stand_ins.faults.add(Fault(target="azure", kind="slow", options={"ms": 600_000}))
        try:
            ada.clicks(plan, "Run")
            ada.sends_command("/aml list")
            process.send_signal(signal.SIGTERM)
            ends_by_itself(process)
        finally:
            stand_ins.faults.clear()
            stand_ins.slack.workspace.sockets.drop()

    assert 0 == process.returncode
    assert "Traceback" not in (tmp_path / "stderr.txt").read_text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_bot_that_is_just_starting_ends_too(
    stand_ins: Sandbox, tmp_path: Path, how: signal.Signals
) -> None:
    env = {**stand_ins.env, "AML_BOT_DATA_DIR": str(tmp_path / "bot")}
    with running(tmp_path, "run", env=env) as process:
        eventually((tmp_path / "bot").exists)  # Python itself has started, and the guard
        time.sleep(0.3)  # somewhere among the imports
        process.send_signal(how)
        ends_by_itself(process)

    assert "Traceback" not in (tmp_path / "stderr.txt").read_text()


def test_the_sandbox_ends_while_it_is_starting(tmp_path: Path) -> None:
    with running(tmp_path, "sandbox", *QUIET, env={"PYTHONPATH": str(ROOT)}) as process:
        time.sleep(1.2)  # its bot is being started
        process.send_signal(signal.SIGTERM)
        ends_by_itself(process)

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
        ends_by_itself(process)
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
        ends_by_itself(process)

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
        before, ada = time.time(), printed["control_url"]
        began, middle = now_in(ada), time.time()
        time.sleep(0.2)  # so that there is something to measure, however long it really takes
        later, ended = time.time(), now_in(ada)
        after = time.time()

    assert "600.0" == printed["env"]["AML_BOT_TIME_SCALE"]
    assert 600 * (later - middle) <= ended - began <= 600 * (after - before)


def now_in(control: str) -> float:
    return float(requests.get(f"{control}/state", timeout=30).json()["now"])
