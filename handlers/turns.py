"""Fair turns: people take turns, and what is slow holds nobody but those who need it.

Work is told apart by its lane, a name for what it may have to wait for (`list`, `deploy`): a lane
that waits has threads of its own, and no number of requests in it takes the last thread of another.
Few requests at a time begin: what has only begun may be using the processor. What has not ended
within a quarter of a second is taken to wait for somebody, and no longer keeps the next from
beginning.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from handlers.timetable import Appointment, Timetable

log = logging.getLogger(__name__)

T = TypeVar("T")

BEGINNING = 4  # requests at a time; more make acknowledgements wait (measured)
BEGINNING_SECONDS = 0.25  # real
SURE = 3  # threads that each lane gets, whatever the others wait for
MOST = 16  # of a lane
SHARED = 48  # threads of all lanes together, from which on each gets no more than it is sure of
MOST_THREADS = 128
FOR_WORDS = 8  # of them, so that whoever waits for the others can be told
LOOKED_AT = 16  # requests of a person, for one whose lane has room


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of one sort one person may have: so many at work, and so many that wait."""

    name: str
    at_work: int
    waiting: int


ASKED = Share(name="asked", at_work=2, waiting=10)
QUICK = Share(name="quick", at_work=2, waiting=500)  # asks nobody else, or but briefly
FORMS = Share(name="forms", at_work=2, waiting=4)  # to be opened within three seconds
HOME = Share(name="home", at_work=1, waiting=1)
LATER = Share(name="later", at_work=2, waiting=10)  # is added to answers
WORDS = Share(name="words", at_work=2, waiting=20)  # says that something takes long, or cannot be


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Something to do for a person.

    Attributes:
        person: whose turn it takes.
        share: of which sort it is.
        lane: what it may have to wait for.
        work: does it; raises nothing.
        left: called where the process ends before the work does.
    """

    person: str
    share: Share
    lane: str
    work: Callable[[], None]
    left: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where a turn stands in the line: how many of the person's own work, and wait before it."""

    at_work: int
    before: int


