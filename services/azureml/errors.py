"""The seam where the SDK's exceptions become ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from services import http, redaction
from services.errors import (
    ErrorText,
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
CONFLICT_SECONDS = 10.0

REFUSED = ErrorText(code="AzureRefused", what="Azure refused to {doing}.", why="{said}")
SDK_REFUSED = ErrorText(code="AzureSdkRefused", what="Azure's SDK could not {doing}.", why="{said}")
NOT_ALLOWED = ErrorText(
    code="AzureNotAllowed",
    what="Azure does not let the bot {doing}.",
    why="{said}",
    advice="Give the bot's identity the role AzureML Data Scientist on the workspace "
    "(and AzureML Compute Operator where clusters are made), or renew its login.",
)
NOT_FOUND = ErrorText(
    code="AzureNotFound", what="Azure could not {doing}: there is no such thing.", why="{said}"
)
NO_LOGIN = ErrorText(
    code="NoAzureLogin",
    what="The bot has no valid login for Azure, so it could not {doing}.",
    why="{said}",
    advice="Run `az login` where the bot runs, or give it a service principal or a "
    "managed identity.",
)
CONFLICT = ErrorText(code="AzureConflict", what="Azure is busy and could not {doing} yet: {said}")
BUSY = ErrorText(code="AzureBusy", what="Azure could not {doing} just now ({status}): {said}")
NO_SENSE = ErrorText(
    code="AzureAnswerUnknown", what="Azure's answer made no sense while we tried to {doing}."
)
UNREACHED = ErrorText(
    code="AzureUnreached", what="Azure could not be reached to {doing}: {reason}."
)
STATUS = "HTTP {status}"
LATE = "it did not answer in time"
BROKE_OFF = "the connection broke off"
NO_CONNECTION = "no connection"


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
    """Return the error of ours that stands for an HTTP status of Azure."""
    said = _clean(message) or STATUS.format(status=status)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return NotAllowedError(NOT_ALLOWED, doing=doing, said=said)
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError(NOT_FOUND, doing=doing, said=said)
    if status == HTTPStatus.CONFLICT:
        return TemporaryError(CONFLICT, doing=doing, said=said, retry_after=CONFLICT_SECONDS)
    if status in http.BUSY:
        return TemporaryError(BUSY, doing=doing, status=status, said=said, retry_after=retry_after)
    shown = f"{code}: {said}" if code and code not in said else said
    return ServiceRefusedError(REFUSED, doing=doing, said=shown, code=code)


def _translate(error: Exception, doing: str) -> ServiceError | None:
    from azure.ai.ml.exceptions import MlException  # noqa: PLC0415 - azure only when needed
    from azure.core import exceptions as core  # noqa: PLC0415 - azure only when needed

    if isinstance(error, core.DecodeError | json.JSONDecodeError):
        return TemporaryError(NO_SENSE, doing=doing)
    if isinstance(error, core.ClientAuthenticationError) and error.response is None:
        said = _clean(str(error).partition("\n")[0])
        return NotConfiguredError(NO_LOGIN, doing=doing, said=said)
    if isinstance(error, core.HttpResponseError):
        return _http(error, doing)
    if isinstance(error, MlException):
        return _sdk(str(error), doing)
    if isinstance(error, core.AzureError):
        return TemporaryError(UNREACHED, doing=doing, reason=_unreached(error))
    return None


def _unreached(error: AzureError) -> str:
    """Why there was no answer at all, without the words of the libraries beneath."""
    from azure.core import exceptions as core  # noqa: PLC0415 - azure only when needed

    if isinstance(error, core.ServiceRequestTimeoutError | core.ServiceResponseTimeoutError):
        return LATE
    if isinstance(error, core.ServiceResponseError):
        return BROKE_OFF
    if isinstance(error, core.ServiceRequestError):
        return NO_CONNECTION
    return _clean(str(error))


def _sdk(words: str, doing: str) -> ServiceError:
    """Return the error for what the SDK itself found wrong, before or after asking Azure."""
    if "does not exist" in words or "NotFound" in words:
        return NotFoundError(NOT_FOUND, doing=doing, said=_clean(words))
    return ServiceRefusedError(SDK_REFUSED, doing=doing, said=_clean(words))


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
