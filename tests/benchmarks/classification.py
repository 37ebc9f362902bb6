"""From a photo posted to its probabilities shown, with the offline engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bot.sandbox import PHOTOS
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.worlds import world

TIMES = 15


def measure(folder: Path) -> Iterator[Figure]:
    """Seconds in a direct message with the bot, the first classification left out."""
    photo = (PHOTOS / "cat.jpg").read_bytes()
    with world(folder, speed=600) as (_, person):
        person.sends_command("/aml deploy openai-clip-vit-base-patch32")
        person.clicks(person.waits_for_button("Run", patience=60), "Run")
        person.waits_for_button("Classify", patience=60)
        direct = person.direct()
        seconds = []
        for _ in range(TIMES + 1):
            begun = time.monotonic()
            ts = direct.says("cat, coffee, dog", [("cat.jpg", photo)])
            direct.waits(lambda m, ts=ts: m.ts > ts and "%" in m.text)  # type: ignore[misc]
            seconds.append(time.monotonic() - begun)
        for name, share in (("p50", 0.5), ("p95", 0.95)):
            value = percentile(seconds[1:], share)
            yield Figure(name=f"photo to probabilities {name}", value=value, unit="s", n=TIMES)
