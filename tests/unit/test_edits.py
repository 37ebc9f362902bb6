from __future__ import annotations

import threading

from handlers.edits import Edits

PLACE = ("C1", "1.0")


def test_an_edit_is_made() -> None:
    sent: list[str] = []

    assert Edits().owe(PLACE).make(lambda: sent.append("late"))
    assert ["late"] == sent


def test_nothing_is_sent_once_something_newer_stands_there() -> None:
    edits, sent = Edits(), []
    edit = edits.owe(PLACE)

    edits.call_off(PLACE)

    assert not edit.make(lambda: sent.append("late"))
    assert [] == sent


def test_another_message_is_none_of_its_business() -> None:
    edits = Edits()
    edit = edits.owe(PLACE)

    edits.call_off(("C1", "2.0"))

    assert edit.make(lambda: None)


def test_the_newer_of_two_edits_is_made() -> None:
    edits = Edits()
    first, second = edits.owe(PLACE), edits.owe(PLACE)
    edits.settle(PLACE, first)

    assert [False, True] == [first.make(lambda: None), second.make(lambda: None)]


def test_a_settled_edit_is_forgotten_and_the_next_is_not() -> None:
    edits = Edits()
    first = edits.owe(PLACE)
    edits.settle(PLACE, first)
    second = edits.owe(PLACE)

    edits.call_off(PLACE)

    assert [True, False] == [first.make(lambda: None), second.make(lambda: None)]


def test_what_is_being_sent_is_waited_for() -> None:
    edits, order = Edits(), []
    edit = edits.owe(PLACE)
    sending, go_on = threading.Event(), threading.Event()

    def send() -> None:
        sending.set()
        go_on.wait(10)
        order.append("late edit")

    def turn() -> None:
        edits.call_off(PLACE)
        order.append("newer page")

    thread = threading.Thread(target=edit.make, args=(send,))
    thread.start()
    sending.wait(10)
    newer = threading.Thread(target=turn)
    newer.start()
    go_on.set()
    thread.join()
    newer.join()

    assert ["late edit", "newer page"] == order
