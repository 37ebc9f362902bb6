"""A model's long text in a modal."""

from __future__ import annotations

from handlers.blocks import markdown
from handlers.blocks.elements import escape, header, plain, section
from handlers.command import View
from services.catalog import Description

TITLE = "About this model"
NO_TEXT = "Its publisher gives no description."
TEXT_UNREAD = "The description could not be read: {why} Click Read more again, or open studio."


def screen(known: Description) -> View:
    """The long text in a modal."""
    if known.text:
        blocks = markdown.sections(known.text)
    elif known.why:
        blocks = [section(TEXT_UNREAD.format(why=escape(known.why)))]
    else:
        blocks = [section(NO_TEXT)]
    return {
        "type": "modal",
        "callback_id": "aml.card",
        "title": plain(TITLE, 24),
        "close": plain("Close"),
        "blocks": [header(known.name), *blocks],
    }
