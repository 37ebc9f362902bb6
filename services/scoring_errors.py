"""What the answer of an endpoint that does not score means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from services import diagnosis, http
from services.diagnosis import Answer, Kind
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    ServiceError,
    ServiceRefusedError,
    Suggestion,
    TemporaryError,
)

# What the container itself answered, where the endpoint passes it on as a 424.
MODEL_STATUS, MODEL_REASON = "ms-azureml-model-error-statuscode", "ms-azureml-model-error-reason"
PASSING_MODEL = frozenset({"429", "503", "504"})
ESCAPES = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
NO_MEMORY = frozenset({"OutOfMemory", "OutOfGpuMemory"})

BUSY = ErrorText(
    code="EndpointBusy",
    what="The endpoint is busy or passing through a fault (HTTP {status}).",
)
MODEL_BUSY = ErrorText(code="ModelBusy", what="The model is too busy to answer (HTTP {status}).")
KEY_REFUSED = ErrorText(
    code="EndpointKeyRefused",
    what="The endpoint did not accept the bot's key or token (HTTP {status}).",
    why="Its keys were renewed, or it takes tokens and the bot's identity may not use it.",
    advice="Try again in a minute; if it stays, ask an operator to check the bot's role.",
)
NO_DEPLOYMENT = ErrorText(
    code="NoDeployment",
    what="The endpoint has no deployment that could answer.",
    why="Its deployment was deleted, or none gets its traffic.",
    advice="See what runs with `list`.",
)
REFUSED = ErrorText(
    code="ScoringRefused",
    what="The endpoint refused the request (HTTP {status}).",
    why="{said}",
    advice="Look at its logs, or deploy the model again.",
)
MODEL_FAILED = ErrorText(
    code="ModelError",
    what="The model could not work with this request.",
    why="{said}",
    advice="Try other labels or another picture.",
)
TOO_LARGE = ErrorText(
    code="PictureTooLargeToScore",
    what="A picture is too large for the endpoint.",
    advice="Send a smaller or simpler one, for example a JPEG of 500 pixels.",
)
CLOSED = ErrorText(
    code="EndpointClosed",
    what="The endpoint does not answer from here (HTTP {status}).",
    why="{said}",
    advice="The bot has to run inside of the endpoint's network, or an operator opens the endpoint "
    "to the public network in studio. Its keys are not the reason.",
)
NO_RIGHT = ErrorText(
    code="EndpointRight",
    what="The bot may not ask this endpoint.",
    why="Its identity lacks {right}.",
    advice="Give the bot's identity the role AzureML Data Scientist on the endpoint or the "
    "workspace. A new role counts after a few minutes.",
)
MODEL_MEMORY = ErrorText(
    code="ModelMemory",
    what="The model had no memory left for this request.",
    why="{said}",
    advice="Ask with fewer pictures, or deploy it on a size with more memory or a larger GPU.",
)


def refusal(body: bytes, status: int, headers: Mapping[str, str]) -> ServiceError:
    """Return the error of ours for an answer with another status than 200.

    Args:
        body: as it came.
        status: of HTTP.
        headers: of the answer.
    """
    answer = diagnosis.read(body, status=status, headers=headers)
    if status in http.BUSY:
        return TemporaryError(BUSY, status=status, retry_after=answer.wait)
    kind = diagnosis.kind_of(answer)
    if kind is Kind.NETWORK:
        return NotAllowedError(CLOSED, status=status, said=_said(answer))
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _not_allowed(answer, kind)
    if status == HTTPStatus.FAILED_DEPENDENCY:  # Azure's own use of it: the model's container
        return _model_failure(answer, headers)
    return _refused(answer)


def _refused(answer: Answer) -> ServiceError:
    if answer.status == HTTPStatus.NOT_FOUND:
        return NotFoundError(NO_DEPLOYMENT, suggestions=(Suggestion(verb="list"),))
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return InvalidInputError(TOO_LARGE, field="pictures")
    return ServiceRefusedError(REFUSED, status=answer.status, said=_said(answer))


def _not_allowed(answer: Answer, kind: Kind) -> ServiceError:
    right = diagnosis.rights(answer)
    if kind is Kind.ROLE and right:
        return NotAllowedError(NO_RIGHT, right=right)
    evidence = tuple(filter(None, (_said(answer),)))
    return NotAllowedError(KEY_REFUSED, status=answer.status, evidence=evidence)


def _model_failure(answer: Answer, headers: Mapping[str, str]) -> ServiceError:
    inner = headers.get(MODEL_STATUS, "")
    if inner in PASSING_MODEL:
        return TemporaryError(MODEL_BUSY, status=inner, retry_after=answer.wait)
    said = _said(answer) or diagnosis.sentence(readable(headers.get(MODEL_REASON, "")))
    if diagnosis.explain("", said).code in NO_MEMORY:
        return ServiceRefusedError(MODEL_MEMORY, said=said)
    return ServiceRefusedError(MODEL_FAILED, said=said)


def _said(answer: Answer) -> str:
    """Return the words of an answer: of a traceback its exception; "" for a web page."""
    if answer.page:
        return ""
    return diagnosis.sentence(diagnosis.cause(answer.innermost) or answer.innermost)


def readable(header: str) -> str:
    r"""Return a header's text with `\u732b` as the character it stands for."""
    return ESCAPES.sub(
        lambda match: chr(min(int(next(filter(None, match.groups())), 16), 0x10FFFF)), header
    )
