"""At most two decoders for a whole bot, apart from the threads that talk to Azure and Slack."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from concurrent.futures import Future, InvalidStateError

from services.decoder.values import ALL_PIXELS, MOST_BYTES, Decoded, Reason, Refused
from services.images.words import Normalised, normalised, refusal, too_large
from services.images.worker import Memory, Worker, WorkerGoneError

log = logging.getLogger(__name__)

AT_ONCE = 2
IN_HAND = 6  # files of pictures that are kept in memory until a decoder takes them
IDLE_SECONDS = 60.0  # real, until a decoder that nobody needs ends
MOST_PICTURES = 200  # of one process: readers leak, a little


class _Job:
    """A picture to be read, or nothing: a decoder to be ready soon."""

    def __init__(self, raw: bytes | None) -> None:
        self.raw = raw
        self.answer: Future[Decoded | Refused] = Future()
        self._worker: Worker | None = None
        self._lock = threading.Lock()
        self._over = False

    def begin(self, worker: Worker) -> bool:
        """False when nobody waits for it any more."""
        with self._lock:
            self._worker = worker
            return not self._over

    def finish(self, answer: Decoded | Refused) -> None:
        with self._lock:
            self._over, self._worker = True, None
        try:
            self.answer.set_result(answer)
        except InvalidStateError:
            log.debug("nobody waits for the picture any more")

    def leave(self) -> None:
        """Nobody waits for it; a decoder that works on it is ended. Nothing if it is done."""
        with self._lock:
            if not self._over and self._worker is not None:
                self._worker.kill()
            self._over = True


class Decoders:
    """Threads that each look after one decoder process, started when there is something to do."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._memory = Memory(ALL_PIXELS)
        self._threads: list[threading.Thread] = []
        self._workers: set[Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._room = asyncio.Semaphore(IN_HAND)

    @property
    def room(self) -> asyncio.Semaphore:
        """Held by whoever has the bytes of a picture."""
        return self._room

    def prepare(self) -> None:
        """Have a decoder started by the time that a picture has come."""
        self._put(_Job(None))

    async def normalise(self, raw: bytes) -> Normalised:
        """Make any common picture an upright RGB JPEG whose short side has at most 448 pixels.

        Transparent parts become white, of an animation the first frame stays, place and camera data
        are dropped. Cancelling ends the work on it.

        Raises:
            InvalidInputError: too large, not a picture, a kind that is not read, or damaged.
            ServiceRefusedError: no decoder starts.
        """
        if len(raw) > MOST_BYTES:
            raise too_large(len(raw))
        job = _Job(raw)
        self._put(job)
        try:
            answer = await asyncio.wrap_future(job.answer)
        finally:
            job.leave()
        if isinstance(answer, Refused):
            raise refusal(raw, answer)
        return normalised(answer)

    def close(self) -> None:
        """End all decoders, also in the midst of a picture."""
        with self._lock:
            self._closed = True
            workers, threads = tuple(self._workers), tuple(self._threads)
        for worker in workers:
            worker.kill()
        for _ in threads:
            self._jobs.put(None)

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the decoders that run now."""
        with self._lock:
            return tuple(worker.pid for worker in self._workers if worker.alive)

    def _put(self, job: _Job) -> None:
        with self._lock:
            if self._closed:
                return
            if len(self._threads) < AT_ONCE:
                name = f"decoder-{len(self._threads) + 1}"
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
        self._jobs.put(job)

    def _run(self) -> None:
        worker: Worker | None = None
        while True:
            try:
                job = self._jobs.get(timeout=None if worker is None else IDLE_SECONDS)
            except queue.Empty:
                self._end(worker)
                worker = None
                continue
            if job is None:
                self._end(worker)
                return
            try:
                worker = self._done(job, worker)
            except Exception:  # the thread must outlive what nobody foresaw
                log.exception("a decoder of pictures")
                self._end(worker)
                worker = None
                job.finish(Refused(reason=Reason.NO_DECODER))

    def _done(self, job: _Job, worker: Worker | None) -> Worker | None:
        """Have one picture read; returns the decoder for the next one."""
        for last in (False, True):
            try:
                worker = self._ready(worker)
            except WorkerGoneError:
                log.exception("no decoder of pictures starts")
                job.finish(Refused(reason=Reason.NO_DECODER))
                return None
            if job.raw is None or not job.begin(worker):
                return worker
            answer = worker.decode(job.raw, self._memory)
            if last or not _is_death(answer):  # else the system may have ended it, not the picture
                break
        job.finish(answer)
        return worker

    def _ready(self, worker: Worker | None) -> Worker:
        """That decoder, or another one if it is dead or worn.

        Raises:
            WorkerGoneError: it does not start.
        """
        if worker is not None and worker.alive and worker.pictures < MOST_PICTURES:
            return worker
        self._end(worker)
        return self._started()

    def _started(self) -> Worker:
        """Start a decoder.

        Raises:
            WorkerGoneError: it does not start.
        """
        worker = Worker()
        with self._lock:
            self._workers.add(worker)
            closed = self._closed
        if closed:
            worker.kill()
        return worker

    def _end(self, worker: Worker | None) -> None:
        if worker is not None:
            with self._lock:
                self._workers.discard(worker)
            worker.end()


def _is_death(answer: Decoded | Refused) -> bool:
    return isinstance(answer, Refused) and answer.reason is Reason.DIED
