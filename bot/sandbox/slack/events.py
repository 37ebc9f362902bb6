"""Deliveries to the app: commands and clicks once, events with Slack's retries."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bot.sandbox.slack.socket_mode import Ack, SocketMode
from bot.sandbox.slack.state import APP, BOT_USER, TEAM, State, new_id
from bot.sandbox.slack.webhook import Webhook

Json = dict[str, Any]
RETRY_AFTER = (0.0, 60.0, 300.0)  # simulated seconds before the retries
# Real seconds at least, however fast time runs: a bot that was killed needs some to be back.
RETRY_NEVER_BEFORE = (0.0, 1.5, 5.0)


class Deliveries:
    """Brings payloads to the app, over its sockets or to its request URL."""

    def __init__(self, state: State, sockets: SocketMode, webhook: Webhook) -> None:
        self._state = state
        self._sockets = sockets
        self._webhook = webhook
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def request_url(self) -> str:
        """Where HTTP mode posts; empty in Socket Mode."""
        return str(self._state.switch("request_url", "") or "")

    async def send(self, kind: str, payload: Json) -> Ack:
        """A command or an interaction: one attempt, `State.ack_seconds` of real time."""
        return await self._attempt(kind, payload, (0, ""))

    def publish(self, event: Json) -> None:
        """Send an event in the background, if the app subscribed to it."""
        if not self._state.manifest.event_allowed(event):
            return
        task = asyncio.get_running_loop().create_task(self._publish(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _publish(self, event: Json) -> None:
        payload = _callback(event)
        ack = await self._attempt("events_api", payload, (0, ""))
        pauses = zip(RETRY_AFTER, RETRY_NEVER_BEFORE, strict=True)
        for number, (pause, least) in enumerate(pauses, 1):
            if ack.ok or ack.no_retry:
                return
            await asyncio.sleep(max(self._state.clock.real_seconds(pause), least))
            ack = await self._attempt("events_api", payload, (number, ack.reason))

    async def _attempt(self, kind: str, payload: Json, retry: tuple[int, str]) -> Ack:
        if self.request_url:
            return await self._webhook.deliver(
                self.request_url, kind, payload, seconds=self._state.ack_seconds, retry=retry
            )
        number, reason = retry
        extra: Json = {"accepts_response_payload": kind != "events_api"}
        if kind == "events_api":
            extra |= {"retry_attempt": number, "retry_reason": reason}
        return await self._sockets.deliver(kind, payload, seconds=self._state.ack_seconds, **extra)


def _callback(event: Json) -> Json:
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "sandbox",
        "team_id": TEAM,
        "api_app_id": APP,
        "type": "event_callback",
        "event": event,
        "event_id": new_id("Ev"),
        "event_time": int(time.time()),
        "is_ext_shared_channel": False,
        "authorizations": [authorization],
    }
