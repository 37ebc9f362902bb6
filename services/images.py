"""A picture from a person, made into what an image endpoint reads well: a small upright JPEG."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from services.errors import ErrorText, InvalidInputError

MEBIBYTE = 2**20
MOST_BYTES = 20 * MEBIBYTE
MILLION = 1_000_000
MOST_PIXELS = 50 * MILLION
SHORT_SIDE = 448  # CLIP looks at 224; twice that leaves a margin for larger models
LONGEST = 3  # times the short side; models cut out the middle square, so nothing is lost
NOTABLE = 2  # from this ratio on people are told that the ends are cut
QUALITY = 90
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
ACCEPTED = "JPEG, PNG, WebP, GIF, BMP, TIFF or HEIC"

TOO_LARGE = ErrorText(
    code="PictureTooLarge",
    what="This picture has {megabytes:.0f} MB.",
    advice="Send one of at most {most} MB.",
)
DAMAGED = ErrorText(
    code="PictureDamaged",
    what="This picture is damaged or cut off: it cannot be read to its end.",
    advice="Open it on your computer, save it again as JPEG or PNG and send that.",
)
NO_PICTURE = ErrorText(
    code="NotAPicture",
    what="This is {kind}, not a picture that can be read.",
    advice="Send a {accepted} file.",
)
NO_HEIC = ErrorText(
    code="HeicNotSupported",
    what="This is a HEIC picture, and this bot was installed without HEIC support.",
    advice="Send it as JPEG or PNG, or ask whoever runs the bot to install `aml-bot[heic]`.",
)
TOO_MANY_PIXELS = ErrorText(
    code="TooManyPixels",
    what="This picture has more than {millions} million pixels.",
    advice="Send a smaller copy; the model looks at 224 x 224 anyway.",
)
FIRST_FRAME = "only the first frame of the animation was looked at"
FIRST_PAGE = "only the first page was looked at"
VERY_WIDE = "very wide: models look at the middle square only"
VERY_TALL = "very tall: models look at the middle square only"

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MAGIC = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"8BPS", "a Photoshop document"),
    (b"%!PS", "a PostScript document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """A JPEG without metadata; `note` says in words what was left out, "" when nothing was."""

    jpeg: bytes
    width: int
    height: int
    note: str = ""


def normalise(raw: bytes) -> Normalised:
    """Make any common picture an upright RGB JPEG whose short side has at most 448 pixels.

    Transparent parts become white, of an animation the first frame stays, place and camera data
    are dropped. Costs up to a few seconds of CPU: call it in a worker thread.

    Raises:
        InvalidInputError: too large, not a picture, a kind that is not read, or damaged.
    """
    if len(raw) > MOST_BYTES:
        raise InvalidInputError(
            TOO_LARGE, megabytes=len(raw) / MEBIBYTE, most=MOST_BYTES // MEBIBYTE, field="pictures"
        )
    try:
        with _opened(raw) as picture:
            return _small(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, OverflowError) as error:
        raise InvalidInputError(DAMAGED, field="pictures") from error


def _opened(raw: bytes) -> Image.Image:
    """Return the picture, opened but not decoded yet, with a checked number of pixels."""
    if raw[4:8] == b"ftyp" and raw[8:12] in _HEIC_BRANDS:
        picture = _opened_heic(raw)
    else:
        try:
            picture = Image.open(io.BytesIO(raw), formats=FORMATS)
        except UnidentifiedImageError as error:
            raise InvalidInputError(
                NO_PICTURE, kind=_kind(raw), accepted=ACCEPTED, field="pictures"
            ) from error
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_many_pixels()
    return picture


def _opened_heic(raw: bytes) -> Image.Image:
    try:
        import pillow_heif  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise InvalidInputError(NO_HEIC, field="pictures") from error
    heic = pillow_heif.open_heif(io.BytesIO(raw))
    if heic.size[0] * heic.size[1] > MOST_PIXELS:
        raise _too_many_pixels()
    picture: Image.Image = heic.to_pillow()  # already upright
    return picture


def _small(picture: Image.Image) -> Normalised:
    notes = []
    if picture.format in {"GIF", "WEBP", "PNG"} and getattr(picture, "is_animated", False):
        notes.append(FIRST_FRAME)
    elif picture.format == "TIFF" and getattr(picture, "n_frames", 1) > 1:
        notes.append(FIRST_PAGE)
    if picture.format in {"JPEG", "MPO"}:
        picture.draft("RGB", (SHORT_SIDE, SHORT_SIDE))
    upright = _upright(picture)
    ratio = max(upright.size) / min(upright.size)
    if ratio > NOTABLE:
        notes.append(VERY_WIDE if upright.width > upright.height else VERY_TALL)
    rgb = _shrunk(_middle(_rgb(_eight_bit(upright))))
    out = io.BytesIO()
    rgb.save(out, "JPEG", quality=QUALITY)
    return Normalised(
        jpeg=out.getvalue(), width=rgb.width, height=rgb.height, note="; ".join(notes)
    )


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera was held; broken EXIF data counts as none."""
    try:
        orientation = picture.getexif().get(_ORIENTATION)
    except (SyntaxError, ValueError, TypeError, KeyError, struct.error):
        orientation = None
    turn = _UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return picture if turn is None else picture.transpose(turn)


