"""Read the beginning of a file of a repository."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a file is: the Hub, the repository in one revision ("" for the newest), the path."""

    endpoint: str
    repository: str
    revision: str
    path: str


def chunks(place: Place, token: str | None, limit: int) -> Iterator[bytes]:
    """Yield no more than the first `limit` bytes of a file; nothing is kept.

    The client that limits every request must have been set up, see `client.Hub`.

    Raises:
        HfHubHTTPError: as `errors.translated` translates it.
    """
    from huggingface_hub import get_session, hf_hub_url  # noqa: PLC0415 - see client.Hub._api

    # Both are documented, though not marked as exported.
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # noqa: PLC0415
        build_hf_headers,
        hf_raise_for_status,
    )

    url = hf_hub_url(
        place.repository, place.path, revision=place.revision or None, endpoint=place.endpoint
    )
    headers = build_hf_headers(token=token or False, library_name="aml-bot")
    left = limit
    with get_session().stream("GET", url, headers=headers) as answer:
        hf_raise_for_status(answer)
        for chunk in answer.iter_bytes():
            yield chunk[:left]
            left -= len(chunk[:left])
            if not left:
                return
