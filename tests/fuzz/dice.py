"""Hostile things, made from a seed: texts, payloads and broken pictures."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

from PIL import Image, PngImagePlugin

# Pieces that mean something to one of the readers: Slack's markup, ours, markdown, Azure, the Hub.
PIECES = (
    *(
        "<@U0EVE>",
        "<!channel>",
        "<!here>",
        "<!everyone>",
        "<!subteam^S0OPS>",
        "<!subteam^S0OPS|@ops>",
    ),
    *("<!date^1700000000^{date}|then>", "<#C0GENERAL>", "<#D0PRIVATE|>", "<https://a.example|b>"),
    *(
        "<",
        ">",
        "&",
        "&lt;!channel&gt;",
        "&amp;lt;",
        "|",
        "<<@U1>>",
        "<@",
        "<!",
        "*",
        "_",
        "~",
        "`",
    ),
    *(
        "```",
        "> ",
        "# ",
        "- ",
        "1. ",
        "[a](http://b.example)",
        "![x](y)",
        "|a|b|\n|-|-|\n|c|d|",
        "***",
    ),
    *("http://", "https://evil.example/x?sig=abc%3D", "javascript:alert(1)", "file:///etc/passwd"),
    *("azureml://registries/azureml/models/m/versions/1", "azureml://registries/../x", "../../etc"),
    *("hf_abcdefghijklmnopqrstuvwxyz0123", "xoxb-1234567890-abcdef", "eyJhbGciOi.eyJzdWIi.c2ln"),
    *(
        "task:",
        "task:zero-shot",
        "-task:x",
        "endpoint:",
        "on:Standard_DS3_v2",
        "under:$0.50/h",
        "x2",
    ),
    *("search", "card", "deploy", "import", "classify", "status", "cancel", "list", "help", "/aml"),
    *(
        "clip",
        "bert",
        "gpt2",
        "openai/clip-vit-base-patch32",
        "cat, dog",
        ",",
        ";",
        "、",
        "\uff0c",
        "\uff1b",
    ),
    *(
        '"',
        "'",
        "“",
        "”",
        "「",
        "」",
        "\\,",
        "\\",
        "{doing}",
        "{0}",
        "%s",
        "%(x)s",
        "${x}",
        "{{",
        "}",
    ),
    *("\n", "\r", "\t", "\x00", "\x1b[31m", "\u200b", "\u202e", "\ufeff", "\ud7ff", "\U0001f600"),
    *(
        "é",
        "ß",
        "İ",
        "ﬁ",
        "猫",
        "这是猫还是狗\uff1f",
        "\uff21",
        "٣",
        "½",
        "²",
        "\u0301" * 3,
        "null",
        "None",
        "NaN",
    ),
    *(
        "1e999",
        "-0",
        "99999999999999999999",
        "0x41",
        "true",
        "[]",
        "{}",
        "' OR 1=1 --",
        "; rm -rf /",
    ),
)
RUNS = (
    "a",
    " ",
    "\n",
    "<",
    "[",
    "#",
    "`",
    "*",
    "eyJ",
    "hf_",
    "\\",
    ",",
    "0",
    "(",
    "|",
    "猫",
    "<@U1> ",
)
LONGEST = 40_000  # characters; what a message of Slack may hold


def texts(seed: int) -> Iterator[str]:
    """Endless texts: mixtures of telling pieces, now and then one that is very long."""
    chance = random.Random(seed)  # noqa: S311 - a test's own dice
    while True:
        pieces = [chance.choice(PIECES) for _ in range(chance.randint(0, 12))]
        glue = chance.choice(("", " ", " ", "\n"))
        text = glue.join(pieces)
        if chance.random() < 0.05:
            run = chance.choice(RUNS)
            text += run * (LONGEST // len(run)) + chance.choice(PIECES)
        yield text[:LONGEST]


def values(seed: int) -> Iterator[Any]:
    """Endless JSON values of every shape, shallow and deep."""
    chance = random.Random(seed)  # noqa: S311 - a test's own dice
    words = texts(seed)

    def made(depth: int) -> Any:  # noqa: ANN401 - any JSON
        kind = chance.randint(0, 9 if depth else 6)
        if kind == 7:
            return [made(depth - 1) for _ in range(chance.randint(0, 3))]
        if kind > 7:
            return {next(words)[:40]: made(depth - 1) for _ in range(chance.randint(0, 3))}
        plain = (None, True, 0, -1, 1e308, 10**30, next(words))
        return plain[kind]

    while True:
        yield made(3)


def changed(document: Any, chance: random.Random, odd: Iterator[Any]) -> Any:  # noqa: ANN401 - any JSON
    """The document with one place of it left out or replaced by something odd."""
    if isinstance(document, dict) and document:
        name = chance.choice(sorted(document))
        if chance.random() < 0.3:
            return {key: value for key, value in document.items() if key != name}
        return {**document, name: changed(document[name], chance, odd)}
    if isinstance(document, list) and document:
        place = chance.randrange(len(document))
        return [
            changed(item, chance, odd) if n == place else item for n, item in enumerate(document)
        ]
    if isinstance(document, str) and chance.random() < 0.5:
        return str(next(odd))
    return next(odd)


@cache
def pictures() -> tuple[bytes, ...]:
    """Sound small pictures of every kind that is read."""
    photo = Image.radial_gradient("L").resize((40, 30)).convert("RGB")
    saved = []
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"):
        for mode in ("RGB", "L", "P", "RGBA", "CMYK", "I;16", "1"):
            out = io.BytesIO()
            try:
                photo.convert(mode).save(out, kind)
            except (OSError, ValueError):
                continue  # this kind has no such mode
            saved.append(out.getvalue())
    out = io.BytesIO()
    photo.save(out, "JPEG", progressive=True, exif=Image.Exif(), comment=b"x" * 200)
    saved.append(out.getvalue())
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "y" * 500, zip=True)
    out = io.BytesIO()
    photo.save(out, "PNG", pnginfo=notes, icc_profile=b"z" * 300)
    saved.append(out.getvalue())
    for kind in ("GIF", "WEBP", "TIFF", "PNG"):
        out = io.BytesIO()
        photo.save(out, kind, save_all=True, append_images=[photo.rotate(90), photo.rotate(180)])
        saved.append(out.getvalue())
    return tuple(saved)


def broken_pictures(seed: int) -> Iterator[bytes]:
    """Endless pictures with bytes flipped, cut out, doubled, or the end missing."""
    chance = random.Random(seed)  # noqa: S311 - a test's own dice
    while True:
        raw = bytearray(chance.choice(pictures()))
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(raw)) if raw else 0
            match chance.randint(0, 5):
                case 0 | 1 | 2:
                    raw[place : place + 1] = bytes([chance.randrange(256)])
                case 3:
                    del raw[place : place + chance.randint(1, 64)]
                case 4:
                    raw[place:place] = raw[place : place + chance.randint(1, 64)]
                case _:
                    raw[place : place + 4] = chance.choice(
                        (b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff")
                    )
        yield bytes(raw[: chance.randrange(len(raw) + 1)] if chance.random() < 0.1 else raw)
