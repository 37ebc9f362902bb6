"""How the local Slack says no: an error code, and what comes with it."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818 - it is an answer of Slack's, not a failure of ours
    """`{"ok": false, "error": code, ...}`; `code` is one that Slack documents."""

    def __init__(self, code: str, **details: Any) -> None:  # noqa: ANN401 - JSON
        super().__init__(code)
        self.code = code
        self.body = {"ok": False, "error": code, **details}
