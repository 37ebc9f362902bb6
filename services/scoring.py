"""Asking a deployed image classifier over HTTP; the only caller of a scoring address."""

from __future__ import annotations

import base64
import json
import math
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import requests
from requests.auth import AuthBase

from services import http, trust
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

TIMEOUT = (5.0, 120.0)  # seconds to connect, and between bytes
REQUEST_BYTES = 1_000_000  # of JSON; an old limit of 1.5 MB is the only one ever documented
SUM_TOLERANCE = 0.01
REASON_KEPT = 500
PASSING_MODEL = frozenset({"429", "503", "504"})

LATE = ErrorText(code="EndpointLate", what="The endpoint did not answer in time.")
UNREACHED = ErrorText(
    code="EndpointUnreached", what="The endpoint could not be reached ({reason})."
)
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
NO_JSON = ErrorText(
    code="EndpointNoJson", what="The endpoint answered with something that is not JSON."
)
NO_CLASSIFIER = ErrorText(
    code="NotAClassifier",
    what="The endpoint's answer is not that of a zero-shot image classifier.",
    why="Expected one list of probabilities per picture, for exactly the labels asked.",
    advice="Choose an endpoint that runs a CLIP model.",
)
TOO_LARGE = ErrorText(
    code="PictureTooLargeToScore",
    what="A picture is too large for the endpoint.",
    advice="Send a smaller or simpler one, for example a JPEG of 500 pixels.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One row of probabilities per image, in the order of the labels.

    `engine` and `note` are what the endpoint says of itself; "" where it says nothing.
    """

    probabilities: tuple[tuple[float, ...], ...]
    labels: tuple[str, ...]
    engine: str = ""
    note: str = ""


class Key(Protocol):
    """Gives what an endpoint's callers sign in with; `fresh` asks Azure again."""

    def __call__(self, *, fresh: bool = False) -> str: ...


class Scoring:
    """Client of zero-shot image classification endpoints; `ca` is a PEM to trust besides."""

    def __init__(self, ca: Path | None = None) -> None:
        self._ca = ca

    def classify(
        self, uri: str, key: Key, deployment: str, images: Sequence[bytes], labels: Sequence[str]
    ) -> Scored:
        """Score normalised JPEGs against labels; several requests when they are many.

        Args:
            uri: the endpoint's scoring address.
            key: gives its key or token, which goes into the Authorization header and nowhere
                else; asked for a fresh one once when it is refused.
            deployment: which deployment shall answer; "" leaves it to the traffic rules.
            images: small JPEGs, as `services.images` makes them.
            labels: without commas, as `services.labels` makes them.

        Raises:
            InvalidInputError: an image is too large for a request.
            NotAllowedError: the key is not accepted.
            NotFoundError: no such endpoint, or no deployment that gets its traffic.
            ServiceRefusedError: the model failed, or what answers is no classifier.
            TemporaryError: busy, unreachable, or a passing fault.
        """
        rows: list[tuple[float, ...]] = []
        engines: dict[str, None] = {}
        notes: dict[str, None] = {}
        for batch in _batches(images, labels):
            with trust.session(self._ca) as session:
                response = _answered(session, uri, key, deployment, _body(batch, labels))
            rows += _rows(response, len(batch), labels)
            engines[response.headers.get("x-model-engine", "")] = None
            notes[_readable(response.headers.get("x-model-note", ""))] = None
        return Scored(
            probabilities=tuple(rows),
            labels=tuple(labels),
            engine=", ".join(filter(None, engines)),
            note="; ".join(filter(None, notes)),
        )


class _Bearer(AuthBase):
    """Sets the header as `auth`, or requests would prefer a matching entry of ~/.netrc."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _batches(images: Sequence[bytes], labels: Sequence[str]) -> Iterator[list[str]]:
    """Return the images in base64, as many together as fit into one request."""
    room = REQUEST_BYTES - len(",".join(labels).encode()) - 1_000
    batch: list[str] = []
    for image in images:
        text = base64.b64encode(image).decode()
        if len(text) > room:
            raise InvalidInputError(TOO_LARGE, field="pictures")
        if batch and sum(map(len, batch)) + len(text) + 20 * len(batch) > room:
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


def _body(batch: Sequence[str], labels: Sequence[str]) -> bytes:
    """Return the request; labels stand in the first row only, where the endpoint reads them."""
    texts = [",".join(labels)] + [""] * (len(batch) - 1)
    table = {
        "columns": ["image", "text"],
        "index": list(range(len(batch))),
        "data": [list(row) for row in zip(batch, texts, strict=True)],
    }
    return json.dumps({"input_data": table}, ensure_ascii=False).encode()


def _answered(
    session: requests.Session, uri: str, key: Key, deployment: str, body: bytes
) -> requests.Response:
    """Ask; once more with a fresh key or token where the one we held is no longer taken."""
    held = key()
    response = _posted(session, uri, held, deployment, body)
    if response.status_code == requests.codes.unauthorized:
        fresh = key(fresh=True)
        response = _posted(session, uri, fresh, deployment, body)
    if response.status_code != requests.codes.ok:
        raise _refusal(response)
    return response


def _posted(
    session: requests.Session, uri: str, key: str, deployment: str, body: bytes
) -> requests.Response:
    headers = {"Content-Type": "application/json", "x-ms-client-request-id": str(uuid.uuid4())}
    if deployment:
        headers["azureml-model-deployment"] = deployment
    try:
        return session.post(
            uri,
            data=body,
            headers=headers,
            auth=_Bearer(key),
            timeout=TIMEOUT,
            allow_redirects=False,  # a redirect would carry the picture to another host
        )
    except requests.Timeout as error:
        raise TemporaryError(LATE) from error
    except requests.RequestException as error:
        raise TemporaryError(UNREACHED, reason=type(error).__name__) from error


def _refusal(response: requests.Response) -> ServiceError:
    status = response.status_code
    if status in http.BUSY:
        wait = http.retry_after(response.headers)
        return TemporaryError(BUSY, status=status, retry_after=wait)
    if status in {401, 403}:
        return NotAllowedError(KEY_REFUSED, status=status)
    if status == requests.codes.not_found:
        return NotFoundError(NO_DEPLOYMENT, suggestions=(Suggestion(verb="list"),))
    if status == requests.codes.request_entity_too_large:
        return InvalidInputError(TOO_LARGE, field="pictures")
    if status == 424:  # noqa: PLR2004 - Azure's own use of "Failed Dependency"
        return _model_failure(response)
    return ServiceRefusedError(REFUSED, status=status, said=_said(response))


def _model_failure(response: requests.Response) -> ServiceError:
    inner = response.headers.get("ms-azureml-model-error-statuscode", "")
    reason = _said(response) or _readable(response.headers.get("ms-azureml-model-error-reason", ""))
    if inner in PASSING_MODEL:
        wait = http.retry_after(response.headers)
        return TemporaryError(MODEL_BUSY, status=inner, retry_after=wait)
    return ServiceRefusedError(MODEL_FAILED, said=reason)


def _rows(
    response: requests.Response, expected: int, labels: Sequence[str]
) -> list[tuple[float, ...]]:
    try:
        body = response.json()
    except ValueError as error:
        # A proxy, a gateway or a service in trouble answers with a page for people.
        raise TemporaryError(NO_JSON) from error
    rows = [_row(entry, labels) for entry in body] if isinstance(body, list) else []
    if len(rows) != expected or None in rows:
        raise ServiceRefusedError(NO_CLASSIFIER)
    return [row for row in rows if row is not None]


def _row(entry: Any, labels: Sequence[str]) -> tuple[float, ...] | None:  # noqa: ANN401 - any JSON
    """Return the probabilities of one picture, or None when they are none."""
    if not isinstance(entry, dict) or entry.get("labels") != list(labels):
        return None
    row = entry.get("probs")
    if not isinstance(row, list) or len(row) != len(labels):
        return None
    if not all(isinstance(value, (int, float)) and 0 <= value <= 1 for value in row):
        return None
    return tuple(map(float, row)) if math.isclose(sum(row), 1, abs_tol=SUM_TOLERANCE) else None


def _said(response: requests.Response) -> str:
    """Return what the body of an error says, in one short line; "" for a web page or nothing."""
    text = response.text.strip()
    if text.startswith("<"):
        return ""
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    for key in ("error", "message", "detail"):
        if isinstance(body, dict) and key in body:
            body = body[key]
    return " ".join(body.split())[:REASON_KEPT] if isinstance(body, str) else ""


def _readable(header: str) -> str:
    r"""Return a header's text with `\u732b` as the character it stands for."""
    return re.sub(
        r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})",
        lambda match: chr(min(int(next(filter(None, match.groups())), 16), 0x10FFFF)),
        header,
    )
