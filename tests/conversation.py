"""Speaks to the bot as a person does: types, clicks, drops files, reads, over the control API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

PATIENCE = 60.0  # seconds; machines that run everything at once are slow
BLINK, LONGEST_BLINK = 0.02, 0.12  # seconds between two looks: more the longer it takes
STATES = {
    "pending": "waiting",
    "in_progress": "running",
    "complete": "done",
    "error": "failed",
}
A_MOMENT = "One moment, this takes longer than usual …"


@dataclass(frozen=True, slots=True)
class Message:
    """A message as that person sees it."""

    raw: Mapping[str, Any]

    @property
    def ts(self) -> str:
        return str(self.raw["ts"])

    @property
    def text(self) -> str:
        return str(self.raw.get("text") or "")

    @property
    def blocks(self) -> list[dict[str, Any]]:
        return list(self.raw.get("blocks") or ())

    @property
    def words(self) -> str:
        """Everything readable: the fallback text and every text in the blocks."""
        return "\n".join([self.text, *_texts(self.blocks)])

    def elements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every interactive element with its block id."""
        for block in self.blocks:
            found = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
            for element in found:
                if isinstance(element, dict) and "action_id" in element:
                    yield str(block.get("block_id", "")), element

    def buttons(self) -> list[str]:
        """The visible labels of its buttons."""
        return [str(e["text"]["text"]) for _, e in self.elements() if e["type"] == "button"]

    def button(self, label: str) -> tuple[str, dict[str, Any]]:
        for block, element in self.elements():
            if element["type"] == "button" and element["text"]["text"] == label:
                return block, element
        raise AssertionError(f"no button {label!r} among {self.buttons()} in:\n{self.words}")


def _task(card: Mapping[str, Any]) -> str:
    """A step as the page shows it, in a line: its title, its state, and what it says."""
    said = "".join(_texts(card.get("details") or {}))
    return " · ".join(part for part in (card["title"], STATES[card["status"]], said) if part)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict) and value.get("type") == "task_card":
        yield _task(value)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in {"text", "title", "alt_text", "caption"} and isinstance(item, str):
                yield item
            else:
                yield from _texts(item)


