"""What an endpoint's callers sign in with: its key, Azure ML's token, or the bot's own login."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from services import spelling
from services.azureml import raw
from services.azureml.documents import auth_in, scoring_uri_in, seconds_in
from services.azureml.responses import Json
from services.azureml.sdk import Sdk
from services.clock import Clock
from services.errors import ErrorText, ServiceRefusedError
from services.models import AAD_TOKEN, AML_TOKEN, KEY

# Completes "Azure could not …" where a call fails.
READ = "read the endpoint {endpoint}"
READ_KEY = "read the key of {endpoint}"
READ_TOKEN = "get a token for {endpoint}"  # noqa: S105 - words
KEY_SECONDS = 300.0
EARLY = 120.0  # seconds before a token's end from which another is asked for
SCOPE = "https://ml.azure.com/.default"  # of the data plane, as the SDK's own `invoke` asks for it
OTHER_WAY = ErrorText(
    code="EndpointAuthUnknown",
    what="I cannot sign in to the endpoint {endpoint}.",
    why="It asks its callers for {mode}; I know keys, AMLToken and AADToken.",
    advice="Choose another endpoint with endpoint:<name>, or deploy the model again.",
)
AZURES = (".inference.ml.azure.com", ".inference.ml.azure.us", ".inference.ml.azure.cn")
NOWHERE = "an address that Azure does not tell"
ODD_HOST = ErrorText(
    code="EndpointHostUnknown",
    what="I do not sign in to the endpoint {endpoint} with the bot's own login.",
    why="It answers at {host}, which is not Azure's.",
    advice="Choose an endpoint with keys with endpoint:<name>, or deploy the model again.",
)
NO_KEY = ErrorText(
    code="EndpointKeyMissing",
    what="Azure gave no key for the endpoint {endpoint}.",
    advice="Try again in a minute; if it stays, look at the endpoint in the studio.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    secret: str
    until: float  # simulated seconds since the epoch


class ScoringKeys:
    """Keeps what was asked for until shortly before it ends.

    Args:
        sdk: the clients.
        clock: tokens end by it, as all that Azure dates.
    """

    def __init__(self, sdk: Sdk, clock: Clock) -> None:
        self._sdk = sdk
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def of(self, endpoint: str, *, fresh: bool = False) -> str:
        """Return what goes out as `Authorization: Bearer …`; `fresh` asks Azure again.

        Raises:
            NotFoundError: there is no such endpoint.
            ServiceRefusedError: it wants something else (code EndpointAuthUnknown).
            ServiceError: as `services.azureml.errors` says.
        """
        name = spelling.key(endpoint)
        with self._lock:
            held = self._held.get(name)
        if held is not None and self._clock.now() < held.until and not fresh:
            return held.secret
        held = self._asked(endpoint)
        with self._lock:
            self._held[name] = held
        return held.secret

    def forget(self, endpoint: str) -> None:
        with self._lock:
            self._held.pop(spelling.key(endpoint), None)

    def _asked(self, endpoint: str) -> _Held:
        path = self._sdk.workspace_path("onlineEndpoints", endpoint)
        answer = self._sdk.read(
            READ.format(endpoint=endpoint),
            lambda client: raw.read(client.online_endpoints._online_operation, path),  # noqa: SLF001 - the SDK's own read fails on a way to sign in that it does not know
        )
        mode = auth_in(answer.result)
        if spelling.same(mode, KEY):
            return self._key(endpoint)
        if spelling.same(mode, AML_TOKEN):
            return self._token(endpoint)
        if spelling.same(mode, AAD_TOKEN):
            self._check_host(endpoint, scoring_uri_in(answer.result))
            token, ends = self._sdk.token(READ_TOKEN.format(endpoint=endpoint), SCOPE)
            return _Held(secret=token, until=ends - EARLY)
        raise ServiceRefusedError(OTHER_WAY, endpoint=endpoint, mode=mode)

    def _check_host(self, endpoint: str, uri: str) -> None:
        """Refuse to show the bot's own login to a host that is not Azure's.

        It opens more than one endpoint, and those on attached clusters name any address they like.
        """
        parts, own = urlsplit(uri), self._sdk.connection.url
        host = parts.hostname or ""
        ours = bool(own) and host == urlsplit(own or "").hostname
        if not ours and not (parts.scheme == "https" and host.endswith(AZURES)):
            raise ServiceRefusedError(ODD_HOST, endpoint=endpoint, host=host or NOWHERE)

    def _key(self, endpoint: str) -> _Held:
        answer = self._sdk.read(
            READ_KEY.format(endpoint=endpoint),
            lambda client: client.online_endpoints._online_operation.list_keys(  # noqa: SLF001 - as above
                **self._sdk.scope(), endpoint_name=endpoint
            ),
        )
        secret = _first(answer.documents, "primaryKey", "secondaryKey")
        if not secret:
            raise ServiceRefusedError(NO_KEY, endpoint=endpoint)
        return _Held(secret=secret, until=self._clock.now() + KEY_SECONDS)

    def _token(self, endpoint: str) -> _Held:
        answer = self._sdk.read(
            READ_TOKEN.format(endpoint=endpoint),
            lambda client: client.online_endpoints._online_operation.get_token(  # noqa: SLF001 - as above
                **self._sdk.scope(), endpoint_name=endpoint
            ),
        )
        secret = _first(answer.documents, "accessToken")
        if not secret:
            raise ServiceRefusedError(NO_KEY, endpoint=endpoint)
        times = [_seconds(document.get("expiryTimeUtc")) for document in answer.documents]
        ends = max(times, default=0.0)
        return _Held(secret=secret, until=ends - EARLY)


def _first(documents: tuple[Json, ...], *names: str) -> str:
    found = (document.get(name) for document in reversed(documents) for name in names)
    return next((each for each in found if isinstance(each, str) and each), "")


def _seconds(value: Any) -> float:  # noqa: ANN401 - JSON of Azure
    """Return a time in seconds since the epoch, which Azure writes as a number or as a text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and value.isdecimal():
        return float(value)
    return seconds_in(value if isinstance(value, str) else None) or 0.0
