"""The local workspace: people, channels, and the rooms for everything else."""

from __future__ import annotations

import secrets
import time
from typing import Any

from bot.sandbox.clock import SandboxClock
from bot.sandbox.slack.changes import Changes
from bot.sandbox.slack.manifest import Manifest
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.store import Collection, Store

Json = dict[str, Any]

TEAM = "T0SANDBOX"
DOMAIN = "sandbox"
APP = "A0AMLBOT"
BOT = "B0AMLBOT"
BOT_USER = "U0AMLBOT"
PEOPLE = {"U0ADA": "Ada", "U0BEN": "Ben"}
OPERATOR = "U0ADA"
OPERATORS_GROUP = "S0OPERATORS"
MAIN = "C0MLPLATFORM"
CHANNELS = {MAIN: "ml-platform", "C0RANDOM": "random"}
# Switches for blocks that Slack gave its workspaces one after another -> those blocks.
ROLLED_OUT = {
    "native_charts": ("data_visualization",),
    "native_plans": ("plan", "task_card"),
}
ACK_SECONDS = 3.0
TRIGGER_SECONDS = 3.0
TRIGGER_KEPT = 60.0


class State:
    """Reads and writes the store's `slack.` collections; refuses what is not there."""

    def __init__(self, store: Store, clock: SandboxClock, manifest: Manifest) -> None:
        self.store = store
        self.clock = clock
        self.manifest = manifest
        self.changes = Changes()
        self.base_url = ""
        self.ack_seconds = ACK_SECONDS
        self.trigger_seconds = TRIGGER_SECONDS
        self._triggers: dict[str, tuple[float, str]] = {}  # when each was issued, to whom
        self._exchanged: set[str] = set()
        self._last = 0
        self.seed()

    def seed(self) -> None:
        """The first people and channels, where the store does not have them yet."""
        self._last = 0
        self._triggers.clear()
        names = {**PEOPLE, BOT_USER: self.manifest.bot_name}
        for user, name in names.items():
            if user not in self.users:
                self.users[user] = _user(user, name)
        for channel, name in CHANNELS.items():
            if channel not in self.channels:
                members = [*PEOPLE, *([BOT_USER] if channel == MAIN else [])]
                self.channels[channel] = _channel(channel, name, members)
        for user in PEOPLE:
            if (dm := user.replace("U", "D", 1)) not in self.channels:
                self.channels[dm] = _dm(dm, user)

    @property
    def users(self) -> Collection:
        return self.store.collection("slack.users")

    @property
    def channels(self) -> Collection:
        return self.store.collection("slack.channels")

    @property
    def settings(self) -> Collection:
        """Switches of the sandbox: optional scopes, charts, request URL."""
        return self.store.collection("slack.settings")

    def messages(self, channel: str) -> Collection:
        """The messages of a channel by timestamp, oldest first."""
        return self.store.collection(f"slack.messages.{channel}")

    def channel(self, ref: object) -> Json:
        """A channel by id, name or `#name`, or the bot's direct message with a user.

        Raises:
            Refusal: `channel_not_found`.
        """
        wanted = str(ref or "")
        if wanted in self.channels:
            return self.channels[wanted]
        for channel in self.channels.values():
            if channel.get("user") == wanted or channel.get("name") == wanted.removeprefix("#"):
                return channel
        raise Refusal("channel_not_found")

    def dm(self, user: str) -> Json:
        """The direct message between a person and the bot."""
        return self.channel(user)

    def private(self, users: list[str], name: str = "") -> Json:
        """A new place of these people without the app: a private channel where it has a name.

        Else a direct message of two people, or of several.

        Raises:
            Refusal: `user_not_found`.
        """
        for user in users:
            self.person(user)
        direct = not name and len(users) <= 2  # noqa: PLR2004 - a pair
        channel = new_id("D" if direct else "C")
        named = name or f"mpdm-{'--'.join(self.users[user]['name'] for user in users)}-1"
        made = _channel(channel, named, users)
        kinds = {"is_private": True, "is_im": direct, "is_mpim": not direct and not name}
        self.channels[channel] = {**made, **kinds, "is_channel": not direct}
        self.changes.mark("state")
        return self.channels[channel]

    def person(self, user: object) -> Json:
        """A user by id.

        Raises:
            Refusal: `user_not_found`.
        """
        if str(user) not in self.users:
            raise Refusal("user_not_found")
        return self.users[str(user)]

    def scopes(self) -> set[str]:
        """The bot scopes that are granted now."""
        refused = self.settings.get("scopes", {}).get("refused", [])
        return set(self.manifest.scopes) | (set(self.manifest.optional) - set(refused))

    def grant(self, scope: str, *, granted: bool) -> None:
        """Switch an optional scope.

        Raises:
            ValueError: the manifest does not list it as optional.
        """
        if scope not in self.manifest.optional:
            raise ValueError(f"{scope} is not an optional scope of the manifest")
        refused = set(self.settings.get("scopes", {}).get("refused", []))
        refused = refused - {scope} if granted else refused | {scope}
        self.settings["scopes"] = {"refused": sorted(refused)}
        self.changes.mark("state")

    def switch(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - a JSON value
        return self.settings.get("switches", {}).get(name, default)

    def set_switch(self, name: str, value: Any) -> None:  # noqa: ANN401 - a JSON value
        self.settings["switches"] = {**self.settings.get("switches", {}), name: value}
        self.changes.mark("state")

    def unknown_blocks(self) -> frozenset[str]:
        """Return the block types that this workspace does not have yet."""
        missing = (name for name in ROLLED_OUT if not self.switch(name, default=True))
        return frozenset(kind for name in missing for kind in ROLLED_OUT[name])

    def ts(self) -> str:
        """A new message timestamp: simulated time, always later than the last one."""
        if not self._last:
            self._last = self.settings.get("ts", {}).get("last", 0)
        self._last = max(int(self.clock.now() * 1_000_000), self._last + 1)
        self.settings["ts"] = {"last": self._last}
        seconds, micros = divmod(self._last, 1_000_000)
        return f"{seconds}.{micros:06d}"

    def trigger(self, user: str) -> str:
        """A new trigger id of a person: good for one use within three (real) seconds."""
        now = time.monotonic()
        for old in [name for name, (at, _) in self._triggers.items() if now - at > TRIGGER_KEPT]:
            del self._triggers[old]
            self._exchanged.discard(old)
        trigger = f"{time.time_ns() // 1_000_000}.{secrets.token_hex(6)}"
        self._triggers[trigger] = (now, user)
        return trigger

    def use_trigger(self, trigger: object) -> str:
        """Spend a trigger id; the person whose action it came from.

        Raises:
            Refusal: it is unknown, was used, or is too old.
        """
        name = str(trigger or "")
        if name not in self._triggers:
            raise Refusal("invalid_trigger_id" if name else "invalid_arguments")
        if name in self._exchanged:
            raise Refusal("exchanged_trigger_id")
        at, user = self._triggers[name]
        if time.monotonic() - at > self.trigger_seconds:
            raise Refusal("expired_trigger_id")
        self._exchanged.add(name)
        return user


def new_id(prefix: str) -> str:
    return prefix + secrets.token_hex(5).upper()


def is_member(channel: Json) -> bool:
    """Whether the bot is in the channel."""
    return BOT_USER in channel["members"]


def shown_name(channel: Json) -> str:
    """A channel's name as payloads give it: a private channel's own name is never told."""
    if channel.get("is_im"):
        return "directmessage"
    hidden = channel.get("is_private") and not channel.get("is_mpim")
    return "privategroup" if hidden else str(channel["name"])


def unseen(channel: Json) -> bool:
    """Whether the app cannot even know of the channel."""
    return bool(channel.get("is_private")) and not is_member(channel)


def _user(user: str, name: str) -> Json:
    is_bot = user == BOT_USER
    profile = {"real_name": name, "display_name": name}
    return {
        "id": user,
        "team_id": TEAM,
        "name": name.lower() if not is_bot else name,
        "real_name": name,
        "deleted": False,
        "is_bot": is_bot,
        "is_app_user": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_stranger": False,
        "locale": "en-US",
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": {**profile, **({"bot_id": BOT, "api_app_id": APP} if is_bot else {})},
    }


def _channel(channel: str, name: str, members: list[str]) -> Json:
    return {
        "id": channel,
        "name": name,
        "name_normalized": name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": False,
        "is_archived": False,
        "is_general": False,
        "members": members,
    }


def _dm(channel: str, user: str) -> Json:
    return {
        "id": channel,
        "user": user,
        "is_im": True,
        "is_channel": False,
        "is_archived": False,
        "members": [user, BOT_USER],
    }
