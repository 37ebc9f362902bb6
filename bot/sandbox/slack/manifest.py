"""The app manifest: commands, shortcuts, scopes and events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

# One of the scopes is enough; `{kind}` is channels or im, after the conversation asked about.
METHOD_SCOPES: Mapping[str, tuple[str, ...]] = {
    "bots.info": ("users:read",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("{kind}:history",),
    "conversations.info": ("{kind}:read",),
    "conversations.join": ("channels:join",),
    "conversations.list": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "conversations.members": ("{kind}:read",),
    "conversations.open": ("im:write", "mpim:write"),
    "conversations.replies": ("{kind}:history",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "reactions.add": ("reactions:write",),
    "team.info": ("team:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The parts of an app manifest that the local Slack enforces."""

    name: str
    bot_name: str
    commands: tuple[Json, ...]
    shortcuts: tuple[Json, ...]
    scopes: frozenset[str]
    optional: tuple[str, ...]
    events: frozenset[str]

    def hints(self) -> list[str]:
        """The usage hints of the commands, a line each: what a composer suggests."""
        parts = (re.split(r"\s*\|\s*", c.get("usage_hint", "")) for c in self.commands)
        return [part for line in parts for part in line if part]

    def event_allowed(self, event: Json) -> bool:
        """Whether the app subscribed to it; messages are subscribed to by kind of channel."""
        kinds = {"im": "message.im", "channel": "message.channels"}
        name = kinds[event["channel_type"]] if event["type"] == "message" else event["type"]
        return name in self.events


def read_manifest(document: Json) -> Manifest:
    """The manifest from its parsed YAML."""
    features = document.get("features", {})
    scopes = document.get("oauth_config", {}).get("scopes", {})
    events = document.get("settings", {}).get("event_subscriptions", {})
    name = document.get("display_information", {}).get("name", "app")
    return Manifest(
        name=name,
        bot_name=features.get("bot_user", {}).get("display_name", name),
        commands=tuple(features.get("slash_commands", ())),
        shortcuts=tuple(features.get("shortcuts", ())),
        scopes=frozenset(scopes.get("bot", ())),
        optional=tuple(scopes.get("bot_optional", ())),
        events=frozenset(events.get("bot_events", ())),
    )


def scopes_for(method: str, channel: str) -> tuple[str, ...]:
    """The scopes of which a method needs one, for a conversation of that id."""
    kind = "im" if channel.startswith(("D", "U")) else "channels"
    return tuple(scope.format(kind=kind) for scope in METHOD_SCOPES.get(method, ()))
