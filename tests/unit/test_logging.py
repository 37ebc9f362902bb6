from __future__ import annotations

import json
import logging

from bot.logging import JsonFormatter, Redactor


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("bot", logging.INFO, "x.py", 1, message, arguments, None)


def cleaned(message: str, *arguments: object, secrets: tuple[str, ...] = ()) -> str:
    line = record(message, *arguments)
    Redactor(secrets).filter(line)
    return line.getMessage()


def test_slack_tokens_are_hidden() -> None:
    assert "token [hidden] refused" == cleaned("token %s refused", "xoxb-12-34-abc")


def test_bearer_tokens_are_hidden() -> None:
    assert "Authorization: Bearer [hidden]" == cleaned("Authorization: Bearer abc.def-1")


def test_passwords_in_addresses_are_hidden() -> None:
    assert "postgresql://[hidden]@db/x" == cleaned("postgresql://me:pw@db/x")


def test_secrets_it_was_told_of_are_hidden() -> None:
    assert "key=[hidden]" == cleaned("key=hunter2", secrets=("hunter2",))


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
