"""A stranger's picture made into what an image endpoint reads well: a small upright JPEG.

Pixels are counted before anything is decoded, and the whole picture exists once only: it is made
smaller first (at once, or strip by strip where its colours must be changed before) and gets its
colours, its place and its side up afterwards.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from services.decoder import containers
from services.decoder.containers import Contents
from services.decoder.values import (
    ALL_PIXELS,
    MILLION,
    MOST_SCANS,
    Decoded,
    Note,
    Reason,
    RefusedError,
)

SHORT_SIDE = 448  # CLIP looks at 224; twice that leaves a margin for larger models
LEAST_SIDE = 8  # processors take 1, 3 or 4 rows or columns for channels of colour
LONGEST = 3  # times the short side; models cut out the middle square, so nothing is lost
NOTABLE = 2  # from this ratio on people are told that the ends are cut
GAP = 3.0  # how much larger than wanted a picture stays until the last, careful, resizing
QUALITY = 90
MOST_PIXELS = 50 * MILLION
STRIP = 2**20  # pixels whose colours are changed at once
_ORIENTATION = 0x0112
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TURNED = frozenset({5, 6, 7, 8})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How files of one kind are read.

    Attributes:
        plugin: Pillow's name.
        most: pixels; fewer where a file cannot be decoded reduced.
        density: bytes that a pixel takes while it is decoded, at most (measured).
    """

    plugin: str
    most: int
    density: float


JPEG = Kind(plugin="JPEG", most=MOST_PIXELS, density=1)
PNG = Kind(plugin="PNG", most=25 * MILLION, density=4)
GIF = Kind(plugin="GIF", most=25 * MILLION, density=4)
BMP = Kind(plugin="BMP", most=25 * MILLION, density=4)
TIFF = Kind(plugin="TIFF", most=20 * MILLION, density=8)  # one strip may be the whole picture
WEBP = Kind(plugin="WEBP", most=10 * MILLION, density=16)  # two canvases, a copy, the picture
HEIC = Kind(plugin="HEIF", most=25 * MILLION, density=8)

_READERS = (  # imported by name: Pillow would load every reader that it has when it misses one
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)


def read(raw: bytes, allow: Callable[[int], object]) -> Decoded:
    """Make any common picture a small upright RGB JPEG.

    Transparent parts become white, of an animation the first frame stays, place and camera data
    are dropped.

    Args:
        raw: the file.
        allow: called with the bytes that decoding takes, before they are taken.

    Raises:
        RefusedError: why it is not read.
        Exception: whatever a reader raises for what is broken.
    """
    kind = _kind(raw)
    if kind is None:
        raise RefusedError(Reason.NOT_A_PICTURE)
    contents = _contents(kind, raw)
    if contents.scans > MOST_SCANS:
        raise RefusedError(Reason.TOO_MANY_SCANS)
    if contents.buffered:
        kind = _whole(kind, contents.buffered)
    if kind is WEBP:  # its reader takes memory for all pixels when it opens a file
        _check(kind, containers.webp_size(raw), allow)
    with _opened(kind, contents.raw) as picture:
        if kind is not WEBP:
            _check(kind, picture.size, allow)
        return _decoded(picture, several=contents.several or _is_animated(picture))


def _opened(kind: Kind, raw: bytes) -> Image.Image:
    """The picture, not decoded yet."""
    if kind is HEIC:
        _register_heic()
    try:
        return Image.open(io.BytesIO(raw), formats=[kind.plugin])
    except Image.DecompressionBombError:
        _check_pixels(kind, MOST_PIXELS + 1)  # Pillow's own limit is larger than ours
        raise


def _check(kind: Kind, size: tuple[int, int], allow: Callable[[int], object]) -> None:
    """Refuse what is too large, and wait until there is memory for the rest."""
    pixels = size[0] * size[1]
    _check_pixels(kind, pixels)
    allow(math.ceil(pixels * kind.density))


