"""Whom to trust over TLS: the usual roots, and one PEM more where the settings name it."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter


def session(extra: Path | None, *, connections: int = 10) -> requests.Session:
    """Return a session with so many connections that trusts a PEM besides the roots in force."""
    made = requests.Session()
    made.mount("https://", _Trusting(extra, connections))
    return made


class _Trusting(HTTPAdapter):
    """`verify` would replace the roots by the file; a context only gains those that are in force.

    That also makes an environment's REQUESTS_CA_BUNDLE count as it always does.
    """

    def __init__(self, extra: Path | None, connections: int) -> None:
        self._extra = extra
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002 - requests passes it by position
        **options: Any,  # noqa: ANN401 - passed on as they are
    ) -> None:
        if self._extra is not None:
            options["ssl_context"] = ssl.create_default_context(cafile=str(self._extra))
        super().init_poolmanager(connections, maxsize, block, **options)
