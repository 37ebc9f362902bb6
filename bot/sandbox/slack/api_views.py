"""Web API methods that open modals and publish App Home; trigger ids are spent here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.api_team import Method
from bot.sandbox.slack.views import public
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]


def _open(here: Workspace, args: Json) -> Json:
    user = here.state.use_trigger(args.get("trigger_id"))
    return {"view": public(here.views.open(user, args.get("view") or {}))}


def _push(here: Workspace, args: Json) -> Json:
    user = here.state.use_trigger(args.get("trigger_id"))
    return {"view": public(here.views.push(user, args.get("view") or {}))}


def _update(here: Workspace, args: Json) -> Json:
    if args.get("view_id"):
        old = here.views.find(args["view_id"])
    else:
        old = here.views.by_external_id(args.get("external_id"))
    return {"view": public(here.views.update(old, args.get("view") or {}, args.get("hash")))}


def _publish(here: Workspace, args: Json) -> Json:
    user = here.state.person(args.get("user_id"))["id"]
    return {"view": public(here.views.publish(user, args.get("view") or {}, args.get("hash")))}


METHODS: Mapping[str, Method] = {
    "views.open": _open,
    "views.push": _push,
    "views.update": _update,
    "views.publish": _publish,
}
