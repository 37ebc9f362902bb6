"""Keep what came back for a call of the SDK: its own object, and the JSON beneath it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.core.rest import HttpResponse

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkResponse:
    """Hold what a call of the SDK returned, and the JSON documents from the wire for it."""

    result: Any
    documents: tuple[Json, ...]

    def items(self) -> tuple[Json, ...]:
        """Return the rows of all pages."""
        pages = (page["value"] for page in self.documents if isinstance(page.get("value"), list))
        return tuple(item for page in pages for item in page if isinstance(item, dict))


def document_in(response: HttpResponse) -> Json | None:
    """Return the JSON object of a response; None where it is none."""
    try:
        document = response.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
