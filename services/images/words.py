"""What people are told of a picture: why it was not read, or what was done to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.decoder.values import (
    MEMORY,
    MOST_BYTES,
    MOST_SCANS,
    SECONDS,
    Decoded,
    Note,
    Reason,
    Refused,
)
from services.errors import ErrorText, InvalidInputError, ServiceRefusedError, UserError

SVG, HTML = re.compile(r"<svg[\s>]"), re.compile(r"<!doctype html|<html[\s>]")
MEBIBYTE = 2**20
ACCEPTED = "JPEG, PNG, WebP, GIF, BMP, TIFF or HEIC"

TOO_LARGE = ErrorText(
    code="PictureTooLarge",
    what="This picture has {megabytes:.0f} MB.",
    advice="Send one of at most {most} MB.",
)
NO_DECODER = ErrorText(
    code="NoDecoder",
    what="No picture can be read at the moment.",
    why="The process that reads them does not start.",
    advice="Retry in a minute; if it happens again, tell whoever runs the bot.",
)
NOT_A_PICTURE = ErrorText(
    code="NotAPicture",
    what="This is {kind}, not a picture that can be read.",
    advice="Send a {accepted} file.",
)
TOO_MANY_PIXELS = ErrorText(
    code="TooManyPixels",
    what="This picture has more than {millions} million pixels.",
    advice="Send a smaller copy; the model looks at 224 x 224 anyway.",
)
TOO_MANY_OF_THIS_KIND = ErrorText(
    code="TooManyPixelsOfThisKind",
    what="This picture has more than {millions} million pixels, the most for a file of its kind.",
    advice="Send a smaller copy, or the same picture as JPEG; the model looks at 224 x 224 anyway.",
)
TEXTS = {
    Reason.NO_HEIC: ErrorText(
        code="HeicNotSupported",
        what="This is a HEIC picture, and this bot was installed without HEIC support.",
        advice="Send it as JPEG or PNG, or ask whoever runs the bot to install its extra `heic`.",
    ),
    Reason.TOO_MANY_SCANS: ErrorText(
        code="TooManyScans",
        what=f"This JPEG is built up in more than {MOST_SCANS} passes.",
        why="Cameras and editors need about ten; so many only cost time.",
        advice="Open it on your computer, save it again as JPEG or PNG and send that.",
    ),
    Reason.TOO_MUCH_MEMORY: ErrorText(
        code="PictureTooExpensive",
        what=f"Reading this picture takes more than {MEMORY // MEBIBYTE} MB of memory.",
        advice="Send a smaller copy, or the same picture as JPEG.",
    ),
    Reason.TOO_SLOW: ErrorText(
        code="PictureTooSlow",
        what=f"Reading this picture takes longer than {SECONDS:.0f} seconds.",
        advice="Open it on your computer, save it again as JPEG or PNG and send that.",
    ),
    Reason.DAMAGED: ErrorText(
        code="PictureDamaged",
        what="This picture is damaged or cut off: it cannot be read to its end.",
        advice="Open it on your computer, save it again as JPEG or PNG and send that.",
    ),
    Reason.DIED: ErrorText(
        code="PictureBreaksReader",
        what="This picture cannot be read: it broke the program that reads pictures.",
        advice="Open it on your computer, save it again as JPEG or PNG and send that.",
    ),
}
NOTES = {
    Note.FIRST_FRAME: "only the first frame of the animation was looked at",
    Note.FIRST_PAGE: "only the first page was looked at",
    Note.VERY_WIDE: "very wide: models look at the middle square only",
    Note.VERY_TALL: "very tall: models look at the middle square only",
    Note.ENLARGED: "only a few pixels high or wide: it was enlarged",
}

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """A JPEG without metadata; `note` says in words what was left out, "" when nothing was."""

    jpeg: bytes
    width: int
    height: int
    note: str = ""


def normalised(decoded: Decoded) -> Normalised:
    note = "; ".join(NOTES[each] for each in decoded.notes)
    return Normalised(jpeg=decoded.jpeg, width=decoded.width, height=decoded.height, note=note)


def too_large(length: int) -> InvalidInputError:
    """Return the error for a file of that many bytes."""
    most = MOST_BYTES // MEBIBYTE
    return InvalidInputError(TOO_LARGE, megabytes=length / MEBIBYTE, most=most, field="pictures")


def refusal(raw: bytes, refused: Refused) -> UserError:
    """Return the error for a file that a decoder refused."""
    if refused.reason is Reason.NO_DECODER:
        return ServiceRefusedError(NO_DECODER)
    if refused.reason is Reason.NOT_A_PICTURE:
        kind = kind_of(raw)
        return InvalidInputError(NOT_A_PICTURE, kind=kind, accepted=ACCEPTED, field="pictures")
    if refused.reason is Reason.TOO_MANY_PIXELS:
        text = TOO_MANY_PIXELS if refused.whole else TOO_MANY_OF_THIS_KIND
        return InvalidInputError(text, millions=refused.millions, field="pictures")
    return InvalidInputError(TEXTS[refused.reason], field="pictures")


def kind_of(raw: bytes) -> str:
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
    if SVG.search(head):
        return "an SVG drawing"
    if HTML.search(head):
        return "a web page (HTML)"
    return "a text file" if all(c.isprintable() or c.isspace() for c in head) else ""
