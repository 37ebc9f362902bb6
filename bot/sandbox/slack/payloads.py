"""Interaction payloads: who, where and about what, as Slack tells the app."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.state import APP, DOMAIN, TEAM, shown_name
from bot.sandbox.slack.views import public
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]


def command(here: Workspace, user: str, channel: Json, name: str, text: str) -> Json:
    """A slash command; every value is text, as in a form."""
    return {
        "token": "sandbox",
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel["id"],
        "channel_name": shown_name(channel),
        "user_id": user,
        "user_name": here.state.person(user)["name"],
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": here.response_urls.issue(channel["id"], user),
        "trigger_id": here.state.trigger(user),
    }


def interaction(here: Workspace, user: str, kind: str, **more: Any) -> Json:  # noqa: ANN401 - JSON
    """Return what every interaction carries, and what this one adds."""
    name = here.state.person(user)["name"]
    return {
        "type": kind,
        "user": {"id": user, "username": name, "name": name, "team_id": TEAM},
        "api_app_id": APP,
        "token": "sandbox",
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": here.state.trigger(user),
        **more,
    }


def on_message(here: Workspace, user: str, message: Json) -> Json:
    """Where an action on a message happened. Only lasting messages come with their content."""
    channel = here.state.channels[message["channel"]]
    ephemeral = "ephemeral_to" in message
    thread = {"thread_ts": message["thread_ts"]} if message.get("thread_ts") else {}
    return {
        "container": {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel["id"],
            "is_ephemeral": ephemeral,
            **thread,
        },
        "channel": {"id": channel["id"], "name": shown_name(channel)},
        **({} if ephemeral else {"message": here.messages.public(message)}),
        "response_url": here.response_urls.issue(channel["id"], user, message),
    }


def on_view(view: Json) -> Json:
    """Where an action in a modal or on App Home happened."""
    return {"container": {"type": "view", "view_id": view["id"]}, "view": public(view)}
