"""What the documents promise exists, and nothing in the repository names a place outside it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
SETTING = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
SETTINGS = sorted(name.upper() for name in Settings.model_fields)
NOT_YET = ("AML_BOT_BLOB_URL", "AML_BOT_DEFAULT_TTL", "AML_BOT_URL_ALLOW")
CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
WALKS = ("Add a command", "Add a kind of operation")
# Put together here, or this file would be its own finding.
FOREIGN = (
    "../" + "shared",
    "/" + "work/",
    "help" + "er-",
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".com",
    "registry" + ".npm",
    "conda" + ".anaconda",
    "/" + "root/",
    "/" + "home/",
    "/opt/" + "pypi",
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],  # noqa: S607 - the git of whoever tests
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("no git repository here")
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file()]


def words_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""  # a picture or a table of numbers


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_explained(name: str) -> None:
    assert name in EXAMPLE or name in README


def test_the_example_names_settings_that_exist() -> None:
    known = {*SETTINGS, "REQUESTS_CA_BUNDLE"}

    assert [] == [name for name in SETTING.findall(EXAMPLE) if name not in known]


@pytest.mark.parametrize("name", NOT_YET)
def test_a_setting_that_does_nothing_yet_says_so(name: str) -> None:
    """Take a name out of NOT_YET, and its words out of the example, with what makes use of it."""
    code = [
        path for part in ("bot", "handlers", "services") for path in (ROOT / part).rglob("*.py")
    ]
    users = [
        path.name
        for path in code
        if path.name != "settings.py" and f".{name.lower()}" in path.read_text(encoding="utf-8")
    ]
    after = EXAMPLE.partition("Accepted and checked, but not used yet")[2]

    assert ([], True) == (users, name in after)


def command_after(mark: str) -> list[str]:
    block = re.search(rf"<!-- {mark} -->\n```sh\n(.*?)```", README, re.DOTALL)
    return block.group(1).splitlines() if block else []


@pytest.mark.parametrize("mark", ["sandbox", "tests"])
def test_the_readme_has_one_command_to_type(mark: str) -> None:
    [command] = command_after(mark)

    assert command.startswith("python3 -m venv .venv && ")


def test_the_readmes_commands_do_what_they_say() -> None:
    assert command_after("sandbox")[0].endswith("aml-bot sandbox")
    assert command_after("tests")[0].endswith(".ci/check")


@pytest.mark.parametrize("mark", ["sandbox", "tests"])
def test_each_command_has_a_uv_variant_beside_it(mark: str) -> None:
    section = README.partition(f"<!-- {mark} -->")[2].partition("\n## ")[0]

    assert "`uv run --extra " in section


@pytest.mark.parametrize("document", ["README.md", ".github/ARCHITECTURE.md"])
def test_links_within_the_repository_lead_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))

    assert [] == [link for link in links if not (path.parent / link).exists()]


def test_nothing_names_a_place_outside_the_repository() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked()
        for text in [words_of(path)]
        for word in FOREIGN
        if word in text
    ]

    assert [] == found


def test_nobody_is_told_to_install_the_name_that_no_index_has() -> None:
    told = re.compile(r"\binstall\b(?:\s+\S+){0,9}?\s+[`'\"]{1,2}aml-bot(?:\[[\w,]*\])?[`'\"]")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if not path.is_relative_to(ROOT / "tests")
        for match in told.finditer(words_of(path))
    ]

    assert [] == found


def stops(walk: str) -> list[list[str]]:
    """Return what each paragraph and numbered line of a walk quotes: files, folders and names."""
    section = CONTRIBUTING.partition(f"## {walk}\n")[2].partition("\n## ")[0]
    parts = re.split(r"\n(?=\d+\. )|\n\n", section)
    return [quoted for part in parts if (quoted := re.findall(r"`([^`]+)`", part))]


def place_of(quoted: str) -> Path | None:
    """Return the file or folder that is quoted; of one yet to be written, the folder."""
    if "/" not in quoted and not quoted.endswith((".md", ".yml", ".toml")):
        return None
    path = ROOT / quoted
    return path.parent if "<" in path.name else path


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_has_stops(walk: str) -> None:
    assert len(stops(walk)) > 5


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_leads_past_files_that_exist(walk: str) -> None:
    quoted = [each for stop in stops(walk) for each in stop]

    assert [] == [each for each in quoted if (place := place_of(each)) and not place.exists()]


@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_names_what_its_files_have(walk: str) -> None:
    missing = []
    for stop in stops(walk):
        files = [place for each in stop if (place := place_of(each)) and place.is_file()]
        text = "\n".join(words_of(file) for file in files)
        names = [each for each in stop if place_of(each) is None]
        missing += [name for name in names if not re.search(rf"\b{name}\b", text)]

    assert [] == missing
