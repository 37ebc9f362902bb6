"""The seam where the SDK's exceptions become ours."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from services import diagnosis, redaction
from services.diagnosis import Answer
from services.errors import (
    ErrorText,
    NotConfiguredError,
    NotFoundError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
)

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError, HttpResponseError

LONGEST_LOGGED = 1_000  # characters of Azure's own words in a line of the log

SDK_REFUSED = ErrorText(code="AzureSdkRefused", what="Azure's SDK could not {doing}.", why="{said}")
NO_LOGIN = ErrorText(
    code="NoAzureLogin",
    what="The bot has no valid login for Azure, so it could not {doing}.",
    why="{said}",
    advice="Run `az login` where the bot runs, or give it a service principal or a "
    "managed identity.",
)
NO_SENSE = ErrorText(
    code="AzureAnswerUnknown", what="Azure's answer made no sense while we tried to {doing}."
)
UNREACHED = ErrorText(
    code="AzureUnreached", what="Azure could not be reached to {doing}: {reason}."
)
LATE = "it did not answer in time"
BROKE_OFF = "the connection broke off"
NO_CONNECTION = "no connection"


log = logging.getLogger(__name__)


@contextmanager
def translated(doing: str, *, changing: bool = False) -> Iterator[None]:
    """Run calls of the SDK.

    Args:
        doing: completes "Azure could not …": `read the endpoints`.
        changing: whether they make, change or delete something.

    Raises:
        NotFoundError: 404; where something was to be changed, what it needs is not there.
        NotAllowedError: a policy, a role, a lock, a network rule, or the bot's login.
        NotConfiguredError: no credentials were found.
        QuotaExceededError: the quota does not cover it.
        TemporaryError: unreachable, throttled, busy, broken, or an answer that is no JSON.
        ServiceRefusedError: anything else Azure or its SDK refuses, in their words.
    """
    try:
        yield
    except ServiceError:
        raise
    except Exception as error:
        ours = _translate(error, doing, changing=changing)
        if ours is None:
            raise
        raise ours from error


def refusal(answer: Answer, doing: str, *, changing: bool = False) -> ServiceError:
    """Return the error of ours that stands for an answer of Azure; its ids go to the log."""
    ours = diagnosis.error_for(answer, doing, changing=changing)
    whole = " ".join(answer.words.split())[:LONGEST_LOGGED]
    looked_for = isinstance(ours, NotFoundError) and not changing  # often asked, seldom a surprise
    log.log(
        logging.DEBUG if looked_for else logging.WARNING,
        "Azure did not %s (HTTP %d, %s, request %s): %s",
        doing,
        answer.status,
        "/".join(answer.codes) or "no code",
        ", ".join(answer.requests) or "unknown",
        redaction.hide(whole),
    )
    return ours


def _translate(error: Exception, doing: str, *, changing: bool) -> ServiceError | None:
    from azure.ai.ml.exceptions import MlException  # noqa: PLC0415 - azure only when needed
    from azure.core import exceptions as core  # noqa: PLC0415 - azure only when needed

    if isinstance(error, core.DecodeError | json.JSONDecodeError):
        return TemporaryError(NO_SENSE, doing=doing)
    if isinstance(error, core.ClientAuthenticationError) and error.response is None:
        return _no_login(error, doing)
    if isinstance(error, core.HttpResponseError):
        return refusal(_answer(error), doing, changing=changing)
    if isinstance(error, MlException):
        return _sdk(error, doing, changing=changing)
    if isinstance(error, core.AzureError):
        return TemporaryError(UNREACHED, doing=doing, reason=_unreached(error))
    return None


def _no_login(error: Exception, doing: str) -> ServiceError:
    """Return the error for a login that failed before Azure was asked."""
    answer = diagnosis.read(error)
    if any(code.startswith("AADSTS") for code in answer.codes):
        return refusal(answer, doing)
    said = diagnosis.first_line(str(error))
    return NotConfiguredError(NO_LOGIN, doing=doing, said=said)


def _answer(error: HttpResponseError) -> Answer:
    """Return what an exception of the SDK carries; the answer itself where there is one."""
    status, headers = error.status_code or 0, getattr(error.response, "headers", None)
    body = _body(error)
    if not body and error.response is None:
        body = str(error)
    return diagnosis.read(body, status=status, headers=headers)


def _body(error: HttpResponseError) -> object:
    """Return the body of an answer; "" where it has none or cannot be read."""
    from azure.core.exceptions import AzureError  # noqa: PLC0415 - azure only when needed

    text = getattr(error.response, "text", None)
    try:
        return text() if callable(text) else ""
    except (AzureError, ValueError, LookupError, AttributeError, TypeError):
        return ""  # not read yet, closed, or of an encoding that nobody knows


def _unreached(error: AzureError) -> str:
    """Why there was no answer at all, without the words of the libraries beneath."""
    from azure.core import exceptions as core  # noqa: PLC0415 - azure only when needed

    if isinstance(error, core.ServiceRequestTimeoutError | core.ServiceResponseTimeoutError):
        return LATE
    if isinstance(error, core.ServiceResponseError):
        return BROKE_OFF
    if isinstance(error, core.ServiceRequestError):
        return NO_CONNECTION
    return diagnosis.sentence(str(error))


def _sdk(error: Exception, doing: str, *, changing: bool) -> ServiceError:
    """Return the error for what the SDK itself found wrong, before or after asking Azure."""
    words = str(error)
    if "does not exist" in words or "NotFound" in words:
        answer = diagnosis.read(words, status=HTTPStatus.NOT_FOUND)
        return refusal(answer, doing, changing=changing)
    return ServiceRefusedError(SDK_REFUSED, doing=doing, said=diagnosis.sentence(words))
