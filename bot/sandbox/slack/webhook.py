"""HTTP mode: signed requests to the app's request URL."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from bot.sandbox.slack.socket_mode import Ack

Json = dict[str, Any]
FORM = "application/x-www-form-urlencoded"


class Webhook:
    """Posts what Slack posts, with the signature that proves it."""

    def __init__(self, signing_secret: str) -> None:
        self._secret = signing_secret.encode()
        self._session: ClientSession | None = None

    async def deliver(
        self, url: str, kind: str, payload: Json, *, seconds: float, retry: tuple[int, str]
    ) -> Ack:
        """Post one delivery; `retry` is the number of the attempt and why it is one."""
        content_type, body = _body(kind, payload)
        number, why = retry
        headers = {"Content-Type": content_type, **self._signed(body)}
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": why}
        began = time.monotonic()
        try:
            async with self._client().post(
                url, data=body, headers=headers, timeout=ClientTimeout(total=seconds)
            ) as response:
                return await _ack(response, began)
        except TimeoutError:
            return Ack(ok=False, ms=_since(began), reason="http_timeout")
        except (ClientError, OSError):
            return Ack(ok=False, ms=_since(began), reason="connection_failed")

    async def verify(self, url: str) -> bool:
        """Whether the URL echoes Slack's challenge."""
        challenge = {"type": "url_verification", "challenge": "sandbox-challenge", "token": "token"}
        ack = await self.deliver(url, "events_api", challenge, seconds=3.0, retry=(0, ""))
        echoed = ack.payload.get("challenge") if isinstance(ack.payload, dict) else ack.payload
        return ack.ok and echoed == challenge["challenge"]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _client(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession()
        return self._session

    def _signed(self, body: str) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signed = hmac.new(self._secret, f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={signed.hexdigest()}",
        }


def _body(kind: str, payload: Json) -> tuple[str, str]:
    if kind == "events_api":
        return "application/json", json.dumps(payload)
    if kind == "slash_commands":
        return FORM, urlencode(payload)
    return FORM, urlencode({"payload": json.dumps(payload)})


async def _ack(response: ClientResponse, began: float) -> Ack:
    text = await response.text()
    answer: Any = text
    if response.content_type == "application/json" and text:
        answer = json.loads(text)
    ok = response.ok
    return Ack(
        ok=ok,
        ms=_since(began),
        payload=answer or None,
        reason="" if ok else "http_error",
        no_retry=response.headers.get("X-Slack-No-Retry") == "1",
    )


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 1)
