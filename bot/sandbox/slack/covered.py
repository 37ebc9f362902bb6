"""How far each method of Slack's is played here."""

from __future__ import annotations

from bot.sandbox.coverage import Covered
from bot.sandbox.slack.webapi import METHODS

NO_RATE_LIMIT = "no rate limit of its own; switch throttle on for one"
NEWER_BLOCKS = "charts and plans are known unless they are switched off"
NOTES = {
    "apps.connections.open": "no rate limit",
    "chat.getPermalink": "the address is not served",
    "chat.postMessage": f"{NO_RATE_LIMIT}; {NEWER_BLOCKS}",
    "chat.update": f"{NO_RATE_LIMIT}; {NEWER_BLOCKS}",
    "conversations.open": "direct messages with one person",
    "files.completeUploadExternal": "the message is posted at once, not a moment later",
    "usergroups.users.list": "one group, S0OPERATORS, with the first person",
}

MISSING = {
    "chat.scheduleMessage": "the bot says things when they happen",
    "chat.startStream": "the bot edits one message in place",
    "chat.unfurl": "the manifest asks for no links",
    "files.delete": "the bot deletes no files",
    "files.list": "the bot reads only files that somebody shared with it",
    "oauth.v2.access": "the app is installed from the start",
    "reactions.remove": "the bot takes no reactions back",
}


def _missing(method: str, why: str) -> Covered:
    return Covered(target="slack", method="*", path=f"/api/{method}", status="missing", note=why)


def _api(method: str) -> Covered:
    note = NOTES.get(method, "")
    return Covered(target="slack", method="*", path=f"/api/{method}", status="supported", note=note)


COVERAGE: tuple[Covered, ...] = (
    *(_api(method) for method in METHODS),
    Covered(
        target="slack",
        method="*",
        path="/api/{method}",
        status="supported",
        note="every other method is answered unknown_method",
    ),
    Covered(
        target="slack",
        method="GET",
        path="/socket",
        status="supported",
        note="Socket Mode: hello, envelopes, acknowledgements, disconnect, retries of events",
    ),
    Covered(target="slack", method="POST", path="/response/{key}", status="supported"),
    Covered(target="slack", method="POST", path="/upload/{file}", status="supported"),
    Covered(target="slack", method="GET", path="/files/{file}/{name}", status="supported"),
    Covered(target="slack", method="GET", path="/files/{file}/download/{name}", status="supported"),
    Covered(
        target="slack", method="GET", path="/files-tmb/{team}-{file}/{name}", status="supported"
    ),
    Covered(target="page", method="GET", path="/", status="supported"),
    Covered(target="page", method="GET", path="/page", status="supported"),
    *(_missing(method, why) for method, why in MISSING.items()),
)
