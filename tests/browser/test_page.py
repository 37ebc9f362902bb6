"""The page as a person uses it: typing, reading, forms, files, the keyboard, a phone."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, ViewportSize, expect

from bot.sandbox import Sandbox
from tests.browser.gallery import ACTION_ELEMENTS, BLOCKS, actions
from tests.browser.tiny_bot import TinyBot

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 390, "height": 844}
DROP = """([selector, data]) => {
  const body = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([body], "cup.png", { type: "image/png" }));
  const target = document.querySelector(selector);
  for (const kind of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
}"""

# A list of its own: between the scrolling and its event comes a message.
SCROLLED = """async () => {
  const at = (name) => new URL(name, document.querySelector("script[type=module]").src).href;
  const { MessageList } = await import(at("messages.js"));
  const { state } = await import(at("store.js"));
  const user = [...state.people.keys()].find((id) => id !== state.me);
  const line = (_, n) => ({ ts: `${n + 1}.000100`, user, text: `line ${n}` });
  const said = (count) => Array.from({ length: count }, line);
  const list = new MessageList({ label: "messages", empty: () => "" });
  list.scroll.style.height = "200px";
  document.querySelector("main").append(list.node);
  list.update(said(30));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  list.scroll.scrollTo({ top: 0, behavior: "instant" });
  list.update(said(31));
  const seen = [list.scroll.scrollTop, list.jump.hidden];
  list.node.remove();
  return seen;
}"""


@pytest.fixture
def composer(page: Page) -> Locator:
    return page.get_by_test_id("composer")


def png() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (60, 40), "#b23d2e").save(drawn, "PNG")
    return drawn.getvalue()


def drop_picture(page: Page) -> None:
    page.evaluate(DROP, ["main", base64.b64encode(png()).decode()])


def state(local: Sandbox, user: str = "") -> dict[str, Any]:
    answer = requests.get(f"{local.control_url}/state", params={"user": user}, timeout=30)
    return dict(answer.json())


def channel(local: Sandbox) -> str:
    return str(local.slack.main_channel)


def type_and_send(composer: Locator, text: str) -> None:
    composer.fill(text)
    composer.press("Enter")


def last(page: Page, where: str = "main") -> Locator:
    return page.locator(f"{where} [data-ts]").last


def test_a_slash_offers_the_command_and_its_verbs(page: Page, composer: Locator) -> None:
    composer.press_sequentially("/a")
    expect(page.get_by_role("option")).to_contain_text(["/aml"])
    composer.press("Enter")
    composer.press_sequentially("se")
    expect(page.get_by_role("option")).to_contain_text(["/aml search"])
    composer.press("Tab")
    expect(composer).to_have_value("/aml search ")


def test_arrow_keys_choose_a_verb(page: Page, composer: Locator) -> None:
    composer.press_sequentially("/aml ")
    composer.press("ArrowDown")
    composer.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    expected = chosen.locator("b").inner_text()
    composer.press("Enter")
    expect(composer).to_have_value(re.compile(re.escape(expected) + " ?$"))


def test_escape_closes_the_hints_and_keeps_the_text(page: Page, composer: Locator) -> None:
    composer.press_sequentially("/aml se")
    composer.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(composer).to_have_value("/aml se")


def test_a_command_is_answered_only_to_me(page: Page, composer: Locator, tiny_bot: TinyBot) -> None:
    type_and_send(composer, "/aml hello")
    expect(last(page)).to_contain_text("You said hello")
    expect(last(page)).to_contain_text("Only visible to you")


def test_a_bot_that_is_late_is_reported_as_slack_does(
    page: Page, composer: Locator, tiny_bot: TinyBot
) -> None:
    type_and_send(composer, "/aml late")
    expect(last(page)).to_contain_text('/aml failed with the error "operation_timeout"')


def test_an_unknown_command_is_explained(page: Page, composer: Locator) -> None:
    type_and_send(composer, "/nonsense")
    expect(last(page)).to_contain_text("/nonsense is not a valid command")


def test_a_mention_is_completed_and_answered_in_a_thread(
    page: Page, composer: Locator, tiny_bot: TinyBot
) -> None:
    composer.press_sequentially("@")
    composer.press("Enter")
    composer.press_sequentially("hello")
    composer.press("Enter")
    page.get_by_test_id("replies").click()
    thread = page.get_by_test_id("thread")
    expect(last(page, "[data-testid=thread]")).to_contain_text("You mentioned me with no files")
    thread.get_by_role("button", name="Close thread").click()
    expect(thread).to_be_hidden()


def test_a_reply_stays_in_its_thread(page: Page, composer: Locator) -> None:
    type_and_send(composer, "the root")
    last(page).hover()
    last(page).get_by_role("button", name="Reply in thread").click()
    type_and_send(page.get_by_test_id("reply"), "the reply")
    expect(last(page, "[data-testid=thread]")).to_contain_text("the reply")
    expect(page.get_by_test_id("replies")).to_have_text("1 reply")


def test_a_dropped_picture_is_sent_and_shown(
    page: Page, composer: Locator, tiny_bot: TinyBot
) -> None:
    drop_picture(page)
    expect(page.get_by_test_id("attachments")).to_contain_text("cup.png")
    composer.press_sequentially("@")
    composer.press("Enter")
    page.get_by_test_id("send").click()
    expect(last(page).get_by_role("img", name="cup.png")).to_be_visible()
    expect(page.get_by_test_id("replies")).to_be_visible()


def test_a_picture_can_be_taken_off_again(page: Page, composer: Locator) -> None:
    picture: FilePayload = {"name": "cup.png", "mimeType": "image/png", "buffer": png()}
    page.get_by_test_id("file-input").set_input_files([picture])
    page.get_by_role("button", name="Remove cup.png").click()
    expect(page.get_by_test_id("attachments")).to_be_empty()


def test_a_command_with_a_picture_keeps_both_and_says_why(page: Page, composer: Locator) -> None:
    drop_picture(page)
    type_and_send(composer, "/aml classify")
    expect(page.get_by_role("status").filter(has_text="cannot carry pictures")).to_be_visible()
    expect(composer).to_have_value("/aml classify")
    expect(page.get_by_test_id("attachments")).to_contain_text("cup.png")


def test_a_demo_photo_is_attached(page: Page) -> None:
    page.get_by_test_id("photos-button").click()
    page.get_by_role("button", name="Attach").first.click()
    expect(page.get_by_test_id("attachments").locator("img")).to_be_visible()


def test_an_edit_appears_in_place_without_moving_what_i_read(
    page: Page, local: Sandbox, tiny_bot: TinyBot
) -> None:
    here = channel(local)
    for number in range(30):
        posted = tiny_bot.client.chat_postMessage(channel=here, text=f"line {number}")
    expect(last(page)).to_contain_text("line 29")
    scroll = page.locator("main .message-scroll")
    scroll.evaluate("node => node.scrollTo(0, 200)")
    before = page.get_by_text("line 8", exact=True).bounding_box()
    tiny_bot.client.chat_update(channel=here, ts=posted["ts"], text="line 29 as edited\n" * 6)
    expect(last(page)).to_contain_text("line 29 as edited")
    assert before == page.get_by_text("line 8", exact=True).bounding_box()


def test_new_messages_below_are_announced_and_reachable(
    page: Page, local: Sandbox, tiny_bot: TinyBot
) -> None:
    here = channel(local)
    for number in range(30):
        tiny_bot.client.chat_postMessage(channel=here, text=f"line {number}")
    expect(last(page)).to_contain_text("line 29")
    page.locator("main .message-scroll").evaluate("node => node.scrollTo(0, 0)")
    jump = page.get_by_role("button", name="New messages")
    expect(jump).to_be_hidden()
    tiny_bot.client.chat_postMessage(channel=here, text="the newest")
    jump.click()
    expect(page.get_by_text("the newest", exact=True)).to_be_in_viewport()
    expect(page.get_by_test_id("announcer")).to_contain_text("New message from")


def test_a_message_that_comes_while_somebody_scrolls_up_moves_nothing(page: Page) -> None:
    assert [0, False] == page.evaluate(SCROLLED)


def test_a_click_and_a_choice_reach_the_bot(page: Page, local: Sandbox, tiny_bot: TinyBot) -> None:
    tiny_bot.clicked.clear()
    select = {**ACTION_ELEMENTS["static_select"], "action_id": "act"}
    button = {**ACTION_ELEMENTS["button"], "action_id": "act", "value": "pressed"}
    blocks = [actions(button), actions(select)]
    tiny_bot.client.chat_postMessage(channel=channel(local), text="choose", blocks=blocks)
    page.get_by_role("button", name="Deploy").click()
    page.get_by_role("combobox", name="Cat").click()
    page.get_by_role("option", name="Dog").click()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert ["pressed", "dog"] == tiny_bot.clicked


def test_a_form_says_what_is_wrong_and_then_closes(
    page: Page, composer: Locator, tiny_bot: TinyBot
) -> None:
    tiny_bot.submitted.clear()
    type_and_send(composer, "/aml form")
    form = page.get_by_role("dialog", name="A form")
    name = form.get_by_label("Endpoint name")
    page.get_by_test_id("modal-submit").click()
    expect(form.get_by_role("alert")).to_have_text("Please complete this required field.")
    name.fill("taken")
    page.get_by_test_id("modal-submit").click()
    expect(form.get_by_role("alert")).to_have_text("That name is taken.")
    expect(name).to_be_focused()
    name.fill("clip-5")
    picture: FilePayload = {"name": "cup.png", "mimeType": "image/png", "buffer": png()}
    form.get_by_label("Pictures").set_input_files([picture])
    name.press("Enter")
    expect(form).to_be_hidden()
    (values,) = tiny_bot.submitted
    assert "clip-5" == values["name"]["act"]["value"]
    assert ["cup.png"] == [file["name"] for file in values["pictures"]["act"]["files"]]


def test_forms_stack_and_escape_closes_the_top_one(
    page: Page, composer: Locator, tiny_bot: TinyBot
) -> None:
    type_and_send(composer, "/aml form")
    form = page.get_by_role("dialog", name="A form")
    form.get_by_label("Endpoint name").fill("kept")
    form.get_by_role("button", name="Open another").click()
    expect(form.get_by_label("Endpoint name")).to_have_value("")
    page.keyboard.press("Escape")
    expect(form.get_by_label("Endpoint name")).to_have_value("kept")
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    expect(composer).to_be_focused()


def test_a_message_shortcut_opens_its_form(
    page: Page, composer: Locator, tiny_bot: TinyBot
) -> None:
    type_and_send(composer, "a message")
    last(page).hover()
    last(page).get_by_role("button", name="More actions").click()
    page.get_by_role("option", name="Classify image").click()
    expect(page.get_by_role("dialog", name="A form")).to_be_visible()


def test_app_home_is_published_when_it_is_opened(page: Page, tiny_bot: TinyBot) -> None:
    page.get_by_role("button", name="App Home").click()
    expect(page.get_by_test_id("home")).to_contain_text("Welcome home")


def test_the_second_person_sees_no_private_answers(
    page: Page, local: Sandbox, composer: Locator, tiny_bot: TinyBot
) -> None:
    second = state(local)["users"][1]["name"]
    type_and_send(composer, "/aml secret")
    expect(last(page)).to_contain_text("You said secret")
    page.get_by_test_id("me").click()
    page.get_by_role("option", name=second).click()
    expect(page.get_by_test_id("me")).to_contain_text(second)
    expect(page.get_by_text("You said secret")).to_have_count(0)


def test_another_channel_shows_that_it_has_news(
    page: Page, local: Sandbox, tiny_bot: TinyBot
) -> None:
    page.get_by_role("button", name="App Home").click()
    tiny_bot.client.chat_postMessage(channel=channel(local), text="news")
    place = page.locator(f"[data-place={channel(local)}]")
    expect(place).to_contain_text("new messages")
    place.click()
    expect(page.get_by_text("news", exact=True)).to_be_visible()
    expect(place).not_to_contain_text("new messages")


def test_the_drawer_switches_a_fault_on_and_all_off(page: Page, local: Sandbox) -> None:
    page.get_by_test_id("drawer-button").click()
    drawer = page.get_by_test_id("drawer")
    drawer.get_by_label("Service").select_option("azure")
    drawer.get_by_label("What goes wrong").select_option("throttle")
    drawer.get_by_label("Seconds to wait").fill("7")
    drawer.get_by_test_id("fault-add").click()
    expect(page.get_by_test_id("faults")).to_contain_text("Azure ML · throttle · retry_after 7")
    assert ["throttle"] == [fault["kind"] for fault in local.faults.listed()]
    drawer.get_by_role("button", name="Switch all off").click()
    expect(drawer).to_contain_text("None. Everything answers as it should.")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_the_drawer_grants_an_optional_scope(page: Page, local: Sandbox) -> None:
    page.get_by_test_id("drawer-button").click()
    switch = page.get_by_role("switch", name="channels:history")
    before = switch.is_checked()
    switch.click()
    granted = {one["scope"]: one["granted"] for one in state(local)["optional_scopes"]}
    expect(switch).to_be_checked(checked=not before)
    assert granted["channels:history"] is not before


def test_the_tab_key_goes_through_the_page_and_shows_where_it_is(page: Page) -> None:
    page.get_by_role("link", name="Skip to the message box").focus()
    names = []
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.matches(':focus-visible')")
        names.append(page.evaluate("document.activeElement.innerText"))
    assert "App Home" in names


def test_every_control_has_a_name(page: Page, local: Sandbox, tiny_bot: TinyBot) -> None:
    blocks = [BLOCKS[name] for name in ("section", "context_actions", "data_table", "card")]
    tiny_bot.client.chat_postMessage(channel=channel(local), text="gallery", blocks=blocks)
    expect(last(page)).to_contain_text("Models")
    page.get_by_test_id("drawer-button").click()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, textarea, select, a")]
        .filter((node) => node.checkVisibility())
        .filter((node) => !node.getAttribute("aria-label") && !node.innerText)
        .filter((node) => !node.labels?.length)
        .map((node) => node.outerHTML)"""
    )
    assert [] == nameless


