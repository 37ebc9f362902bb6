"""Pictures that nobody means well with, and sound ones that readers stumble over."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
RED = (255, 0, 0)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, body: bytes = b"") -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + checksum


def plain_png(width: int, height: int, colours: int = 0, depth: int = 1) -> bytes:
    """A PNG of any size, without the memory that drawing it would take.

    Args:
        width: pixels.
        height: pixels.
        colours: PNG's colour type: 0 grey, 2 RGB, 6 RGBA.
        depth: bits of each colour.
    """
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    channels = {0: 1, 2: 3, 6: 4}[colours]
    row = b"\0" + bytes((width * channels * depth + 7) // 8)
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return PNG + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND")


def png_with(*more: bytes) -> bytes:
    """A sound small red PNG with these chunks before its pixels."""
    raw = saved(Image.new("RGB", (60, 40), RED), "PNG")
    at = raw.index(b"IDAT") - 4
    return raw[:at] + b"".join(more) + raw[at:]


def jpeg_with(*segments: bytes) -> bytes:
    """A sound small red JPEG with these segments after its start."""
    raw = saved(Image.new("RGB", (60, 40), RED), "JPEG", quality=95)
    return raw[:2] + b"".join(segments) + raw[2:]


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def progressive(width: int, height: int, scans: int) -> bytes:
    """A progressive JPEG whose last scan is there so many times more."""
    raw = saved(Image.new("L", (width, height), 99), "JPEG", progressive=True)
    begin, end = raw.rindex(b"\xff\xda"), raw.rindex(b"\xff\xd9")
    return raw[:end] + raw[begin:end] * scans + raw[end:]


def tiff_with_pages(pages: int) -> bytes:
    """A TIFF whose one small picture is followed by so many further directories."""
    raw = bytearray(saved(Image.new("L", (30, 20), 99), "TIFF"))
    (first,) = struct.unpack_from("<I", raw, 4)
    (entries,) = struct.unpack_from("<H", raw, first)
    link = first + 2 + 12 * entries
    directory = bytes(raw[first : link + 4])
    for _ in range(pages):
        at = len(raw) + len(raw) % 2
        raw.extend(bytes(at - len(raw)))
        struct.pack_into("<I", raw, link, at)
        raw.extend(directory)
        link = at + 2 + 12 * entries
        struct.pack_into("<I", raw, link, 0)
    return bytes(raw)


def without_dimensions() -> bytes:
    """A TIFF that says nothing of its width: Pillow raises a TypeError."""
    raw = bytearray(saved(Image.new("L", (30, 20), 99), "TIFF"))
    (first,) = struct.unpack_from("<I", raw, 4)
    struct.pack_into("<H", raw, first + 2, 0xFFF0)
    return bytes(raw)


def floating_offset() -> bytes:
    """A TIFF whose pixels begin at a floating point number: Pillow raises a TypeError."""
    raw = bytearray(saved(Image.new("L", (30, 20), 99), "TIFF"))
    (first,) = struct.unpack_from("<I", raw, 4)
    (entries,) = struct.unpack_from("<H", raw, first)
    tags = [struct.unpack_from("<H", raw, first + 2 + 12 * at)[0] for at in range(entries)]
    struct.pack_into("<H", raw, first + 4 + 12 * tags.index(0x0111), 12)
    return bytes(raw)


def second_page_without_dimensions() -> bytes:
    """A sound TIFF but for its second page: Pillow raises a TypeError where it counts the pages."""
    raw = bytearray(tiff_with_pages(1))
    (first,) = struct.unpack_from("<I", raw, 4)
    (entries,) = struct.unpack_from("<H", raw, first)
    (second,) = struct.unpack_from("<I", raw, first + 2 + 12 * entries)
    struct.pack_into("<H", raw, second + 2, 0xFFF0)
    return bytes(raw)


def gif_that_does_not_end() -> bytes:
    """A sound GIF with the beginning of more: Pillow raises an IndexError as it counts frames."""
    return saved(Image.new("P", (30, 20), 1), "GIF")[:-1] + b"!"
