"""The real azure-ai-ml clients, built when first needed, and their calls."""

from __future__ import annotations

import json
import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from services import spelling
from services.azureml import raw
from services.azureml.cloud import cloud_at, load_sdk, reroute_logs
from services.azureml.connection import PUBLIC, Connection
from services.azureml.errors import NO_SENSE, translated
from services.azureml.responses import Json, SdkResponse, document_in
from services.azureml.wire import OPTIONS, Wire
from services.errors import (
    ErrorText,
    NotConfiguredError,
    NotFoundError,
    ServiceError,
    TemporaryError,
    quoted,
)

if TYPE_CHECKING:
    from azure.ai.ml import MLClient
    from azure.core.rest import HttpRequest, HttpResponse

# Completes "Azure could not …" where a call fails.
GET_READY = "get ready"

log = logging.getLogger(__name__)

# What the SDK raises by accident where an answer has another form than it expects.
ODD = (AttributeError, KeyError, TypeError, ValueError)
SHORT_WAIT = 2.0  # seconds Azure may ask us to wait for a read that is then simply repeated
NOT_CONNECTED = ErrorText(
    code="NoWorkspace",
    what="The bot is not connected to an Azure ML workspace.",
    advice="Set AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP and AZUREML_WORKSPACE_NAME, then "
    "start it again.",
)
NO_REGISTRY = ErrorText(
    code="RegistryNameImpossible", what="No registry of Azure is called {registry}."
)
ELSEWHERE = ErrorText(
    code="AzureOddAddress",
    what="Azure named an address on another server to {doing}.",
    why="The bot never shows its login to another server than {host}.",
)
PORTS = {"https": 443, "http": 80}


class Sdk:
    """One client for the workspace and one for each registry; reads are shared, writes queue.

    The SDK's entities lose fields (system metadata, quota numbers), so every answer also carries
    the raw documents, seen through the public `raw_response_hook`.
    """

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection
        self._clients: dict[str | None, MLClient] = {}
        self._wire = Wire()
        self._lock = threading.Lock()
        self._building: defaultdict[str | None, threading.Lock] = defaultdict(threading.Lock)
        self._writing = threading.Lock()
        self._preparing = False
        self._closed = threading.Event()
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
        """Tell whether the workspace's client is built."""
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
            with translated(GET_READY):
                self.client(None)
        except ServiceError as error:
            log.info("the Azure client could not be built ahead of its first use: %s", error)

    def close(self) -> None:
        """Close the connections; no call may follow."""
        self._closed.set()
        self._wire.close()

    def scope(self) -> Json:
        """Return what the generated operations want to know of the workspace."""
        return {
            "resource_group_name": self.connection.resource_group,
            "workspace_name": self.connection.workspace,
        }

    def workspace_path(self, *parts: str) -> str:
        """Return the path of something in the workspace, each part quoted as one."""
        where = self.connection
        return raw.path_of(
            "subscriptions",
            where.subscription_id,
            "resourceGroups",
            where.resource_group,
            "providers",
            "Microsoft.MachineLearningServices",
            "workspaces",
            where.workspace,
            *parts,
        )

    def token(self, doing: str, scope: str) -> tuple[str, float]:
        """Return a token of the bot's own login, and when it ends in seconds since the epoch.

        Raises:
            ServiceError: as `errors.translated` says.
        """
        with translated(doing), self._watching():
            found = self._wire.login(self.connection).get_token(scope)
        return found.token, float(found.expires_on)

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

        "" where Azure named none, or one on another server, which must not see our token: then
        the thing itself tells.

        Raises:
            ServiceError: as `errors.translated` says.
        """
        with self._writing, translated(doing, changing=True), self._watching() as seen:
            call(self.client(None))
        named = (
            response.headers.get(header)
            for response in reversed(seen)
            for header in ("Azure-AsyncOperation", "Location")
        )
        return next((str(url) for url in named if url and self._is_ours(str(url))), "")

    def _is_ours(self, url: str) -> bool:
        """Tell whether a URL is on the server that our token is for."""
        base = self.connection.url or PUBLIC
        return _server(url) == _server(base) is not None

    def send(self, doing: str, url: str) -> tuple[int, Json]:
        """GET a URL of the Resource Manager with our token: status and document.

        Raises:
            NotFoundError: Azure does not know the URL, or it is another server's, which must not
                see our token.
            ServiceError: as `errors.translated` says.
        """
        if not self._is_ours(url):
            host = urlsplit(self.connection.url or PUBLIC).netloc
            raise NotFoundError(ELSEWHERE, doing=doing, host=host)
        with translated(doing), self._watching() as seen:
            request = _get_request(url)
            self._wire.pipeline(self.connection).send_request(request).raise_for_status()
        return seen[-1].status_code, document_in(seen[-1]) or {}

    def client(self, registry: str | None) -> MLClient:
        """Return the one client for the workspace (None) or a registry.

        Raises:
            NotFoundError: no registry can have that name, which becomes part of an address.
        """
        connection = self.connection
        if registry is not None and not spelling.REGISTRY.fullmatch(registry):
            raise NotFoundError(NO_REGISTRY, registry=quoted(registry))
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
                told = isinstance(error, json.JSONDecodeError | raw.OddAnswerError)
                told = told or self._closed.is_set()  # whoever asked is not there any more
                log.warning("odd answer of Azure (%s): %s", doing, error, exc_info=not told)
                raise TemporaryError(NO_SENSE, doing=doing) from error
        found = (document_in(response) for response in seen if response.status_code < 300)  # noqa: PLR2004 - answers that carry what was asked for
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
            self._wire.login(connection),
            **({"registry_name": registry} if registry else workspace),
            **OPTIONS,
            **cloud_at(connection.url),
            transport=self._wire.transport(connection),
            raw_response_hook=self._wire.hook,
        )

    def _watching(self) -> AbstractContextManager[list[HttpResponse]]:
        """Raises NotConfiguredError where nothing is configured, before anything is loaded."""
        if self.connection:
            load_sdk()
        return self._wire.watching()


def _get_request(url: str) -> HttpRequest:
    from azure.core.rest import HttpRequest  # noqa: PLC0415 - azure only when needed

    return HttpRequest("GET", url)


def _server(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL; None where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
