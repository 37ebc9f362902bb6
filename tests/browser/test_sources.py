"""What the page's files must never hold, and what they must cover; no browser needed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.browser.gallery import ACTION_ELEMENTS, BLOCKS, INPUT_ELEMENTS

SLACK = Path(__file__).parents[2] / "bot" / "sandbox" / "slack"
PAGE = SLACK / "page"
SCRIPTS = sorted(PAGE.rglob("*.js"))
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|Function\("
)
IMPORT = re.compile(r"""(?:import|from)\s+["']([^"']+)["']""")
# Its options would come from the app while somebody types; our bot has no such list.
NOT_DRAWN = {"external_select", "multi_external_select"}
DRAWN_ELSEWHERE = {"icon_button", "feedback_buttons", "image"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.relative_to(PAGE).as_posix())
def test_data_never_becomes_html(script: Path) -> None:
    assert [] == FORBIDDEN.findall(script.read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.relative_to(PAGE).as_posix())
def test_a_script_imports_only_scripts_of_the_page(script: Path) -> None:
    for name in IMPORT.findall(script.read_text(encoding="utf-8")):
        assert (script.parent / name).resolve() in SCRIPTS


def test_nothing_is_loaded_from_elsewhere() -> None:
    sheets = [path.read_text(encoding="utf-8") for path in PAGE.rglob("*.css")]
    markup = (PAGE / "index.html").read_text(encoding="utf-8")
    assert [] == re.findall(r"url\(|@import|https?://", "\n".join([*sheets, markup]))


def test_the_gallery_holds_everything_the_local_slack_accepts() -> None:
    groups = json.loads((SLACK / "limits.json").read_text(encoding="utf-8"))["groups"]
    shown = set(ACTION_ELEMENTS) | set(INPUT_ELEMENTS) | DRAWN_ELSEWHERE
    assert (set(groups["blocks"]), set(groups["elements"]) - NOT_DRAWN) == (set(BLOCKS), shown)