def _check_pixels(kind: Kind, pixels: int) -> None:
    if pixels > MOST_PIXELS:
        whole = MOST_PIXELS // MILLION
        raise RefusedError(Reason.TOO_MANY_PIXELS, millions=whole, whole=True)
    if pixels > kind.most:
        raise RefusedError(Reason.TOO_MANY_PIXELS, millions=kind.most // MILLION)


def _kind(raw: bytes) -> Kind | None:
    if raw[4:8] == b"ftyp" and raw[8:12] in _HEIC_BRANDS:
        return HEIC
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return WEBP
    magic = {
        b"\xff\xd8\xff": JPEG,
        containers.PNG: PNG,
        b"GIF8": GIF,
        b"BM": BMP,
        b"II*\0": TIFF,
        b"MM\0*": TIFF,
        b"II+\0": TIFF,
        b"MM\0+": TIFF,
    }
    return next((kind for start, kind in magic.items() if raw.startswith(start)), None)


def _contents(kind: Kind, raw: bytes) -> Contents:
    if kind is PNG:
        return containers.png(raw)
    if kind is JPEG:
        return containers.jpeg(raw)
    return Contents(raw=raw, several=kind is TIFF and containers.has_second_page(raw))


def _whole(kind: Kind, coefficients: float) -> Kind:
    """A kind of JPEG that is kept as a whole while it is read."""
    taken = kind.density + coefficients
    return replace(kind, density=taken, most=min(kind.most, int(ALL_PIXELS / taken)))


def _register_heic() -> None:
    try:
        import pillow_heif  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise RefusedError(Reason.NO_HEIC) from error
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener(thumbnails=False)


def _is_animated(picture: Image.Image) -> bool:
    if picture.format not in {"GIF", "WEBP"}:
        return False
    try:
        return bool(getattr(picture, "is_animated", False))
    except Exception:  # noqa: BLE001 - whatever a reader raises: only a further frame is broken
        return True


def _decoded(picture: Image.Image, *, several: bool) -> Decoded:
    notes = []
    if several:
        notes.append(Note.FIRST_PAGE if picture.format == "TIFF" else Note.FIRST_FRAME)
    orientation = _orientation(picture)
    if picture.format == "JPEG":
        picture.draft("RGB", (SHORT_SIDE, SHORT_SIDE))
    picture.load()
    width, height = picture.size
    if max(width, height) > NOTABLE * min(width, height):
        wide = (width > height) != (orientation in _TURNED)
        notes.append(Note.VERY_WIDE if wide else Note.VERY_TALL)
    if min(width, height) < LEAST_SIDE:
        notes.append(Note.ENLARGED)
    small = _small(picture)
    if orientation in _UPRIGHT:
        small = small.transpose(_UPRIGHT[orientation])
    out = io.BytesIO()
    small.save(out, "JPEG", quality=QUALITY)
    return Decoded(jpeg=out.getvalue(), width=small.width, height=small.height, notes=tuple(notes))


def _orientation(picture: Image.Image) -> int:
    """How the camera was held; broken EXIF data counts as upright."""
    try:
        found = picture.getexif().get(_ORIENTATION)
    except Exception:  # noqa: BLE001 - a foreign parser of what strangers wrote
        return 1
    return found if isinstance(found, int) else 1


def _small(picture: Image.Image) -> Image.Image:
    """The middle of the picture as RGB, its short side between the least and the wanted one."""
    short = min(picture.size)
    box = _middle(picture)
    width, height = box[2] - box[0], box[3] - box[1]
    ratio = min(1.0, SHORT_SIDE / short) if short >= LEAST_SIDE else LEAST_SIDE / short
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    if picture.mode in {"RGB", "L", "CMYK"} and "transparency" not in picture.info:
        shown = picture
    else:
        shown = _by_strips(picture, box, max(1, int(1 / (GAP * ratio))))
        box = (0, 0, *shown.size)
    if size != shown.size:
        shown = shown.resize(size, Image.Resampling.BICUBIC, box=box, reducing_gap=GAP)
    return shown.convert("RGB")


def _middle(picture: Image.Image) -> tuple[int, int, int, int]:
    """Without the far ends of a banner: they would only cost memory at the endpoint."""
    longest = LONGEST * min(picture.size)
    width, height = min(picture.width, longest), min(picture.height, longest)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return (left, top, left + width, top + height)


def _by_strips(picture: Image.Image, box: tuple[int, int, int, int], factor: int) -> Image.Image:
    """That part in RGB, so many times smaller, without ever having all of it in RGB."""
    left, top, right, bottom = box
    shape = (math.ceil((right - left) / factor), math.ceil((bottom - top) / factor))
    made = Image.new("RGB", shape)
    rows = factor * max(1, STRIP // ((right - left) * factor))
    colours = _colours(picture)
    for begin in range(top, bottom, rows):
        strip = colours(picture.crop((left, begin, right, min(begin + rows, bottom))))
        reduced = strip.reduce(factor) if factor > 1 else strip
        made.paste(reduced, (0, (begin - top) // factor))
    return made


def _colours(picture: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What makes strips of that picture RGB."""
    if picture.mode.startswith("I;16"):
        return lambda strip: _scaled(strip.convert("I"), 1 / 257, 0)
    if picture.mode in {"I", "F"}:
        low, high = _extremes(picture)
        scale = 255 / (high - low) if high > low else 1.0
        return lambda strip: _scaled(strip, scale, -low * scale)
    if picture.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in picture.info:
        return _on_white
    return lambda strip: strip.convert("RGB")


def _scaled(strip: Image.Image, scale: float, offset: float) -> Image.Image:
    """16 and 32 bits a pixel scaled to 8; Pillow's own conversion would cut off instead."""
    return strip.point(lambda value: value * scale + offset).convert("L").convert("RGB")


def _extremes(picture: Image.Image) -> tuple[float, float]:
    """Of a picture with one channel.

    Raises:
        ValueError: there are none: it holds what is no number.
    """
    match picture.getextrema():
        case (int() | float() as low, int() | float() as high):
            if not math.isfinite(high - low):
                raise ValueError("not finite")
            return float(low), float(high)
    return 0.0, 255.0


def _on_white(strip: Image.Image) -> Image.Image:
    """Colours on white where the picture is transparent."""
    layer = strip.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    white.alpha_composite(layer)
    return white.convert("RGB")
