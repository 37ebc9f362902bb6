"""Texts of errors that tests make up."""

from __future__ import annotations

from services.errors import ErrorText


def made_up(what: str, why: str = "", advice: str = "") -> ErrorText:
    """A text without places for fields."""
    return ErrorText(code="MadeUp", what=what, why=why, advice=advice)
