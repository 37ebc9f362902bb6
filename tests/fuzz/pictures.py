"""Broken pictures, one after the other, to the reader that a decoder process runs."""

from __future__ import annotations

import io
import itertools
import struct
import time
import warnings

from PIL import Image

from services.decoder import picture
from services.decoder.values import RefusedError
from tests.fuzz import dice
from tests.fuzz.findings import Findings

EXPECTED = (  # what Pillow raises for broken files
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    MemoryError,
    struct.error,
)


def round_of(seed: int, cases: int) -> Findings:
    """Whatever a reader raises is caught by its process; what is read must be what is promised."""
    found = Findings()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in the decoder: Pillow warns of what it mends
        for number, raw in enumerate(itertools.islice(dice.broken_pictures(seed), cases)):
            _try(found, f"picture {seed}/{number}", raw)
    return found


def _try(found: Findings, case: str, raw: bytes) -> None:
    before = time.thread_time()
    try:
        read = picture.read(raw, lambda _needed: None)
    except RefusedError:
        read = None
    except Exception as error:  # noqa: BLE001 - its process catches all; ours to tell apart
        read = None
        if not isinstance(error, EXPECTED):
            found.foreign.append(f"{case}: {error!r}")
    found.took(case, time.thread_time() - before)
    if read is not None:
        small = Image.open(io.BytesIO(read.jpeg))
        if (small.format, small.mode, small.size) != ("JPEG", "RGB", (read.width, read.height)):
            found.foreign.append(f"{case}: {small.format} {small.mode} {small.size}")
        if min(small.size) < picture.LEAST_SIDE:
            found.foreign.append(f"{case}: {small.size}")
