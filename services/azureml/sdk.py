"""The real azure-ai-ml clients, built when first needed, and the wire beneath them."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from services import trust
from services.azureml.cloud import cloud_at, load_sdk, reroute_logs
from services.azureml.credential import credential_for
from services.azureml.errors import NO_SENSE, translated
from services.errors import (
    ErrorText,
    NotConfiguredError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
)

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.core import PipelineClient
    from azure.core.credentials import TokenCredential
    from azure.core.pipeline import PipelineResponse
    from azure.core.pipeline.transport import RequestsTransport
    from azure.core.rest import HttpRequest, HttpResponse

log = logging.getLogger(__name__)

Json = dict[str, Any]
PUBLIC = "https://management.azure.com"
# What the SDK raises by accident where an answer has another form than it expects.
ODD = (AttributeError, KeyError, TypeError, ValueError)
POOL = 32  # connections kept open, as many as threads may ask at once
SHORT_WAIT = 2.0  # seconds Azure may ask us to wait for a read that is then simply repeated
# One try again when the connection fails. Not on a status: its Retry-After, however long, would
# be slept through inside the SDK; workflows wait themselves.
OPTIONS: Json = {
    "show_progress": False,
    "enable_telemetry": False,
    "connection_timeout": 10,
    "read_timeout": 60,
    "retry_total": 1,
    "retry_connect": 1,
    "retry_read": 1,
    "retry_status": 0,
    "retry_backoff_factor": 0.2,
}

NOT_CONNECTED = ErrorText(
    code="NoWorkspace",
    what="The bot is not connected to an Azure ML workspace.",
    advice="Set AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP and AZUREML_WORKSPACE_NAME, then "
    "start it again.",
)
ODD_ADDRESS = ErrorText(
    code="AzureOddAddress", what="Azure named an odd address to {doing}: {address}"
)
WEB_PAGE = ErrorText(code="AzureWebPage", what="Azure answered with a web page instead of data.")
LONGEST_ADDRESS = 80  # characters of an odd address that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Which workspace, and where its Resource Manager is.

    `url` None means Azure's public cloud with azure-identity's credentials; else another base, for
    which `token` is a fixed token. `ca` is a PEM that is trusted besides the usual roots.
    """

    subscription_id: str
    resource_group: str
    workspace: str
    url: str | None = None
    token: str | None = field(default=None, repr=False)
    ca: Path | None = None
    registries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkResponse:
    """What a call of the SDK returned, and the JSON documents that came over the wire for it."""

    result: Any
    documents: tuple[Json, ...]

    def items(self) -> tuple[Json, ...]:
        """The rows of all pages."""
        pages = (page["value"] for page in self.documents if isinstance(page.get("value"), list))
        return tuple(item for page in pages for item in page if isinstance(item, dict))


