"""The seam where the SDK's exceptions become ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from services import http, redaction
from services.errors import (
    NotAllowedError,
    NotConfiguredError,
    NotFoundError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
)

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError, HttpResponseError

LONGEST = 600  # characters of Azure's own words that are shown


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Run calls of the SDK; `doing` completes "Azure could not …": `read the endpoints`.

    Raises:
        NotFoundError: 404.
        NotAllowedError: 401, 403: the bot's own identity lacks a right.
        NotConfiguredError: no credentials were found.
        TemporaryError: unreachable, throttled, busy, broken, or an answer that is no JSON.
        ServiceRefusedError: anything else Azure or its SDK refuses, in their words.
    """
    try:
        yield
    except ServiceError:
        raise
    except Exception as error:
        ours = _translate(error, doing)
        if ours is None:
            raise
        raise ours from error


def refusal(
    status: int, code: str, message: str, doing: str, retry_after: float = 0.0
) -> ServiceError:
    """The error of ours that stands for an HTTP status of Azure."""
    words = _clean(message) or f"HTTP {status}"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return NotAllowedError(
            f"Azure does not let the bot {doing}.",
            why=words,
            advice="Give the bot's identity the role AzureML Data Scientist on the workspace "
            "(and AzureML Compute Operator where clusters are made), or renew its login.",
        )
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError(f"Azure could not {doing}: there is no such thing.", why=words)
    if status == HTTPStatus.CONFLICT:
        return TemporaryError(f"Azure is busy and could not {doing} yet: {words}", retry_after=10)
    if status in http.BUSY:
        what = f"Azure could not {doing} just now ({status}): {words}"
        return TemporaryError(what, retry_after=retry_after)
    shown = f"{code}: {words}" if code and code not in words else words
    return ServiceRefusedError(f"Azure refused to {doing}.", why=shown, code=code)


def _translate(error: Exception, doing: str) -> ServiceError | None:
    from azure.ai.ml.exceptions import MlException  # noqa: PLC0415 - azure only when needed
    from azure.core import exceptions as core  # noqa: PLC0415 - azure only when needed

    if isinstance(error, core.DecodeError | json.JSONDecodeError):
        return TemporaryError(f"Azure's answer made no sense while we tried to {doing}.")
    if isinstance(error, core.ClientAuthenticationError) and error.response is None:
        return _no_login(str(error), doing)
    if isinstance(error, core.HttpResponseError):
        return _http(error, doing)
    if isinstance(error, MlException):
        return _sdk(str(error), doing)
    if isinstance(error, core.AzureError):
        return TemporaryError(f"Azure could not be reached to {doing}: {_unreached(error)}.")
    return None


def _unreached(error: AzureError) -> str:
    """Why there was no answer at all, without the words of the libraries beneath."""
    from azure.core import exceptions as core  # noqa: PLC0415 - azure only when needed

    if isinstance(error, core.ServiceRequestTimeoutError | core.ServiceResponseTimeoutError):
        return "it did not answer in time"
    if isinstance(error, core.ServiceResponseError):
        return "the connection broke off"
    if isinstance(error, core.ServiceRequestError):
        return "no connection"
    return _clean(str(error))


def _no_login(words: str, doing: str) -> ServiceError:
    return NotConfiguredError(
        f"The bot has no valid login for Azure, so it could not {doing}.",
        why=_clean(words.partition("\n")[0]),
        advice="Run `az login` where the bot runs, or give it a service principal or a "
        "managed identity.",
    )


def _sdk(words: str, doing: str) -> ServiceError:
    """What the SDK itself found wrong, before or after asking Azure."""
    if "does not exist" in words or "NotFound" in words:
        return NotFoundError(f"Azure could not {doing}: there is no such thing.", why=_clean(words))
    return ServiceRefusedError(f"Azure's SDK could not {doing}.", why=_clean(words))


def _http(error: HttpResponseError, doing: str) -> ServiceError:
    inner = error.error
    code = str(getattr(inner, "code", "") or "")
    message = str(getattr(inner, "message", "") or error.message or error)
    headers = getattr(error.response, "headers", {})
    wait = http.retry_after(headers)
    return refusal(error.status_code or 0, code, message, doing, wait)


def _clean(text: str) -> str:
    """One line without secrets."""
    line = redaction.hide(" ".join(text.split()))
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
