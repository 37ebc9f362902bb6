"""Pictures that nobody means well with cost a decoder at most, and sound ones are read."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from services.decoder import containers
from services.decoder.values import Decoded, Refused
from services.errors import InvalidInputError, UserError
from services.images import Decoders, Normalised, decoders as module
from services.images.worker import Memory, Worker, WorkerGoneError
from tests.hostile import (
    RED,
    chunk,
    floating_offset,
    gif_that_does_not_end,
    jpeg_with,
    plain_png,
    png_with,
    progressive,
    saved,
    second_page_without_dimensions,
    segment,
    tiff_with_pages,
    without_dimensions,
)

MEGABYTE = 2**20
LONG_TEXT = b"Comment\0" + b"x" * (3 * MEGABYTE // 2)
PACKED = zlib.compress(bytes(70 * MEGABYTE))
PROFILE = b"a profile\0\0" + zlib.compress(random.Random(1).randbytes(2 * MEGABYTE))  # noqa: S311 - noise
WORKING = saved(Image.new("RGB", (50, 50), RED), "JPEG")


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    made = Decoders()
    yield made
    made.close()


def read(decoders: Decoders, raw: bytes) -> Normalised:
    return asyncio.run(decoders.normalise(raw))


def refusal(decoders: Decoders, raw: bytes) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        read(decoders, raw)
    return caught.value


@pytest.mark.parametrize(
    "raw",
    [
        png_with(chunk(b"tEXt", LONG_TEXT)),
        png_with(chunk(b"zTXt", b"Comment\0\0" + PACKED)),
        png_with(chunk(b"iTXt", b"Comment\0\1\0\0\0" + PACKED)),
        png_with(chunk(b"iCCP", PROFILE)),
        png_with(chunk(b"iCCP", b"broken")),
        png_with(chunk(b"eXIf", bytes(3 * MEGABYTE))),
        png_with(chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff")),
        png_with(*[chunk(b"tEXt", b"a\0b")] * 20_000),
        png_with(chunk(b"tEXt", b"a\0b")[:-4] + b"oops"),
        png_with(chunk(b"pHYs", b"")),
        png_with() + bytes(MEGABYTE),
        jpeg_with(*[segment(0xE2, bytes(65_000))] * 60),
        jpeg_with(*[segment(0xE2, b"ICC_PROFILE\0\1\2" + bytes(60_000))] * 3),
        jpeg_with(segment(0xE2, b"MPF\0II*\0\xff\xff\xff\xff")),
        jpeg_with(segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff")),
        jpeg_with(segment(0xED, b"Photoshop 3.0\x008BIM\xff")),
        jpeg_with(*[segment(0xFE, bytes(65_000))] * 60),
        jpeg_with() + progressive(8, 8, 200),  # as of a motion photo: only the first one counts
    ],
    ids=range(18),
)
def test_a_sound_picture_with_odd_company_is_read(decoders: Decoders, raw: bytes) -> None:
    result = read(decoders, raw)

    assert (60, 40, "") == (result.width, result.height, result.note)


def test_a_progressive_photo_is_read(decoders: Decoders) -> None:
    result = read(decoders, progressive(800, 600, 5))

    assert (597, 448) == (result.width, result.height)


def test_a_jpeg_of_thousands_of_scans_is_refused_before_any(decoders: Decoders) -> None:
    begun = time.process_time()

    error = refusal(decoders, progressive(2000, 2000, 3000))

    assert "This JPEG is built up in more than 100 passes." == error.what
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("pages", [1, 40_000])
def test_of_a_tiff_only_the_first_page_is_looked_for(decoders: Decoders, pages: int) -> None:
    assert "only the first page was looked at" == read(decoders, tiff_with_pages(pages)).note


@pytest.mark.parametrize(
    ("raw", "millions"),
    [
        (plain_png(7071, 7071, colours=6, depth=8), 25),
        (plain_png(7071, 7071), 25),
        (plain_png(60_000, 1_000), 50),
    ],
)
def test_pixels_are_counted_by_kind(decoders: Decoders, raw: bytes, millions: int) -> None:
    assert f"more than {millions} million pixels" in refusal(decoders, raw).what


def test_a_webp_of_fifty_million_pixels_is_refused(decoders: Decoders) -> None:
    raw = saved(Image.new("L", (7071, 7071)).convert("RGB"), "WEBP", method=0, quality=1)

    assert "10 million pixels, the most for a file of its kind" in refusal(decoders, raw).what


@pytest.mark.parametrize(
    "raw",
    [without_dimensions(), floating_offset(), b"II*\0", b"BM", b"\xff\xd8\xff", b"GIF89a"],
)
def test_whatever_a_reader_raises_is_a_damaged_picture(decoders: Decoders, raw: bytes) -> None:
    assert "PictureDamaged" == refusal(decoders, raw).code


@pytest.mark.parametrize("raw", [second_page_without_dimensions(), gif_that_does_not_end()])
def test_what_is_broken_behind_the_picture_does_not_matter(decoders: Decoders, raw: bytes) -> None:
    result = read(decoders, raw)

    assert (30, 20) == (result.width, result.height)
    assert "only the first" in result.note


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_no_broken_picture_ends_a_decoder(decoders: Decoders, kind: str) -> None:
    chance = random.Random(kind)  # noqa: S311 - damage, no secret
    sound = saved(Image.effect_noise((40, 30), 60).convert("RGB"), kind)
    for _ in range(40):
        broken = bytearray(sound)
        for _ in range(chance.randrange(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            read(decoders, bytes(broken[: chance.randrange(8, len(broken) + 1)]))
        except InvalidInputError as error:
            assert error.code in {"PictureDamaged", "NotAPicture", "TooManyPixels"}  # noqa: PT017 - either is right


@pytest.mark.parametrize("size", [(1, 1), (1, 1000), (1000, 1), (2, 900), (3, 3), (900, 3), (4, 7)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_no_side_is_so_short_that_rows_are_taken_for_colours(
    decoders: Decoders, size: tuple[int, int], kind: str
) -> None:
    result = read(decoders, saved(Image.new("RGB", size, RED), kind))

    assert 8 == min(result.width, result.height)
    assert max(result.width, result.height) <= 24
    assert "it was enlarged" in result.note


@pytest.mark.skipif(sys.platform != "linux", reason="others keep no limit of memory")
def test_a_decoder_has_300_megabytes_beyond_its_own(decoders: Decoders) -> None:
    read(decoders, WORKING)
    process = psutil.Process(decoders.pids[0])

    limit = process.rlimit(psutil.RLIMIT_AS)[0]

    assert 250 * MEGABYTE < limit - process.memory_info().vms <= 300 * MEGABYTE


def test_a_picture_that_would_take_too_much_memory_is_refused_and_the_next_is_read(
    decoders: Decoders,
) -> None:
    spread = Image.new("RGB", (9000, 5000))
    raw = saved(spread, "JPEG", progressive=True, subsampling=0)

    assert "million pixels" in refusal(decoders, raw).what  # coefficients of 270 MB
    assert 50 == read(decoders, WORKING).width


def test_a_slow_picture_ends_its_decoder_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.images.worker.SECONDS", 0.0)
    made = Decoders()
    try:
        error = refusal(made, progressive(6000, 6000, 90))  # takes seconds, so that time is first
        assert "Reading this picture takes longer than 5 seconds." == error.what
        monkeypatch.setattr("services.images.worker.SECONDS", 60.0)
        assert 50 == read(made, WORKING).width
    finally:
        made.close()


def test_a_decoder_that_is_killed_costs_one_picture(decoders: Decoders) -> None:
    read(decoders, WORKING)
    for pid in decoders.pids:
        os.kill(pid, 9)

    assert 50 == read(decoders, WORKING).width


def test_there_are_never_more_than_two_decoders(decoders: Decoders) -> None:
    async def many() -> None:
        await asyncio.gather(*(decoders.normalise(WORKING) for _ in range(20)))

    asyncio.run(many())

    assert len(decoders.pids) <= 2


def test_who_stops_waiting_ends_the_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    class Watched(Worker):
        def decode(self, raw: bytes, memory: Memory) -> Decoded | Refused:
            begun.set()
            return super().decode(raw, memory)

    monkeypatch.setattr(module, "Worker", Watched)
    made = Decoders()
    stuck = progressive(6000, 6000, 90)  # takes seconds

    async def impatient() -> None:
        waiting = asyncio.ensure_future(made.normalise(stuck))
        await asyncio.to_thread(begun.wait)
        waiting.cancel()
        await asyncio.wait({waiting})

    asyncio.run(impatient())
    deadline = time.monotonic() + 30
    while made.pids:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    made.close()


ORPHANING = """
import asyncio, time
from services.images import Decoders
from tests.hostile import plain_png
decoders = Decoders()
asyncio.run(decoders.normalise(plain_png(50, 50)))
print(*decoders.pids, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="others end a decoder with its input only")
def test_no_decoder_outlives_a_bot_that_is_killed() -> None:
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANING], stdout=subprocess.PIPE, text=True, cwd=root
    ) as bot:
        assert bot.stdout
        (decoder,) = map(int, bot.stdout.readline().split())
        assert psutil.pid_exists(decoder)
        bot.kill()

    deadline = time.monotonic() + 30
    while psutil.pid_exists(decoder):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_closing_ends_all_decoders() -> None:
    made = Decoders()
    read(made, WORKING)
    (pid,) = made.pids

    made.close()

    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_decoder_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Worker", _never)
    made = Decoders()

    with pytest.raises(UserError, match="No picture can be read at the moment"):
        read(made, WORKING)
    made.close()


