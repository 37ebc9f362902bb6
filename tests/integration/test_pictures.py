"""Pictures and labels of every odd kind, from a person's drop to the answer in the thread."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image

from bot.sandbox import PHOTOS, Sandbox
from tests.conversation import Message, Person

CLIP = "openai-clip-vit-base-patch32"
CAT = (PHOTOS / "cat.jpg").read_bytes()
LABELS = "cat, coffee, dog"
ROTATED = 6  # EXIF: the camera was held on its side
MEGABYTE = 2**20
KNOWN = ["cat", "dog", "car", "bus", "train", "boat", "horse", "cow", "sheep", "pizza"]

Files = Sequence[tuple[str, bytes]]


def cat(kind: str, mode: str = "RGB", **options: Any) -> bytes:  # noqa: ANN401 - Pillow's options
    """The photo of the cat as another kind of file."""
    out = io.BytesIO()
    Image.open(PHOTOS / "cat.jpg").convert(mode).save(out, kind, **options)
    return out.getvalue()


def on_its_side() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = ROTATED
    out = io.BytesIO()
    turned = Image.open(PHOTOS / "cat.jpg").transpose(Image.Transpose.ROTATE_90)
    turned.save(out, "JPEG", exif=exif)
    return out.getvalue()


def sixteen_bit() -> bytes:
    grey = Image.open(PHOTOS / "cat.jpg").convert("L")
    out = io.BytesIO()
    grey.convert("I").point(lambda value: value * 257 + 0).convert("I;16").save(out, "PNG")
    return out.getvalue()


def transparent() -> bytes:
    photo = Image.open(PHOTOS / "cat.jpg").convert("RGBA")
    photo.putalpha(Image.new("L", photo.size, 255).point(lambda _: 230))
    out = io.BytesIO()
    photo.save(out, "PNG")
    return out.getvalue()


def animated() -> bytes:
    other = Image.new("P", (300, 300))
    return cat("GIF", "P", save_all=True, append_images=[other])


def heic() -> bytes:
    heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    heif.from_pillow(Image.open(PHOTOS / "cat.jpg").convert("RGB")).save(out)
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(out, "PNG")
    return out.getvalue()


READ: tuple[tuple[str, Callable[[], bytes], str], ...] = (
    ("plain.jpg", lambda: CAT, "Answered by"),
    ("rotated.jpg", on_its_side, "Answered by"),
    ("cmyk.jpg", lambda: cat("JPEG", "CMYK"), "Answered by"),
    ("16bit.png", sixteen_bit, "Answered by"),
    ("transparent.png", transparent, "Answered by"),
    ("animated.gif", animated, "only the first frame of the animation was looked at"),
    ("photo.heic", heic, "Answered by"),
    ("wrong-name.png", lambda: CAT, "Answered by"),
)
REFUSED: tuple[tuple[str, Callable[[], bytes], str, str], ...] = (
    ("report.jpg", lambda: b"%PDF-1.7 " * 99, "This is a PDF document", "Send a JPEG, PNG"),
    ("report.pdf", lambda: b"%PDF-1.7 " * 99, "application/pdf", "Post a JPEG, PNG"),
    ("bomb.png", bomb, "more than 50 million pixels", "Send a smaller copy"),
    ("huge.jpg", lambda: CAT + b"\0" * 30 * MEGABYTE, "more than 20 MB", "smaller version"),
    ("cut.jpg", lambda: CAT[:900], "damaged or cut off", "save it again as JPEG"),
    ("page.jpg", lambda: b"<svg xmlns=''></svg>" * 9, "an SVG drawing", "Send a JPEG, PNG"),
    ("empty.jpg", lambda: b"", "an empty file", "Send a JPEG, PNG"),
)
WRONG_LABELS = (
    ("cat", "Add at least one other label"),
    ("cat, CAT, Cat", "Add at least one other label"),
    ("labels: ,", "Write at least two labels"),
    ('cat, "a dog, a cat"', "Write that label without the comma"),
    (", ".join(f"l{number}" for number in range(101)), "Send at most 100"),
    (f"cat, {'ä' * 40}", "Shorten it"),
    (f"{LABELS} endpoint:nosuch", "There is no endpoint “nosuch”"),
)


@pytest.fixture(scope="module", autouse=True)
def classifier(fresh_sandbox: Sandbox) -> str:
    """A ready CLIP endpoint."""
    sandbox = fresh_sandbox
    person = Person(sandbox.control_url, sandbox.slack.operator, sandbox.slack.main_channel)
    person.sends_command(f"/aml deploy {CLIP} endpoint:pictures")
    person.clicks(person.waits_for_button("Run"), "Run")
    person.waits_for_button("Classify", patience=60)
    return "pictures"


def ended(message: Message) -> bool:
    return "Looking at" not in message.text and not message.text.startswith("Waiting")


def drop(person: Person, text: str, files: Files) -> tuple[str, Message]:
    """Mention the bot with files; the thread, and the answer once it is there."""
    bot = person.get("state")["bot_user_id"]
    asked = person.says(f"<@{bot}> {text}", files)
    return asked, person.waits(lambda m: m.ts != asked and ended(m), thread=asked)


def share(message: Message, label: str) -> float:
    """What the words say of a label, in per cent."""
    found = re.search(rf"\b{label} (?:&lt; )?([\d.]+) %", message.text)
    assert found, message.text
    return float(found[1])


def classifications(messages: Sequence[Message], name: str) -> list[Message]:
    return [message for message in messages if f"{name}:" in message.text]


@pytest.mark.parametrize(("name", "make", "words"), READ, ids=[row[0] for row in READ])
def test_a_picture_of_an_odd_kind_is_seen_as_what_it_shows(
    ada: Person, name: str, make: Callable[[], bytes], words: str
) -> None:
    _, answer = drop(ada, LABELS, [(name, make())])

    assert words in answer.words
    assert share(answer, "cat") > 50


@pytest.mark.parametrize(
    ("name", "make", "what", "advice"), REFUSED, ids=[row[0] for row in REFUSED]
)
def test_what_is_no_picture_is_refused_with_advice(
    ada: Person, name: str, make: Callable[[], bytes], what: str, advice: str
) -> None:
    _, answer = drop(ada, LABELS, [(name, make())])

    assert what in answer.words
    assert advice in answer.words


@pytest.mark.parametrize(("text", "words"), WRONG_LABELS, ids=range(len(WRONG_LABELS)))
def test_labels_that_cannot_work_are_explained(
    sandbox: Sandbox, ada: Person, text: str, words: str
) -> None:
    before = len(scorings(sandbox))

    _, answer = drop(ada, text, [("cat.jpg", CAT)])

    assert words in answer.words
    assert before == len(scorings(sandbox))


def scorings(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [call for call in sandbox.calls.listed("azure") if call["path"].endswith("/score")]


@pytest.mark.parametrize(("text", "words"), WRONG_LABELS[:-1], ids=range(len(WRONG_LABELS) - 1))
def test_a_form_says_beside_the_labels_what_is_wrong(ada: Person, text: str, words: str) -> None:
    posted = ada.says("look", [("cat.jpg", CAT)])
    ada.picks_shortcut(posted)
    view = ada.waits_for_view()

    answer = ada.submits(view, {"labels": {"value": text.removeprefix("labels:")}})

    assert words in answer["errors"]["labels"]
    ada.post("close", {"user": ada.user, "view_id": view["id"]})


def test_a_picture_without_labels_gets_a_form_for_them(ada: Person) -> None:
    asked, question = drop(ada, "", [("nameless.jpg", CAT)])
    assert "Which labels shall I choose from for nameless.jpg?" in question.text

    block, form = question.button("Classify")
    ada.acts(question, form["action_id"], block, value=form["value"])
    ada.submits(ada.waits_for_view(), {"labels": {"value": LABELS}})

    ada.waits_for("nameless.jpg: cat", thread=asked)


def test_a_label_in_the_thread_is_for_the_picture_above(ada: Person) -> None:
    asked, _ = drop(ada, "", [("above.jpg", CAT)])
    bot = ada.get("state")["bot_user_id"]

    ada.says(f"<@{bot}> labels: {LABELS}", thread=asked)

    ada.waits_for("above.jpg: cat", thread=asked)


def test_a_hundred_labels_are_all_scored(ada: Person) -> None:
    labels = [f"{'small ' * (number // 10)}{word}" for number, word in enumerate(KNOWN * 10)]
    assert len(set(labels)) == 100

    _, answer = drop(ada, ", ".join(labels), [("cat.jpg", CAT)])

    tables = [block for block in answer.blocks if block["type"] == "table"]
    assert len(tables) == 1
    assert "of 100 labels" in answer.words


@pytest.mark.parametrize("surface", ["mention", "direct"])
@pytest.mark.parametrize(
    "text",
    [
        "“cat”, ‘coffee’，dog",  # noqa: RUF001 - as phones write
        "cat、coffee；dog",  # noqa: RUF001 - Chinese punctuation
        "• cat\n• coffee\n• dog",
        "ｃａｔ, coffee, dog",  # noqa: RUF001 - full-width
        "cat, <http://coffee.example|coffee>, dog",
        "classify cat, coffee, dog, Cat",
    ],
)
def test_labels_are_read_as_they_were_meant(ada: Person, surface: str, text: str) -> None:
    if surface == "mention":
        _, answer = drop(ada, text, [("meant.jpg", CAT)])
    else:
        here = ada.direct()
        asked = here.says(text, [("meant.jpg", CAT)])
        answer = here.waits(lambda m: m.ts > asked and ended(m))

    assert [True] * 3 == [share(answer, label) >= 0 for label in ("cat", "coffee", "dog")]
    assert 1 == answer.text.count("cat ")


def test_an_ampersand_in_a_label_stays_one(ada: Person) -> None:
    _, answer = drop(ada, "cat &amp; dog, coffee", [("cat.jpg", CAT)])

    assert "cat &amp; dog" in answer.text  # as Slack wants it written
    assert "&amp;amp;" not in answer.words


def test_words_that_the_sandbox_does_not_know_are_named(ada: Person) -> None:
    _, answer = drop(ada, "cat, 猫, zxqv", [("cat.jpg", CAT)])

    assert "The sandbox classifier does not know: 猫, zxqv." in answer.words
    assert "Try other labels" in answer.words


def test_several_pictures_are_answered_together_and_bad_ones_named(ada: Person) -> None:
    files = [("one.jpg", CAT), ("two.jpg", CAT), ("notes.pdf", b"%PDF-1.7"), ("none.jpg", b"")]

    _, answer = drop(ada, LABELS, files)

    assert "one.jpg: cat" in answer.text
    assert "two.jpg: cat" in answer.text
    assert "Not looked at: notes.pdf is not a picture" in answer.words
    assert "Not looked at: none.jpg: This is an empty file" in answer.words


def test_more_than_ten_pictures_are_refused_before_any_is_looked_at(ada: Person) -> None:
    files = [(f"{number}.jpg", CAT) for number in range(12)]

    _, answer = drop(ada, LABELS, files)

    assert "12 pictures are too many at once. Send at most 10" in answer.text


def test_a_file_name_notifies_nobody(ada: Person) -> None:
    _, answer = drop(ada, LABELS, [("<!channel> <@U0BEN> & `x`.jpg", CAT)])

    shown = [b["text"]["text"] for b in answer.blocks if b["type"] == "section"]
    assert not re.findall(r"<[!@][^>]*>", "\n".join([answer.text, *shown]))


def test_a_login_page_in_place_of_the_picture_is_called_that(sandbox: Sandbox, ada: Person) -> None:
    ada.post("fault", {"target": "slack", "kind": "login_html"})

    asked, answer = drop(ada, LABELS, [("cat.jpg", CAT)])

    assert "Slack does not let me read cat.jpg" in answer.words
    assert "`files:read`" in answer.words
    ada.delete("fault")
    ada.clicks(answer, "Retry")
    ada.waits_for("cat.jpg: cat", thread=asked)


def test_the_shortcut_on_a_message_without_a_picture_says_so(ada: Person) -> None:
    posted = ada.says("no picture here")
    before = {message.ts for message in ada.reads(posted)} | {m.ts for m in ada.reads()}

    ada.picks_shortcut(posted)

    said = "That message has no picture."
    answer = ada.waits(lambda m: m.ts not in before and said in m.words)
    assert "`/aml classify`" in answer.words


def test_a_form_sent_twice_at_once_is_one_classification(ada: Person) -> None:
    posted = ada.says("look", [("twice.jpg", CAT)])
    ada.picks_shortcut(posted)
    view = ada.waits_for_view()
    values = {"labels": {"value": LABELS}}

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(ada.post, "view", view_of(ada, view, values)) for _ in range(2)]
        done = [one.exception() is None for one in sent]

    assert any(done)
    ada.waits_for("twice.jpg: cat", thread=posted)
    last = ada.says("look", [("after.jpg", CAT)])
    ada.picks_shortcut(last)
    ada.submits(ada.waits_for_view(), values)
    ada.waits_for("after.jpg: cat", thread=last)
    assert 1 == len(classifications(ada.reads(posted), "twice.jpg"))


def view_of(person: Person, view: dict[str, Any], values: object) -> dict[str, object]:
    return {"user": person.user, "view_id": view["id"], "values": values}


def test_the_form_of_the_slash_command_takes_a_file(ada: Person) -> None:
    ada.sends_command(f"/aml classify {LABELS}")
    view = ada.waits_for_view()

    answer = ada.submits(view, {"labels": {"value": LABELS}}, [("formed.jpg", CAT)])

    assert not answer.get("errors")
    ada.waits_for("formed.jpg: cat")


def test_somebody_without_rights_may_classify(ben: Person) -> None:
    _, answer = drop(ben, LABELS, [("bens.jpg", CAT)])

    assert "bens.jpg: cat" in answer.text
