"""Other people's Markdown in Slack."""

from __future__ import annotations

import pytest

from bot.sandbox.slack.blocks import check_view
from handlers.blocks import markdown
from handlers.blocks.elements import LONGEST_SECTION, plain
from tests.unit.fakes import words


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("# Title #", "*Title*"),
        ("## A **bold** title", "*A bold title*"),
        ("**bold** and __bold__", "*bold* and *bold*"),
        ("*italic*, 2 * 3 * 4", "_italic_, 2 * 3 * 4"),
        ("~~gone~~", "~gone~"),
        ("- one\n  * two", "• one\n  • two"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<br>a<b>c</b><!-- note -->", "ac"),
        ("![logo](https://x.example/a.png) hi", "logo hi"),
        ("snake_case_name stays", "snake_case_name stays"),
        ("`a*b*c <x>`", "`a*b*c &lt;x&gt;`"),
    ],
)
def test_markup_becomes_slacks(given: str, expected: str) -> None:
    assert expected == markdown.converted(given)


def test_code_keeps_its_characters() -> None:
    shown = markdown.converted('```json\n{"a": "**<b>**"}\n```\nafter')

    assert '```\n{"a": "**&lt;b&gt;**"}\n```\nafter' == shown


def test_a_table_keeps_its_columns() -> None:
    shown = markdown.converted("| Task | Score |\n|:--|--:|\n| squad | 81 |")

    assert "```\nTask   Score\nsquad  81\n```" == shown


def test_a_link_keeps_its_address() -> None:
    shown = markdown.converted("[the **paper**](https://x.example/?a=1&b=2)")

    assert "<https://x.example/?a=1&amp;b=2|the paper (x.example)>" == shown


@pytest.mark.parametrize(
    "hostile",
    [
        "<!channel>",
        "<@U12345>",
        "[all](<!here>)",
        "[x](javascript:alert(1))",
        "[x|y](https://ok.example/<!everyone>)",
        "```\n<!channel>\n```",
        "`<!channel>`",
        "\ue0010\ue002<!channel>",
    ],
)
def test_nothing_in_it_notifies_or_runs(hostile: str) -> None:
    shown = markdown.converted(hostile)

    assert "<!" not in shown
    assert "<@" not in shown
    assert "<javascript" not in shown


def test_a_long_text_is_cut_into_sections_that_slack_takes() -> None:
    text = "\n\n".join(f"Paragraph {number} & more. " * 30 for number in range(60))
    blocks = markdown.sections(text)

    assert max(len(one["text"]["text"]) for one in blocks[:-1]) <= LONGEST_SECTION
    assert markdown.REST in words(blocks)
    check_view({"type": "modal", "title": plain("About"), "blocks": blocks}, ["modal"])


def test_a_text_without_any_break_is_cut_too() -> None:
    blocks = markdown.sections("&" * 9_000)

    assert "".join("&amp;" for _ in range(9_000)) == "".join(b["text"]["text"] for b in blocks)


def test_a_code_block_that_is_cut_goes_on_as_code() -> None:
    lines = "\n".join(f"line {number} of the code" for number in range(300))
    blocks = markdown.sections(f"```\n{lines}\n```")

    assert len(blocks) > 1
    assert all(one["text"]["text"].count("```") == 2 for one in blocks)


def test_a_teaser_is_prose_alone() -> None:
    text = "# Title\n\nA **fine** model by [us](https://x.example).\n\n```\ncode\n```\n| a |\n| b |"

    assert "A fine model by us." == markdown.teaser(text, 100)


def test_patterns_do_not_hang_on_hostile_text() -> None:
    hostile = "[" * 5_000 + "**" * 5_000 + "<a" * 5_000 + "|" * 3_000

    assert markdown.sections(hostile)
