"""Junk over HTTP, signed and not, to the real server on this machine."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlencode

from prometheus_client import CollectorRegistry
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.http import Site, server
from tests.fuzz import dice
from tests.fuzz.findings import Findings, Trouble, listening

SECRET = "made-up"
HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds for an answer; a busy machine may take a while
STATUSES = frozenset({*range(200, 500), 501, 505})  # nobody's junk is the server's fault

COMMAND = {"command": "/aml", "text": "help", "user_id": "U1", "channel_id": "C1", "team_id": "T1"}
CLICK = {
    "type": "block_actions",
    "user": {"id": "U1"},
    "team": {"id": "T1"},
    "channel": {"id": "C1"},
    "container": {"type": "message", "message_ts": "1.0", "channel_id": "C1"},
    "actions": [{"type": "button", "action_id": "aml.help.menu", "block_id": "b", "value": "v"}],
}
EVENT = {
    "type": "event_callback",
    "team_id": "T1",
    "event": {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.0", "text": "hi"},
}


def round_of(seed: int, cases: int) -> Findings:
    """Each case is one request on a connection of its own, answered with a status or not at all."""
    chance = random.Random(seed)  # noqa: S311 - a test's own dice
    words, odd = dice.texts(seed), dice.values(seed)
    found = Findings()
    with listening() as trouble, _serving() as port:
        for number in range(cases):
            make = chance.choice((_signed, _signed, _unsigned, _raw))
            request = make(chance, words, odd)
            _judge(found, f"{make.__name__} {seed}/{number}", port, request, trouble)
        if b"200 OK" not in _asked(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"):
            found.foreign.append(f"{seed}: not healthy afterwards")
    return found


def _judge(found: Findings, case: str, port: int, request: bytes, trouble: Trouble) -> None:
    before = time.process_time()
    try:
        answer = _asked(port, request)
    except TimeoutError:
        found.foreign.append(f"{case}: no answer to {request[:80]!r}")
        answer = b""
    found.took(case, time.process_time() - before)
    status = answer[9:12]
    if answer and not (status.isdigit() and int(status) in STATUSES):
        found.foreign.append(f"{case}: {answer[:60]!r} to {request[:200]!r}")
    found.foreign += [f"{case}: {line}" for line in trouble.taken()]


@contextmanager
def _serving() -> Iterator[int]:
    client = WebClient("xoxb-made-up", base_url=f"http://{HOST}:9/")
    app = App(
        client=client,
        signing_secret=SECRET,
        token_verification_enabled=False,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="UBOT"),
    )
    app.command("/aml")(_acknowledged)
    app.action("aml.help.menu")(_acknowledged)
    app.event("app_mention")(_acknowledged)
    made = server(Site(app, SECRET, lambda: True, CollectorRegistry()), HOST, 0)
    thread = threading.Thread(target=made.serve, name="fuzzed")
    thread.start()
    try:
        yield int(made.address.rpartition(":")[2])
    finally:
        made.stop()
        thread.join()


def _acknowledged(ack: Ack) -> None:
    ack()


def _asked(port: int, request: bytes) -> bytes:
    """The beginning of the answer; empty where the connection was closed without one."""
    with closing(socket.create_connection((HOST, port), timeout=PATIENCE)) as line:
        try:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            return line.recv(4096)
        except (ConnectionError, BrokenPipeError):
            return b""


def _signed(chance: random.Random, words: Iterator[str], odd: Iterator[Any]) -> bytes:
    """What only Slack could sign, of a shape that Slack never sends."""
    document = dice.changed(chance.choice((CLICK, EVENT, COMMAND)), chance, odd)
    match chance.randint(0, 4):
        case 0:
            kind, body = "application/json", _json(document)
        case 1:
            kind, body = "application/json", next(words).encode(errors="replace")
        case 2:
            kind, body = FORM, urlencode({"payload": _json(document)}).encode()
        case 3:
            fields = document if isinstance(document, dict) else {"text": next(words)}
            kind, body = FORM, urlencode(fields, errors="replace").encode()
        case _:
            kind, body = chance.choice(("text/plain", "")), chance.randbytes(80)
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={digest}\r\n"
    return _request(f"{headers}Content-Type: {kind}\r\n", body)


def _unsigned(chance: random.Random, words: Iterator[str], odd: Iterator[Any]) -> bytes:
    """Headers that look almost as they should."""
    stamp = chance.choice((str(int(time.time())), "0", "-1", "9" * 30, "soon"))
    digest = chance.choice(("0" * 64, "f" * 63, "", "\u00fc" * 64, "0" * 5000))
    headers = f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={digest}\r\n"
    return _request(headers, _json(next(odd)))


def _raw(chance: random.Random, words: Iterator[str], odd: Iterator[Any]) -> bytes:
    """Bytes that are hardly HTTP."""
    method = chance.choice(("GET", "POST", "HEAD", "PUT", "OPTIONS", "get", "", "\x00"))
    path = chance.choice(("/slack/events", "/healthz", "/metrics", "/", "*", "http://x/", "/%00"))
    length = chance.choice(("5", "-1", "99999999999", "0x10", "5, 6", ""))
    coding = chance.choice(("", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: odd\r\n"))
    end = chance.choice(("\r\n\r\n", "\n\n", "\r\n", ""))
    head = f"{method} {path} HTTP/1.{chance.randint(0, 3)}\r\nContent-Length: {length}\r\n{coding}"
    word = next(words)[:300].encode(errors="replace")
    body = chance.choice((b"5\r\nhello\r\n0\r\n\r\n", b"zz\r\n", b"hello", word))
    return head.encode("latin-1", "replace") + word + end.encode() + body


FORM = "application/x-www-form-urlencoded"


def _request(headers: str, body: bytes) -> bytes:
    head = f"POST /slack/events HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1", "replace") + body


def _json(document: object) -> bytes:
    return json.dumps(document).encode()