class Person:
    """One person in one channel of the local Slack.

    Args:
        control_url: of a running sandbox.
        user: a user id.
        channel: a channel id.
    """

    def __init__(self, control_url: str, user: str, channel: str) -> None:
        self._url = control_url
        self._http = requests.Session()
        self._http.trust_env = False
        self.user = user
        self.channel = channel

    def there(self, channel: str) -> Person:
        """The same person in another channel."""
        return Person(self._url, self.user, channel)

    def direct(self) -> Person:
        """The same person in the direct message with the bot."""
        channels = self.get("state", user=self.user)["channels"]
        return self.there(next(one["id"] for one in channels if one["kind"] == "dm"))

    def types(self, text: str) -> Message:
        """Type a slash command and wait for the answer to it; what is added later is another."""
        before = {message.ts for message in self.reads()}
        self.sends_command(text)

        def new(message: Message) -> bool:
            return (
                message.ts not in before
                and message.raw["user"] != self.user
                and message.text != A_MOMENT
            )

        newest = self.waits(new)
        return next((message for message in self.reads() if new(message)), newest)

    def sends_command(self, text: str) -> dict[str, Any]:
        body = {"user": self.user, "channel": self.channel, "text": text}
        return self.post("command", body)

    def says(
        self,
        text: str,
        files: Sequence[tuple[str, bytes]] = (),
        thread: str | None = None,
    ) -> str:
        """Post a message; the answer is its timestamp."""
        form = {"user": self.user, "channel": self.channel, "text": text}
        if thread:
            form["thread_ts"] = thread
        parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in form.items()]
        parts += [("file", (name, content)) for name, content in files]
        answer = self._http.post(f"{self._url}/message", files=parts, timeout=PATIENCE)
        assert answer.ok, answer.text
        return str(answer.json()["ts"])

    def clicks(self, message: Message, label: str) -> dict[str, Any]:
        block, element = message.button(label)
        return self.acts(message, element["action_id"], block, value=element.get("value"))

    def acts(
        self, message: Message, action: str, block: str = "", **more: object
    ) -> dict[str, Any]:
        body = {
            "user": self.user,
            "channel": self.channel,
            "ts": message.ts,
            "action_id": action,
            **({"block_id": block} if block else {}),
            **{key: value for key, value in more.items() if value is not None},
        }
        return self.post("action", body)

    def picks_shortcut(self, ts: str, shortcut: str = "classify_image") -> dict[str, Any]:
        body = {"user": self.user, "channel": self.channel, "ts": ts, "callback_id": shortcut}
        return self.post("shortcut", body)

    def reads(self, thread: str | None = None) -> list[Message]:
        query = {"channel": self.channel, "user": self.user}
        if thread:
            query["thread_ts"] = thread
        return [Message(raw) for raw in self.get("messages", **query)["messages"]]

    def waits(
        self,
        wanted: Callable[[Message], bool],
        thread: str | None = None,
        patience: float = PATIENCE,
    ) -> Message:
        """The newest message that fits, as soon as there is one."""
        deadline, pause = time.monotonic() + patience, BLINK
        while True:
            seen = self.reads(thread)
            for message in reversed(seen):
                if wanted(message):
                    return message
            if time.monotonic() > deadline:
                shown = "\n---\n".join(message.words for message in seen)
                raise AssertionError(f"no such message; {self.user} sees:\n{shown}")
            time.sleep(pause)
            pause = min(1.5 * pause, LONGEST_BLINK)

    def waits_for(
        self, words: str, thread: str | None = None, patience: float = PATIENCE
    ) -> Message:
        """The newest message that holds these words."""
        return self.waits(lambda m: words in m.words, thread, patience)

    def waits_for_button(self, label: str, patience: float = PATIENCE) -> Message:
        return self.waits(lambda m: label in m.buttons(), patience=patience)

    def views(self) -> list[dict[str, Any]]:
        return list(self.get("views", user=self.user)["views"])

    def waits_for_view(self, patience: float = PATIENCE) -> dict[str, Any]:
        deadline = time.monotonic() + patience
        while not (views := self.views()):
            assert time.monotonic() < deadline, "no modal opened"
            time.sleep(BLINK)
        return views[-1]

    def submits(
        self,
        view: Mapping[str, Any],
        values: Mapping[str, Mapping[str, object]],
        files: Sequence[tuple[str, bytes]] = (),
    ) -> dict[str, Any]:
        body = {"user": self.user, "view_id": view["id"], "values": values}
        if not files:
            return self.post("view", body)
        parts: list[tuple[str, Any]] = [
            ("user", (None, self.user)),
            ("view_id", (None, view["id"])),
            ("values", (None, json.dumps(values))),
        ]
        parts += [("files", (name, content)) for name, content in files]
        answer = self._http.post(f"{self._url}/view", files=parts, timeout=PATIENCE)
        assert answer.ok, answer.text
        return dict(answer.json())

    def get(self, path: str, **query: str) -> dict[str, Any]:
        answer = self._http.get(f"{self._url}/{path}", params=query, timeout=PATIENCE)
        assert answer.ok, answer.text
        return dict(answer.json())

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        answer = self._http.post(f"{self._url}/{path}", json=body, timeout=PATIENCE)
        assert answer.ok, answer.text
        return dict(answer.json())

    def delete(self, path: str) -> None:
        answer = self._http.delete(f"{self._url}/{path}", timeout=PATIENCE)
        assert answer.ok, answer.text


def shown(messages: Sequence[Message]) -> str:
    """For failure messages: what somebody sees."""
    return json.dumps([message.raw for message in messages], indent=1)[:4000]
