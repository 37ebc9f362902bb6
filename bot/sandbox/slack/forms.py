"""Entries of people: plain values and uploads turned into the state of a view or message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack import elements
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]
FILE_INPUT_BYTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it comes from a person's computer."""

    name: str
    mimetype: str
    body: bytes


class Forms:
    """The inputs of views, and of messages that have some."""

    def __init__(self, here: Workspace) -> None:
        self._here = here

    def entered(self, user: str, holder: Json, values: Json) -> Json:
        """The complete state of a view or message with these plain values put into it."""
        if "hash" in holder:
            before = holder["state"]["values"]
        else:
            before = self._here.state.store.collection("slack.inputs").get(_key(user, holder), {})
        entered = elements.state_values(holder.get("blocks", []), before)
        known = {
            (block["block_id"], element["action_id"]): element
            for block, element in elements.stateful(holder.get("blocks", []))
        }
        for block_id, given in values.items():
            for action_id, value in given.items():
                element = known.get((block_id, action_id))
                if element is not None:  # a page may still hold inputs that an update took away
                    entered[block_id][action_id] = elements.entry(element, value)
        return entered

    def keep(self, user: str, holder: Json, values: Json) -> None:
        if "hash" in holder:
            self._here.views.enter(holder, values)
        elif values:
            self._here.state.store.collection("slack.inputs")[_key(user, holder)] = values

    def with_files(
        self, user: str, view: Json, values: Json, files: Mapping[str, Sequence[Upload]]
    ) -> Json:
        """The values with each file_input's uploads; complaints about size under ""."""
        merged = {block: dict(given) for block, given in values.items()}
        for block, element in elements.stateful(view["blocks"]):
            if element["type"] != "file_input":
                continue
            key = f"{block['block_id']}/{element['action_id']}"
            uploads = files.get(key) or files.get("", ())
            if any(len(upload.body) > FILE_INPUT_BYTES for upload in uploads):
                return {"": {block["block_id"]: "Please choose files of up to 10 MB."}}
            given = merged.setdefault(block["block_id"], {})
            kept = [self._here.files.add(u.name, u.body, u.mimetype, user)["id"] for u in uploads]
            self._here.files.grant(kept)
            if kept or element["action_id"] in given:
                given[element["action_id"]] = [self._here.files.public(file) for file in kept]
        return merged


def _key(user: str, message: Json) -> str:
    return f"{user}|{message['channel']}|{message['ts']}"
