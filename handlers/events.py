"""Read what people say to the bot: mentions, direct messages, message shortcuts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.command import Origin
from handlers.parsing import plain
from handlers.uploads import pictures_of
from services.models import Asked, Picture

SPOKEN = frozenset({None, "file_share", "thread_broadcast"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """A message to the bot. `key` is the same for every delivery of the same message."""

    origin: Origin
    text: str
    pictures: tuple[Picture, ...]
    key: str


def said(kept: Mapping[str, Any]) -> IncomingMessage | None:
    """A message as it came: its `kind` (mention or direct), the `event`, and who the `bot` is."""
    read = mention if kept["kind"] == "mention" else direct
    return read(kept["event"], kept["bot"])


def mention(event: Mapping[str, Any], bot: str | None) -> IncomingMessage | None:
    """A message that mentions the bot; answered in its thread. None for a bot's message."""
    thread = str(event.get("thread_ts") or event.get("ts") or "")
    return _said(event, bot, surface="mention", thread=thread)


def direct(event: Mapping[str, Any], bot: str | None) -> IncomingMessage | None:
    """A direct message to the bot; None for edits, deletions and the bot's own words."""
    if event.get("channel_type") != "im" or event.get("subtype") not in SPOKEN:
        return None
    return _said(event, bot, surface="direct", thread=event.get("thread_ts"))


def _said(
    event: Mapping[str, Any], bot: str | None, *, surface: str, thread: str | None
) -> IncomingMessage | None:
    if event.get("bot_id") or not event.get("user"):
        return None
    channel = str(event["channel"])
    key = f"message:{channel}:{event.get('ts')}"
    return IncomingMessage(
        origin=Origin(
            asked=Asked(user=str(event["user"]), channel=channel, thread=thread),
            surface=surface,
            threaded=bool(event.get("thread_ts")) and event.get("thread_ts") != event.get("ts"),
            once=key,
        ),
        text=plain(str(event.get("text") or ""), bot),
        pictures=pictures_of(event.get("files")),
        key=key,
    )


def clicked(body: Mapping[str, Any]) -> Origin:
    """Where a button was clicked: a message, App Home or a modal."""
    container = body.get("container") or {}
    message = body.get("message") or {}
    place = body.get("channel") or {}
    channel = str(place.get("id") or container.get("channel_id") or "")
    ephemeral = bool(container.get("is_ephemeral"))
    thread = message.get("thread_ts") or container.get("thread_ts")
    if thread == container.get("message_ts", message.get("ts")):
        thread = None  # the message began that thread; it stands in the channel itself
    return Origin(
        asked=Asked(user=str(body["user"]["id"]), channel=channel, thread=thread),
        surface="action" if channel else "view",
        url=body.get("response_url"),
        trigger=body.get("trigger_id"),
        open=channel.startswith("D") and not ephemeral,
        message=str(container.get("message_ts") or message.get("ts") or ""),
        called=str(place.get("name") or ""),
    )


def kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """As much of a click as `clicked` reads, so that another process can answer it."""
    message = body.get("message") or {}
    return {
        "user": {"id": body["user"]["id"]},
        "channel": {name: (body.get("channel") or {}).get(name) for name in ("id", "name")},
        "container": dict(body.get("container") or {}),
        "message": {name: message.get(name) for name in ("ts", "thread_ts")},
        "response_url": body.get("response_url"),
        "trigger_id": body.get("trigger_id"),
    }


def typed(body: Mapping[str, Any]) -> Origin:
    """Where a slash command was typed."""
    return Origin(
        asked=Asked(user=str(body["user_id"]), channel=str(body["channel_id"])),
        surface="command",
        url=body.get("response_url"),
        trigger=body.get("trigger_id"),
        called=str(body.get("channel_name") or ""),
    )


def shortcut(body: Mapping[str, Any]) -> tuple[Origin, tuple[Picture, ...]]:
    """A shortcut on a message, with the pictures of that message."""
    message = body.get("message") or {}
    asked = Asked(
        user=str(body["user"]["id"]),
        channel=str((body.get("channel") or {}).get("id") or ""),
        thread=message.get("thread_ts") or body.get("message_ts") or message.get("ts"),
    )
    origin = Origin(
        asked=asked,
        surface="shortcut",
        url=body.get("response_url"),
        trigger=body.get("trigger_id"),
        called=str((body.get("channel") or {}).get("name") or ""),
    )
    return origin, pictures_of(message.get("files"))
