"""Ask the Resource Manager for its documents as they are.

The SDK reads a list as a whole: one row of a kind that it does not know, and nothing comes back.
So where others must not suffer for one, only its pipeline and its version of the interface are
used; the documents are those that `Sdk` keeps from the wire.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from services.azureml.responses import Json

MOST_PAGES = 1_000  # a list that leads to itself must end


class OddAnswerError(ValueError):
    """An answer that has not the form of what was asked for."""


def read(operations: Any, path: str) -> Json:  # noqa: ANN401 - a group of generated operations
    """GET one document.

    Args:
        operations: whose pipeline and interface version are used.
        path: beneath the Resource Manager's address, its names quoted.

    Raises:
        HttpResponseError: any status but success.
        ValueError: the answer is no JSON.
        OddAnswerError: it is no object, or a list has no rows.
    """
    return _sent(operations, f"{path}?api-version={operations._config.api_version}")  # noqa: SLF001 - the SDK has no public name for it


def walk(operations: Any, path: str) -> None:  # noqa: ANN401 - as `read`
    """GET every page of a list; arguments and errors as `read`.

    A page may name the next one on whatever host it likes: only its path and query are taken, so
    that the login goes nowhere else.
    """
    here = f"{path}?api-version={operations._config.api_version}"  # noqa: SLF001 - as `read`
    for _ in range(MOST_PAGES):
        page = _sent(operations, here)
        if not isinstance(page.get("value", []), list | None) or "value" not in page:
            raise OddAnswerError("a list without rows")
        link = page.get("nextLink")
        if not isinstance(link, str) or not link:
            return
        parts = urlsplit(link)
        here = f"{parts.path}?{parts.query}"
    raise OddAnswerError("a list without an end")


def path_of(*parts: str) -> str:
    """Return a path of these parts, each quoted as one."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _sent(operations: Any, path: str) -> Json:  # noqa: ANN401 - as `read`
    from azure.core.rest import HttpRequest  # noqa: PLC0415 - azure only when needed

    client = operations._client  # noqa: SLF001 - as `read`
    address = client.format_url("{endpoint}", endpoint=operations._config.base_url).rstrip("/")  # noqa: SLF001 - as `read`
    response = client.send_request(HttpRequest("GET", address + path))
    response.raise_for_status()
    document = response.json()
    if not isinstance(document, dict):
        raise OddAnswerError("an answer that is no object")
    return document
