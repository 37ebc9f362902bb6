"""Takes requests in: each gets its turn, whoever waits gets a word, and none ends in silence."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from handlers.answers import Answers, Promise
from handlers.blocks.elements import context
from handlers.command import Origin
from handlers.posting import Message
from handlers.timetable import Timetable
from handlers.turns import ASKED, WORDS, Line, Share, Ticket, Turn, Turns

log = logging.getLogger(__name__)

SLOW_SECONDS = 4.0  # real seconds without an answer until that is said
SLOW = "One moment, this takes longer than usual …"
NEXT = "{count} of your requests are at work; this one is next …"
BEHIND = "{count} of your requests are at work, and {before} more {come} before this one …"
OTHERS = "Many requests are at work just now; yours waits its turn …"
TOO_MANY = (
    "One at a time, please: {count} of your requests are at work and {waiting} more wait. "
    "I did not take this one; ask again when some of them are answered."
)
LEFT = "I am being restarted and did not get to answer this. Please ask again in a minute."
NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 10: "ten"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something that a person wants.

    Attributes:
        origin: who, and where the answer goes.
        lane: what it may have to wait for, as `Turns` has it.
        work: says its answer itself.
        share: of which sort it is.
        what: what it is called in the log.
        kept: whether the inbox has it, so that another process answers it where this one ends.
        done: called once it needs no answer any more.
        soothe: says that it takes long, where that is not said in words; None for words.
        soothing: whether to say that it takes long.
        promise: given before, where this goes on with something that was asked for earlier.
    """

    origin: Origin
    lane: str
    work: Callable[[], None]
    share: Share = ASKED
    what: str = ""
    kept: bool = False
    done: Callable[[], None] = lambda: None
    soothe: Callable[[], None] | None = None
    soothing: bool = True
    promise: Promise | None = None


class Reception:
    """Gives requests their turn.

    Args:
        answers: says things.
        turns: whose turn it is.
        timetable: for what is said after a while.
        slow: real seconds without an answer until that is said.
    """

    def __init__(
        self, answers: Answers, turns: Turns, timetable: Timetable, slow: float = SLOW_SECONDS
    ) -> None:
        self._answers = answers
        self._turns = turns
        self._timetable = timetable
        self._slow = slow

    def refusal(self, user: str, share: Share) -> str:
        """What to say instead of taking one more request of that person; "" where there is room."""
        return "" if self._turns.has_room(user, share) else _too_many(share)

    def tell(self, origin: Origin, text: str) -> None:
        """Say something to a person, beside everything else."""
        self._aside(origin, partial(self._say, origin, text))

    def take(self, request: Request, *, sure: bool = False) -> bool:
        """Have it answered when its turn comes, counted from now; at once where nobody waits.

        Args:
            request: what a person wants.
            sure: it was promised before, by another process perhaps.

        Returns:
            False where too many of that person wait, who is told so, or where the process ends.
        """
        promise = request.promise or Promise()
        ticket = self._turns.take(
            Turn(
                person=request.origin.asked.user,
                share=request.share,
                lane=_lane(request),
                work=partial(self._work, request, promise),
                left=None if request.kept else partial(self._leave, request, promise),
            ),
            sure=sure,
        )
        if ticket is None:
            self._turn_away(request)
            return False
        if request.soothing and request.promise is None and not promise.kept:
            soothe = partial(self._soothe, request, promise, ticket)
            promise.remind(self._timetable.after(self._slow, soothe))
        return True

    def close(self, seconds: float) -> None:
        """Take nothing in any more; whoever cannot be answered in that time is told.

        What the inbox keeps is answered by the next process.
        """
        self._turns.close(seconds)
        self._timetable.close()

    def _work(self, request: Request, promise: Promise) -> None:
        self._answers.guarded(request.origin, request.work, promise=promise, what=request.what)
        request.done()

    def _soothe(self, request: Request, promise: Promise, ticket: Ticket) -> None:
        """Called by the timetable, so that the word itself waits for nobody either."""
        text = _word(request.share, self._turns.line(ticket))
        say = request.soothe or partial(self._say, request.origin, text)
        self._aside(request.origin, lambda: None if promise.kept else say())

    def _say(self, origin: Origin, text: str) -> None:
        self._answers.tell(origin, Message(text=text, blocks=[context(text)]))

    def _turn_away(self, request: Request) -> None:
        """Too many of that person wait, or this process ends."""
        if self._turns.closed:
            if not request.kept:
                self._say(request.origin, LEFT)
            return
        log.info("%s: too many requests of %s wait", request.what, request.origin.asked.user)
        request.done()
        if request.soothing and request.soothe is None:
            self.tell(request.origin, _too_many(request.share))

    def _leave(self, request: Request, promise: Promise) -> None:
        if not promise.kept:
            promise.keep()
            self._say(request.origin, LEFT)

    def _aside(self, origin: Origin, say: Callable[[], None]) -> None:
        person = origin.asked.user

        def work() -> None:
            try:
                say()
            except Exception as error:  # noqa: BLE001 - a courtesy; the answer itself is still to come
                log.info("a word to %s could not be said: %s", person, error)

        lane = "words" if origin.url else "words.posted"
        self._turns.take(Turn(person=person, share=WORDS, lane=lane, work=work))


def _lane(request: Request) -> str:
    """What is answered by a response URL does not wait for what has to be posted, either way."""
    return request.lane if request.origin.url else f"{request.lane}.posted"


def _word(share: Share, line: Line | None) -> str:
    if line is None:
        return SLOW
    if line.at_work < share.at_work:
        return OTHERS
    text = BEHIND if line.before else NEXT
    return text.format(
        count=_number(share.at_work).capitalize(),
        before=_number(line.before),
        come="comes" if line.before == 1 else "come",
    )


def _too_many(share: Share) -> str:
    return TOO_MANY.format(count=_number(share.at_work), waiting=_number(share.waiting))


def _number(number: int) -> str:
    return NUMBERS.get(number, str(number))
