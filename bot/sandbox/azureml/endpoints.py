"""Online endpoints: made, read, given traffic, deleted."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from bot.sandbox.azureml.arm import (
    WORKSPACE,
    Json,
    Route,
    answer,
    bad,
    body_of,
    conflict,
    empty,
    missing,
    page,
)
from bot.sandbox.azureml.state import REGION, WORKSPACE_PATH, Change, State

FAMILY = "oeidp"
CREATING, UPDATING, DELETING = 60.0, 20.0, 60.0
ENDPOINTS_IN_A_SUBSCRIPTION = 100
NAME = re.compile(r"[a-zA-Z]([-a-zA-Z0-9]{1,30})[a-zA-Z0-9]")
ALL_TRAFFIC = 100
ELSEWHERE = frozenset({"taken-elsewhere"})  # names that another workspace of the region has


class Endpoints:
    """Online endpoints of the workspace; their states follow from when they were asked for."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> Iterator[Route]:
        one = f"{WORKSPACE}/onlineEndpoints/{{endpoint}}"
        yield Route(method="GET", path=f"{WORKSPACE}/onlineEndpoints", handler=self.listed)
        yield Route(method="GET", path=one, handler=self.got)
        yield Route(
            method="PUT", path=one, handler=self.put, note="key authentication only is played"
        )
        yield Route(method="DELETE", path=one, handler=self.delete)
        yield Route(method="POST", path=f"{one}/listKeys", handler=self.keys)

    async def listed(self, request: web.Request) -> web.Response:
        found = self._state.collection("endpoints").items()
        return page(request, self._state.base_url, [self.body(n, d) for n, d in found])

    async def got(self, request: web.Request) -> web.Response:
        name = request.match_info["endpoint"]
        return answer(self.body(name, self.document(name)))

    async def put(self, request: web.Request) -> web.Response:
        name = request.match_info["endpoint"]
        sent = await body_of(request)
        asked = sent.get("properties") or {}
        before = self._state.collection("endpoints").get(name)
        traffic = {key.lower(): int(part) for key, part in (asked.get("traffic") or {}).items()}
        if before is None:
            self._check_new(name, traffic)
        elif self._state.busy(before):
            raise busy("endpoint", name, self._state.provisioning(before))
        self._check_traffic(name, traffic)
        document = {
            **(before or {"keys": _new_keys()}),
            "traffic": traffic,
            "auth": asked.get("authMode") or "Key",
            "description": asked.get("description"),
            "tags": sent.get("tags") or {},
            "properties": _kept(asked.get("properties")),
        }
        change = Change(
            verb="Updating" if before else "Creating", seconds=UPDATING if before else CREATING
        )
        operation = self._state.begin("endpoints", name, document, change, FAMILY)
        headers = {"Azure-AsyncOperation": self._state.operation_url(operation)}
        return answer(self.body(name, document), status=200 if before else 201, headers=headers)

    async def delete(self, request: web.Request) -> web.Response:
        name = request.match_info["endpoint"]
        document = self._state.collection("endpoints").get(name)
        if document is None:
            return empty(204)
        operation = document["change"]["operation"]
        if document["change"]["verb"] != "Deleting":
            deleting = Change(verb="Deleting", seconds=DELETING)
            operation = self._state.begin("endpoints", name, document, deleting, FAMILY)
            for child, deployment in list(self._state.children("deployments", name)):
                self._state.begin("deployments", f"{name}/{child}", deployment, deleting, "odidp")
        return empty(202, {"Azure-AsyncOperation": self._state.operation_url(operation)})

    async def keys(self, request: web.Request) -> web.Response:
        first, second = self.document(request.match_info["endpoint"])["keys"]
        return answer({"primaryKey": first, "secondaryKey": second})

    def document(self, name: str) -> Json:
        """The endpoint of that name.

        Raises:
            RefusalError: there is none.
        """
        found = self._state.collection("endpoints").get(name)
        if found is None:
            kind = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
            raise missing(f"The Resource '{kind}/{name}' was not found.", "ResourceNotFound")
        return found

    def body(self, name: str, document: Json) -> Json:
        base = self._state.base_url
        operation = document["change"]["operation"]
        uri = self._state.operation_url(operation).partition("&")[0]
        return {
            "id": f"{WORKSPACE_PATH}/onlineEndpoints/{name}",
            "name": name,
            "type": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
            "location": REGION,
            "kind": "Managed",
            "tags": document["tags"],
            "identity": {
                "type": "SystemAssigned",
                "principalId": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
                "tenantId": str(uuid.UUID(int=2)),
            },
            "systemData": self._state.system_data(document),
            "properties": {
                "authMode": document["auth"],
                "description": document["description"],
                "provisioningState": self._state.provisioning(document),
                "publicNetworkAccess": "Enabled",
                "traffic": document["traffic"],
                "mirrorTraffic": {},
                "scoringUri": f"{base}/endpoints/{name}/score",
                "swaggerUri": f"{base}/endpoints/{name}/swagger.json",
                "properties": {**document["properties"], "AzureAsyncOperationUri": uri},
            },
        }

    def _check_new(self, name: str, traffic: dict[str, int]) -> None:
        check_name("Endpoint", name)
        if traffic:
            message = "Traffic cannot be set when an endpoint is created: it has no deployments."
            raise bad("BadArgument", message)
        others = [*self._state.collection("endpoints"), *self._state.collection("batch_endpoints")]
        if name.lower() in {other.lower() for other in others}:
            message = f"The endpoint name {name} is already used in the region {REGION}."
            raise bad("BadArgument", message)
        if name.lower() in ELSEWHERE:
            raise conflict(f"The endpoint name {name} is already in use in the region {REGION}.")
        if len(others) >= ENDPOINTS_IN_A_SUBSCRIPTION:
            message = f"The limit of {ENDPOINTS_IN_A_SUBSCRIPTION} endpoints is reached."
            raise bad("OutOfQuota", message)

    def _check_traffic(self, name: str, traffic: dict[str, int]) -> None:
        if sum(traffic.values()) not in {0, ALL_TRAFFIC}:
            raise bad("BadArgument", "The sum of the traffic must be 0 or 100.")
        deployments = dict(self._state.children("deployments", name))
        states = {child.lower(): self._state.provisioning(d) for child, d in deployments.items()}
        for deployment, share in traffic.items():
            if share and states.get(deployment) != "Succeeded":
                message = (
                    f"Traffic cannot be sent to the deployment {deployment} of {name}: it is "
                    f"{states.get(deployment, 'not there')}."
                )
                raise bad("BadArgument", message)


def check_name(kind: str, name: str) -> None:
    """Raise Azure's refusal of a name that is not 3 to 32 letters, digits and dashes."""
    if NAME.fullmatch(name) is None:
        message = (
            f"{kind} name '{name}' is invalid: it must be 3 to 32 characters, start with a "
            "letter, hold only letters, digits and '-', and not end with '-'."
        )
        raise bad("BadArgument", message)


def busy(kind: str, name: str, provisioning: str) -> Exception:
    """The refusal of a change to something that is still changing."""
    return conflict(f"Cannot change the {kind} {name} because it is in {provisioning} state.")


def _kept(properties: Any) -> Json:  # noqa: ANN401 - whatever the request says
    """What the caller wrote; the server's own entry, which the SDK sends back, is dropped."""
    sent = properties if isinstance(properties, dict) else {}
    return {key: value for key, value in sent.items() if key != "AzureAsyncOperationUri"}


def _new_keys() -> list[str]:
    return [secrets.token_urlsafe(24), secrets.token_urlsafe(24)]
