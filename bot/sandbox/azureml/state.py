"""Resources, operations and time of the local Azure; every state follows from start times."""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Faults
from bot.sandbox.store import Collection, Store

Json = dict[str, Any]

REGION = "eastus"
SUBSCRIPTION_ID = "11111111-1111-1111-1111-111111111111"
GROUP = "rg-sandbox"
WORKSPACE_NAME = "ws-sandbox"
WORKSPACE_ID = str(uuid.UUID(int=3))
ACCOUNT = "sandboxstorage"
CONTAINER = "azureml-blobstore"
WORKSPACE_PATH = (
    f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{GROUP}"
    f"/providers/Microsoft.MachineLearningServices/workspaces/{WORKSPACE_NAME}"
)
TOKEN_YEARS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that takes time: what it is called meanwhile, how long, and how it ends.

    `seconds` are simulated; `error` is `{"code", "message"}` when the change fails.
    """

    verb: str
    seconds: float
    error: Json | None = None


class State:
    """The memory of the local Azure: collections of the store, the clock, and its address."""

    def __init__(self, store: Store, clock: SandboxClock, faults: Faults) -> None:
        self.store = store
        self.clock = clock
        self.faults = faults
        self.base_url = ""
        self.changing: list[str] = []  # collections whose resources come and go in time
        kept = self.collection("identity").get("identity", {})
        self.token: str = kept.get("token") or _new_token(clock.now())
        self.seeded: float = kept.get("seeded") or clock.now()
        self.remember_identity()

    def collection(self, name: str) -> Collection:
        return self.store.collection(f"azure.{name}")

    def remember_identity(self) -> None:
        """Write the token down, so that it stays the same after a restart or a reset."""
        self.collection("identity")["identity"] = {"token": self.token, "seeded": self.seeded}

    def reset(self) -> None:
        """Begin anew after the store was cleared; the token stays, since the bot holds it."""
        self.seeded = self.clock.now()
        self.remember_identity()

    # --- changes that take time ----------------------------------------------------------------

    def begin(self, collection: str, key: str, document: Json, change: Change, family: str) -> str:
        """Start a change of a resource and write it down; returns the id of the operation.

        A change that is still under way ends as Canceled: the later one has priority.
        """
        now = self.clock.now()
        operations = self.collection("operations")
        before = document.get("change")
        if before and self.busy(document):
            stopped = operations[before["operation"]]
            operations[before["operation"]] = {**stopped, "cancelled": now}
        operation = f"{family}:{uuid.uuid4()}:{uuid.uuid4()}"
        operations[operation] = {
            "started": now,
            "seconds": change.seconds,
            "error": change.error,
            "cancelled": None,
        }
        document["change"] = {
            "verb": change.verb,
            "started": now,
            "seconds": change.seconds,
            "error": change.error,
            "operation": operation,
        }
        document["modified"] = now
        document.setdefault("created", now)
        self.collection(collection)[key] = document
        return operation

    def busy(self, document: Json) -> bool:
        change = document["change"]
        return bool(self.clock.now() < change["started"] + change["seconds"])

    def age(self, document: Json) -> float:
        """Simulated seconds since the resource's last change began."""
        return float(self.clock.now() - document["change"]["started"])

    def provisioning(self, document: Json) -> str:
        """Azure's provisioning state now: Creating, Updating, Deleting, Succeeded or Failed."""
        change = document["change"]
        if self.busy(document):
            return str(change["verb"])
        return "Failed" if change["error"] else "Succeeded"

    def operation_url(self, operation: str) -> str:
        """The status URL of an operation, signed query and all."""
        path = (
            f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.MachineLearningServices"
            f"/locations/{REGION}/mfeOperationsStatus/{operation}"
        )
        return f"{self.base_url}{path}?api-version=2022-02-01-preview&s={secrets.token_hex(8)}"

    def settle(self) -> None:
        """Let everything happen whose time has come: deleted resources vanish.

        Called before each request, so that what is seen depends on the clock alone.
        """
        for name in self.changing:
            resources = self.collection(name)
            for key, document in list(resources.items()):
                if document["change"]["verb"] == "Deleting" and not self.busy(document):
                    del resources[key]

    def children(self, name: str, parent: str) -> Iterator[tuple[str, Json]]:
        """Resources of a collection whose key is `parent/child`, as child name and document."""
        for key, document in self.collection(name).items():
            above, _, child = key.partition("/")
            if above == parent:
                yield child, document

    # --- forms ---------------------------------------------------------------------------------

    def system_data(self, document: Json) -> Json:
        created, modified = iso(document["created"]), iso(document["modified"])
        return {
            "createdAt": created,
            "createdBy": "sandbox",
            "createdByType": "Application",
            "lastModifiedAt": modified,
            "lastModifiedBy": "sandbox",
            "lastModifiedByType": "Application",
        }


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _new_token(now: float) -> str:
    """A token that the Azure client can read: its audience is Azure ML's resource id."""
    claims = {
        "aud": "https://ml.azure.com",
        "iss": "aml-bot sandbox",
        "iat": int(now),
        "exp": int(now) + TOKEN_YEARS * 365 * 24 * 3600,
    }
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join(part.rstrip("=") for part in (*encoded, secrets.token_urlsafe(32)))
