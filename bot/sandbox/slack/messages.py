"""Messages: posting, editing, deleting, threads, and who sees what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.sandbox.slack.blocks import check_message, limits
from bot.sandbox.slack.events import Deliveries
from bot.sandbox.slack.files import Files
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.state import APP, BOT, BOT_USER, TEAM, State, is_member

Json = dict[str, Any]
HIDDEN = {"channel", "ephemeral_to", "metadata"}  # never in an event, or on request only


class Messages:
    """The messages of every channel."""

    def __init__(self, state: State, files: Files, deliveries: Deliveries) -> None:
        self._state = state
        self._files = files
        self._deliveries = deliveries

    def find(self, channel: str, ts: object) -> Json:
        """A message by channel id and timestamp.

        Raises:
            Refusal: `message_not_found`.
        """
        messages = self._state.messages(channel)
        if str(ts) not in messages:
            raise Refusal("message_not_found")
        return messages[str(ts)]

    def visible(self, channel: str, ts: object, user: str) -> Json:
        """A message that this person can see.

        Raises:
            Refusal: `message_not_found`.
        """
        message = self.find(channel, ts)
        if message.get("ephemeral_to") not in {None, user}:
            raise Refusal("message_not_found")
        return message

    def add(self, channel: str, fields: Json) -> Json:
        """Store a new message; counts a reply in its thread and tells the pages.

        Raises:
            Refusal: the thread does not exist.
        """
        kept = {key: value for key, value in fields.items() if value not in (None, "", [])}
        message = {"type": "message", "channel": channel, "team": TEAM, "text": "", **kept}
        root = self._root(channel, message)
        message["ts"] = self._state.ts()
        if root is not None and "ephemeral_to" not in message:
            self._count_reply(channel, root, message)
        self._state.messages(channel)[message["ts"]] = message
        self._files.share(message.get("files", []), channel)
        self._state.changes.mark(f"messages:{channel}")
        return message

    def post(self, channel: Json, content: Json) -> Json:
        """A message by the bot.

        Raises:
            Refusal: nothing to say, blocks that Slack refuses, or no such thread.
        """
        message = self.add(channel["id"], {**self._by_bot(content), **_thread(content)})
        self._report(channel, self.event(message))
        return message

    def whisper(self, channel: str, user: str, content: Json) -> Json:
        """A message by the bot that one person sees.

        Raises:
            Refusal: nothing to say, blocks that Slack refuses, or no such thread.
        """
        fields = {**self._by_bot(content), **_thread(content), "ephemeral_to": user}
        return self.add(channel, fields)

    def edit(self, message: Json, content: Json) -> Json:
        """Replace what an earlier message of the bot says.

        Raises:
            Refusal: nothing to say, or blocks that Slack refuses.
        """
        new = self._content(content, kept=message)
        before = self.event(message)
        channel = self._state.channels[message["channel"]]
        message.update(new)
        message["edited"] = {"user": BOT_USER, "ts": self._state.ts()}
        self._state.messages(channel["id"])[message["ts"]] = message
        self._state.changes.mark(f"messages:{channel['id']}")
        if "ephemeral_to" not in message:
            self._report(channel, _changed(self.event(message), before))
        return message

    def delete(self, message: Json) -> None:
        channel = message["channel"]
        del self._state.messages(channel)[message["ts"]]
        root = self._state.messages(channel).get(message.get("thread_ts", ""))
        if root is not None and "reply_count" in root:
            root["reply_count"] -= 1
            self._state.messages(channel)[root["ts"]] = root
        self._state.changes.mark(f"messages:{channel}")

    def listed(self, channel: str, thread: str | None = None) -> Iterator[Json]:
        """Return what everybody in a channel sees, oldest first: its top level, or one thread."""
        for message in self._state.messages(channel).values():
            if "ephemeral_to" not in message and in_place(message, thread):
                yield message

    def public(self, message: Json, *, metadata: bool = False) -> Json:
        """A message as the Web API and interactions give it."""
        shown = {key: value for key, value in message.items() if key not in HIDDEN}
        if "files" in message:
            shown["files"] = [self._files.public(file) for file in message["files"]]
        if metadata and "metadata" in message:
            shown["metadata"] = message["metadata"]
        return shown

    def event(self, message: Json) -> Json:
        """The message event about a new message."""
        channel = self._state.channels[message["channel"]]
        return {
            **self.public(message),
            "channel": channel["id"],
            "channel_type": "im" if channel.get("is_im") else "channel",
            "event_ts": message["ts"],
        }

    def _by_bot(self, content: Json) -> Json:
        author = {"user": BOT_USER, "bot_id": BOT, "app_id": APP}
        return {**author, **self._content(content, kept={})}

    def _content(self, content: Json, kept: Json) -> Json:
        """The checked text, blocks and metadata; what is not given stays as it was."""
        new: Json = {}
        if content.get("text") is not None:
            new["text"] = str(content["text"])[: limits()["texts"]["message"]]
        if content.get("blocks") is not None:
            unknown = self._state.unknown_blocks()
            new["blocks"] = check_message(content["blocks"], unknown=unknown)
        if content.get("attachments") is not None:
            new["attachments"] = content["attachments"]
        if content.get("metadata"):
            new["metadata"] = _metadata(content["metadata"])
        if content.get("files"):
            new["files"] = content["files"]
        after = {**kept, **new}
        if not any(after.get(part) for part in ("text", "blocks", "attachments", "files")):
            raise Refusal("no_text")
        return new

    def _root(self, channel: str, message: Json) -> Json | None:
        thread = message.get("thread_ts")
        if thread is None:
            return None
        root = self._state.messages(channel).get(thread)
        if root is None:
            raise Refusal("thread_not_found")
        if root.get("thread_ts") not in {None, thread}:  # a reply was named: Slack takes its root
            message["thread_ts"] = root["thread_ts"]
            return self._root(channel, message)
        return root

    def _count_reply(self, channel: str, root: Json, message: Json) -> None:
        root["thread_ts"] = root["ts"]
        root["reply_count"] = root.get("reply_count", 0) + 1
        root["reply_users"] = sorted({*root.get("reply_users", []), message["user"]})
        root["latest_reply"] = message["ts"]
        self._state.messages(channel)[root["ts"]] = root

    def _report(self, channel: Json, event: Json) -> None:
        """Slack tells an app of its own messages too, where it may read them."""
        if is_member(channel):
            self._deliveries.publish(event)


def in_place(message: Json, thread: str | None) -> bool:
    """Whether a message shows at the top level (thread None), or in that thread."""
    if thread is not None:
        return thread in {message["ts"], message.get("thread_ts")}
    root = message.get("thread_ts") in {None, message["ts"]}
    return root or message.get("subtype") == "thread_broadcast"


def page(items: Iterable[Json], args: Json, *, default: int = 100) -> tuple[list[Json], Json]:
    """One page of a listing by `limit` and `cursor`, and what its answer says about more."""
    everything = list(items)
    start = number(args, "cursor", 0)
    size = max(1, min(number(args, "limit", default), 1000))
    more = start + size < len(everything)
    cursor = str(start + size) if more else ""
    return everything[start : start + size], {
        "has_more": more,
        "response_metadata": {"next_cursor": cursor},
    }


def number(args: Json, name: str, default: int) -> int:
    """A whole number among the arguments.

    Raises:
        Refusal: it is none.
    """
    try:
        return int(args.get(name) or default)
    except (TypeError, ValueError):
        raise Refusal("invalid_arguments") from None


def _thread(content: Json) -> Json:
    broadcast = content.get("reply_broadcast") in {True, "true", "1"}
    subtype = {"subtype": "thread_broadcast"} if broadcast and content.get("thread_ts") else {}
    return {"thread_ts": content.get("thread_ts") or None, **subtype}


def _metadata(metadata: Any) -> Json:  # noqa: ANN401 - from the wire
    if not isinstance(metadata, dict) or not metadata.get("event_type"):
        raise Refusal("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise Refusal("invalid_metadata_format")
    return metadata


def _changed(now: Json, before: Json) -> Json:
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "message": {k: v for k, v in now.items() if k not in {"channel", "channel_type"}},
        "previous_message": {k: v for k, v in before.items() if k != "channel"},
        "channel": now["channel"],
        "channel_type": now["channel_type"],
        "ts": now["edited"]["ts"],
        "event_ts": now["edited"]["ts"],
    }
