"""One request to the catalog search service: bounded in time and bytes, its faults as ours."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from services import http, trust
from services.errors import ErrorText, ServiceRefusedError, TemporaryError

TIMEOUT = (5.0, 20.0)  # seconds to connect, and between bytes
PAGE_BYTES = 32 * 1024 * 1024
CHUNK = 256 * 1024
REASON_KEPT = 200

NO_ANSWER = ErrorText(
    code="CatalogServiceSilent", what="The catalog search service did not answer in time."
)
UNREACHABLE = ErrorText(
    code="CatalogServiceUnreachable", what="The catalog search service cannot be reached."
)
BROKEN_OFF = ErrorText(
    code="CatalogServiceBrokeOff", what="The catalog search service broke off its answer."
)
TOO_MUCH = ErrorText(
    code="CatalogServiceTooMuch",
    what="The catalog search service sends more than a page can hold.",
)
TOO_SLOW = ErrorText(
    code="CatalogServiceTooSlow", what="The catalog search service is too slow to be read."
)
BUSY = ErrorText(code="CatalogServiceBusy", what="The catalog search service is busy ({status}).")
REFUSES = ErrorText(
    code="CatalogServiceRefuses",
    what="The catalog search service refuses ({status}).",
    why="{reason}",
)
WEB_PAGE = ErrorText(
    code="CatalogServiceWebPage",
    what="The catalog search service answered with a web page instead of data.",
)
HALF_A_PAGE = ErrorText(
    code="CatalogServiceHalfAPage",
    what="The catalog search service answered with half a page, or with no data.",
)


class BadRequestError(ServiceRefusedError):
    """400: something in the request itself is not accepted."""


class Wire:
    """A session without any login; use as a context.

    Args:
        url: where to post to.
        ca: a PEM to trust besides the usual roots.
        seconds: for everything that is asked within the context.
    """

    def __init__(self, url: str, ca: Path | None, seconds: float) -> None:
        self._url = url
        self._session = trust.session(ca)
        self._session.auth = _nobody
        self._session.headers["User-Agent"] = "aml-bot"
        self._deadline = time.monotonic() + seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def ask(self, body: dict[str, Any]) -> object:
        """Post once and return the JSON value.

        Raises:
            TemporaryError: busy, unreachable, broken off, too slow, or no JSON.
            ServiceRefusedError: another refusal; a BadRequestError for 400.
        """
        try:
            with self._session.post(
                self._url, json=body, timeout=TIMEOUT, stream=True, allow_redirects=False
            ) as response:
                content = self._content(response)
        except requests.Timeout as error:
            raise TemporaryError(NO_ANSWER) from error
        except requests.ConnectionError as error:
            raise TemporaryError(UNREACHABLE) from error
        except (requests.RequestException, OSError) as error:
            raise TemporaryError(BROKEN_OFF) from error
        _check(response, content)
        return _value(content)

    def _content(self, response: requests.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_content(CHUNK):
            parts.append(part)
            size += len(part)
            if size > PAGE_BYTES:
                raise ServiceRefusedError(TOO_MUCH)
            if time.monotonic() > self._deadline:
                raise TemporaryError(TOO_SLOW)
        return b"".join(parts)


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from sending a matching entry of ~/.netrc."""
    return request


def _check(response: requests.Response, content: bytes) -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    if status in http.BUSY:
        raise TemporaryError(BUSY, status=status, retry_after=http.retry_after(response.headers))
    said = " ".join(content[:REASON_KEPT].decode("utf-8", "replace").split())
    kind = BadRequestError if status == HTTPStatus.BAD_REQUEST else ServiceRefusedError
    raise kind(REFUSES, status=status, reason=said)


def _value(content: bytes) -> object:
    if content[:CHUNK].lstrip()[:1] == b"<":
        raise TemporaryError(WEB_PAGE)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise TemporaryError(HALF_A_PAGE) from error
