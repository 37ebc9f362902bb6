"""Ten hostile pictures at once: what they take, and what somebody else notices of them.

Half of them are as large as they may be, the other half are refused for their size, their passes or
their pages. An honest photo is read as well, here and by a decoder: what does the process cost?
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import psutil
from PIL import Image

from bot.sandbox import Sandbox
from services.decoder.picture import read
from services.images import Decoders
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.worlds import world
from tests.conversation import Person
from tests.hostile import plain_png, progressive, saved, tiff_with_pages

MEGABYTE = 1_000_000
SIZE = 1_300_000  # bytes of each hostile picture
SAMPLE_SECONDS = 0.02
PAUSE_SECONDS = 0.1
LEAST = 20  # commands of somebody else, however fast the pictures are
PATIENCE = 180.0
PHOTOS = 15


def measure(folder: Path) -> Iterator[Figure]:
    """Megabytes (10^6 bytes) of the bot and its decoders together, milliseconds, seconds."""
    yield from _honest()
    hostile = [(f"{number}.png", _padded(body)) for number, body in enumerate(_hostile())]
    with world(folder, speed=600) as (sandbox, person):
        person.sends_command("/aml deploy openai-clip-vit-base-patch32")
        person.clicks(person.waits_for_button("Run", patience=60), "Run")
        person.waits_for_button("Classify", patience=60)
        # Slack's smaller copies would spare the bot the work.
        person.post("fault", {"target": "slack", "kind": "error", "match": "/files-tmb/"})
        before = _taken(sandbox)
        other = Person(sandbox.control_url, person.get("state")["users"][1]["id"], person.channel)
        with _Peak(sandbox) as peak, _Typing(other) as typing:
            begun = time.monotonic()
            direct = person.direct()
            ts = direct.says("cat, coffee, dog", hostile)
            direct.waits(
                lambda m: m.ts > ts and ("%" in m.text or "Failed" in m.text), patience=PATIENCE
            )
            seconds = time.monotonic() - begun
            typing.enough.wait(PATIENCE)
    yield Figure(name="memory before hostile pictures", value=before, unit="MB")
    yield Figure(
        name="memory with hostile pictures, peak",
        value=peak.value,
        unit="MB",
        baseline=before,
        n=10,
    )
    yield Figure(name="ten hostile pictures answered", value=seconds, unit="s", n=10)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        value = percentile(typing.acknowledged, share)
        count = len(typing.acknowledged)
        yield Figure(name=f"help meanwhile acknowledged {name}", value=value, unit="ms", n=count)


def _hostile() -> Iterator[bytes]:
    grey = Image.linear_gradient("L")
    yield saved(grey.resize((3160, 3160)).convert("RGB"), "WEBP", method=0)
    yield plain_png(4990, 4990, colours=6, depth=8)
    yield plain_png(4990, 4990, colours=2, depth=16)
    yield saved(grey.resize((4470, 4470)).convert("CMYK"), "TIFF", compression="tiff_lzw")
    yield progressive(7000, 7000, 85)
    yield saved(grey.resize((7071, 7071)).convert("RGB"), "WEBP", method=0)
    yield plain_png(7071, 7071, colours=6, depth=8)
    yield saved(grey.resize((7071, 7071)), "GIF")
    yield progressive(7000, 7000, 1000)
    yield tiff_with_pages(9000)


def _padded(body: bytes) -> bytes:
    return body + bytes(max(0, SIZE - len(body)))


def _honest() -> Iterator[Figure]:
    """A photo of twelve megapixels, read here and by a decoder, in turns."""
    raw = saved(Image.effect_noise((4032, 3024), 60).convert("RGB"), "JPEG", quality=92)
    decoders = Decoders()
    try:
        asyncio.run(decoders.normalise(raw))  # a decoder has started by the time a picture comes
        here, apart = [], []
        for _ in range(PHOTOS):
            here.append(_timed(lambda: read(raw, lambda _: None)))
            apart.append(_timed(lambda: asyncio.run(decoders.normalise(raw))))
    finally:
        decoders.close()
    yield Figure(
        name="photo of 12 megapixels by a decoder p50",
        value=percentile(apart, 0.5),
        unit="ms",
        baseline=percentile(here, 0.5),
        n=PHOTOS,
    )


def _timed(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return (time.monotonic() - begun) * 1000


def _taken(sandbox: Sandbox) -> float:
    """Resident memory of the bot and of all that it has started."""
    assert sandbox.bot_pid is not None
    bot = psutil.Process(sandbox.bot_pid)
    total = 0
    for process in (bot, *bot.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue  # it ended just now
    return total / MEGABYTE


class _Peak:
    """Looks again and again how much memory is taken."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.value = 0.0
        self._sandbox = sandbox
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.value = max(self.value, _taken(self._sandbox))


class _Typing:
    """Somebody else who types a command again and again."""

    def __init__(self, person: Person) -> None:
        self.acknowledged: list[float] = []
        self.enough = threading.Event()
        self._person = person
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._type)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _type(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            self.acknowledged.append(float(self._person.sends_command("/aml help")["acked_ms"]))
            if len(self.acknowledged) >= LEAST:
                self.enough.set()
