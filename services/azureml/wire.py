"""The wire beneath all clients of the SDK: one pool of connections, one login, what came back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from services import trust
from services.azureml.connection import PUBLIC, Connection
from services.azureml.credential import credential_for
from services.azureml.responses import Json
from services.errors import ErrorText, TemporaryError

if TYPE_CHECKING:
    from azure.core import PipelineClient
    from azure.core.credentials import TokenCredential
    from azure.core.pipeline import PipelineResponse
    from azure.core.pipeline.transport import RequestsTransport
    from azure.core.rest import HttpRequest, HttpResponse

POOL = 32  # connections kept open, as many as threads may ask at once
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
WEB_PAGE = ErrorText(code="AzureWebPage", what="Azure answered with a web page instead of data.")


class Wire:
    """Shared by the clients of the workspace and of all registries.

    Responses are kept by thread, so that another thread's calls do not mix in.
    """

    def __init__(self) -> None:
        self._credential: TokenCredential | None = None
        self._transport: RequestsTransport | None = None
        self._lock = threading.Lock()
        self._seen = threading.local()

    def close(self) -> None:
        """Close the connections; no call may follow."""
        with self._lock:
            if self._transport is not None:
                self._transport.close()

    def transport(self, connection: Connection) -> RequestsTransport:
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

    def login(self, connection: Connection) -> TokenCredential:
        with self._lock:
            if self._credential is None:
                self._credential = credential_for(connection.token)
            return self._credential

    @contextmanager
    def watching(self) -> Iterator[list[HttpResponse]]:
        """Collect this thread's responses; another thread's calls do not mix in."""
        responses: list[HttpResponse] = []
        self._seen.responses = responses
        try:
            yield responses
        finally:
            self._seen.responses = None

    def hook(self, response: PipelineResponse[Any, Any]) -> None:
        """Keep a response for its thread; refuse a web page.

        Raises:
            TemporaryError: a proxy or gateway answered with a page for people.
        """
        answer = response.http_response
        kind = str(answer.headers.get("Content-Type", ""))
        if answer.status_code < 300 and kind.startswith("text/html"):  # noqa: PLR2004 - an error status tells more
            # A proxy's or gateway's page: the SDK would fail on it in many odd ways.
            raise TemporaryError(WEB_PAGE)
        responses = getattr(self._seen, "responses", None)
        if responses is not None:
            responses.append(answer)

    def pipeline(self, connection: Connection) -> PipelineClient[HttpRequest, HttpResponse]:
        """Return a client for requests that the SDK has no method for, with our login."""
        from azure.core import PipelineClient  # noqa: PLC0415 - azure only when needed
        from azure.core.pipeline import policies  # noqa: PLC0415 - azure only when needed

        base = (connection.url or PUBLIC).rstrip("/")
        return PipelineClient(
            base_url=base,
            policies=[
                policies.RetryPolicy(retry_total=1, retry_status=0),
                policies.BearerTokenCredentialPolicy(self.login(connection), f"{base}/.default"),
                policies.CustomHookPolicy(raw_response_hook=self.hook),
            ],
            transport=self.transport(connection),
        )
