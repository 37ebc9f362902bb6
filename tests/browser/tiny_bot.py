"""A Slack app of a few lines, so that the page is tested without the product's bot."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from tests.browser.gallery import INPUT_ELEMENTS, button, field, mrkdwn, plain
from tests.socket_mode import hangs_up

FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("A form"),
    "submit": plain("Save"),
    "close": plain("Cancel"),
    "blocks": [
        field({"type": "plain_text_input", "min_length": 3}, "name", "Endpoint name"),
        field(INPUT_ELEMENTS["file_input"], "pictures", "Pictures") | {"optional": True},
        {"type": "actions", "elements": [button("Open another", "another")]},
    ],
}
STEPS = 3


class TinyBot:
    """Connects to the local Slack; `client` posts as the bot."""

    def __init__(self, env: Mapping[str, str]) -> None:
        token = env["SLACK_BOT_TOKEN"]
        self.client = WebClient(token=token, base_url=env["SLACK_API_URL"])
        self.submitted: list[dict[str, Any]] = []
        self.clicked: list[str] = []
        app = App(client=self.client, token_verification_enabled=False)
        app.command("/aml")(self._command)
        app.action("another")(self._another)
        app.action("act")(self._clicked)
        app.view("form")(self._submitted)
        app.event("app_mention")(self._mentioned)
        app.event("message")(_ignored)
        app.event("app_home_opened")(self._home)
        app.shortcut("classify_image")(self._shortcut)
        self._handler = SocketModeHandler(app, env["SLACK_APP_TOKEN"])
        self._handler.client.proxy = None  # it does not honour NO_PROXY

    def __enter__(self) -> Self:
        self._handler.connect()  # type: ignore[no-untyped-call]  # Bolt left it out
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        hangs_up(self._handler)

    def _command(self, ack: Any, respond: Any, command: dict[str, Any]) -> None:  # noqa: ANN401 - Bolt
        if command["text"] == "late":
            return  # never acknowledged
        ack()
        if command["text"] == "form":
            self.client.views_open(trigger_id=command["trigger_id"], view=FORM)
        else:
            respond(f"You said {command['text']}")

    def _another(self, ack: Any, body: dict[str, Any]) -> None:  # noqa: ANN401 - Bolt
        ack()
        self.client.views_push(trigger_id=body["trigger_id"], view=FORM)

    def _clicked(self, ack: Any, action: dict[str, Any]) -> None:  # noqa: ANN401 - Bolt
        ack()
        self.clicked.append(str(action.get("value") or action["selected_option"]["value"]))

    def _submitted(self, ack: Any, view: dict[str, Any]) -> None:  # noqa: ANN401 - Bolt
        values = view["state"]["values"]
        if values["name"]["act"]["value"] == "taken":
            ack(response_action="errors", errors={"name": "That name is taken."})
        else:
            ack()
            self.submitted.append(values)

    def _mentioned(self, event: dict[str, Any]) -> None:
        names = ", ".join(file["name"] for file in event.get("files", ())) or "no files"
        text = f"You mentioned me with {names}"
        self.client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text=text)

    def _home(self, event: dict[str, Any]) -> None:
        view = {"type": "home", "blocks": [{"type": "section", "text": mrkdwn("Welcome home")}]}
        self.client.views_publish(user_id=event["user"], view=view)

    def _shortcut(self, ack: Any, shortcut: dict[str, Any]) -> None:  # noqa: ANN401 - Bolt
        ack()
        self.client.views_open(trigger_id=shortcut["trigger_id"], view=FORM)


def _ignored() -> None:
    """Direct messages arrive as well; this bot says nothing to them."""
