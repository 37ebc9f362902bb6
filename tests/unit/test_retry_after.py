from __future__ import annotations

import pytest

from services.http import BUSY, retry_after

DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT", "Date": DATE}, 30.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:27:30 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Wed, 21 Oct 1998 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": "nan"}, 0.0),
        ({"Retry-After": "1e9"}, 0.0),
        ({"Retry-After": "soon"}, 0.0),
        ({"Retry-After": "Wed, 41 Oct 2026 07:28:30 GMT"}, 0.0),
        ({"RateLimit": '"api";r=0;t=55'}, 55.0),
        ({"Retry-After": "7", "RateLimit": '"api";r=0;t=55'}, 7.0),
        ({}, 0.0),
    ],
)
def test_a_service_says_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert seconds == retry_after(headers)


@pytest.mark.parametrize(
    ("status", "busy"),
    [(200, False), (404, False), (408, True), (425, True), (429, True), (500, True), (501, False)],
)
def test_busy_is_what_may_pass(status: int, busy: bool) -> None:  # noqa: FBT001 - a parameter
    assert busy is (status in BUSY)