class Ticket:
    """A turn that was taken."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.began = 0.0  # monotonic; 0 while it waits
        self.ended = False

    @property
    def key(self) -> tuple[str, Share]:
        return self.turn.person, self.turn.share


class Turns:
    """Gives every person's requests their turn, round about.

    Args:
        threads: run the work; at least `MOST_THREADS`, or whatever a test likes.
        timetable: wakes us when a request has been at work for a while.
        now: real seconds.
    """

    def __init__(
        self, threads: Executor, timetable: Timetable, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._threads = threads
        self._timetable = timetable
        self._now = now
        self._changed = threading.Condition()
        self._waiting: OrderedDict[tuple[str, Share], deque[Ticket]] = OrderedDict()
        self._at_work: Counter[tuple[str, Share]] = Counter()
        self._lanes: Counter[str] = Counter()
        self._running: set[Ticket] = set()
        self._beginning: list[Ticket] = []
        self._alarm: Appointment | None = None
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    def has_room(self, person: str, share: Share) -> bool:
        """Whether that person may ask for one more."""
        with self._changed:
            return not self._closed and self._room_for((person, share))

    def take(self, turn: Turn, *, sure: bool = False) -> Ticket | None:
        """Have it done when its turn comes.

        Args:
            turn: what.
            sure: it was promised before; however many wait.

        Returns:
            None where too many of that person wait, or the process is about to end.
        """
        ticket = Ticket(turn)
        with self._changed:
            if self._closed or not (sure or self._room_for(ticket.key)):
                return None
            self._waiting.setdefault(ticket.key, deque()).append(ticket)
            begun = self._begin()
        self._start(begun)
        return ticket

    def line(self, ticket: Ticket) -> Line | None:
        """Where it stands; None where it does not wait any more."""
        with self._changed:
            queue = self._waiting.get(ticket.key, deque())
            if ticket not in queue:
                return None
            return Line(at_work=self._at_work[ticket.key], before=queue.index(ticket))

    def close(self, seconds: float) -> None:
        """Begin nothing any more; what is at work may end, and the rest is told.

        Args:
            seconds: real; a third of them for what is at work, the rest to tell whoever waits.
        """
        end = time.monotonic() + seconds
        with self._changed:
            self._closed = True
            waiting = [ticket for queue in self._waiting.values() for ticket in queue]
            self._waiting.clear()
        telling = self._tell(waiting)
        with self._changed:
            self._changed.wait_for(lambda: not self._running, seconds / 3)
            running = list(self._running)
        telling += self._tell(running)
        for told in telling:
            told.wait(max(0.0, end - time.monotonic()))
        self._threads.shutdown(wait=not running, cancel_futures=True)

    def _tell(self, left: list[Ticket]) -> list[threading.Event]:
        telling = []
        for ticket in left:
            if ticket.turn.left is not None:
                told = threading.Event()
                self._threads.submit(_told, ticket.turn.left, told)
                telling.append(told)
        return telling

    def _room_for(self, key: tuple[str, Share]) -> bool:
        """The lock is held."""
        share = key[1]
        free = max(0, share.at_work - self._at_work[key])
        return len(self._waiting.get(key, ())) < share.waiting + free

    # --- beginning; the lock is held ------------------------------------------------------------

    def _begin(self) -> list[Ticket]:
        """What may begin now; counted as begun."""
        begun = []
        while (ticket := self._next()) is not None:
            ticket.began = self._now()
            self._at_work[ticket.key] += 1
            self._lanes[ticket.turn.lane] += 1
            self._running.add(ticket)
            self._beginning.append(ticket)
            begun.append(ticket)
        return begun

    def _next(self) -> Ticket | None:
        """The next person's next request that has a thread, taken out of the line."""
        if not self._waiting or self._busy():
            return None
        for key, queue in self._waiting.items():
            if self._at_work[key] >= key[1].at_work:
                continue
            ticket = next(
                (t for t in itertools.islice(queue, LOOKED_AT) if self._has_thread(t)), None
            )
            if ticket is None:
                continue
            queue.remove(ticket)
            self._waiting.move_to_end(key)
            if not queue:
                del self._waiting[key]
            return ticket
        return None

    def _has_thread(self, ticket: Ticket) -> bool:
        number = self._lanes[ticket.turn.lane]
        kept_free = 0 if ticket.turn.share is WORDS else FOR_WORDS
        if len(self._running) >= MOST_THREADS - kept_free:
            return False
        return number < SURE or (number < MOST and len(self._running) < SHARED)

    def _busy(self) -> bool:
        """Whether enough have only begun; then we look again once the first of them has not."""
        old = self._now() - BEGINNING_SECONDS
        self._beginning = [one for one in self._beginning if not one.ended and one.began > old]
        if len(self._beginning) < BEGINNING:
            return False
        if self._alarm is None:
            seconds = self._beginning[0].began - old
            self._alarm = self._timetable.after(seconds, self._look_again)
        return True

    # --- without the lock -----------------------------------------------------------------------

    def _look_again(self) -> None:
        with self._changed:
            self._alarm = None
            begun = [] if self._closed else self._begin()
        self._start(begun)

    def _start(self, begun: list[Ticket]) -> None:
        for ticket in begun:
            self._threads.submit(self._run, ticket)

    def _run(self, ticket: Ticket) -> None:
        try:
            ticket.turn.work()
        except Exception:  # the next one's turn must come
            log.exception("work of the lane %s failed", ticket.turn.lane)
        with self._changed:
            ticket.ended = True
            self._running.discard(ticket)
            _count_down(self._at_work, ticket.key)
            _count_down(self._lanes, ticket.turn.lane)
            begun = [] if self._closed else self._begin()
            self._changed.notify_all()
        self._start(begun)


def _count_down(counter: Counter[T], key: T) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


def _told(left: Callable[[], None], told: threading.Event) -> None:
    try:
        left()
    except Exception as error:  # noqa: BLE001 - the process ends
        log.warning("somebody could not be told of the restart: %s", error)
    finally:
        told.set()
