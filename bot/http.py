"""One WSGI application: Slack's requests, `/healthz` and `/metrics`, on a threaded server."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from cheroot.wsgi import Server
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier

from bot.manifest import EVENTS_PATH

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

BODY_LIMIT = 4 * 1024 * 1024  # views are at most 250 KB; messages with long blocks stay below too
THREADS = 16
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
TIMESTAMP = re.compile(r"[0-9]{1,12}")
LENGTH = re.compile(r"[0-9]{1,12}")
SSL_CHECK_LIMIT = 1024  # Slack looks at the certificate now and then, and may not sign that
UNSIGNED = ("401 Unauthorized", "not signed by Slack\n")
TEXT = "text/plain; charset=utf-8"


class Site:
    """Routes a request; what Slack did not sign within five minutes never reaches Bolt.

    Bolt checks signatures too, but parses the body before that and raises on headers that are no
    signature at all: a 500 with a traceback for anybody's junk (measured on slack-bolt 1.30).

    Args:
        app: the Bolt app; None where Slack is reached by Socket Mode.
        secret: what Slack signs with.
        healthy: whether the bot can serve.
        registry: what `/metrics` shows.
    """

    def __init__(
        self, app: App | None, secret: str, healthy: Callable[[], bool], registry: CollectorRegistry
    ) -> None:
        self._slack = SlackRequestHandler(app, path=EVENTS_PATH) if app else None
        self._verifier = SignatureVerifier(secret)
        self._healthy = healthy
        self._registry = registry

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
        if path == EVENTS_PATH and self._slack is not None:
            if method != "POST":
                return _answer(start_response, "405 Method Not Allowed", "POST only\n")
            if refusal := _unfit(environ, self._verifier):
                return _answer(start_response, *refusal)
            return self._slack(environ, start_response)
        if path == "/healthz":
            healthy = self._healthy()
            status = "200 OK" if healthy else "503 Service Unavailable"
            return _answer(start_response, status, "ok\n" if healthy else "not connected\n")
        if path == "/metrics":
            body = generate_latest(self._registry)
            start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
            return [body]
        return _answer(start_response, "404 Not Found", "not found\n")


def _unfit(environ: WSGIEnvironment, verifier: SignatureVerifier) -> tuple[str, str] | None:
    """Status and text for what need not reach Bolt; reads the body into memory otherwise."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if LENGTH.fullmatch(length) and int(length) > BODY_LIMIT:
        return "413 Content Too Large", "too large\n"
    signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
    timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
    signed = SIGNATURE.fullmatch(signature) and TIMESTAMP.fullmatch(timestamp)
    if not LENGTH.fullmatch(length) or (not signed and int(length) > SSL_CHECK_LIMIT):
        return UNSIGNED
    body = environ["wsgi.input"].read(int(length))
    if not signed:
        return ("200 OK", "ok\n") if b"ssl_check=1" in body.split(b"&") else UNSIGNED
    text = body.decode("utf-8", "replace")  # what is no text does not fit its signature then
    if not verifier.is_valid(text, timestamp, signature):
        return UNSIGNED
    environ["wsgi.input"] = io.BytesIO(body)
    return None if _is_object(text) else ("400 Bad Request", "not what Slack sends\n")


def _is_object(text: str) -> bool:
    """Tell whether the JSON that Bolt will look for, in the body or its `payload`, is an object."""
    if not text.startswith(("{", "[")):
        fields = parse_qs(text)
        if "payload" not in fields:
            return bool(fields)
        text = fields["payload"][0]
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _answer(start_response: StartResponse, status: str, text: str) -> list[bytes]:
    start_response(status, [("Content-Type", TEXT)])
    return [text.encode()]


def server(site: Site, host: str, port: int) -> Server:
    """Return a server that is bound but not yet serving.

    Raises:
        OSError: the address cannot be used.
    """
    made = Server((host, port), site, numthreads=THREADS, request_queue_size=128)
    made.shutdown_timeout = 2
    made.prepare()
    return made
