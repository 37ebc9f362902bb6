"""Nothing that the bot or the sandbox writes can be read by other users of the machine."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.processes import CommandLine, sandbox_process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


@pytest.fixture(autouse=True)
def everybody_reads() -> Iterator[None]:
    """As most machines are set up."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    paths = [folder, *folder.rglob("*")]
    return [str(path) for path in paths if path.lstat().st_mode & 0o077 and not path.is_symlink()]


def test_a_sandbox_and_its_bot_write_for_their_user_alone(tmp_path: Path) -> None:
    data = tmp_path / "kept"
    with sandbox_process(tmp_path / "run", "--data", str(data)):
        written = {path.name for path in data.rglob("*")}

        assert {"operations.sqlite", "operations.sqlite-wal", "bot.lock"} <= written
        assert [] == open_to_others(data)


def test_doctor_remarks_a_folder_that_is_open(
    stand_ins: Sandbox, command_line: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    (folder / "somebody's notes.txt").touch()

    env = {**stand_ins.env, "AML_BOT_DATA_DIR": str(folder)}
    ended = command_line("doctor", "--json", env=env)

    found = [one for one in json.loads(ended.out) if one["subject"] == "files"]
    assert [None] == [one["good"] for one in found]
    assert f"chmod 700 {folder}" in found[0]["text"]
