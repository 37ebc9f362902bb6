"""Files of pictures, before anybody looks at pixels: their parts, without what nobody needs.

Texts, colour profiles and previews are left out by an allow-list. They say nothing to a model, and
readers have limits for them (Pillow refuses a sound PNG for a long text in it).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_EXIF = b"Exif\0\0"
_MOST_EXIF = 2**16  # bytes; a JPEG cannot hold more
_CHUNK = struct.Struct(">I4s")
_SEGMENT = struct.Struct(">H")

_WEBP_HEAD = 30  # bytes that hold the size in each of its three forms
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})  # all coefficients are kept until the end
_JFIF, _APP1, _ADOBE, _LAST_APP, _COMMENT = 0xE0, 0xE1, 0xEE, 0xEF, 0xFE
_COEFFICIENT = 2  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A file as it is handed to Pillow, and what its parts told.

    Attributes:
        raw: the bytes without the parts that nobody needs.
        several: more than one frame or page.
        scans: of a JPEG.
        buffered: bytes a pixel that a JPEG of several scans is kept with; 0 where rows are read
            one after the other.
    """

    raw: bytes
    several: bool = False
    scans: int = 0
    buffered: float = 0.0


def png(raw: bytes) -> Contents:
    """Only what makes the first picture, and how it is held; stops where chunks end."""
    kept, animated = [PNG], False
    for name, start, end in _chunks(raw):
        if name in _PNG_KEPT or (name == b"eXIf" and end - start <= _MOST_EXIF):
            kept.append(raw[start:end])
        animated = animated or name == b"acTL"
        if name == b"IEND":
            break
    return Contents(raw=b"".join(kept), several=animated)


def _chunks(raw: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of each chunk; the last one may be cut off."""
    at = len(PNG)
    while at + _CHUNK.size <= len(raw):
        length, name = _CHUNK.unpack_from(raw, at)
        end = at + _CHUNK.size + length + 4
        yield name, at, min(end, len(raw))
        at = end


def jpeg(raw: bytes) -> Contents:
    """Only what the first picture needs; everything from the first odd byte on stays as it is."""
    kept, at = [raw[:2]], 2
    progressive, buffered, turned = False, 0.0, False
    for marker, start, end in _segments(raw):
        body = raw[start + 4 : end]
        if marker in _FRAMES:
            progressive, buffered = marker in _PROGRESSIVE, _coefficients(body)
        wanted = marker < _JFIF or (marker > _LAST_APP and marker != _COMMENT)
        if marker == _APP1 and not turned and body.startswith(_EXIF):
            wanted = turned = True
        if wanted or marker in {_JFIF, _ADOBE}:
            kept.append(raw[start:end])
        at = end
    last = raw.find(b"\xff\xd9", at)  # what follows is another picture, a film, anything
    rest = raw[at:] if last < 0 else raw[at : last + 2]
    scans = 1 + rest.count(b"\xff\xda")
    kept.append(rest)
    whole = progressive or scans > 1
    return Contents(raw=b"".join(kept), scans=scans, buffered=buffered if whole else 0.0)


def _segments(raw: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, begin and end of each segment up to the first scan's header."""
    at = 2
    while at + 4 <= len(raw) and raw[at] == 0xFF:  # noqa: PLR2004 - begins every marker
        marker = raw[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - padding
            at += 1
            continue
        if marker in _BARE:
            yield marker, at, at + 2
            at += 2
            continue
        (length,) = _SEGMENT.unpack_from(raw, at + 2)
        end = at + 2 + length
        if marker in {0, _START, _END} or length < _SEGMENT.size or end > len(raw):
            return
        yield marker, at, end
        at = end
        if marker == _SCAN:
            return


def _coefficients(body: bytes) -> float:
    """Bytes a pixel of all coefficients: each part of the colours has a density of its own."""
    densities = [(each >> 4) * (each & 15) for each in body[7::3]]
    most = max(densities, default=0)
    return _COEFFICIENT * sum(densities) / most if most else 0.0


def webp_size(raw: bytes) -> tuple[int, int]:
    """Width and height of a WebP.

    Raises:
        ValueError: it begins with none of the three chunks that it may begin with.
    """
    if raw[12:16] == b"VP8X" and len(raw) >= _WEBP_HEAD:
        width, height = (int.from_bytes(raw[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if raw[12:16] == b"VP8L" and len(raw) >= _WEBP_HEAD:
        bits = int.from_bytes(raw[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if raw[12:16] == b"VP8 " and len(raw) >= _WEBP_HEAD:
        width, height = (int.from_bytes(raw[at : at + 2], "little") & 0x3FFF for at in (26, 28))
        return width, height
    raise ValueError("no WebP")


def has_second_page(raw: bytes) -> bool:
    """Whether a TIFF has more than one directory; counting them all takes a minute for some."""
    order = "<" if raw[:2] == b"II" else ">"
    big = raw[2:4] in {b"+\0", b"\0+"}
    offset, count, entry = ("Q", "Q", 20) if big else ("I", "H", 12)
    try:
        (first,) = struct.unpack_from(order + offset, raw, 8 if big else 4)
        (entries,) = struct.unpack_from(order + count, raw, first)
        at = first + struct.calcsize(order + count) + entry * entries
        (following,) = struct.unpack_from(order + offset, raw, at)
    except (struct.error, OverflowError):
        return False
    return bool(following)
