"""`classify`: score pictures against labels of one's own with a deployed model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from handlers.blocks import classify as classify_blocks, forms
from handlers.blocks.elements import Marked, actions, button, clip, escape, section, where
from handlers.carried import Carried
from handlers.command import (
    Action,
    Call,
    Command,
    May,
    OperationView,
    Option,
    Owned,
    Reply,
    View,
)
from services import labels
from services.errors import ErrorText, InvalidInputError
from services.models import Picture
from services.workflows.classify import KIND

TITLE = "Classify pictures"
LABELS, LABELS_HINT = "Labels", "At least two, with commas between them"
PICTURES, PICTURES_HINT = "Pictures", "Up to ten, 10 MB each"
GIVEN = "Pictures: {names}"
WHICH_LABELS = "Which labels shall I choose from for {names}?"
WHICH_LABELS_HINT = "Write them in this thread, like `labels: cat, coffee, dog`, or click:"
WHICH_PICTURE = "Which picture?"
WHICH_PICTURE_HINT = "Attach one to your message, or choose one here:"
NO_PICTURE = ErrorText(
    code="MessageWithoutPicture",
    what="That message has no picture.",
    advice="Use the shortcut on a message with a picture, or `/aml classify`.",
)
AGAIN = "That was tried again already: see the newer message of it."
AGAIN_THERE = Marked("It is tried again where you asked for it first: in {there}.")
DIRECTLY = "our direct message"
TOO_MANY = ErrorText(
    code="TooManyPictures",
    what="{count} pictures are too many at once.",
    advice="Send at most {most} in a message; no picture was looked at yet.",
)
LONGEST_NAME = 60


def run(call: Call) -> Reply:
    if call.text:
        labels.parse(call.text)  # what is wrong with them is worth saying before any form
    _check_number(call.pictures)
    endpoint = call.options.get("endpoint")
    if call.pictures and call.text:
        return _started(call, call.text, call.pictures, endpoint)
    if call.pictures:
        return _ask_labels(call.pictures, endpoint or "")
    return Reply(
        text=f"{WHICH_PICTURE} {WHICH_PICTURE_HINT}",
        blocks=[
            section(f"*{WHICH_PICTURE}* {WHICH_PICTURE_HINT}"),
            actions([_form_button(_state(labels_text=call.text))]),
        ],
        view=form(call),
    )


def form(call: Call) -> View:
    state = _read(call.value)
    pictures = call.pictures or tuple(
        Picture(file=file, name=name) for file, name in state.pairs("pictures")
    )
    wanted = call.text or state.text("labels")
    endpoint = call.options.get("endpoint") or state.text("endpoint")
    blocks = [
        forms.text_input(
            "labels",
            LABELS,
            value=wanted,
            hint=LABELS_HINT,
            placeholder="cat, coffee, dog",
            multiline=True,
        ),
        forms.note(GIVEN.format(names=escape(_names(pictures))))
        if pictures
        else forms.pictures("pictures", PICTURES, PICTURES_HINT),
    ]
    kept = _state(pictures=pictures, endpoint=str(endpoint))
    return forms.modal("classify", TITLE, "Classify", blocks, kept)


def open_form(call: Call) -> Reply:
    return Reply(view=form(call))


def from_message(call: Call) -> Reply:
    """The message shortcut: a form for the labels of that message's pictures."""
    if not call.pictures:
        raise InvalidInputError(NO_PICTURE)
    _check_number(call.pictures)
    return Reply(view=form(call))


def submit(call: Call) -> Reply:
    state = _read(call.value)
    given = tuple(Picture(file=file, name=name) for file, name in state.pairs("pictures"))
    endpoint = state.text("endpoint") or None
    return _started(call, call.values.get("labels", ""), given or call.pictures, endpoint)


def retry(call: Call) -> Reply:
    """The same pictures and labels again, where they were asked for."""
    operation = call.services.operations.whole(call.value, call.reader)
    plan = KIND.plan_of(operation)
    once = replace(call, asked=operation.asked, once=f"retry:{call.value}")
    reply = _started(once, ", ".join(plan.labels), plan.pictures, plan.endpoint)
    if reply.follows:
        return replace(reply, text=AGAIN, silent=False)
    if operation.asked.channel != call.asked.channel:
        channel = operation.asked.channel
        there = DIRECTLY if channel.startswith("D") else where(channel)
        return Reply(text=AGAIN_THERE.format(there=there))
    return reply


def owner(call: Call) -> Owned:
    """Whose pictures are tried again."""
    whose = call.services.operations.ownership(call.value, call.reader)
    return Owned(name=whose.operation, user=whose.user, private=whose.private)


def _started(
    call: Call, labels_text: str, pictures: Sequence[Picture], endpoint: str | None
) -> Reply:
    started = call.services.classification.start(
        labels_text, pictures, call.asked, endpoint, once=call.once
    )
    return Reply(silent=True, operation=started.operation.id, follows=started.joined)


def _check_number(pictures: Sequence[Picture]) -> None:
    """Slack's form takes no more either.

    Raises:
        InvalidInputError: too many at a time.
    """
    if len(pictures) > forms.MOST_PICTURES:
        raise InvalidInputError(
            TOO_MANY, count=len(pictures), most=forms.MOST_PICTURES, field="pictures"
        )


def _ask_labels(pictures: Sequence[Picture], endpoint: str) -> Reply:
    text = WHICH_LABELS.format(names=_names(pictures))
    return Reply(
        text=f"{text} {WHICH_LABELS_HINT}".replace("`", ""),
        blocks=[
            section(f"*{escape(text)}*\n{WHICH_LABELS_HINT}"),
            actions([_form_button(_state(pictures=pictures, endpoint=endpoint))]),
        ],
    )


def _form_button(state: str) -> dict[str, Any]:
    return button("Classify", "aml.classify.form", state, style="primary", says="Open the form")


def _names(pictures: Sequence[Picture]) -> str:
    return ", ".join(clip(picture.name, LONGEST_NAME) for picture in pictures)


def _state(*, pictures: Sequence[Picture] = (), endpoint: str = "", labels_text: str = "") -> str:
    """Return what a button or form carries; short, because Slack keeps 2,000 characters of it."""
    files = [[picture.file, clip(picture.name, LONGEST_NAME)] for picture in pictures]
    known = {"pictures": files, "endpoint": endpoint, "labels": labels_text[:600]}
    return json.dumps(known, ensure_ascii=False)


def _read(value: str) -> Carried:
    """The state in a button: JSON, or just the name of an endpoint."""
    return Carried(value if value.startswith("{") else json.dumps({"endpoint": value}))


VIEW = OperationView(
    kind=KIND,
    outcome=classify_blocks.outcome,
    facts=classify_blocks.facts,
    retry="aml.classify.retry",
    instead=classify_blocks.message,
    brief=True,
)

COMMAND = Command(
    name="classify",
    usage="classify [labels] [endpoint:<name>]",
    summary="Score pictures against your own labels.",
    example="classify cat, coffee, dog",
    options=(Option(name="endpoint", summary="which classifier", values=("my-clip",)),),
    view=VIEW,
    rank=8,
    run=run,
    form=form,
    submit=submit,
    pictures=True,
    actions={
        "form": Action(run=open_form, opens=True),
        "retry": Action(run=retry, may=May.SELF, owner=owner),
    },
    shortcuts={"classify_image": Action(run=from_message, opens=True)},
)
