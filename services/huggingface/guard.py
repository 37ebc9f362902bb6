"""The HTTP client beneath the SDK: every request limited, busy and unreachable told at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from services import http

CONNECT_SECONDS = 3.0


class BusyError(Exception):
    """The Hub asks to come back later; `retry_after` seconds, 0 where it does not say."""

    def __init__(self, status: int, retry_after: float) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after = retry_after


def client_factory(endpoint: str, seconds: float) -> Callable[[], Any]:
    """Return what makes the HTTP client that the SDK shares between all its calls.

    The SDK itself sets no time limit on most calls, retries a dead network for 23 s, and closes the
    shared client under other threads when it does. A client that limits every request, and answers
    all of this with exceptions which the SDK does not retry, keeps calls within their limits.
    """
    from huggingface_hub import constants  # noqa: PLC0415 - see client.Hub._api
    from huggingface_hub.errors import OfflineModeIsEnabled  # noqa: PLC0415

    # The documented way to the SDK's HTTP library, though not marked as exported.
    from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # noqa: PLC0415

    limits = dict.fromkeys(("read", "write", "pool"), seconds)
    limits["connect"] = min(CONNECT_SECONDS, seconds)

    class Guard(httpx.Client):
        def send(self, request: httpx.Request, **options: Any) -> httpx.Response:  # noqa: ANN401 - passed on
            if constants.is_offline_mode():
                raise OfflineModeIsEnabled("HF_HUB_OFFLINE is set.")
            asked = request.extensions.get("timeout") or {}
            request.extensions["timeout"] = {
                name: min(asked.get(name) or limit, limit) for name, limit in limits.items()
            }
            try:
                response = super().send(request, **options)
            except httpx.TransportError as error:
                said = f"{request.url.host} did not answer ({type(error).__name__})."
                raise OfflineModeIsEnabled(said) from error
            if response.status_code in http.BUSY:
                response.close()
                raise BusyError(response.status_code, http.retry_after(response.headers))
            return response

    # Proxies of the environment are for the world outside.
    outside = urlsplit(endpoint).hostname not in {"127.0.0.1", "localhost", "::1"}
    return lambda: Guard(follow_redirects=True, trust_env=outside)