class Sdk:
    """One client for the workspace and one for each registry; reads are shared, writes queue.

    The SDK's entities lose fields (system metadata, quota numbers), so every answer also carries
    the raw documents, seen through the public `raw_response_hook`.
    """

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection
        self._clients: dict[str | None, MLClient] = {}
        self._credential: TokenCredential | None = None
        self._transport: RequestsTransport | None = None
        self._lock = threading.Lock()
        self._building: defaultdict[str | None, threading.Lock] = defaultdict(threading.Lock)
        self._writing = threading.Lock()
        self._seen = threading.local()
        self._preparing = False
        self._when_ready: list[Callable[[], None]] = []

    @property
    def connection(self) -> Connection:
        """Raises NotConfiguredError when there is none."""
        if self._connection is None:
            raise NotConfiguredError(NOT_CONNECTED)
        return self._connection

    @property
    def configured(self) -> bool:
        return self._connection is not None

    @property
    def ready(self) -> bool:
        """Whether the workspace's client is built."""
        return None in self._clients

    def when_ready(self, call: Callable[[], None]) -> None:
        """Call this once the workspace's client is built; now if it is."""
        with self._lock:
            if not self.ready:
                self._when_ready.append(call)
                return
        call()

    def prepare(self) -> None:
        """Build the workspace's client in the background, if there is none; asks no network."""
        with self._lock:
            if self._connection is None or self._preparing or None in self._clients:
                return
            self._preparing = True
        threading.Thread(target=self._prepare, name="import-azure", daemon=True).start()

    def _prepare(self) -> None:
        try:
            with translated("get ready"):
                self.client(None)
        except ServiceError as error:
            log.info("the Azure client could not be built ahead of its first use: %s", error)

    def close(self) -> None:
        """Close the connections; no call may follow."""
        with self._lock:
            if self._transport is not None:
                self._transport.close()

    def scope(self) -> Json:
        """What the generated operations want to know of the workspace."""
        return {
            "resource_group_name": self.connection.resource_group,
            "workspace_name": self.connection.workspace,
        }

    def read(
        self, doing: str, call: Callable[[MLClient], object], *, registry: str | None = None
    ) -> SdkResponse:
        """Call the client of the workspace or of a registry; once more after a short fault.

        Raises:
            ServiceError: as `errors.translated` says.
        """
        try:
            return self._call(doing, call, registry)
        except TemporaryError as error:
            if error.retry_after > SHORT_WAIT:
                raise
            threading.Event().wait(error.retry_after or 0.2)
            return self._call(doing, call, registry)

    def write(self, doing: str, call: Callable[[MLClient], object]) -> str:
        """Call the workspace's client for a change; returns the URL that tells how it goes on.

        Raises:
            ServiceError: as `errors.translated` says.
        """
        with self._writing, translated(doing), self._watching() as seen:
            call(self.client(None))
        for response in reversed(seen):
            url = response.headers.get("Azure-AsyncOperation") or response.headers.get("Location")
            if url:
                return str(url)
        return ""

    def send(self, doing: str, url: str) -> tuple[int, Json]:
        """GET a URL of the Resource Manager with our token: status and document.

        Raises:
            ServiceRefusedError: the URL is another server's, which must not see our token.
            ServiceError: as `errors.translated` says.
        """
        if urlsplit(url)[:2] != urlsplit(self.connection.url or PUBLIC)[:2]:
            raise ServiceRefusedError(ODD_ADDRESS, doing=doing, address=url[:LONGEST_ADDRESS])
        with translated(doing), self._watching() as seen:
            request = _get_request(url)
            self._arm().send_request(request).raise_for_status()
        return seen[-1].status_code, _document(seen[-1]) or {}

    def client(self, registry: str | None) -> MLClient:
        """The one client for the workspace (None) or a registry."""
        connection = self.connection
        with self._lock:
            building = self._building[registry]
        with building:  # a registry's client asks the network while it is built: others go on
            if registry not in self._clients:
                self._clients[registry] = self._build(connection, registry)
                self._tell(registry)
            return self._clients[registry]

    def _tell(self, registry: str | None) -> None:
        if registry is None:
            with self._lock:
                told, self._when_ready = self._when_ready, []
            for call in told:
                call()

    def _call(
        self, doing: str, call: Callable[[MLClient], object], registry: str | None
    ) -> SdkResponse:
        with translated(doing), self._watching() as seen:
            try:
                result = call(self.client(registry))
            except ODD as error:
                log.warning("the SDK broke on an answer (%s)", doing, exc_info=True)
                raise TemporaryError(NO_SENSE, doing=doing) from error
        found = (_document(response) for response in seen if response.status_code < 300)  # noqa: PLR2004 - answers that carry what was asked for
        return SdkResponse(
            result=result, documents=tuple(document for document in found if document is not None)
        )

    def _build(self, connection: Connection, registry: str | None) -> MLClient:
        from azure.ai.ml import MLClient  # noqa: PLC0415 - two seconds and 90 MB: only when needed

        reroute_logs()
        workspace: Json = {
            "subscription_id": connection.subscription_id,
            "resource_group_name": connection.resource_group,
            "workspace_name": connection.workspace,
        }
        return MLClient(
            self._login(connection),
            **({"registry_name": registry} if registry else workspace),
            **OPTIONS,
            **cloud_at(connection.url),
            transport=self._wire(connection),
            raw_response_hook=self._hook,
        )

    def _wire(self, connection: Connection) -> RequestsTransport:
        """One pool of connections for all; each of the SDK's clients would keep its own."""
        from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415 - azure only when needed

        with self._lock:
            if self._transport is None:
                self._transport = RequestsTransport(
                    session=trust.session(connection.ca, connections=POOL),
                    connection_timeout=OPTIONS["connection_timeout"],
                    read_timeout=OPTIONS["read_timeout"],
                )
            return self._transport

    def _login(self, connection: Connection) -> TokenCredential:
        with self._lock:
            if self._credential is None:
                self._credential = credential_for(connection.token)
            return self._credential

    @contextmanager
    def _watching(self) -> Iterator[list[HttpResponse]]:
        """Collect this thread's responses; another thread's calls do not mix in."""
        if self.connection:  # raises where none is configured, before anything is loaded
            load_sdk()
        responses: list[HttpResponse] = []
        self._seen.responses = responses
        try:
            yield responses
        finally:
            self._seen.responses = None

    def _hook(self, response: PipelineResponse[Any, Any]) -> None:
        answer = response.http_response
        kind = str(answer.headers.get("Content-Type", ""))
        if answer.status_code < 300 and kind.startswith("text/html"):  # noqa: PLR2004 - an error status tells more
            # A proxy's or gateway's page: the SDK would fail on it in many odd ways.
            raise TemporaryError(WEB_PAGE)
        responses = getattr(self._seen, "responses", None)
        if responses is not None:
            responses.append(answer)

    def _arm(self) -> PipelineClient[HttpRequest, HttpResponse]:
        from azure.core import PipelineClient  # noqa: PLC0415 - azure only when needed
        from azure.core.pipeline import policies  # noqa: PLC0415 - azure only when needed

        connection = self.connection
        base = (connection.url or PUBLIC).rstrip("/")
        return PipelineClient(
            base_url=base,
            policies=[
                policies.RetryPolicy(retry_total=1, retry_status=0),
                policies.BearerTokenCredentialPolicy(self._login(connection), f"{base}/.default"),
                policies.CustomHookPolicy(raw_response_hook=self._hook),
            ],
            transport=self._wire(connection),
        )


def _get_request(url: str) -> HttpRequest:
    from azure.core.rest import HttpRequest  # noqa: PLC0415 - azure only when needed

    return HttpRequest("GET", url)


def _document(response: HttpResponse) -> Json | None:
    try:
        document = response.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
