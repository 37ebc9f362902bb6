"""Which workspace the bot works in, and where its Resource Manager is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

PUBLIC = "https://management.azure.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Which workspace, and where its Resource Manager is.

    `url` None means Azure's public cloud with azure-identity's credentials; else another base, for
    which `token` is a fixed token. `ca` is a PEM that is trusted besides the usual roots.
    """

    subscription_id: str
    resource_group: str
    workspace: str
    url: str | None = None
    token: str | None = field(default=None, repr=False)
    ca: Path | None = None
    registries: tuple[str, ...] = ()
