"""Client of the catalog search service that Microsoft's own tools ask, without a login."""

from __future__ import annotations

from services.gallery.client import PUBLIC, Gallery

__all__ = ["PUBLIC", "Gallery"]
