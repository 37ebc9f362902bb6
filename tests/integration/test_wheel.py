"""What people install from a wheel: everything is inside, and it is found there."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "handlers", "services")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = ("pip", "wheel", ".", "--no-deps", "--no-build-isolation", "-q", "-w", str(folder))
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked as pip would, away from the repository."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, code: str) -> str:
    """What that code prints where only the wheel's packages can be found."""
    start = f"import sys; sys.path.insert(0, {str(installed)!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", start + code],
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip()


def test_every_file_of_the_packages_is_in_the_wheel(installed: Path) -> None:
    missing = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
        if not (installed / path.relative_to(ROOT)).is_file()
    ]

    assert [] == missing


def test_only_the_product_is_in_the_wheel(installed: Path) -> None:
    top = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}

    assert set(PACKAGES) == top


def test_the_manifest_is_found_in_the_wheel(installed: Path) -> None:
    code = (
        "import bot.manifest as m; print(m.__file__);"
        " print(m.manifest()['features']['slash_commands'][0]['command'])"
    )
    where, command = run(installed, code).splitlines()

    assert (True, "/aml") == (Path(where).is_relative_to(installed), command)


def test_models_and_sizes_are_found_in_the_wheel(installed: Path) -> None:
    code = (
        "from services.index.snapshot import load_snapshot; from services.prices import load_sizes;"
        " print(len(load_snapshot()) > 100, len(load_sizes()) > 50)"
    )

    assert "True True" == run(installed, code)


def test_the_sandbox_finds_its_page_photos_and_network_in_the_wheel(installed: Path) -> None:
    code = (
        "from bot.sandbox import PHOTOS; from bot.sandbox.slack import PAGE;"
        " from bot.sandbox.scoring import Scorer;"
        " print((PAGE / 'index.html').is_file(), (PHOTOS / 'credits.json').is_file());"
        " print(type(Scorer()).__name__)"
    )

    assert "True True\nScorer" == run(installed, code)
