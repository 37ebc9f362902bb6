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
from services.errors import ServiceRefusedError, TemporaryError

TIMEOUT = (5.0, 20.0)  # seconds to connect, and between bytes
PAGE_BYTES = 32 * 1024 * 1024
CHUNK = 256 * 1024
SERVICE = "The catalog search service"
REASON_KEPT = 200


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
        """Post once; returns the JSON value.

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
            raise TemporaryError(f"{SERVICE} did not answer in time.") from error
        except requests.ConnectionError as error:
            raise TemporaryError(f"{SERVICE} cannot be reached.") from error
        except (requests.RequestException, OSError) as error:
            raise TemporaryError(f"{SERVICE} broke off its answer.") from error
        _check(response, content)
        return _value(content)

    def _content(self, response: requests.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_content(CHUNK):
            parts.append(part)
            size += len(part)
            if size > PAGE_BYTES:
                raise ServiceRefusedError(f"{SERVICE} sends more than a page can hold.")
            if time.monotonic() > self._deadline:
                raise TemporaryError(f"{SERVICE} is too slow to be read.")
        return b"".join(parts)


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from sending a matching entry of ~/.netrc."""
    return request


def _check(response: requests.Response, content: bytes) -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    if status in http.BUSY:
        raise TemporaryError(
            f"{SERVICE} is busy ({status}).",
            retry_after=http.retry_after(response.headers),
        )
    said = " ".join(content[:REASON_KEPT].decode("utf-8", "replace").split())
    kind = BadRequestError if status == HTTPStatus.BAD_REQUEST else ServiceRefusedError
    raise kind(f"{SERVICE} refuses ({status}).", why=said)


def _value(content: bytes) -> object:
    if content[:CHUNK].lstrip()[:1] == b"<":
        raise TemporaryError(f"{SERVICE} answered with a web page instead of data.")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise TemporaryError(f"{SERVICE} answered with half a page, or with no data.") from error
