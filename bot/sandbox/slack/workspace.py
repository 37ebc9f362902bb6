"""The parts of the local Slack, put together once."""

from __future__ import annotations

from bot.sandbox.faults import Faults
from bot.sandbox.slack.events import Deliveries
from bot.sandbox.slack.files import Files
from bot.sandbox.slack.messages import Messages
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.state import State
from bot.sandbox.slack.views import Views
from bot.sandbox.slack.webhook import Webhook


class Workspace:
    """The parts that the Web API, the events and the people of the page act upon."""

    def __init__(
        self, state: State, faults: Faults, *, bot_token: str, app_token: str, signing_secret: str
    ) -> None:
        self.state = state
        self.faults = faults
        self.bot_token = bot_token
        self.app_token = app_token
        self.sockets = SocketMode(state.changes)
        self.webhook = Webhook(signing_secret)
        self.deliveries = Deliveries(state, self.sockets, self.webhook)
        self.files = Files(state)
        self.messages = Messages(state, self.files, self.deliveries)
        self.response_urls = ResponseUrls(state, self.messages)
        self.views = Views(state)

    async def close(self) -> None:
        """Let go of connections and of deliveries under way."""
        await self.deliveries.close()
        await self.sockets.close()
        await self.webhook.close()