def _eight_bit(picture: Image.Image) -> Image.Image:
    """16 and 32 bits a pixel scaled to 8; Pillow's own conversion would cut off instead."""
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value * (1 / 257) + 0).convert("L")
    if picture.mode in {"I", "F"}:
        low, high = _extremes(picture)
        scale = 255 / (high - low) if high > low else 1.0
        offset = -low * scale
        return picture.point(lambda value: value * scale + offset).convert("L")
    return picture


def _extremes(picture: Image.Image) -> tuple[float, float]:
    """Of a picture with one channel."""
    match picture.getextrema():
        case (int() | float() as low, int() | float() as high):
            return float(low), float(high)
    return 0.0, 255.0


def _rgb(picture: Image.Image) -> Image.Image:
    """Colours on white where the picture is transparent."""
    if picture.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        white.alpha_composite(layer)
        return white.convert("RGB")
    return picture.convert("RGB")


def _middle(picture: Image.Image) -> Image.Image:
    """Without the far ends of a banner: resizing those would only cost memory at the endpoint."""
    longest = LONGEST * min(picture.size)
    width, height = min(picture.width, longest), min(picture.height, longest)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _shrunk(picture: Image.Image) -> Image.Image:
    ratio = SHORT_SIDE / min(picture.size)
    if ratio >= 1:
        return picture
    size = (round(picture.width * ratio), round(picture.height * ratio))
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)


def _kind(raw: bytes) -> str:
    """Return what a file that is no readable picture seems to be, in words."""
    if not raw.strip(b"\0"):
        return "an empty file"
    for magic, name in _MAGIC:
        if raw.startswith(magic):
            return name
    if raw[4:8] == b"ftyp":
        return "an AVIF picture" if raw[8:12] in {b"avif", b"avis"} else "a video"
    return _text_kind(raw) or "a file of an unknown kind"


def _text_kind(raw: bytes) -> str:
    try:
        head = raw[:4096].decode("utf-8-sig", "strict" if len(raw) <= 4096 else "ignore").lower()  # noqa: PLR2004 - how much is looked at
    except UnicodeDecodeError:
        return ""
    if re.search(r"<svg[\s>]", head):
        return "an SVG drawing"
    if re.search(r"<!doctype html|<html[\s>]", head):
        return "a web page (HTML)"
    return "a text file" if all(c.isprintable() or c.isspace() for c in head) else ""


def _too_many_pixels() -> InvalidInputError:
    return InvalidInputError(TOO_MANY_PIXELS, millions=MOST_PIXELS // MILLION, field="pictures")
