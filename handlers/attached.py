"""Which pictures a message has: its own, those forwarded with it, those of its thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from slack_sdk import WebClient

from handlers.parsing import file_name
from handlers.posting import NotWritableError, mapped
from services.errors import (
    ErrorText,
    NotAllowedError,
    ServiceRefusedError,
    TemporaryError,
    UserError,
)
from services.models import Picture

HISTORY = "channels:history"
NESTED = 4  # messages within messages within messages
UNNAMED = "Unnamed picture"
THREAD_UNREADABLE = ErrorText(
    code="ThreadNotReadable",
    what="I cannot read this thread to find its picture.",
    why="The Slack app lacks the optional scope `{scope}`, or I am not in the channel.",
    advice="Use the shortcut “Classify image” on the message with the picture, or attach the "
    "picture to your message.",
)


def pictures_of(message: Mapping[str, Any]) -> tuple[Picture, ...]:
    """Return the pictures and other files of a message, and of those forwarded in it.

    Files that were deleted are left out. Slack tells of some only by their id (`check_file_info`):
    those have no name until `named` asks for it. Pictures behind `image_url` are no files of Slack.
    """
    found: dict[str, Picture] = {}
    for file in _files(message, NESTED):
        known = file.get("id")
        if not isinstance(known, str) or not known or file.get("mode") == "tombstone":
            continue
        name = str(file.get("name") or file.get("title") or "")
        picture = Picture(file=known, name=file_name(name) if name else "")
        if known not in found or not found[known].name:
            found[known] = picture
    return tuple(found.values())


def _files(message: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """The file objects of a message: its own, in its blocks, in what was forwarded with it."""
    yield from _mappings(message.get("files"))
    for block in _mappings(message.get("blocks")):
        if block.get("type") == "image" and isinstance(block.get("slack_file"), Mapping):
            yield block["slack_file"]
    if depth == 0:
        return
    for attachment in _mappings(message.get("attachments")):
        yield from _files(attachment, depth - 1)
    for part in (*_mappings(message.get("message_blocks")), message):
        inner = part.get("message")
        if isinstance(inner, Mapping):
            yield from _files(inner, depth - 1)


def _mappings(found: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; anything else in it, or in its place, is nothing of ours."""
    if isinstance(found, list | tuple):
        yield from (each for each in found if isinstance(each, Mapping))


def named(client: WebClient, pictures: Iterable[Picture]) -> tuple[Picture, ...]:
    """Return the pictures with the names that Slack did not tell of."""
    return tuple(
        picture if picture.name else replace(picture, name=_name(client, picture))
        for picture in pictures
    )


def _name(client: WebClient, picture: Picture) -> str:
    try:
        file = mapped(lambda: client.files_info(file=picture.file))["file"]
    except (NotWritableError, ServiceRefusedError, TemporaryError):
        return UNNAMED  # what is wrong with it is told when it is fetched
    return file_name(str(file.get("name") or file.get("title") or UNNAMED))


def thread_pictures(client: WebClient, channel: str, thread: str) -> tuple[Picture, ...]:
    """Return the pictures of a thread, newest message with pictures first; () when it has none.

    Raises:
        NotAllowedError: the bot may not read the conversation; says which scope is missing.
        TemporaryError: Slack cannot be reached or asks to wait.
    """
    try:
        answer = mapped(lambda: client.conversations_replies(channel=channel, ts=thread, limit=100))
    except (NotWritableError, ServiceRefusedError) as error:
        needed = error.evidence[0] if isinstance(error, UserError) and error.evidence else HISTORY
        raise NotAllowedError(THREAD_UNREADABLE, scope=needed) from error
    for message in reversed(answer.get("messages") or []):
        found = pictures_of(message)
        if found:
            return found
    return ()
