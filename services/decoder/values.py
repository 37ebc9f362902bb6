"""What a decoder says of a picture, in codes: the words for people are `services.images`'."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MILLION = 1_000_000
MOST_BYTES = 20 * 2**20  # of a file
MOST_JPEG = 4 * 2**20  # of an answer; 448 x 1344 pixels have less than one
SECONDS = 5.0  # real, for one picture
MEMORY = 300 * 2**20  # bytes that a decoder may take beyond what it has when it starts
# Bytes that all decoders of a bot take for pixels at the same time.
ALL_PIXELS = 168 * MILLION
FEW_PIXELS = 16 * MILLION  # bytes that are taken without asking: those of a usual photo
MOST_SCANS = 100  # of a progressive JPEG; cameras and editors make some ten


class Reason(StrEnum):
    """Why a picture was not read."""

    NOT_A_PICTURE = "not-a-picture"
    NO_HEIC = "no-heic"
    TOO_MANY_PIXELS = "too-many-pixels"
    TOO_MANY_SCANS = "too-many-scans"
    TOO_MUCH_MEMORY = "too-much-memory"
    TOO_SLOW = "too-slow"
    DAMAGED = "damaged"
    DIED = "died"
    NO_DECODER = "no-decoder"


class Note(StrEnum):
    """What was done to a picture that was read."""

    FIRST_FRAME = "first-frame"
    FIRST_PAGE = "first-page"
    VERY_WIDE = "very-wide"
    VERY_TALL = "very-tall"
    ENLARGED = "enlarged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A small upright JPEG without metadata."""

    jpeg: bytes
    width: int
    height: int
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """`millions` of pixels are the limit where that is the reason; `whole` if it is any kind's."""

    reason: Reason
    millions: int = 0
    whole: bool = False


class RefusedError(Exception):
    """Unwinds the reading of a picture that is refused."""

    def __init__(self, reason: Reason, *, millions: int = 0, whole: bool = False) -> None:
        super().__init__(reason.value)
        self.refused = Refused(reason=reason, millions=millions, whole=whole)
