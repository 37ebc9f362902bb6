"""Asking a deployed image classifier over HTTP; the only caller of a scoring address."""

from __future__ import annotations

import base64
import json
import math
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import requests
import urllib3
from requests.auth import AuthBase

from services import trust
from services.errors import (
    ErrorText,
    InvalidInputError,
    ServiceRefusedError,
    TemporaryError,
)
from services.scoring_errors import TOO_LARGE, readable, refusal

TIMEOUT = (5.0, 120.0)  # seconds to connect, and between bytes
ANSWER_SECONDS = 180.0  # for the whole answer
ANSWER_BYTES = 4 * 2**20  # unpacked; 100 labels and their shares take some 5 KB a picture
CHUNK = 64 * 1024
REQUEST_BYTES = 1_000_000  # of JSON; an old limit of 1.5 MB is the only one ever documented
SUM_TOLERANCE = 0.01

LATE = ErrorText(code="EndpointLate", what="The endpoint did not answer in time.")
UNREACHED = ErrorText(
    code="EndpointUnreached", what="The endpoint could not be reached ({reason})."
)
NO_JSON = ErrorText(
    code="EndpointNoJson", what="The endpoint answered with something that is not JSON."
)
TOO_LONG = ErrorText(
    code="EndpointAnswerTooLong",
    what="The endpoint answered with more than {most} MB, which no classifier needs.",
    why="The rest was not read.",
    advice="Look at what its model returns, or choose another endpoint.",
)
NO_CLASSIFIER = ErrorText(
    code="NotAClassifier",
    what="The endpoint's answer is not that of a zero-shot image classifier.",
    why="Expected one list of probabilities per picture, for exactly the labels asked.",
    advice="Choose an endpoint that runs a CLIP model.",
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
                answer = _answered(session, uri, key, deployment, _body(batch, labels))
            rows += _rows(answer.content, len(batch), labels)
            engines[answer.headers.get("x-model-engine", "")] = None
            notes[readable(answer.headers.get("x-model-note", ""))] = None
        return Scored(
            probabilities=tuple(rows),
            labels=tuple(labels),
            engine=", ".join(filter(None, engines)),
            note="; ".join(filter(None, notes)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """What an endpoint answered, as much of it as is ever read."""

    status: int
    headers: Mapping[str, str]
    content: bytes


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
) -> _Answered:
    """Ask; once more with a fresh key or token where the one we held is no longer taken."""
    held = key()
    answer = _posted(session, uri, held, deployment, body)
    if answer.status == requests.codes.unauthorized:
        fresh = key(fresh=True)
        answer = _posted(session, uri, fresh, deployment, body)
    if answer.status != requests.codes.ok:
        raise refusal(answer.content, answer.status, answer.headers)
    return answer


def _posted(
    session: requests.Session, uri: str, key: str, deployment: str, body: bytes
) -> _Answered:
    headers = {"Content-Type": "application/json", "x-ms-client-request-id": str(uuid.uuid4())}
    if deployment:
        headers["azureml-model-deployment"] = deployment
    try:
        with session.post(
            uri,
            data=body,
            headers=headers,
            auth=_Bearer(key),
            timeout=TIMEOUT,
            stream=True,
            allow_redirects=False,  # a redirect would carry the picture to another host
        ) as response:
            content = _content(response)
            return _Answered(status=response.status_code, headers=response.headers, content=content)
    except requests.Timeout as error:
        raise TemporaryError(LATE) from error
    except requests.RequestException as error:
        raise TemporaryError(UNREACHED, reason=type(error).__name__) from error


def _content(response: requests.Response) -> bytes:
    """Read an answer: a model may send anything, for as long as it likes.

    Raises:
        ServiceRefusedError: it is longer than scores can be.
        TemporaryError: it takes too long.
    """
    content, deadline = bytearray(), time.monotonic() + ANSWER_SECONDS
    for part in _parts(response):
        content += part
        if len(content) > ANSWER_BYTES:
            raise ServiceRefusedError(TOO_LONG, most=ANSWER_BYTES // 2**20)
        if time.monotonic() > deadline:
            raise TemporaryError(LATE)
    return bytes(content)


def _parts(response: requests.Response) -> Iterator[bytes]:
    """Yield what has come, as soon as anything has: `iter_content` would wait for a whole part.

    Raises:
        requests.RequestException: it breaks off, or nothing comes for too long.
    """
    try:
        while part := response.raw.read1(CHUNK, decode_content=True):
            yield part
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.Timeout(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(error) from error


def _rows(content: bytes, expected: int, labels: Sequence[str]) -> list[tuple[float, ...]]:
    try:
        body = json.loads(content)
    except RecursionError:
        raise ServiceRefusedError(NO_CLASSIFIER) from None  # its own trace has a thousand lines
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
