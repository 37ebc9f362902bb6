"""The page draws every block a bot may send, and says so when it meets another one."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK
from tests.browser.gallery import (
    ACTION_ELEMENTS,
    BLOCKS,
    INPUT_ELEMENTS,
    Block,
    actions,
    chart,
    field,
)

pytestmark = pytest.mark.browser

# Draws blocks on an empty page with the page's own modules and keeps the actions they send.
DRAW = """async (blocks) => {
  const at = (name) => new URL(name, document.querySelector("script[type=module]").src).href;
  const { Surface } = await import(at("blocks/index.js"));
  window.sent = [];
  const act = async (payload) => window.sent.push(payload);
  window.surface = new Surface({ kind: "message", act });
  document.querySelector(".shell, .blocks").replaceWith(window.surface.node);
  window.surface.update(blocks);
}"""
OPENS = 'target="_blank" rel="noopener noreferrer"'
KNOWN = """async () => {
  const at = (name) => new URL(name, document.querySelector("script[type=module]").src).href;
  return (await import(at("blocks/index.js"))).blockTypes();
}"""
WIDER_THAN_THE_WINDOW = """(nodes) => nodes
  .filter((node) => node.getBoundingClientRect().right > window.innerWidth)
  .map((node) => node.className)"""
MARKUP = """async (text) => {
  const at = (name) => new URL(name, document.querySelector("script[type=module]").src).href;
  const { mrkdwn } = await import(at("mrkdwn.js"));
  const { el } = await import(at("element.js"));
  return el("div", {}, mrkdwn(text)).innerHTML;
}"""


def draw(page: Page, *blocks: Block) -> None:
    page.evaluate(DRAW, list(blocks))


def sent(page: Page, count: int = 1) -> list[dict[str, Any]]:
    page.wait_for_function("(count) => window.sent.length >= count", arg=count)
    return list(page.evaluate("window.sent"))


@pytest.mark.parametrize("name", BLOCKS)
def test_each_block_is_drawn(stage: Page, name: str) -> None:
    draw(stage, BLOCKS[name])
    expect(stage.locator(f"[data-block={name}]")).to_be_visible()
    expect(stage.locator(".unknown")).to_have_count(0)


def test_the_gallery_shows_every_block_the_page_knows(stage: Page) -> None:
    assert sorted(BLOCKS) == sorted(stage.evaluate(KNOWN))


@pytest.mark.parametrize("name", ACTION_ELEMENTS)
def test_each_element_is_drawn(stage: Page, name: str) -> None:
    draw(stage, actions(ACTION_ELEMENTS[name]))
    expect(stage.locator("[data-action-id]").first).to_be_attached()
    expect(stage.locator(".unknown")).to_have_count(0)


@pytest.mark.parametrize("name", INPUT_ELEMENTS)
def test_each_field_has_a_label(stage: Page, name: str) -> None:
    draw(stage, field(INPUT_ELEMENTS[name]))
    expect(stage.get_by_label("A field")).to_be_attached()
    expect(stage.locator(".unknown")).to_have_count(0)


@pytest.mark.parametrize("kind", ["bar", "line", "area", "pie"])
def test_each_chart_is_drawn_and_readable_without_eyes(stage: Page, kind: str) -> None:
    draw(stage, chart(kind))
    expect(stage.get_by_role("img", name=f"{kind} chart: A {kind} chart")).to_be_visible()
    expect(stage.locator("figure .sr-only th[scope=row]").first).to_be_attached()


def test_a_plan_is_a_list_that_says_each_state_in_words(stage: Page) -> None:
    draw(stage, BLOCKS["plan"])
    plan = stage.get_by_role("group", name=BLOCKS["plan"]["title"])
    states = plan.get_by_role("list").first.locator(":scope > li .task-status")
    expect(states).to_have_text(["Done", "In progress", "Not started", "Failed"])
    expect(plan.locator("[aria-current=step]")).to_contain_text("Start two instances")
    expect(plan.get_by_text("1 of 4 done, 1 failed")).to_be_visible()


def test_a_plan_fits_a_phone(stage: Page) -> None:
    draw(stage, BLOCKS["plan"])
    stage.set_viewport_size({"width": 360, "height": 740})
    wide = stage.locator(".plan, .plan *").evaluate_all(WIDER_THAN_THE_WINDOW)
    stage.set_viewport_size(DESK)
    assert [] == wide


def test_a_plan_without_tasks_is_its_title(stage: Page) -> None:
    draw(stage, {"type": "plan", "title": "Nothing yet"})
    expect(stage.get_by_role("group", name="Nothing yet")).to_have_text("Nothing yet")


def test_a_block_it_does_not_know_is_shown_as_unknown(stage: Page) -> None:
    draw(stage, {"type": "hologram"}, actions({"type": "lever"}))
    assert [
        "This page cannot draw the block “hologram”.",
        "This page cannot draw the element “lever”.",
    ] == stage.locator(".unknown").all_inner_texts()


def test_a_picture_elsewhere_is_a_link_and_asks_nobody(stage: Page) -> None:
    draw(stage, BLOCKS["image"])
    expect(stage.get_by_role("link", name="elsewhere")).to_be_visible()


def test_a_danger_button_asks_before_it_acts(stage: Page) -> None:
    confirm = {
        "title": {"type": "plain_text", "text": "Sure?"},
        "text": {"type": "plain_text", "text": "It is gone then."},
        "confirm": {"type": "plain_text", "text": "Yes"},
        "deny": {"type": "plain_text", "text": "No"},
    }
    draw(stage, actions({**ACTION_ELEMENTS["button"], "style": "danger", "confirm": confirm}))
    stage.get_by_role("button", name="Deploy").click()
    stage.get_by_role("button", name="No").click()
    assert [] == sent(stage, 0)
    stage.get_by_role("button", name="Deploy").click()
    stage.get_by_role("button", name="Yes").click()
    assert [{"action_id": "deploy", "block_id": "block-0", "value": "v"}] == sent(stage)


def test_a_select_is_chosen_from_with_the_keyboard(stage: Page) -> None:
    draw(stage, actions(ACTION_ELEMENTS["static_select"]))
    stage.get_by_role("combobox").press("Enter")
    stage.get_by_role("option", name="Cat").press("ArrowDown")
    stage.get_by_role("option", name="Dog").press("Enter")
    expect(stage.get_by_role("combobox")).to_have_text("Dog")
    assert ["dog"] == [payload["selected"] for payload in sent(stage)]


def test_several_options_are_sent_when_the_list_closes(stage: Page) -> None:
    draw(stage, actions(ACTION_ELEMENTS["multi_static_select"]))
    stage.get_by_role("combobox").click()
    stage.get_by_role("option", name="Cat").click()
    stage.get_by_role("option", name="Dog").click()
    stage.keyboard.press("Escape")
    expect(stage.get_by_role("combobox")).to_have_text("Cat, Dog")
    assert [["cat", "dog"]] == [payload["selected"] for payload in sent(stage)]


def test_a_data_table_turns_its_pages_and_sorts(stage: Page) -> None:
    draw(stage, BLOCKS["data_table"])
    rows = stage.locator("tbody tr")
    expect(rows).to_have_text(["a2", "b30"])
    stage.get_by_role("button", name="Next").click()
    expect(rows).to_have_text(["c1"])
    stage.get_by_role("button", name="Likes").click()
    expect(rows).to_have_text(["c1", "a2"])
    stage.get_by_role("button", name="Likes").click()
    expect(rows).to_have_text(["b30", "a2"])


def test_an_edit_draws_only_the_blocks_that_changed(stage: Page) -> None:
    draw(stage, BLOCKS["header"], BLOCKS["section"], BLOCKS["actions"])
    stage.evaluate("surface.node.children[2].marked = true")
    stage.get_by_role("button", name="Deploy").focus()
    changed = {**BLOCKS["header"], "text": {"type": "plain_text", "text": "Four models"}}
    added = {"type": "divider"}
    stage.evaluate(
        "(blocks) => surface.update(blocks)",
        [changed, BLOCKS["section"], added, BLOCKS["actions"]],
    )
    assert stage.evaluate("surface.node.children[3].marked")
    expect(stage.get_by_role("heading", name="Four models")).to_be_visible()
    expect(stage.get_by_role("button", name="Deploy")).to_be_focused()


def test_an_open_list_survives_an_edit_elsewhere(stage: Page) -> None:
    select = actions(ACTION_ELEMENTS["static_select"])
    draw(stage, BLOCKS["header"], select)
    stage.get_by_role("combobox").click()
    stage.evaluate("(blocks) => surface.update(blocks)", [BLOCKS["divider"], select])
    expect(stage.get_by_role("option", name="Dog")).to_be_visible()


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("*bold* _it_ ~gone~", "<strong>bold</strong> <em>it</em> <s>gone</s>"),
        ("a_b_c 2*3*4", "a_b_c 2*3*4"),
        ("`a *b*`", "<code>a *b*</code>"),
        ("```x\n y```", '<pre class="pre">x\n y</pre>'),
        ("> one\n> two", "<blockquote>one<br>two</blockquote>"),
        ("&lt;b&gt; &amp; <i>", "&lt;b&gt; &amp; i"),
        (":tada: :no_such_one:", "🎉 :no_such_one:"),
        ("<javascript:alert(1)|click>", "click"),
        ("<!here>", '<span class="mention">@here</span>'),
        (
            "<https://a.example/x_y_z|the *docs*>",
            f'<a href="https://a.example/x_y_z" {OPENS}>the <strong>docs</strong></a>',
        ),
        ("<!date^x^{date}|some day>", '<time title="Invalid Date">some day</time>'),
    ],
)
def test_markup_becomes(stage: Page, source: str, drawn: str) -> None:
    assert drawn == stage.evaluate(MARKUP, source)
