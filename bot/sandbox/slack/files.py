"""Files: kept as blobs, visible where they were shared, downloadable with the bot's token."""

from __future__ import annotations

import mimetypes
import re
import time
from typing import Any
from urllib.parse import quote

from bot.sandbox.slack import thumbnails
from bot.sandbox.slack.refusal import Refusal
from bot.sandbox.slack.state import BOT_USER, TEAM, State, is_member, new_id
from bot.sandbox.store import Collection

Json = dict[str, Any]
SIDE = re.compile(r"_(\d{1,4})\.jpg$")
UNKNOWN = "application/octet-stream"
SIGNATURES = {
    b"\x89PNG": "image/png",
    b"\xff\xd8": "image/jpeg",
    b"GIF8": "image/gif",
    b"%PDF": "application/pdf",
}


class Files:
    """The files of the workspace."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def _files(self) -> Collection:
        return self._state.store.collection("slack.files")

    def add(self, name: str, body: bytes, mimetype: str, user: str) -> Json:
        """A file that a person uploaded; it becomes visible where it is shared."""
        told = "" if mimetype == UNKNOWN else mimetype
        file = self._new(name, told or _guessed(name), user)
        self._keep(file, body)
        return file

    def announce(self, name: str, user: str, title: str = "") -> Json:
        """A file whose bytes will follow; nobody sees it before `complete`."""
        file = self._new(name, _guessed(name), user)
        file |= {"title": title or name, "pending": True}
        self._files[file["id"]] = file
        return file

    def receive(self, file_id: str, body: bytes) -> None:
        """The bytes of an announced file.

        Raises:
            Refusal: `file_not_found`.
        """
        file = self._file(file_id)
        found = next((m for magic, m in SIGNATURES.items() if body.startswith(magic)), None)
        file["mimetype"] = found or file["mimetype"]
        self._keep(file, body)

    def complete(self, file_id: str, title: str | None) -> Json:
        """An announced file whose bytes have come.

        Raises:
            Refusal: `file_not_found`, or its bytes never came.
        """
        file = self._file(file_id)
        if not file["size"]:
            raise Refusal("file_not_found")
        file.pop("pending", None)
        file["title"] = title or file["title"]
        self._files[file_id] = file
        return file

    def share(self, file_ids: list[str], channel: str) -> None:
        for file_id in file_ids:
            file = self._file(file_id)
            file["channels"] = sorted({*file["channels"], channel})
            self._files[file_id] = file

    def grant(self, file_ids: list[str]) -> None:
        """Let the app see files that somebody put into one of its modals."""
        for file_id in file_ids:
            file = self._file(file_id)
            file["granted"] = True
            self._files[file_id] = file

    def visible(self, file_id: str) -> Json:
        """A file that the bot may see.

        Raises:
            Refusal: `file_not_found`.
        """
        file = self._file(file_id)
        shared = any(is_member(self._state.channels[c]) for c in file["channels"])
        ours = file["user"] == BOT_USER or file.get("granted")
        if file.get("pending") or not (shared or ours):
            raise Refusal("file_not_found")
        return file

    def body(self, file_id: str) -> bytes:
        """The bytes of a file.

        Raises:
            Refusal: `file_not_found`.
        """
        body = self._state.store.blob(f"slack.file.{file_id}")
        if body is None:
            raise Refusal("file_not_found")
        return body

    def side(self, file_id: str, name: str) -> int:
        """The longer side of a smaller copy, from the last part of its address.

        Raises:
            Refusal: `file_not_found`.
        """
        found = SIDE.search(name)
        if found is None or f"thumb_{found[1]}_w" not in self._file(file_id):
            raise Refusal("file_not_found")
        return int(found[1])

    def mimetype(self, file_id: str) -> str:
        return str(self._file(file_id)["mimetype"])

    def public(self, file_id: str) -> Json:
        """A file as the Web API and events give it, with addresses of this server."""
        file = self._file(file_id)
        hidden = {"pending", "granted"}
        address = f"{self._state.base_url}/files/{file_id}"
        name = quote(file["name"])
        return {
            **{key: value for key, value in file.items() if key not in hidden},
            "url_private": f"{address}/{name}",
            "url_private_download": f"{address}/download/{name}",
            "permalink": f"{address}/{name}",
            **self._copies(file),
        }

    def _copies(self, file: Json) -> Json:
        """The addresses of the smaller copies."""
        stem = quote(str(file["name"]).rsplit(".", 1)[0])
        address = f"{self._state.base_url}/files-tmb/{TEAM}-{file['id']}"
        return {
            f"thumb_{side}": f"{address}/{stem}_{side}.jpg"
            for side in thumbnails.SIDES
            if f"thumb_{side}_w" in file
        }

    def _file(self, file_id: str) -> Json:
        if file_id not in self._files:
            raise Refusal("file_not_found")
        return self._files[file_id]

    def _keep(self, file: Json, body: bytes) -> None:
        self._state.store.put_blob(f"slack.file.{file['id']}", body)
        file["size"] = len(body)
        if file["mimetype"].startswith("image/"):
            file.update(thumbnails.described(body))
        self._files[file["id"]] = file

    def _new(self, name: str, mimetype: str, user: str) -> Json:
        extension = name.rsplit(".", 1)[-1].lower() if "." in name else "binary"
        return {
            "id": new_id("F"),
            "created": int(time.time()),
            "timestamp": int(time.time()),
            "name": name,
            "title": name,
            "mimetype": mimetype,
            "filetype": {"jpeg": "jpg"}.get(extension, extension),
            "pretty_type": extension.upper(),
            "user": user,
            "user_team": TEAM,
            "editable": False,
            "size": 0,
            "mode": "hosted",
            "is_external": False,
            "is_public": False,
            "file_access": "visible",
            "channels": [],
        }


def _guessed(name: str) -> str:
    return mimetypes.guess_type(name)[0] or UNKNOWN
