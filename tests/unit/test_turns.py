from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from handlers.timetable import Timetable
from handlers.turns import (
    ASKED,
    BEGINNING,
    BEGINNING_SECONDS,
    MOST,
    QUICK,
    SHARED,
    SURE,
    Line,
    Share,
    Ticket,
    Turn,
    Turns,
)
from tests.unit.threads import ByHand, Held

PATIENCE = 30.0


class Hall:
    """Turns whose threads and time go on by hand; remembers what was done."""

    def __init__(self) -> None:
        self.threads, self.time = Held(), ByHand()
        self.turns = Turns(self.threads, self.time, self.time.now)
        self.done: list[str] = []
        self.left: list[str] = []

    def asks(
        self, person: str, name: str = "", *, lane: str = "list", share: Share = ASKED
    ) -> Ticket | None:
        what = name or person
        turn = Turn(
            person=person,
            share=share,
            lane=lane,
            work=partial(self.done.append, what),
            left=partial(self.left.append, what),
        )
        return self.turns.take(turn)

    def fills(self, lane: str, number: int) -> None:
        """So many people ask for something that does not end."""
        for each in range(number):
            self.asks(f"{lane}-{each}", lane=lane)
            self.time.passes(BEGINNING_SECONDS)

    @property
    def begun(self) -> int:
        return len(self.threads.held)


def test_two_of_one_person_are_at_work_and_the_third_waits() -> None:
    hall = Hall()

    tickets = [hall.asks("ben", f"ben-{number}") for number in range(3)]

    assert 2 == hall.begun
    assert tickets[2] is not None
    assert Line(at_work=2, before=0) == hall.turns.line(tickets[2])


def test_the_third_begins_when_one_has_ended() -> None:
    hall = Hall()
    for number in range(3):
        hall.asks("ben", f"ben-{number}")

    hall.threads.run_next()

    assert (["ben-0"], 2) == (hall.done, hall.begun)


def test_ten_wait_and_the_next_is_refused() -> None:
    hall = Hall()
    for _ in range(ASKED.at_work + ASKED.waiting):
        assert hall.asks("ben") is not None

    assert hall.asks("ben") is None
    assert not hall.turns.has_room("ben", ASKED)


def test_what_was_promised_before_is_never_refused() -> None:
    hall = Hall()
    for _ in range(ASKED.at_work + ASKED.waiting):
        hall.asks("ben")

    turn = Turn(person="ben", share=ASKED, lane="list", work=lambda: None)

    assert hall.turns.take(turn, sure=True) is not None


def test_people_take_turns_however_much_one_of_them_asks() -> None:
    hall = Hall()
    hall.fills("deploy", BEGINNING - 1)
    for number in range(12):
        hall.asks("ben", f"ben-{number}")
    hall.time.passes(BEGINNING_SECONDS)
    hall.asks("ada", "ada")
    before = hall.begun

    hall.time.passes(BEGINNING_SECONDS)
    hall.threads.held[before - 1]()

    assert ["ada"] == hall.done


def test_few_requests_begin_at_a_time() -> None:
    hall = Hall()

    for number in range(BEGINNING + 3):
        hall.asks(f"person {number}")

    assert BEGINNING == hall.begun


def test_what_waits_for_somebody_keeps_no_other_from_beginning() -> None:
    hall = Hall()
    for number in range(BEGINNING + 3):
        hall.asks(f"person {number}")

    hall.time.passes(BEGINNING_SECONDS)

    assert BEGINNING + 3 == hall.begun


def test_a_lane_takes_so_many_threads_and_no_more() -> None:
    hall = Hall()

    hall.fills("list", MOST + 5)

    assert MOST == hall.begun


def test_other_lanes_have_threads_where_one_has_taken_all_it_may() -> None:
    hall = Hall()
    hall.fills("list", MOST + 5)

    hall.asks("eve", "help", lane="help")

    assert MOST + 1 == hall.begun


def test_each_lane_has_threads_where_all_the_shared_ones_wait() -> None:
    hall = Hall()
    for lane in ("list", "deploy", "card", "status"):
        hall.fills(lane, MOST)
    assert SHARED + SURE == hall.begun

    hall.fills("help", SURE + 2)

    assert SHARED + 2 * SURE == hall.begun


def test_a_request_whose_lane_is_full_lets_the_persons_next_one_pass() -> None:
    hall = Hall()
    hall.fills("list", MOST)
    hall.asks("eve", "list")

    hall.asks("eve", "card", lane="card")

    assert MOST + 1 == hall.begun


def test_quick_requests_do_not_wait_for_the_same_persons_others() -> None:
    hall = Hall()
    for _ in range(5):
        hall.asks("ben")

    hall.asks("ben", "help", lane="help", share=QUICK)

    assert 3 == hall.begun


def test_what_fails_makes_room_all_the_same() -> None:
    hall = Hall()

    def fail() -> None:
        raise ValueError("odd")

    for _ in range(2):
        hall.turns.take(Turn(person="ben", share=ASKED, lane="list", work=fail))
    hall.asks("ben")

    hall.threads.run()

    assert 1 == hall.begun


def test_at_the_end_whoever_waits_is_told_and_nothing_begins() -> None:
    hall = Hall()
    hall.asks("ben", "first", lane="deploy")
    for number in range(3):
        hall.asks("eve", f"eve-{number}")
    hall.threads.run()
    hall.asks("eve", "fourth")

    hall.turns.close(0.0)

    assert hall.asks("ada") is None
    hall.threads.run()
    assert ["eve-2", "fourth"] == sorted(hall.left)


def test_at_the_end_what_is_at_work_may_end() -> None:
    turns = Turns(ThreadPoolExecutor(8), Timetable())
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()
    left = threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(PATIENCE)
        done.set()

    turns.take(Turn(person="ben", share=ASKED, lane="list", work=work, left=left.set))
    begun.wait(PATIENCE)
    closing = threading.Thread(target=turns.close, args=(PATIENCE,))
    closing.start()
    go_on.set()
    closing.join()

    assert (True, False) == (done.is_set(), left.is_set())


def test_at_the_end_who_is_not_answered_in_time_is_told() -> None:
    turns = Turns(ThreadPoolExecutor(8), Timetable())
    go_on, left = threading.Event(), threading.Event()

    def work() -> None:
        go_on.wait(PATIENCE)

    turns.take(Turn(person="ben", share=ASKED, lane="list", work=work, left=left.set))

    turns.close(0.02)
    told = left.wait(PATIENCE)
    go_on.set()

    assert told


def test_nobody_is_overtaken_when_many_ask_at_once() -> None:
    """Real threads: never more than two of a person, and everything is done once."""
    timetable = Timetable()
    turns = Turns(ThreadPoolExecutor(32), timetable)
    lock, busy, most, done = threading.Lock(), dict.fromkeys("abc", 0), [0], threading.Semaphore(0)

    def work(person: str) -> None:
        with lock:
            busy[person] += 1
            most[0] = max(most[0], busy[person])
        threading.Event().wait(0.001)
        with lock:
            busy[person] -= 1
        done.release()

    for number in range(90):
        person = "abc"[number % 3]
        turn = Turn(person=person, share=QUICK, lane=f"{number % 4}", work=partial(work, person))
        assert turns.take(turn) is not None
    for _ in range(90):
        assert done.acquire(timeout=PATIENCE)
    turns.close(PATIENCE)
    timetable.close()

    assert 2 >= most[0]