@pytest.mark.parametrize("viewport", [PHONE])
def test_a_phone_hides_the_sidebar_and_fits(page: Page, tiny_bot: TinyBot, local: Sandbox) -> None:
    tiny_bot.client.chat_postMessage(
        channel=channel(local), text="gallery", blocks=[BLOCKS["section"], BLOCKS["plan"]]
    )
    expect(last(page)).to_contain_text("Deploying clip")
    sidebar = page.get_by_role("navigation", name="Places")
    expect(sidebar).to_be_hidden()
    page.get_by_test_id("menu").click()
    expect(sidebar).to_be_in_viewport()
    sidebar.get_by_role("button", name="App Home").click()
    expect(sidebar).to_be_hidden()
    assert PHONE["width"] == page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("viewport", [PHONE])
def test_a_phone_shows_a_thread_on_the_whole_screen(page: Page, composer: Locator) -> None:
    type_and_send(composer, "the root")
    last(page).get_by_role("button", name="Reply in thread").click()
    box = page.get_by_test_id("thread").bounding_box()
    assert box is not None
    assert (PHONE["width"], PHONE["height"]) == (box["width"], box["height"])


def test_text_of_a_message_is_never_taken_as_html(page: Page, composer: Locator) -> None:
    type_and_send(composer, "<img src=x onerror=alert(1)> *bold*")
    expect(last(page).locator("strong")).to_have_text("bold")
    expect(last(page)).to_contain_text("<img src=x onerror=alert(1)>")


def test_pictures_that_load_late_leave_the_newest_message_in_view(
    page: Page, local: Sandbox, tiny_bot: TinyBot
) -> None:
    for _ in range(3):
        page.get_by_test_id("photos-button").click()
        page.get_by_role("button", name="Attach A rocket").click()
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("attachments")).to_be_empty()
    tiny_bot.client.chat_postMessage(channel=channel(local), text="the newest")
    page.reload()
    expect(last(page)).to_contain_text("the newest")
    pictures = page.locator("main figure img")
    expect(pictures).to_have_count(3)
    pictures.last.evaluate("(image) => image.decode()")
    expect(page.get_by_text("the newest", exact=True)).to_be_in_viewport()
