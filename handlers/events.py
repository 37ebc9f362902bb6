"""Read what Slack sends; what is not as Slack sends it is a ValueError."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.attached import pictures_of
from handlers.command import Origin
from handlers.parsing import plain
from services.models import Asked, Picture

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
STAMP = re.compile(r"[0-9.]{1,32}")
LONGEST_VALUE = 3_000  # characters; Slack keeps 2,000 in a button
UNSAID = re.compile(r"[\x00\ud800-\udfff]")  # no database takes them
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
    """A message that mentions the bot; answered in its thread. None for a bot's message.

    Raises:
        ValueError: it is not as Slack sends it.
    """
    thread = stamp(event.get("thread_ts")) or stamp(event.get("ts"))
    return _said(event, bot, surface="mention", thread=thread)


def direct(event: Mapping[str, Any], bot: str | None) -> IncomingMessage | None:
    """A direct message to the bot; None for edits, deletions and the bot's own words.

    Raises:
        ValueError: it is not as Slack sends it.
    """
    if event.get("channel_type") != "im" or event.get("subtype") not in SPOKEN:
        return None
    return _said(event, bot, surface="direct", thread=stamp(event.get("thread_ts")))


def _said(
    event: Mapping[str, Any], bot: str | None, *, surface: str, thread: str | None
) -> IncomingMessage | None:
    if event.get("bot_id") or not event.get("user"):
        return None
    channel, at = identifier(event.get("channel")), stamp(event.get("ts"))
    key = f"message:{channel}:{at}"
    return IncomingMessage(
        origin=Origin(
            asked=Asked(user=identifier(event["user"]), channel=channel, thread=thread),
            surface=surface,
            threaded=bool(thread) and bool(event.get("thread_ts")) and thread != at,
            once=key,
        ),
        text=plain(text(event.get("text")), bot),
        pictures=_pictures(event),
        key=key,
    )


def clicked(body: Mapping[str, Any]) -> Origin:
    """Where a button was clicked: a message, App Home or a modal.

    Raises:
        ValueError: it is not as Slack sends it.
    """
    container, message = _object(body, "container"), _object(body, "message")
    place = _object(body, "channel").get("id") or container.get("channel_id")
    channel = identifier(place) if place else ""
    ephemeral = bool(container.get("is_ephemeral"))
    at = stamp(container.get("message_ts")) or stamp(message.get("ts"))
    thread = stamp(message.get("thread_ts")) or stamp(container.get("thread_ts"))
    if thread == at:
        thread = None  # the message began that thread; it stands in the channel itself
    return Origin(
        asked=Asked(user=_user(body), channel=channel, thread=thread),
        surface="action" if channel else "view",
        url=_optional(body, "response_url"),
        trigger=_optional(body, "trigger_id"),
        open=channel.startswith("D") and not ephemeral,
        message=at or "",
        called=_called(body),
    )


def kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """As much of a click as `clicked` reads, so that another process can answer it.

    Raises:
        ValueError: it is not as Slack sends it.
    """
    message = _object(body, "message")
    return {
        "user": {"id": _user(body)},
        "channel": {name: _object(body, "channel").get(name) for name in ("id", "name")},
        "container": dict(_object(body, "container")),
        "message": {name: message.get(name) for name in ("ts", "thread_ts")},
        "response_url": body.get("response_url"),
        "trigger_id": body.get("trigger_id"),
    }


def typed(body: Mapping[str, Any]) -> Origin:
    """Where a slash command was typed.

    Raises:
        ValueError: it is not as Slack sends it.
    """
    return Origin(
        asked=Asked(
            user=identifier(body.get("user_id")), channel=identifier(body.get("channel_id"))
        ),
        surface="command",
        url=_optional(body, "response_url"),
        trigger=_optional(body, "trigger_id"),
        called=text(body.get("channel_name")),
    )


def shortcut(body: Mapping[str, Any]) -> tuple[Origin, tuple[Picture, ...]]:
    """A shortcut on a message, with the pictures of that message.

    Raises:
        ValueError: it is not as Slack sends it.
    """
    message, place = _object(body, "message"), _object(body, "channel").get("id")
    thread = message.get("thread_ts") or body.get("message_ts") or message.get("ts")
    origin = Origin(
        asked=Asked(
            user=_user(body), channel=identifier(place) if place else "", thread=stamp(thread)
        ),
        surface="shortcut",
        url=_optional(body, "response_url"),
        trigger=_optional(body, "trigger_id"),
        called=_called(body),
    )
    return origin, _pictures(message)


def submitted(view: Mapping[str, Any], user: str) -> tuple[Origin, str]:
    """Where a form was asked for, and what it carries, as `remembered` wrote it.

    Raises:
        ValueError: it is not one of ours.
    """
    known = json.loads(text(view.get("private_metadata")) or "{}")
    if not isinstance(known, dict):
        raise ValueError("a form's private metadata is no object")  # noqa: TRY004 - odd, as the rest
    channel, id_ = known.get("channel"), view.get("id")
    asked = Asked(
        user=identifier(user),
        channel=identifier(channel) if channel else "",
        thread=stamp(known.get("thread")),
    )
    origin = Origin(
        asked=asked,
        surface="view",
        url=_optional(known, "url"),
        open=known.get("open") is True,
        once=f"form:{identifier(id_)}" if id_ else "",
    )
    return origin, value(known.get("state"))


def whom(body: Mapping[str, Any]) -> Origin | None:
    """Who sent something that cannot be read, told directly; None where not even that is known."""
    event, user = body.get("event"), body.get("user")
    known = body.get("user_id") or (user.get("id") if isinstance(user, Mapping) else None)
    if known is None and isinstance(event, Mapping):
        known = event.get("user")
    if not isinstance(known, str) or not ID.fullmatch(known):
        return None
    url = body.get("response_url")
    return Origin(
        asked=Asked(user=known, channel=""),
        surface="view",
        url=url if isinstance(url, str) else None,
    )


def value(given: object) -> str:
    """What an element carries, without what no database takes.

    Raises:
        ValueError: it is no text, or longer than Slack lets it be.
    """
    said = text(given)
    if len(said) > LONGEST_VALUE:
        raise ValueError("a value is too long")
    return said


def text(given: object) -> str:
    """A text, "" where there is none.

    Raises:
        ValueError: it is something else.
    """
    if given is None:
        return ""
    if not isinstance(given, str):
        raise ValueError("a text is none")  # noqa: TRY004 - odd, as the rest
    return UNSAID.sub("", given)


def identifier(given: object) -> str:
    """The id of a person, a conversation or a view.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(given, str) or not ID.fullmatch(given):
        raise ValueError("an id is none")
    return given


def stamp(given: object) -> str | None:
    """The timestamp that names a message; None where there is none.

    Raises:
        ValueError: it is something else.
    """
    if given is None or given == "":
        return None
    if not isinstance(given, str) or not STAMP.fullmatch(given):
        raise ValueError("a timestamp is none")
    return given


def _user(body: Mapping[str, Any]) -> str:
    return identifier(_object(body, "user").get("id"))


def _called(body: Mapping[str, Any]) -> str:
    """What Slack calls the conversation."""
    return text(_object(body, "channel").get("name"))


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name) or {}
    if not isinstance(found, Mapping):
        raise ValueError(f"{name} is no object")  # noqa: TRY004 - odd, as the rest
    return found


def _optional(body: Mapping[str, Any], name: str) -> str | None:
    return text(body.get(name)) or None


def _pictures(message: Mapping[str, Any]) -> tuple[Picture, ...]:
    """The pictures of a message.

    Raises:
        ValueError: they are no list of objects.
    """
    listed = message.get("files") or []
    if not isinstance(listed, list) or not all(isinstance(file, Mapping) for file in listed):
        raise ValueError("the files are none")
    return pictures_of(message)
