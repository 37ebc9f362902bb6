"""The Slack app manifest: found in a checkout and in a wheel, printed for either connection."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import yaml

EVENTS_PATH = "/slack/events"


def manifest() -> dict[str, Any]:
    """The manifest as written: Socket Mode, no addresses."""
    packaged = resources.files("bot") / "manifest.yml"
    source = packaged if packaged.is_file() else Path(__file__).parents[1] / "manifest.yml"
    loaded: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return loaded


def for_http(url: str) -> dict[str, Any]:
    """The manifest with every request URL filled in, and Socket Mode off."""
    filled = manifest()
    address = url.rstrip("/") + EVENTS_PATH
    for command in filled["features"]["slash_commands"]:
        command["url"] = address
    settings = filled["settings"]
    settings["event_subscriptions"]["request_url"] = address
    settings["interactivity"]["request_url"] = address
    settings["socket_mode_enabled"] = False
    return filled


def as_yaml(manifest: dict[str, Any]) -> str:
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=100)
