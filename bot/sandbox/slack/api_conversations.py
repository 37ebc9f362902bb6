"""Web API methods about channels and direct messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.api_team import Method
from bot.sandbox.slack.messages import page
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.state import BOT_USER, is_member, unseen
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]
YES = {True, "true", "1"}


def _list(here: Workspace, args: Json) -> Json:
    wanted = str(args.get("types") or "public_channel").split(",")
    channels = [
        _public(channel)
        for channel in here.state.channels.values()
        if ("im" if channel.get("is_im") else "public_channel") in wanted and not unseen(channel)
    ]
    shown, more = page(channels, args)
    return {"channels": shown, "response_metadata": more["response_metadata"]}


def _info(here: Workspace, args: Json) -> Json:
    channel = here.state.channel(args.get("channel"))
    if unseen(channel):
        raise Refusal("channel_not_found")
    return {"channel": _public(channel)}


def _open(here: Workspace, args: Json) -> Json:
    users = [user for user in str(args.get("users") or "").split(",") if user]
    if args.get("channel"):
        channel = here.state.channel(args["channel"])
    elif len(users) == 1:
        here.state.person(users[0])
        channel = here.state.dm(users[0])
    else:
        raise Refusal("users_list_not_supplied" if not users else "method_not_supported")
    whole = args.get("return_im") in YES
    return {"channel": _public(channel) if whole else {"id": channel["id"]}}


def _join(here: Workspace, args: Json) -> Json:
    channel = here.state.channel(args.get("channel"))
    if channel.get("is_im"):
        raise Refusal("method_not_supported_for_channel_type")
    add_bot(here, channel)
    return {"channel": _public(channel)}


def _members(here: Workspace, args: Json) -> Json:
    shown, more = page(
        [{"id": member} for member in here.state.channel(args.get("channel"))["members"]], args
    )
    members = [member["id"] for member in shown]
    return {"members": members, "response_metadata": more["response_metadata"]}


def _history(here: Workspace, args: Json) -> Json:
    channel = _readable(here, args)
    newest_first = reversed(list(here.messages.listed(channel["id"])))
    return _messages(here, (m for m in newest_first if _within(m, args)), args)


def _replies(here: Workspace, args: Json) -> Json:
    channel = _readable(here, args)
    asked = here.state.messages(channel["id"]).get(str(args.get("ts")))
    if asked is None:
        raise Refusal("thread_not_found")
    root = asked.get("thread_ts", asked["ts"])
    thread = here.messages.listed(channel["id"], root)
    return _messages(here, (m for m in thread if _within(m, args) or m["ts"] == root), args)


def add_bot(here: Workspace, channel: Json) -> None:
    """Make the bot a member of a channel."""
    if not is_member(channel):
        channel["members"].append(BOT_USER)
        here.state.channels[channel["id"]] = channel
        here.state.changes.mark("state", f"messages:{channel['id']}")


def _readable(here: Workspace, args: Json) -> Json:
    channel = here.state.channel(args.get("channel"))
    if not is_member(channel):
        raise Refusal("channel_not_found" if unseen(channel) else "not_in_channel")
    return channel


def _within(message: Json, args: Json) -> bool:
    at = float(message["ts"])
    try:
        oldest = float(args.get("oldest") or 0)
        latest = float(args.get("latest") or "inf")
    except ValueError:
        raise Refusal("invalid_arguments") from None
    if args.get("inclusive") in YES:
        return oldest <= at <= latest
    return oldest < at < latest


def _messages(here: Workspace, messages: Any, args: Json) -> Json:  # noqa: ANN401 - any iterable
    shown, more = page(messages, args)
    metadata = args.get("include_all_metadata") in YES
    return {"messages": [here.messages.public(m, metadata=metadata) for m in shown], **more}


def _public(channel: Json) -> Json:
    shown = {key: value for key, value in channel.items() if key != "members"}
    shown |= {"is_member": is_member(channel), "num_members": len(channel["members"])}
    return shown


METHODS: Mapping[str, Method] = {
    "conversations.list": _list,
    "conversations.info": _info,
    "conversations.open": _open,
    "conversations.join": _join,
    "conversations.members": _members,
    "conversations.history": _history,
    "conversations.replies": _replies,
}
