"""Resources of the workspace, all listed, read, changed and deleted in one way."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from bot.sandbox.azureml.arm import (
    WORKSPACE,
    Json,
    RefusalError,
    Route,
    answer,
    body_of,
    conflict,
    empty,
    missing,
    page,
)
from bot.sandbox.azureml.state import WORKSPACE_PATH, Change, State
from bot.sandbox.coverage import Status

NAMES = re.compile(r"\{(\w+)\}")
TYPES = "Microsoft.MachineLearningServices/workspaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of resources: where they are kept and found, and how long their changes take.

    Attributes:
        collection: where the store keeps them; a key is the path's names, `endpoint/deployment`.
        path: beneath the workspace: `computes/{name}`.
        noun: its name in refusals.
        absent: the refusal of one that is not there, with the fields `type` and `key`.
        absent_code: the code of that refusal.
        busy: the refusal of a change while another goes on, with `noun`, `name` and `state`.
        family: how the ids of its operations begin.
        creating, updating, deleting: simulated seconds that a change takes which goes well.
        status, note: the row of its PUT in the coverage table.
    """

    collection: str
    path: str
    noun: str
    absent: str = "The Resource '{type}/{key}' was not found."
    absent_code: str = "ResourceNotFound"
    busy: str = "Cannot change the {noun} {name} because it is in {state} provisioning state."
    family: str = ""
    creating: float = 0.0
    updating: float = 0.0
    deleting: float = 0.0
    status: Status = "supported"
    note: str = ""

    @property
    def type(self) -> str:
        """The type that Azure Resource Manager gives it."""
        return f"{TYPES}/{NAMES.sub('', self.path).replace('//', '/').rstrip('/')}"

    def missing(self, key: str) -> RefusalError:
        return missing(self.absent.format(type=self.type, key=key), self.absent_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A PUT: the key, the request's path and body, and the document that is there already."""

    key: str
    path: str
    sent: Json
    before: Json | None

    @property
    def properties(self) -> Json:
        found: Json = self.sent.get("properties") or {}
        return found


class Resources(ABC):
    """The resources of one kind; a subclass says what one looks like, and how it is made."""

    kind: ClassVar[Kind]

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        path = f"{WORKSPACE}/{self.kind.path}"
        yield Route(method="GET", path=path.rpartition("/")[0], handler=self.listed)
        yield Route(method="GET", path=path, handler=self.got)
        yield Route(
            method="PUT",
            path=path,
            handler=self.put,
            status=self.kind.status,
            note=self.kind.note,
        )

    async def listed(self, request: web.Request) -> web.Response:
        bodies = [self.body(key, document) for key, document in self.beneath(self.above(request))]
        return page(request, self._state.base_url, bodies)

    async def got(self, request: web.Request) -> web.Response:
        self.above(request)
        key = self.key(request)
        return answer(self.body(key, self.document(key)))

    @abstractmethod
    async def put(self, request: web.Request) -> web.Response: ...

    @abstractmethod
    def shape(self, key: str, document: Json) -> Json:
        """Return what only this kind has of a body: `properties`, tags, location and so on."""

    def body(self, key: str, document: Json) -> Json:
        """Return a resource as Azure Resource Manager shows it."""
        names = dict(zip(NAMES.findall(self.kind.path), key.split("/"), strict=True))
        return {
            "id": f"{WORKSPACE_PATH}/{self.kind.path.format(**names)}",
            "name": key.rpartition("/")[2],
            "type": self.kind.type,
            "systemData": self._state.system_data(document),
            **self.shape(key, document),
        }

    def key(self, request: web.Request) -> str:
        """Return the key of the resource that a request's path names, as it was first spelt."""
        wanted = "/".join(request.match_info[name] for name in NAMES.findall(self.kind.path))
        known = self._state.collection(self.kind.collection)
        if wanted in known:
            return wanted
        return next((key for key in known if key.lower() == wanted.lower()), wanted)

    def above(self, request: web.Request) -> str:  # noqa: ARG002 - for those with a parent
        """Return the key of the parent; empty without one.

        Raises:
            RefusalError: the parent is not there.
        """
        return ""

    def beneath(self, parent: str) -> Iterator[tuple[str, Json]]:
        """Yield key and document of each resource of a parent; an empty key is the workspace."""
        for key, document in self._state.collection(self.kind.collection).items():
            if key.rpartition("/")[0] == parent:
                yield key, document

    def find(self, key: str) -> Json | None:
        return self._state.collection(self.kind.collection).get(key)

    def document(self, key: str) -> Json:
        """Return the resource of that key.

        Raises:
            RefusalError: there is none.
        """
        found = self.find(key)
        if found is None:
            raise self.kind.missing(key)
        return found


class ChangingResources(Resources):
    """Resources whose changes take time: each is an operation, and one at a time is allowed."""

    def __init__(self, state: State, parent: ChangingResources | None = None) -> None:
        super().__init__(state)
        self.children: list[ChangingResources] = []
        self._parent = parent
        state.changing.append(self.kind.collection)
        if parent:
            parent.children.append(self)

    def routes(self) -> Iterator[Route]:
        yield from super().routes()
        path = f"{WORKSPACE}/{self.kind.path}"
        yield Route(method="DELETE", path=path, handler=self.delete)

    def key(self, request: web.Request) -> str:
        key = super().key(request)
        if self._parent is None or key in self._state.collection(self.kind.collection):
            return key
        return f"{self._parent.key(request)}/{key.rpartition('/')[2]}"

    def above(self, request: web.Request) -> str:
        if self._parent is None:
            return ""
        key = self._parent.key(request)
        self._parent.document(key)
        return key

    async def put(self, request: web.Request) -> web.Response:
        """Make a resource or change it; the answer announces the operation."""
        above, key = self.above(request), self.key(request)
        if self._parent:
            self._parent.check_idle(above)
        self.check_idle(key)
        before = self.find(key)
        asked = Asked(key=key, path=request.path, sent=await body_of(request), before=before)
        document, change = self.wanted(asked)
        operation = self._begin(key, document, change)
        status = 201 if before is None else 200
        return answer(self.body(key, document), status=status, headers=self._announced(operation))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a resource with everything beneath it; nothing happens to what is not there."""
        key = self.key(request)
        document = self.find(key)
        if document is None:
            return empty(204)
        self.check_deletion(key, document)
        return empty(202, self._announced(self._delete(key, document)))

    @abstractmethod
    def wanted(self, asked: Asked) -> tuple[Json, Change]:
        """Return the document that a PUT leads to, and how the change will go.

        Raises:
            RefusalError: what Azure refuses at once.
        """

    def check_deletion(self, key: str, document: Json) -> None:
        """Raise the refusal of a deletion; nothing is refused unless a kind says so."""

    def check_idle(self, key: str) -> None:
        """Raise the refusal of a change to something that is still changing."""
        document = self.find(key)
        if document is not None and self._state.busy(document):
            raise self.conflict(key, document)

    def conflict(self, key: str, document: Json) -> RefusalError:
        name, state = key.rpartition("/")[2], self._state.provisioning(document)
        return conflict(self.kind.busy.format(noun=self.kind.noun, name=name, state=state))

    def change(
        self, before: Json | None, seconds: float | None = None, error: Json | None = None
    ) -> Change:
        """Return the change to a new or an old resource, in the kind's time if none is given."""
        usual = self.kind.updating if before else self.kind.creating
        verb = "Updating" if before else "Creating"
        return Change(verb=verb, seconds=usual if seconds is None else seconds, error=error)

    def operation_uri(self, document: Json) -> str:
        """Return the address of the last operation, as a body's properties give it."""
        return self._state.operation_url(document["change"]["operation"]).partition("&")[0]

    def _delete(self, key: str, document: Json) -> str:
        """Start the deletion, unless it goes on already; return the id of its operation."""
        if document["change"]["verb"] == "Deleting":
            return str(document["change"]["operation"])
        for child in self.children:
            for name, below in list(child.beneath(key)):
                child._delete(name, below)  # noqa: SLF001 - another of this class
        return self._begin(key, document, Change(verb="Deleting", seconds=self.kind.deleting))

    def _begin(self, key: str, document: Json, change: Change) -> str:
        return self._state.begin(self.kind.collection, key, document, change, self.kind.family)

    def _announced(self, operation: str) -> dict[str, str]:
        return {"Azure-AsyncOperation": self._state.operation_url(operation)}
