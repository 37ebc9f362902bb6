"""Log lines: text for people or JSON for machines, on stderr, never with a token in them.

One line each, whatever is logged: line breaks and control characters in it are escaped, so that
nobody can write a line of their own into the log.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable

from services import foreign, redaction

QUIET = ("slack_bolt", "slack_sdk", "azure", "httpx2", "httpcore2", "urllib3", "dbos", "waitress")
HIDDEN = "[hidden]"
INDENT = "    "  # before each line of a traceback, where no line of the log begins
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


class Redactor(logging.Filter):
    """Replaces tokens, and every secret the bot was configured with, in messages and tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _cleaned(record.getMessage())
        record.args = None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = _cleaned("".join(traceback.format_exception(*record.exc_info)))
            record.exc_info = None
        if record.stack_info:
            record.stack_info = _cleaned(record.stack_info)
        return True


class TextFormatter(logging.Formatter):
    """A line for people; a traceback follows it, indented."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of logging's
        return escaped(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        more = "\n".join(filter(None, (record.exc_text, record.stack_info)))
        below = (f"{INDENT}{escaped(line)}" for line in more.rstrip("\n").split("\n") if more)
        return "\n".join([self.formatMessage(record), *below])


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_text:
            line["traceback"] = record.exc_text
        return escaped(json.dumps(line, ensure_ascii=False))


def escaped(text: str) -> str:
    r"""Return the text on one line: what breaks, moves or hides text is written like `\u000a`."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def configure(level: str, style: str, secrets: Iterable[str] = ()) -> None:
    """Send every logger to stderr in that style; libraries speak only when something is wrong.

    The secrets are hidden from now on, in the log and in every text that is shown.
    """
    redaction.know(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Redactor())
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _cleaned(text: str) -> str:
    return redaction.hide(foreign.cut(text, foreign.LOGGED), HIDDEN)
