"""The Hub's JSON: what it says of a repository and of its files, and its search."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from bot.sandbox.hub.state import HubFile, HubState, Repository

Json = dict[str, Any]

SORTS = frozenset({"downloads", "likes", "lastModified", "createdAt", "trendingScore"})
POINTER_SIZE = 134
_FULL_ONLY = ("siblings", "sha", "gated", "disabled")


def model(repository: Repository, *, blobs: bool = False, security: bool = False) -> Json:
    """A model object. Downloads, likes and dates are left out: the stand-in does not know them."""
    answer: Json = {
        "_id": repository.sha[:24],
        "id": repository.id,
        "modelId": repository.id,
        "author": repository.id.split("/", maxsplit=1)[0],
        "sha": repository.sha,
        "private": repository.private,
        "gated": repository.gated,
        "disabled": repository.disabled,
        "library_name": repository.library,
        "tags": list(repository.tags),
        "pipeline_tag": repository.task,
        "cardData": {
            "pipeline_tag": repository.task,
            **_licence(repository),
            **repository.card,
        },
        "config": dict(repository.config),
        "siblings": [_sibling(file, blobs=blobs) for file in repository.files.values()],
    }
    if security:
        answer["securityRepoStatus"] = {"scansDone": True, "filesWithIssues": []}
    return answer


def expanded(repository: Repository, names: Sequence[str]) -> Json:
    """Only the asked fields, and the name."""
    full = model(repository)
    return {key: full[key] for key in ("_id", "id", *names) if key in full}


def listed(repository: Repository, query: Any) -> Json:  # noqa: ANN401 - aiohttp's query
    """A row of a search answer."""
    if names := query.getall("expand", []):
        return expanded(repository, names)
    full = model(repository)
    dropped = set() if query.get("full") else set(_FULL_ONLY)
    dropped |= {key for key in ("cardData", "config") if not query.get(key)}
    return {key: value for key, value in full.items() if key not in dropped}


def entry(file: HubFile) -> Json:
    """A row of a tree answer; a size that is not known is 0 there, since the client needs one."""
    row: Json = {"type": "file", "path": file.path, "oid": file.oid, "size": file.size or 0}
    return {**row, "lfs": _lfs(file, "oid")} if file.lfs else row


def found(state: HubState, query: Any) -> list[Repository]:  # noqa: ANN401 - aiohttp's query
    """The repositories that a search asks for, in the order of the file."""
    rows = list(state.listed())
    for word in query.get("search", "").casefold().split():
        rows = [row for row in rows if word in row.id.casefold()]
    if author := query.get("author"):
        rows = [row for row in rows if row.id.split("/", maxsplit=1)[0] == author]
    if task := query.get("pipeline_tag"):
        rows = [row for row in rows if row.task == task]
    if gated := query.get("gated"):
        rows = [row for row in rows if bool(row.gated) == (gated == "true")]
    for tag in query.getall("filter", []):
        rows = [row for row in rows if tag in row.tags]
    return rows


def _licence(repository: Repository) -> Json:
    return {"license": repository.license} if repository.license else {}


def _sibling(file: HubFile, *, blobs: bool) -> Json:
    row: Json = {"rfilename": file.path}
    if not blobs:
        return row
    row["blobId"] = file.oid
    if file.size is not None:
        row["size"] = file.size
        row |= {"lfs": _lfs(file, "sha256")} if file.lfs else {}
    return row


def _lfs(file: HubFile, name: str) -> Json:
    digest = hashlib.sha256(file.oid.encode()).hexdigest()  # of the stand-in, not the real file
    return {name: digest, "size": file.size or 0, "pointerSize": POINTER_SIZE}
