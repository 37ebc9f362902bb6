"""The request and answer of the catalog's CLIP endpoint, with its rules and error texts."""

from __future__ import annotations

import base64
import binascii
import io
import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from PIL import Image

MOST_PIXELS = 50_000_000
MOST_RATIO = 50  # long side to short side; the short one is enlarged to 224
MOST_BYTES = 20 * 1024 * 1024
FETCH_SECONDS = 5
LABELS_ERROR = (
    (
        "The provided labels cannot be parsed. The first row of the “text” column is expected to "
        "contain a string with the comma-separated labels"
    )
    .replace("“", '"')
    .replace("”", '"')
)
IMAGE_ERROR = (
    "The provided image string cannot be decoded. Expected format is base64 string or url string."
)
MODEL_ERROR = 424  # the status with which a managed endpoint passes on an error of its model


class ModelError(Exception):
    """The model's container failed; the endpoint answers 424 with this reason in a header."""

    def __init__(self, reason: str, status: int = 500) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer over HTTP; `body` is JSON."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A checked request: labels as the endpoint cuts them, one raw picture per row."""

    labels: tuple[str, ...]
    pictures: tuple[bytes, ...]


class Engine(Protocol):
    """A network that scores pictures against labels."""

    name: str

    def note(self, labels: Sequence[str]) -> str:
        """Return what people should know about these labels; "" for nothing.

        Raises:
            ModelError: the labels cannot be scored.
        """

    def classify(self, pictures: Sequence[Image.Image], labels: Sequence[str]) -> list[list[float]]:
        """One row of probabilities (in the order of the labels, sum 1) per RGB picture."""


def read(body: bytes | Mapping[str, Any], origins: Sequence[str] = ()) -> Request:
    """Check a request as the real container does.

    Args:
        body: JSON, or the object it holds.
        origins: the only `http://host:port` from which picture addresses are fetched.

    Raises:
        ModelError: with the text that the real endpoint gives.
    """
    columns, rows = _table(_decoded(body))
    missing = [name for name in ("image", "text") if name not in columns]
    if missing:
        raise ModelError(f"Model is missing inputs {missing}.", 400)
    image, text = columns.index("image"), columns.index("text")
    labels = split_labels(rows[0][text] if rows and len(rows[0]) > text else None)
    cells = [row[image] if len(row) > image else float("nan") for row in rows]
    return Request(labels=labels, pictures=tuple(_picture(cell, origins) for cell in cells))


def split_labels(text: object) -> tuple[str, ...]:
    """Split at commas, strip, drop empties; order and duplicates stay.

    Raises:
        ModelError: no label at all.
    """
    parts = map(str.strip, text.split(",")) if isinstance(text, str) else ()
    labels = tuple(part for part in parts if part)
    if not labels:
        raise ModelError(LABELS_ERROR)
    return labels


def opened(raw: bytes) -> Image.Image:
    """The picture in RGB as the container sees it: first frame, EXIF rotation ignored.

    Raises:
        ModelError: not a picture, or one too large for a desk-sized stand-in.
    """
    try:
        with Image.open(io.BytesIO(raw)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ModelError(f"The picture has more than {MOST_PIXELS} pixels")
            if max(picture.size) > MOST_RATIO * min(picture.size):
                raise ModelError("The picture is too elongated")
            picture.draft("RGB", (512, 512))
            return picture.convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ModelError(f"The picture has more than {MOST_PIXELS} pixels") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise ModelError(f"cannot identify image file: {error}") from error


def answered(labels: Sequence[str], rows: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """The endpoint's body: one object per row of the request."""
    return [{"probs": list(row), "labels": list(labels)} for row in rows]


def failed(error: ModelError) -> Answer:
    """How a managed endpoint passes on that its model failed."""
    headers = {
        "ms-azureml-model-error-statuscode": str(error.status),
        "ms-azureml-model-error-reason": header_text(error.reason),
    }
    return Answer(status=MODEL_ERROR, body={"message": error.reason}, headers=headers)


def header_text(text: str) -> str:
    """One ASCII line: HTTP headers hold nothing else."""
    return " ".join(text.encode("ascii", "backslashreplace").decode().split())[:500]


def _decoded(body: bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(body, bytes):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ModelError(f"The request body is not JSON: {error}", 400) from error
    if not isinstance(body, Mapping):
        raise ModelError("The request body is not a JSON object", 400)
    return body


def _table(body: Mapping[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """The columns and rows of a table in pandas' `split` orientation."""
    table = body.get("input_data")
    if not isinstance(table, Mapping):
        kind = type(table).__name__
        raise ModelError(f"'{kind}' object has no attribute 'items'", 400)
    columns, rows, index = table.get("columns"), table.get("data"), table.get("index")
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise ModelError("input_data must have 'columns' and 'data'", 400)
    if not all(isinstance(row, list) for row in rows):
        raise ModelError("input_data.data must be a list of rows", 400)
    width = max((len(row) for row in rows), default=len(columns))
    if width != len(columns):
        text = f"{len(columns)} columns passed, passed data had {width} columns"
        raise ModelError(text, 400)
    if isinstance(index, list) and len(index) != len(rows):
        text = f"Length of values ({len(rows)}) does not match length of index ({len(index)})"
        raise ModelError(text, 400)
    return [str(column) for column in columns], rows


def _picture(cell: object, origins: Sequence[str]) -> bytes:
    if not isinstance(cell, str):
        raise ModelError(f"Image received in {type(cell)} format which is not supported.")
    if "http://" in cell or "https://" in cell:
        return _fetched(cell, origins)
    try:
        return base64.b64decode(cell)
    except (binascii.Error, ValueError) as error:
        raise ModelError(IMAGE_ERROR) from error


def _fetched(url: str, origins: Sequence[str]) -> bytes:
    """The real container fetches any address; this one only its own, for safety."""
    problem = "Unable to retrieve image from url string due to exception: "
    if not any(url.startswith(origin.rstrip("/") + "/") for origin in origins):
        raise ModelError(problem + "the sandbox fetches no addresses but its own")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
    try:
        with opener.open(url, timeout=FETCH_SECONDS) as answer:
            raw: bytes = answer.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ModelError(problem + str(error)) from error
    if len(raw) > MOST_BYTES:
        raise ModelError(problem + f"more than {MOST_BYTES} bytes")
    return raw


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would lead away from the allowed origins."""

    def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - urllib's own signature
        return None
