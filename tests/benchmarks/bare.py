"""The baseline: a Bolt app that acknowledges `/aml` and does nothing else."""

from __future__ import annotations

import os
import threading

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient


def main() -> None:
    client = WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = App(client=client, token_verification_enabled=False)

    @app.command("/aml")
    def typed(ack: Ack) -> None:
        ack()

    handler = SocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
    handler.client.proxy = None
    handler.connect()  # type: ignore[no-untyped-call] # untyped in slack_bolt
    threading.Event().wait()


if __name__ == "__main__":
    main()
