"""response_url: five answers within thirty minutes, where the app is no member too."""

from __future__ import annotations

import secrets
import time
from typing import Any

from bot.sandbox.slack.messages import Messages
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.state import State
from bot.sandbox.store import Collection

Json = dict[str, Any]
USES = 5
SECONDS = 1800.0


class ResponseUrls:
    """Issues and serves the addresses. Their time is real time: people are not sped up."""

    def __init__(self, state: State, messages: Messages) -> None:
        self._state = state
        self._messages = messages

    @property
    def _urls(self) -> Collection:
        return self._state.store.collection("slack.response_urls")

    def issue(self, channel: str, user: str, message: Json | None = None) -> str:
        """An address that answers this person in this channel, about that message."""
        for old in [key for key, url in self._urls.items() if time.time() - url["at"] > SECONDS]:
            del self._urls[old]
        key = secrets.token_hex(12)
        self._urls[key] = {
            "channel": channel,
            "user": user,
            "ts": message["ts"] if message else None,
            "thread_ts": _thread(message) if message else None,
            "uses": 0,
            "at": time.time(),
        }
        return f"{self._state.base_url}/response/{key}"

    def use(self, key: str, body: Json) -> None:
        """Answer through an address.

        Raises:
            Refusal: `expired_url`, `used_url`, or what a message is refused for.
        """
        url = self._urls.get(key)
        if url is None or time.time() - url["at"] > SECONDS:
            raise Refusal("expired_url")
        if url["uses"] >= USES:
            raise Refusal("used_url")
        url["uses"] += 1
        self._urls[key] = url
        self.answer(url, body)

    def answer(self, place: Json, body: Json) -> None:
        """Post, replace or delete, as a response_url or the answer to a command asks.

        Raises:
            Refusal: what a message is refused for.
        """
        channel = self._state.channel(place["channel"])
        original = self._state.messages(channel["id"]).get(place.get("ts") or "")
        if body.get("delete_original"):
            if original is not None:
                self._messages.delete(original)
        elif body.get("replace_original") and original is not None:
            self._messages.edit(original, {"blocks": [], "attachments": [], **body})
        else:
            content = {**body, "thread_ts": body.get("thread_ts") or place.get("thread_ts")}
            if body.get("response_type") == "in_channel":
                self._messages.post(channel, content)
            else:
                self._messages.whisper(channel["id"], place["user"], content)


def _thread(message: Json) -> str | None:
    """The thread a message stands in; None for one that began a thread: it is in the channel."""
    thread = message.get("thread_ts")
    return None if thread == message["ts"] else thread
