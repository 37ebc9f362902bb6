"""A Slack client that remembers what it was asked and answers from memory."""

from __future__ import annotations

from http.client import RemoteDisconnected
from typing import Any, cast

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse


class MemorySlack:
    """Posts get rising timestamps; `refusals` holds the errors of the next calls by method."""

    base_url = "https://slack.com/api/"
    token = "xoxb-made-up"

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refusals: dict[str, list[tuple[str, int, dict[str, str]]]] = {}
        self.messages: list[dict[str, Any]] = []
        self.members: dict[str, list[str]] = {}
        self.private: set[str] = set()
        self.file: dict[str, Any] = {}
        self._loses = False

    def client(self) -> WebClient:
        return cast(WebClient, self)

    def refuse(
        self, method: str, error: str, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        """Answer the next call of that method with an error."""
        self.refusals.setdefault(method, []).append((error, status, headers or {}))

    def lose_confirmation(self) -> None:
        """Take the next post, and let nobody hear of it."""
        self._loses = True

    def made(self, method: str) -> list[dict[str, Any]]:
        """The arguments of every call of that method that was not refused."""
        return [arguments for name, arguments in self.calls if name == method]

    def chat_postMessage(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401, N802 - as slack_sdk
        self._take("chat_postMessage", arguments)
        message = {"ts": f"{len(self.calls)}.0", **arguments}
        self.messages.append(message)
        if self._loses:
            self._loses = False
            raise RemoteDisconnected("the answer got lost")
        return message

    def chat_update(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as slack_sdk
        return self._take("chat_update", arguments)

    def conversations_open(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as slack_sdk
        self._take("conversations_open", arguments)
        return {"channel": {"id": f"D{arguments['users']}"}}

    def conversations_info(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as slack_sdk
        self._take("conversations_info", arguments)
        channel = arguments["channel"]
        return {"channel": {"id": channel, "is_private": channel in self.private}}

    def conversations_history(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as slack_sdk
        self._take("conversations_history", arguments)
        return {"messages": self._in(arguments["channel"])}

    def conversations_replies(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as slack_sdk
        self._take("conversations_replies", arguments)
        return {"messages": self._in(arguments["channel"])}

    def views_open(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as slack_sdk
        return self._take("views_open", arguments)

    def views_publish(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as slack_sdk
        return self._take("views_publish", arguments)

    def usergroups_users_list(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as slack_sdk
        self._take("usergroups_users_list", arguments)
        return {"users": self.members.get(arguments["usergroup"], [])}

    def files_info(self, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as slack_sdk
        self._take("files_info", arguments)
        return {"file": self.file}

    def _in(self, channel: str) -> list[dict[str, Any]]:
        return [one for one in self.messages if one["channel"] == channel]

    def _take(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        waiting = self.refusals.get(method)
        if waiting:
            error, status, headers = waiting.pop(0)
            raise SlackApiError(error, _response(error, status, headers))  # type: ignore[no-untyped-call]  # the SDK has no types here
        self.calls.append((method, arguments))
        return {"ok": True}


def _response(error: str, status: int, headers: dict[str, str]) -> SlackResponse:
    return SlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": False, "error": error, "needed": "channels:history"},
        headers=headers,
        status_code=status,
    )
