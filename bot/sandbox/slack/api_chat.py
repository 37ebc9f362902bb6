"""Web API methods that post, edit and mark messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.api_team import Method
from bot.sandbox.slack.blocks import limits
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.state import BOT, BOT_USER, is_member, unseen
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]


def _post(here: Workspace, args: Json) -> Json:
    channel = writable(here, args.get("channel"))
    message = here.messages.post(channel, args)
    shown = here.messages.public(message, metadata=True)
    return {"channel": channel["id"], "ts": message["ts"], "message": shown}


def _post_ephemeral(here: Workspace, args: Json) -> Json:
    channel = writable(here, args.get("channel"))
    user = here.state.person(args.get("user"))["id"]
    if user not in channel["members"]:
        raise Refusal("user_not_in_channel")
    return {"message_ts": here.messages.whisper(channel["id"], user, args)["ts"]}


def _update(here: Workspace, args: Json) -> Json:
    channel = writable(here, args.get("channel"))
    message = here.messages.find(channel["id"], args.get("ts"))
    if "ephemeral_to" in message:
        raise Refusal("message_not_found")
    if message.get("bot_id") != BOT:
        raise Refusal("cant_update_message")
    if len(str(args.get("text") or "")) > limits()["texts"]["update"]:
        raise Refusal("msg_too_long")
    edited = here.messages.public(here.messages.edit(message, args), metadata=True)
    answer = {"channel": channel["id"], "ts": message["ts"], "text": edited["text"]}
    return {**answer, "message": edited}


def _delete(here: Workspace, args: Json) -> Json:
    channel = writable(here, args.get("channel"))
    message = here.messages.find(channel["id"], args.get("ts"))
    if "ephemeral_to" in message:
        raise Refusal("message_not_found")
    if message.get("bot_id") != BOT:
        raise Refusal("cant_delete_message")
    here.messages.delete(message)
    return {"channel": channel["id"], "ts": message["ts"]}


def _permalink(here: Workspace, args: Json) -> Json:
    channel = here.state.channel(args.get("channel"))
    message = here.messages.find(channel["id"], args.get("message_ts"))
    stamp = message["ts"].replace(".", "")
    thread = message.get("thread_ts")
    query = f"?thread_ts={thread}&cid={channel['id']}" if thread else ""
    address = f"{here.state.base_url}/archives/{channel['id']}/p{stamp}{query}"
    return {"channel": channel["id"], "permalink": address}


def _react(here: Workspace, args: Json) -> Json:
    channel = writable(here, args.get("channel"))
    message = here.messages.find(channel["id"], args.get("timestamp"))
    name = str(args.get("name") or "")
    if not name:
        raise Refusal("invalid_name")
    reactions = message.setdefault("reactions", [])
    if any(reaction["name"] == name for reaction in reactions):
        raise Refusal("already_reacted")
    reactions.append({"name": name, "users": [BOT_USER], "count": 1})
    here.state.messages(channel["id"])[message["ts"]] = message
    here.state.changes.mark(f"messages:{channel['id']}")
    return {}


def writable(here: Workspace, ref: object) -> Json:
    """A channel that the bot may post to.

    Raises:
        Refusal: `channel_not_found` or `not_in_channel`.
    """
    channel = here.state.channel(ref)
    if not is_member(channel):
        raise Refusal("channel_not_found" if unseen(channel) else "not_in_channel")
    return channel


METHODS: Mapping[str, Method] = {
    "chat.postMessage": _post,
    "chat.postEphemeral": _post_ephemeral,
    "chat.update": _update,
    "chat.delete": _delete,
    "chat.getPermalink": _permalink,
    "reactions.add": _react,
}
