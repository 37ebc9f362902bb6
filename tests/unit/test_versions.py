from __future__ import annotations

import pytest

from services.versions import is_newer

IN_ORDER = [
    ("1.9.0", "1.10.0"),
    ("9", "10"),
    ("1.9", "1.9.1"),
    ("1.0.0-rc1", "1.0.0"),
    ("1.0.0-rc2", "1.0.0-rc10"),
    ("1.0.0-alpha", "1.0.0-beta"),
    ("2.0.0.dev1", "2.0.0a1"),
    ("1.0.0", "1.0.0-post1"),
    ("v1.9", "v1.10"),
    ("v1.9", "1.10"),
    ("2023-12-01", "2024-05-01"),
    ("2024-5-1", "2024-10-1"),
    ("20231201", "20240501"),
    ("2024.9.30", "2024.10.1"),
    ("1_9", "1_10"),
    ("12", "2024-05-01"),
    ("latest", "1"),
    ("production", "0.1"),
    ("", "1"),
    ("run-9", "run-10"),
    ("3", "3-gpu"),
]


@pytest.mark.parametrize(("older", "newer"), IN_ORDER)
def test_the_newer_version_is_newer_and_never_both(older: str, newer: str) -> None:
    assert (True, False) == (is_newer(newer, older), is_newer(older, newer))


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.0", "1.0.0"), ("v1", "1"), ("1.0+cu118", "1.0+cpu"), ("latest", "LATEST"), ("7", "7")],
)
def test_neither_of_two_that_are_the_same_is_newer(one: str, other: str) -> None:
    assert (False, False) == (is_newer(one, other), is_newer(other, one))


def test_a_version_of_any_length_is_compared() -> None:
    assert is_newer("9" * 100_000, "8" * 100_000)
