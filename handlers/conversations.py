"""Which conversations everybody may read: by their ids and names, else by asking Slack."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from functools import partial

from slack_sdk import WebClient

from handlers.posting import NotWritableError, mapped
from services.catalog.cached import Cached
from services.errors import ServiceError

log = logging.getLogger(__name__)

REMEMBERED = 3600.0  # real seconds: a channel may become private
ASK_AGAIN = 300.0  # real seconds after Slack did not tell
WAIT = 2.0  # real seconds for its answer
SLOW_AGAIN = 20.0  # real seconds after it was too slow
# What payloads call them; a private channel's own name is never told.
DIRECT, PRIVATE, GROUP = "directmessage", "privategroup", "mpdm-"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    private: bool
    until: float  # monotonic


class Conversations:
    """Tells private from public; what cannot be told is private.

    Args:
        client: of the bot.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, Cached[bool]] = {}
        self._lock = threading.Lock()

    def private(self, channel: str, name: str = "") -> bool:
        """Tell whether some people of the workspace cannot read there.

        Args:
            channel: its id.
            name: what the payload calls it, "" where it does not say.
        """
        if not channel.startswith("C"):
            return True  # D: direct messages; G: private channels and groups of earlier years
        if name:
            private = name in {DIRECT, PRIVATE} or name.startswith(GROUP)
            return self._learnt(channel, private=private, seconds=REMEMBERED)
        with self._lock:
            known = self._known.get(channel)
        if known is not None and time.monotonic() < known.until:
            return known.private
        return self._asked(channel)

    def _asked(self, channel: str) -> bool:
        """As Slack tells; private until it does, because it is waited for but briefly."""
        with self._lock:
            asking = self._asking.setdefault(
                channel, Cached(partial(self._told, channel), seconds=REMEMBERED, again=ASK_AGAIN)
            )
        try:
            private = asking.within(WAIT)
        except TimeoutError:
            log.info("%s counts as private: Slack takes too long to tell", channel)
            return self._learnt(channel, private=True, seconds=SLOW_AGAIN)
        except (ServiceError, NotWritableError) as error:
            log.info("%s counts as private: Slack does not tell (%s)", channel, error)
            return self._learnt(channel, private=True, seconds=ASK_AGAIN)
        return self._learnt(channel, private=private, seconds=REMEMBERED)

    def _told(self, channel: str) -> bool:
        answer = mapped(lambda: self._client.conversations_info(channel=channel))
        told = answer.get("channel") or {}
        public = told.get("is_private") is False and not (told.get("is_im") or told.get("is_mpim"))
        return not public

    def _learnt(self, channel: str, *, private: bool, seconds: float) -> bool:
        with self._lock:
            self._known[channel] = _Known(private=private, until=time.monotonic() + seconds)
        return private
