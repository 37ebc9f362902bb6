"""People at work: they type, post, click, submit, close, look at App Home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.slack import elements, payloads
from bot.sandbox.slack.forms import Forms, Upload
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.socket_mode import Ack
from bot.sandbox.slack.state import BOT_USER, is_member
from bot.sandbox.slack.typed import as_sent
from bot.sandbox.slack.views import public
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]
TIMEOUT = "operation_timeout"


class People:
    """Each method is one act of one person; answers are what the control API gives back."""

    def __init__(self, here: Workspace) -> None:
        self._here = here
        self._forms = Forms(here)

    async def command(self, user: str, channel: str, text: str, name: str = "") -> Json:
        """Type a slash command; `text` with or without the command itself.

        Raises:
            Refusal: no such user or channel.
        """
        place = self._here.state.channel(channel)
        known = [command["command"] for command in self._here.state.manifest.commands]
        head, _, rest = text.strip().partition(" ")
        if head in known:
            name, text = head, rest
        payload = payloads.command(self._here, user, place, name or known[0], text.strip())
        ack = await self._here.deliveries.send("slash_commands", payload)
        if ack.ok and ack.payload:
            answer = ack.payload if isinstance(ack.payload, dict) else {"text": str(ack.payload)}
            self._here.response_urls.answer({"channel": place["id"], "user": user}, answer)
        return _outcome(ack)

    def post(
        self,
        user: str,
        channel: str,
        text: str,
        files: Sequence[Upload] = (),
        thread_ts: str | None = None,
    ) -> Json:
        """Post a message, with files attached.

        Raises:
            Refusal: no such user, channel or thread; nothing to say.
        """
        if not text and not files:
            raise Refusal("no_text")
        state = self._here.state
        state.person(user)
        place = state.channel(channel)
        names = {user["id"]: user["real_name"] for user in state.users.values()}
        kept = [self._here.files.add(f.name, f.body, f.mimetype, user)["id"] for f in files]
        fields = {
            "user": user,
            "text": as_sent(text, names),
            "files": kept,
            "thread_ts": thread_ts,
            "client_msg_id": state.trigger(user).rsplit(".", 1)[-1],
            **({"subtype": "file_share", "upload": False} if kept else {}),
        }
        message = self._here.messages.add(place["id"], fields)
        self._tell_app(place, user, message)
        return {"ts": message["ts"]}

    async def act(self, user: str, wanted: Mapping[str, Any]) -> Json:
        """Click, select or type into an element of a message, a modal or App Home.

        Args:
            user: who.
            wanted: `channel` and `ts`, or `view_id`; `action_id`, and `block_id`, `value`,
                `selected` and `values` (of the other elements) as far as needed.

        Raises:
            Refusal: no such message or view.
            NoSuchElementError: no such element or option in it.
        """
        holder = self._holder(user, wanted)
        blocks = holder.get("blocks", [])
        value = wanted.get("value")
        block, element = elements.find(
            blocks, str(wanted.get("action_id")), str(wanted.get("block_id") or ""), value
        )
        if user not in element.get("visible_to_user_ids", [user]):
            raise elements.NoSuchElementError("this person does not see that button")
        chosen = wanted.get("selected", value)
        action = elements.action(element, block, chosen)
        values = self._forms.entered(user, holder, wanted.get("values") or {})
        if element["type"] in elements.STATEFUL:
            held = elements.entry(element, chosen)
            values.setdefault(block["block_id"], {})[element["action_id"]] = held
        self._forms.keep(user, holder, values)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return {"acked_ms": 0}
        action["action_ts"] = self._here.state.ts()
        place = self._where(user, holder)
        payload = payloads.interaction(self._here, user, "block_actions", actions=[action], **place)
        if "view" not in payload:
            payload["state"] = {"values": values}
        return _outcome(await self._here.deliveries.send("interactive", payload))

    async def submit(
        self, user: str, view_id: str, values: Json, files: Mapping[str, Sequence[Upload]]
    ) -> Json:
        """Submit a modal; `{}`, or `{"errors": {block_id: why}}`.

        Args:
            user: who.
            view_id: of an open modal.
            values: plain values by block id and action id.
            files: uploads by "block_id/action_id"; under "" for the first file_input.

        Raises:
            Refusal: no such view.
            NoSuchElementError: an option that is not there.
        """
        view = self._here.views.find(view_id, user)
        values = self._forms.with_files(user, view, values, files)
        if isinstance(too_large := values.pop("", None), dict):
            return {"errors": too_large}
        entered = self._forms.entered(user, view, values)
        self._here.views.enter(view, entered)
        complaints = {
            block["block_id"]: why
            for block, element in elements.stateful(view["blocks"])
            if block["type"] == "input"
            and (why := elements.complaint(block, entered[block["block_id"]][element["action_id"]]))
        }
        if complaints:
            return {"errors": complaints}
        payload = payloads.interaction(
            self._here, user, "view_submission", view=public(view), response_urls=[]
        )
        ack = await self._here.deliveries.send("interactive", payload)
        return await self._answered(view, ack)

    async def close(self, user: str, view_id: str) -> Json:
        """Close a modal; the app hears of it if it asked to.

        Raises:
            Refusal: no such view.
        """
        view = self._here.views.find(view_id, user)
        everything = bool(view.get("clear_on_close"))
        for closed in self._here.views.close(view, everything=everything):
            if closed["notify_on_close"]:
                payload = payloads.interaction(
                    self._here, user, "view_closed", view=public(closed), is_cleared=everything
                )
                await self._here.deliveries.send("interactive", payload)
        return {}

    async def shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Json:
        """Pick a message shortcut.

        Raises:
            Refusal: no such message.
            NoSuchElementError: the manifest has no such message shortcut.
        """
        shortcuts = [s for s in self._here.state.manifest.shortcuts if s["type"] == "message"]
        if callback_id not in [shortcut["callback_id"] for shortcut in shortcuts]:
            raise elements.NoSuchElementError(f"no message shortcut {callback_id!r}")
        place = self._here.state.channel(channel)
        message = self._here.messages.visible(place["id"], ts, user)
        if "ephemeral_to" in message:
            raise Refusal("message_not_found")
        where = payloads.on_message(self._here, user, message)
        payload = payloads.interaction(
            self._here,
            user,
            "message_action",
            callback_id=callback_id,
            action_ts=self._here.state.ts(),
            message_ts=message["ts"],
            **{key: where[key] for key in ("channel", "message", "response_url")},
        )
        return _outcome(await self._here.deliveries.send("interactive", payload))

    def open_home(self, user: str) -> Json:
        """Look at App Home.

        Raises:
            Refusal: no such user.
        """
        channel = self._here.state.dm(self._here.state.person(user)["id"])
        view = self._here.views.home(user)
        event = {
            "type": "app_home_opened",
            "user": user,
            "channel": channel["id"],
            "tab": "home",
            "event_ts": self._here.state.ts(),
            **({"view": public(view)} if view else {}),
        }
        self._here.deliveries.publish(event)
        return {}

    def _tell_app(self, place: Json, user: str, message: Json) -> None:
        event = self._here.messages.event(message)
        mentioned = f"<@{BOT_USER}" in message["text"] and not place.get("is_im")
        if is_member(place):
            self._here.deliveries.publish(event)
            if mentioned:
                kept = {k: v for k, v in event.items() if k not in {"subtype", "channel_type"}}
                self._here.deliveries.publish({**kept, "type": "app_mention"})
        elif mentioned:
            text = f"You mentioned <@{BOT_USER}>, but they’re not in this channel."  # noqa: RUF001 - Slack's words
            notice = {"user": "USLACKBOT", "text": text, "ephemeral_to": user}
            thread = {"thread_ts": message.get("thread_ts")}
            self._here.messages.add(place["id"], {**notice, **thread})

    def _holder(self, user: str, wanted: Mapping[str, Any]) -> Json:
        if wanted.get("view_id"):
            return self._here.views.find(wanted["view_id"], user)
        channel = self._here.state.channel(wanted.get("channel"))
        return self._here.messages.visible(channel["id"], wanted.get("ts"), user)

    def _where(self, user: str, holder: Json) -> Json:
        if "hash" in holder:
            return payloads.on_view(holder)
        return payloads.on_message(self._here, user, holder)

    async def _answered(self, view: Json, ack: Ack) -> Json:
        """Do what the app answered to a submission."""
        if not ack.ok:
            return {"error": TIMEOUT}
        answer = ack.payload if isinstance(ack.payload, dict) else {}
        what = answer.get("response_action")
        try:
            if what == "errors":
                return {"errors": answer["errors"]}
            if what == "update":
                self._here.views.update(view, answer["view"])
            elif what == "push":
                self._here.views.push(view["user"], answer["view"])
            elif self._is_open(view):
                self._here.views.close(view, everything=what == "clear")
        except (Refusal, KeyError) as error:
            return {"error": f"the app's answer was refused: {error}"}
        return {}

    def _is_open(self, view: Json) -> bool:
        return view["id"] in [shown["id"] for shown in self._here.views.stack(view["user"])]


def _outcome(ack: Ack) -> Json:
    return {"acked_ms": ack.ms} if ack.ok else {"error": TIMEOUT}
