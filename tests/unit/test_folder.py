"""Files of the bot are for its own user alone."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.store.database import Database
from services.store.exclusive import DataDirLock
from services.store.folder import open_to_others
from services.workflows.kinds import KINDS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


@pytest.fixture(autouse=True)
def everybody_reads() -> Iterator[None]:
    """As most machines are set up."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def opened(folder: Path) -> None:
    lock = None
    database = Database(None, folder, KINDS)
    try:
        lock = DataDirLock(folder)
    finally:
        database.close()
        if lock is not None:
            lock.release()


def test_a_new_folder_is_closed(tmp_path: Path) -> None:
    opened(tmp_path / "a" / "data")

    assert "0o700" == mode(tmp_path / "a" / "data")


def test_a_folder_of_an_earlier_release_is_closed_with_its_files(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    names = ("operations.sqlite", "workflows.sqlite", "workflows.sqlite-wal", "bot.lock")
    for name in names:
        (tmp_path / name).touch(0o644)

    opened(tmp_path)

    assert "0o700" == mode(tmp_path)
    left = [path.name for path in tmp_path.iterdir() if open_to_others(path)]
    assert [] == [name for name in left if name in names]


def test_a_folder_with_other_things_in_it_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "operations.sqlite").touch(0o644)
    (tmp_path / "notes.txt").touch(0o644)

    opened(tmp_path)

    assert ["0o755", "0o644"] == [mode(tmp_path), mode(tmp_path / "notes.txt")]
    assert "0o600" == mode(tmp_path / "operations.sqlite")


def test_links_are_not_followed(tmp_path: Path) -> None:
    data, other = tmp_path / "data", tmp_path / "other"
    data.mkdir()
    other.touch(0o644)
    (data / "bot.lock").symlink_to(other)

    opened(data)

    assert "0o644" == mode(other)
