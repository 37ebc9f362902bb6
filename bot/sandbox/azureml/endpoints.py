"""Online endpoints: made, read, given traffic, deleted."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from bot.sandbox.azureml.arm import WORKSPACE, Json, Route, answer, bad, invalid
from bot.sandbox.azureml.resources import Asked, ChangingResources, Kind
from bot.sandbox.azureml.state import REGION, SUBSCRIPTION_ID, Change

ENDPOINTS_IN_A_SUBSCRIPTION = 100
NAME = re.compile(r"[a-zA-Z]([-a-zA-Z0-9]{1,30})[a-zA-Z0-9]")
ALL_TRAFFIC = 100
TOKEN_SECONDS = 3600.0
TAKEN = (
    "There is already an endpoint with this name, Endpoint name needs to be unique within a "
    "region. Try some other name."
)
FULL = (
    f"Endpoint Quota reached for subscription {SUBSCRIPTION_ID}.Current usage/limit: "
    f"{ENDPOINTS_IN_A_SUBSCRIPTION}/{ENDPOINTS_IN_A_SUBSCRIPTION}.Please clean up existing "
    "endpoints and try again"
)
ELSEWHERE = frozenset({"taken-elsewhere"})  # names that another workspace of the region has


class Endpoints(ChangingResources):
    """Online endpoints of the workspace; their states follow from when they were asked for."""

    kind = Kind(
        collection="endpoints",
        path="onlineEndpoints/{endpoint}",
        noun="endpoint",
        busy="Cannot create a deployment in endpoint {name} because it is in {state} provisioning "
        "state.",
        family="oeidp",
        creating=60.0,
        updating=20.0,
        deleting=60.0,
        note="Key, AMLToken and AADToken; who may score is not checked",
    )

    def routes(self) -> Iterator[Route]:
        yield from super().routes()
        path = f"{WORKSPACE}/{self.kind.path}"
        yield Route(method="POST", path=f"{path}/listKeys", handler=self.keys)
        yield Route(method="POST", path=f"{path}/token", handler=self.token)

    def wanted(self, asked: Asked) -> tuple[Json, Change]:
        sent, before = asked.properties, asked.before
        traffic = {key.lower(): int(part) for key, part in (sent.get("traffic") or {}).items()}
        if before is None:
            self._check_new(asked.key, traffic)
        self._check_traffic(asked.key, traffic)
        document = {
            **(before or {"keys": _new_keys()}),
            "traffic": traffic,
            "auth": sent.get("authMode") or "Key",
            "description": sent.get("description"),
            "tags": asked.sent.get("tags") or {},
            "properties": _kept(sent.get("properties")),
        }
        return document, self.change(before)

    async def keys(self, request: web.Request) -> web.Response:
        key = self.key(request)
        document = self.document(key)
        _check_mode(key, document, "Key")
        first, second = document["keys"]
        return answer({"primaryKey": first, "secondaryKey": second})

    async def token(self, request: web.Request) -> web.Response:
        """Give a token for an hour; one that is still good stays good."""
        key = self.key(request)
        document = self.document(key)
        _check_mode(key, document, "AMLToken")
        now = self._state.clock.now()
        token: Json = {"secret": secrets.token_urlsafe(48), "ends": now + TOKEN_SECONDS}
        valid = [each for each in document.get("tokens", []) if each["ends"] > now]
        self._state.collection("endpoints")[key] = {**document, "tokens": [*valid, token]}
        body = {
            "accessToken": token["secret"],
            "expiryTimeUtc": int(token["ends"]),
            "refreshAfterTimeUtc": int(now + TOKEN_SECONDS / 2),
            "tokenType": "Bearer",
        }
        return answer(body)

    def shape(self, key: str, document: Json) -> Json:
        base, uri = self._state.base_url, self.operation_uri(document)
        return {
            "location": REGION,
            "kind": "Managed",
            "tags": document["tags"],
            "identity": {
                "type": "SystemAssigned",
                "principalId": str(uuid.uuid5(uuid.NAMESPACE_URL, key)),
                "tenantId": str(uuid.UUID(int=2)),
            },
            "properties": {
                "authMode": document["auth"],
                "description": document["description"],
                "provisioningState": self._state.provisioning(document),
                "publicNetworkAccess": "Enabled",
                "traffic": document["traffic"],
                "mirrorTraffic": {},
                "scoringUri": f"{base}/endpoints/{key}/score",
                "swaggerUri": f"{base}/endpoints/{key}/swagger.json",
                "properties": {**document["properties"], "AzureAsyncOperationUri": uri},
            },
        }

    def _check_new(self, name: str, traffic: dict[str, int]) -> None:
        check_name("Endpoint", name)
        if traffic:
            message = "Traffic cannot be set when an endpoint is created: it has no deployments."
            raise bad("BadArgument", message)
        others = [*self._state.collection("endpoints"), *self._state.collection("batch_endpoints")]
        if name.lower() in ELSEWHERE | {other.lower() for other in others}:
            raise invalid("", TAKEN)
        if len(others) >= ENDPOINTS_IN_A_SUBSCRIPTION:
            raise bad("InferencingClientCallFailed", FULL)

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


def _check_mode(name: str, document: Json, mode: str) -> None:
    """Refuse to hand out what the endpoint does not take."""
    if document["auth"].lower() != mode.lower():
        message = f"The endpoint {name} uses {document['auth']} for authentication, not {mode}."
        raise bad("BadArgument", message)


def check_name(kind: str, name: str) -> None:
    """Raise Azure's refusal of a name that is not 3 to 32 letters, digits and dashes."""
    if NAME.fullmatch(name) is None:
        message = (
            f"{kind} name '{name}' is invalid: it must be 3 to 32 characters, start with a "
            "letter, hold only letters, digits and '-', and not end with '-'."
        )
        raise bad("BadArgument", message)


def _kept(properties: Any) -> Json:  # noqa: ANN401 - whatever the request says
    """Return the caller's properties without the server's own, which the SDK sends back."""
    sent = properties if isinstance(properties, dict) else {}
    return {key: value for key, value in sent.items() if key != "AzureAsyncOperationUri"}


def _new_keys() -> list[str]:
    return [secrets.token_urlsafe(24), secrets.token_urlsafe(24)]
