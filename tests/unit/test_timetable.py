from __future__ import annotations

import threading

from handlers.timetable import Timetable

PATIENCE = 30.0
NEVER = 3_600.0


def test_it_is_done_when_it_is_time() -> None:
    done = threading.Event()

    Timetable().after(0.001, done.set)

    assert done.wait(PATIENCE)


def test_the_sooner_one_is_done_first() -> None:
    timetable, done = Timetable(), threading.Event()
    timetable.after(NEVER, lambda: None)

    timetable.after(0.001, done.set)

    assert done.wait(PATIENCE)
    timetable.close()


def test_what_is_cancelled_is_not_done() -> None:
    timetable, done = Timetable(), threading.Event()
    told: list[str] = []
    timetable.after(0.02, lambda: told.append("cancelled")).cancel()

    timetable.after(0.03, done.set)

    assert done.wait(PATIENCE)
    assert [] == told


def fail() -> None:
    raise ValueError("odd")


def test_one_that_fails_does_not_keep_the_next() -> None:
    timetable, done = Timetable(), threading.Event()
    timetable.after(0.001, fail)

    timetable.after(0.002, done.set)

    assert done.wait(PATIENCE)


def test_there_is_no_thread_while_there_is_nothing_to_do() -> None:
    timetable = Timetable()
    appointment = timetable.after(NEVER, lambda: None)
    (thread,) = [one for one in threading.enumerate() if one.name == "timetable"]

    appointment.cancel()

    thread.join(PATIENCE)
    assert not thread.is_alive()
