from __future__ import annotations

from bot.manifest import as_yaml, for_http, manifest

REQUIRED = {
    "app_mentions:read",
    "chat:write",
    "commands",
    "files:read",
    "im:history",
    "im:write",
    "users:read",
}


def test_there_is_one_slash_command() -> None:
    assert ["/aml"] == [one["command"] for one in manifest()["features"]["slash_commands"]]


def test_required_scopes_are_the_least() -> None:
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == REQUIRED


def test_messages_of_channels_are_not_subscribed_to() -> None:
    events = manifest()["settings"]["event_subscriptions"]["bot_events"]

    assert ["app_home_opened", "app_mention", "message.im"] == events


def test_texts_keep_to_slacks_limits() -> None:
    shown = manifest()

    assert len(shown["display_information"]["description"]) <= 140
    assert 175 <= len(shown["display_information"]["long_description"]) <= 4000
    assert all(len(one["name"]) <= 24 for one in shown["features"]["shortcuts"])


def test_http_mode_fills_every_address() -> None:
    filled = for_http("https://bot.example.org/")
    address = "https://bot.example.org/slack/events"

    assert address == filled["features"]["slash_commands"][0]["url"]
    assert address == filled["settings"]["event_subscriptions"]["request_url"]
    assert address == filled["settings"]["interactivity"]["request_url"]
    assert filled["settings"]["socket_mode_enabled"] is False


def test_it_prints_as_yaml_in_the_order_it_was_written() -> None:
    assert as_yaml(manifest()).startswith("_metadata:")
