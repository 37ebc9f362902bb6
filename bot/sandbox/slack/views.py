"""Views: each person's stack of modals, and their App Home."""

from __future__ import annotations

import secrets
from typing import Any

from bot.sandbox.slack.blocks import check_view, limits
from bot.sandbox.slack.elements import state_values
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.state import APP, BOT, TEAM, State, new_id
from bot.sandbox.store import Collection

Json = dict[str, Any]


class Views:
    """The views that the app opened, by person. A closed view is gone."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def _views(self) -> Collection:
        return self._state.store.collection("slack.views")

    @property
    def _people(self) -> Collection:
        return self._state.store.collection("slack.people")

    def stack(self, user: str) -> list[Json]:
        """The open modals of a person, the visible one last."""
        return [self._views[view] for view in self._person(user)["stack"]]

    def home(self, user: str) -> Json | None:
        """Return the Home that the app published for a person."""
        view = self._person(user)["home"]
        return self._views[view] if view else None

    def find(self, view_id: object, user: str | None = None) -> Json:
        """An open view (of that person).

        Raises:
            Refusal: `not_found`.
        """
        view = self._views.get(str(view_id))
        if view is None or user not in {None, view["user"]}:
            raise Refusal("not_found")
        return view

    def open(self, user: str, view: Json) -> Json:
        """Show a modal in place of whatever was open.

        Raises:
            Refusal: the view is invalid.
        """
        checked = self._checked(view, "modal")
        self._drop(self._person(user)["stack"])
        return self._show(user, checked, [])

    def push(self, user: str, view: Json) -> Json:
        """Show a modal on top of the open ones.

        Raises:
            Refusal: the view is invalid, or three are open.
        """
        checked = self._checked(view, "modal")
        below = self._person(user)["stack"]
        if len(below) >= limits()["view"]["stack"]:
            raise Refusal("push_limit_reached")
        return self._show(user, checked, below)

    def update(self, old: Json, view: Json, expected_hash: object = None) -> Json:
        """Replace an open view; what was typed into blocks that stay is kept.

        Raises:
            Refusal: the view is invalid, or changed in the meantime.
        """
        checked = self._checked(view, old["type"], but=old["id"])
        if expected_hash and expected_hash != old["hash"]:
            raise Refusal("hash_conflict")
        place = ("id", "user", "root_view_id", "previous_view_id")
        new = {**_document(checked), **{name: old[name] for name in place}}
        return self._put(new, old["state"]["values"])

    def publish(self, user: str, view: Json, expected_hash: object = None) -> Json:
        """Show a Home tab.

        Raises:
            Refusal: the view is invalid, or changed in the meantime.
        """
        self._state.person(user)
        old = self.home(user)
        if old is not None:
            return self.update(old, view, expected_hash)
        new = {**_document(self._checked(view, "home")), "user": user}
        self._people[user] = {**self._person(user), "home": new["id"]}
        return self._put(new, {})

    def close(self, view: Json, *, everything: bool = False) -> list[Json]:
        """Close a view and those above it, or all; what was closed, the top one first."""
        stack = self._person(view["user"])["stack"]
        keep = 0 if everything else stack.index(view["id"])
        closed = [self._views[name] for name in reversed(stack[keep:])]
        self._drop(stack[keep:])
        self._people[view["user"]] = {**self._person(view["user"]), "stack": stack[:keep]}
        self._mark(view)
        return closed

    def enter(self, view: Json, values: Json) -> Json:
        """Keep what a person chose or typed; `values` is complete `state.values`."""
        view["state"] = {"values": values}
        self._views[view["id"]] = view
        return view

    def by_external_id(self, external_id: object) -> Json:
        """An open view by the app's own name for it.

        Raises:
            Refusal: `not_found`.
        """
        for view in self._views.values():
            if external_id and view["external_id"] == external_id:
                return view
        raise Refusal("not_found")

    def _person(self, user: str) -> Json:
        return self._people.get(user, {"stack": [], "home": None})

    def _checked(self, view: Any, kind: str, but: str = "") -> Json:  # noqa: ANN401 - from the wire
        checked = check_view(view, (kind,))
        for other in self._views.values():
            same = checked.get("external_id") and other["external_id"] == checked["external_id"]
            if same and other["id"] != but:
                raise Refusal("duplicate_external_id")
        return checked

    def _show(self, user: str, checked: Json, below: list[str]) -> Json:
        new = {**_document(checked), "user": user}
        new["root_view_id"] = below[0] if below else new["id"]
        new["previous_view_id"] = below[-1] if below else None
        self._people[user] = {**self._person(user), "stack": [*below, new["id"]]}
        return self._put(new, {})

    def _put(self, view: Json, entered: Json) -> Json:
        view["state"] = {"values": state_values(view["blocks"], entered)}
        self._views[view["id"]] = view
        self._mark(view)
        return view

    def _drop(self, views: list[str]) -> None:
        for view in views:
            del self._views[view]

    def _mark(self, view: Json) -> None:
        surface = "home" if view["type"] == "home" else "views"
        self._state.changes.mark(f"{surface}:{view['user']}")


def public(view: Json) -> Json:
    """A view as the Web API and interactions give it."""
    return {key: value for key, value in view.items() if key != "user"}


def _document(view: Json) -> Json:
    identity = new_id("V")
    given = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "title": None,
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
        **view,
    }
    return {
        "id": identity,
        "team_id": TEAM,
        **given,
        "hash": f"{secrets.randbelow(10**10):010d}.{secrets.token_hex(4)}",
        "root_view_id": identity,
        "previous_view_id": None,
        "app_id": APP,
        "app_installed_team_id": TEAM,
        "bot_id": BOT,
    }