def _never() -> None:
    raise WorkerGoneError("no memory")


def test_a_decoder_imports_pillow_and_nothing_else_of_others() -> None:
    program = (
        "import sys, services.decoder.process, services.decoder.picture\n"
        "print(*{name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    )
    found = subprocess.check_output([sys.executable, "-c", program], text=True, cwd=".")

    assert {"PIL", "services"} == set(found.split()) - {"__main__", "sitecustomize"} - _editable()


def _editable() -> set[str]:
    program = "import sys; print(*{name.split('.')[0] for name in sys.modules})"
    return set(subprocess.check_output([sys.executable, "-c", program], text=True).split())


def test_a_decoder_knows_no_secret(decoders: Decoders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    made = Decoders()
    try:
        read(made, WORKING)
        assert "SLACK_BOT_TOKEN" not in psutil.Process(made.pids[0]).environ()
    finally:
        made.close()


@pytest.mark.parametrize(
    ("kept", "raw"),
    [
        ([b"IHDR", b"IDAT", b"IEND"], png_with(chunk(b"tEXt", b"a\0b"), chunk(b"acTL", bytes(8)))),
        ([b"IHDR", b"tRNS", b"IDAT", b"IEND"], png_with(chunk(b"tRNS", bytes(6)))),
    ],
)
def test_of_a_png_only_known_chunks_are_kept(kept: list[bytes], raw: bytes) -> None:
    found = containers.png(raw).raw

    assert kept == [name for name, _, _ in containers._chunks(found)]  # noqa: SLF001 - its own reader
