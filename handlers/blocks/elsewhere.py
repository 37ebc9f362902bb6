"""Why something is said in another place than the one where it was asked for."""

from __future__ import annotations

from handlers.blocks.elements import Marked, code, where

ANSWER = Marked(
    "I am not in {channel}, so I answer here. Type `/invite @aml-bot` there to change that."
)
ANSWER_TO_TWO = Marked("I cannot write in the conversation where you asked, so I answer here.")
PROGRESS = Marked(
    "I am not in {channel}, so this message came here. "
    "To see progress there, type `/invite @aml-bot` in that channel."
)
PROGRESS_OF_TWO = Marked(
    "I cannot write in the conversation where this was asked for, so this message came here."
)
OPERATION = Marked(
    "I am not in {channel}, so the message of {operation} is in our direct message. "
    "Type `/invite @aml-bot` here to change that."
)
OPERATION_OF_TWO = Marked(
    "I cannot write in this conversation, so the message of {operation} is in our direct message, "
    "under Apps."
)


def answer(asked: str) -> Marked:
    """Said under an answer; `asked` is the id of the conversation where somebody asked."""
    return (ANSWER_TO_TWO if _of_two(asked) else ANSWER).format(channel=where(asked))


def progress(asked: str) -> Marked:
    """Said under an operation's message."""
    return (PROGRESS_OF_TWO if _of_two(asked) else PROGRESS).format(channel=where(asked))


def operation(asked: str, name: str) -> Marked:
    """Said where somebody asked, of the message of the operation of that name."""
    text = OPERATION_OF_TWO if _of_two(asked) else OPERATION
    return text.format(channel=where(asked), operation=code(name))


def _of_two(conversation: str) -> bool:
    """A direct message between people: no app can be invited there."""
    return conversation.startswith("D")
