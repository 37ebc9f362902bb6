"""The scorer behind every deployed zero-shot model of the sandbox."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.sandbox.scoring import contract, weights
from bot.sandbox.scoring.contract import Answer, Engine, ModelError

DATA = Path(__file__).parent / "data"

logger = logging.getLogger(__name__)


class Scorer:
    """Answers scoring requests with CLIP when its weights are cached, else with the lite engine.

    The network is loaded by the first request. Thread-safe; a request uses `threads` cores.
    `origins` (`http://127.0.0.1:4500`) are the only places from which picture addresses are
    fetched; set it once the sandbox knows its ports.
    """

    def __init__(self, *, cache: Path | None = None, threads: int = 1) -> None:
        self.origins: Sequence[str] = ()
        self._snapshot = weights.snapshot(cache or weights.cache())
        self._threads = threads
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    @property
    def engine_name(self) -> str:
        """`clip` or `lite`: which engine answers (or would answer) requests."""
        if self._engine is not None:
            return self._engine.name
        return "clip" if weights.present(self._snapshot) else "lite"

    def score(self, body: bytes | Mapping[str, Any]) -> Answer:
        """Answer one request of the CLIP contract; never raises for what the request says."""
        try:
            request = contract.read(body, self.origins)
            pictures = [contract.opened(raw) for raw in request.pictures]
            engine = self._loaded()
            note = engine.note(request.labels)
            rows = engine.classify(pictures, request.labels)
        except ModelError as error:
            return contract.failed(error)
        headers = {"x-model-engine": engine.name, "x-model-note": contract.header_text(note)}
        return Answer(status=200, body=contract.answered(request.labels, rows), headers=headers)

    def _loaded(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = self._clip() or self._lite()
            return self._engine

    def _clip(self) -> Engine | None:
        if not weights.present(self._snapshot):
            return None
        # Imported late, like the lite engine: numpy and onnxruntime cost 40 MB and 0.3 s.
        from bot.sandbox.scoring.clip import ClipEngine  # noqa: PLC0415

        try:
            return ClipEngine(self._snapshot, self._threads)
        except ValueError as error:
            logger.warning("The CLIP weights are not used: %s", error)
            return None

    def _lite(self) -> Engine:
        from bot.sandbox.scoring.lite import LiteEngine  # noqa: PLC0415 - as above

        return LiteEngine(DATA, self._threads)
