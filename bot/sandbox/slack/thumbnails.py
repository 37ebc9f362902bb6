"""The smaller copies that Slack makes of pictures: which there are, and their bytes.

As at Slack: copies of up to 1024 pixels that are smaller than the picture, upright, JPEG unless the
picture has transparent parts. Tiny and animated pictures have none, nor have those that are too
large or broken.
"""

from __future__ import annotations

import io
import struct
import warnings
from typing import Any

from PIL import Image, ImageOps

Json = dict[str, Any]
SIDES = (360, 480, 720, 800, 960, 1024)  # pixels of the longer side
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF"]
MOST_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000}
MOST_OTHERS = 16_000_000
MOST_SCANS = 100  # of a JPEG
ENDS = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND"}
TAIL = 4096  # bytes in which the end of a file must be
SIDEWAYS = frozenset({5, 6, 7, 8})
ORIENTATION = 0x0112
BROKEN = (OSError, ValueError, TypeError, SyntaxError, LookupError, struct.error, MemoryError)


def described(body: bytes) -> Json:
    """The fields of a file object about its size and its copies; `{}` for what is no picture.

    Only the head of the file is read (for other kinds than JPEG, looking for EXIF data would read
    all of it). A copy is named by its field, its address is made elsewhere.
    """
    try:
        with warnings.catch_warnings():  # a bomb has no copies, and nothing is said of it
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = _opened(body)
        with opened as picture:
            width, height = picture.size
            turned = picture.getexif().get(ORIENTATION) if picture.format in MOST_PIXELS else 1
            if turned in SIDEWAYS:
                width, height = height, width
            fields: Json = {"original_w": width, "original_h": height}
            if not _has_copies(picture, body):
                return fields
    except (*BROKEN, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {}
    for side in SIDES:
        if side < max(width, height):
            fields[f"thumb_{side}_w"], fields[f"thumb_{side}_h"] = _fitted(width, height, side)
    return fields


def copy(body: bytes, side: int) -> tuple[bytes, str] | None:
    """A copy's bytes and media type; None for a picture that turns out to be broken."""
    try:
        with _opened(body) as picture:
            if picture.format in {"JPEG", "MPO"}:
                picture.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((side, side))
            out = io.BytesIO()
            if upright.has_transparency_data:
                upright.convert("RGBA").save(out, "PNG")
                return out.getvalue(), "image/png"
            upright.convert("RGB").save(out, "JPEG", quality=85)
            return out.getvalue(), "image/jpeg"
    except (*BROKEN, Image.DecompressionBombError):
        return None


def _opened(body: bytes) -> Image.Image:
    if body[4:8] == b"ftyp":
        try:
            import pillow_heif  # noqa: PLC0415 - an optional extra
        except ImportError as error:
            raise OSError("no HEIC") from error
        pillow_heif.register_heif_opener()
        return Image.open(io.BytesIO(body), formats=["HEIF"])
    if body[8:12] == b"WEBP" and _webp_pixels(body) > MOST_OTHERS:
        raise OSError("too large")  # its reader takes memory for all pixels when it opens a file
    return Image.open(io.BytesIO(body), formats=FORMATS[:-1])


def _webp_pixels(body: bytes) -> int:
    if body[12:16] == b"VP8X":
        sides = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (24, 27))
    elif body[12:16] == b"VP8L":
        bits = int.from_bytes(body[21:25], "little")
        sides = ((part & 0x3FFF) + 1 for part in (bits, bits >> 14))
    else:
        sides = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    width, height = sides
    return width * height


def _has_copies(picture: Image.Image, body: bytes) -> bool:
    kind = picture.format or ""
    whole = ENDS.get(kind, b"") in body[-TAIL:]
    small = picture.width * picture.height <= MOST_PIXELS.get(kind, MOST_OTHERS)
    quick = kind not in MOST_PIXELS or body.count(b"\xff\xda") <= MOST_SCANS
    moving = kind in {"GIF", "WEBP", "PNG"} and getattr(picture, "is_animated", False)
    return whole and small and quick and not moving


def _fitted(width: int, height: int, side: int) -> tuple[int, int]:
    ratio = side / max(width, height)
    return max(1, round(width * ratio)), max(1, round(height * ratio))
