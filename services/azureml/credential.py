"""Choose what the SDK signs its requests with: a fixed token, or what azure-identity finds."""

from __future__ import annotations

import base64
import binascii
import json
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

FOR_A_DAY = 86_400


class FixedToken:
    """A credential that always answers with one token, for another Resource Manager than Azure's.

    The SDK reads the token's audience, so it has to be a JWT with `aud` `https://ml.azure.com`.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._expires = _expiry(token)

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        from azure.core.credentials import AccessToken  # noqa: PLC0415 - azure only when needed

        return AccessToken(self._token, self._expires or int(time.time()) + FOR_A_DAY)

    def __repr__(self) -> str:
        return "FixedToken(…)"


def credential_for(token: str | None) -> TokenCredential:
    """Return the fixed token's credential, or azure-identity's default chain without one."""
    if token:
        return FixedToken(token)
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - azure only when needed

    return DefaultAzureCredential()


def _expiry(token: str) -> int:
    """When the JWT ends, in seconds since the epoch; 0 when it does not say."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        return 0
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return 0
    expires = payload.get("exp") if isinstance(payload, dict) else None
    return int(expires) if isinstance(expires, int | float) else 0
