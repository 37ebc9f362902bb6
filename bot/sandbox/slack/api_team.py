"""Web API methods about the app itself, its team and its people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.state import APP, BOT, BOT_USER, DOMAIN, OPERATOR, OPERATORS_GROUP, TEAM
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]
Method = Callable[[Workspace, Json], Json]


def _auth_test(here: Workspace, _: Json) -> Json:
    return {
        "url": f"{here.state.base_url}/",
        "team": "Sandbox",
        "team_id": TEAM,
        "user": here.state.manifest.bot_name,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def _connections_open(here: Workspace, _: Json) -> Json:
    address = here.state.base_url.replace("http", "ws", 1)
    return {"url": f"{address}/socket?ticket={here.sockets.ticket()}&app_id={APP}"}


def _team_info(_: Workspace, __: Json) -> Json:
    return {"team": {"id": TEAM, "name": "Sandbox", "domain": DOMAIN}}


def _bots_info(here: Workspace, args: Json) -> Json:
    if args.get("bot", BOT) != BOT:
        raise Refusal("bot_not_found")
    name = here.state.manifest.bot_name
    return {"bot": {"id": BOT, "app_id": APP, "user_id": BOT_USER, "name": name, "deleted": False}}


def _users_info(here: Workspace, args: Json) -> Json:
    user = here.state.person(args.get("user"))
    asked = args.get("include_locale") in {True, "true", "1"}
    return {"user": {k: v for k, v in user.items() if k != "locale" or asked}}


def _users_list(here: Workspace, _: Json) -> Json:
    members = list(here.state.users.values())
    return {"members": members, "response_metadata": {"next_cursor": ""}}


def _usergroup_users(_: Workspace, args: Json) -> Json:
    if args.get("usergroup") != OPERATORS_GROUP:
        raise Refusal("no_such_subteam")
    return {"users": [OPERATOR]}


METHODS: Mapping[str, Method] = {
    "auth.test": _auth_test,
    "apps.connections.open": _connections_open,
    "team.info": _team_info,
    "bots.info": _bots_info,
    "users.info": _users_info,
    "users.list": _users_list,
    "usergroups.users.list": _usergroup_users,
}
