from __future__ import annotations

import json
import logging

import pytest

from bot.logging import JsonFormatter, Redactor, TextFormatter
from services import redaction


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("bot", logging.INFO, "x.py", 1, message, arguments, None)


def cleaned(message: str, *arguments: object) -> str:
    line = record(message, *arguments)
    Redactor().filter(line)
    return line.getMessage()


def test_slack_tokens_are_hidden() -> None:
    assert "token [hidden] refused" == cleaned("token %s refused", "xoxb-12-34-abc")


def test_bearer_tokens_are_hidden() -> None:
    assert "Authorization: Bearer [hidden]" == cleaned("Authorization: Bearer abc.def-1")


def test_passwords_in_addresses_are_hidden() -> None:
    assert "postgresql://[hidden]@db/x" == cleaned("postgresql://me:pw@db/x")


def test_secrets_of_the_settings_are_hidden() -> None:
    redaction.know(["correct horse"])
    try:
        assert "it says [hidden]" == cleaned("it says correct horse")
    finally:
        redaction.know([])


FORGED = "x\n2026-07-28 10:00:00,000 ERROR root: forged"


@pytest.mark.parametrize(
    "mark", ["\n", "\r", "\r\n", "\x0b", "\x1b[2K", "\x85", "\u2028", "\u202e"]
)
@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_a_message_is_one_line_whatever_is_in_it(
    formatter: TextFormatter | JsonFormatter, mark: str
) -> None:
    shown = formatter.format(record("asked for %s", f"x{mark}2026-07-28 ERROR root: forged"))

    assert [shown] == shown.splitlines()
    assert shown.isprintable()


def test_no_line_of_a_traceback_looks_like_one_of_the_log() -> None:
    line = record("failed")
    line.exc_info = (ValueError, ValueError(FORGED), None)
    Redactor().filter(line)

    _, *below = TextFormatter().format(line).splitlines()

    assert ["    ValueError: x", "    2026-07-28 10:00:00,000 ERROR root: forged"] == below


def test_tracebacks_are_cleaned_too() -> None:
    line = record("failed")
    error = ValueError("xapp-1-A-secret")
    line.exc_info = (ValueError, error, None)

    Redactor().filter(line)

    assert "xapp-1-A-secret" not in str(line.exc_text)
    assert "ValueError: [hidden]" in str(line.exc_text)


def test_json_lines_carry_level_and_message() -> None:
    shown = json.loads(JsonFormatter().format(record("hello %s", "you")))

    assert ("INFO", "bot", "hello you") == (shown["level"], shown["logger"], shown["message"])
