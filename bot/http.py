"""What is answered over HTTP: Slack's requests, `/healthz` and `/metrics`; nobody else is heard."""

from __future__ import annotations

import hmac
import logging
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from slack_bolt import App, BoltRequest

from bot.connections import TEXT, Head, Refusal
from bot.envelopes import UnfitError, UnheardError, read
from bot.manifest import EVENTS_PATH
from bot.server import Limits, Server, listen

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

LIMITS = Limits()  # a form is at most 250 KB, a message of long blocks in Chinese below 2 MB
HEALTH, METRICS = "/healthz", "/metrics"
LOOKS = frozenset({"GET", "HEAD"})
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
TIMESTAMP = re.compile(r"[0-9]{1,12}")
SIGNED_SECONDS = 300  # what is older may be somebody else's copy, says Slack
SSL_CHECK_LIMIT = 1024  # Slack looks at the certificate now and then, and may not sign that
RETRIES = ("HTTP_X_SLACK_RETRY_NUM", "HTTP_X_SLACK_RETRY_REASON")
NOT_FOUND = Refusal("404 Not Found", "not found\n")
POST_ONLY = Refusal("405 Method Not Allowed", "POST only\n", (("Allow", "POST"),))
GET_ONLY = Refusal("405 Method Not Allowed", "GET only\n", (("Allow", "GET, HEAD"),))
TOO_LARGE = Refusal("413 Content Too Large", "too large\n")
ENCODED = Refusal("415 Unsupported Media Type", "Slack compresses nothing\n")
UNSIGNED = Refusal("401 Unauthorized", "not signed by Slack\n")
UNFIT = Refusal("400 Bad Request", "not what Slack sends\n")
HEARD = Refusal("200 OK", "")
UNHEARD = "Slack told of %s, to which nothing here listens"
NOT_OURS = "Slack's signature is right, but this is nothing that Slack sends: %s"


class Site:
    """Routes a request; what Slack did not sign within five minutes never reaches Bolt.

    Bolt would check signatures too, but parses the body before that, and its parser loses commands
    that have the word "payload" in them (measured on slack-bolt 1.30). So it gets what was checked
    and read here, in the way that Socket Mode hands it over.

    Args:
        app: the Bolt app; None where Slack is reached by Socket Mode.
        secret: what Slack signs with.
        healthy: whether the bot can serve.
        registry: what `/metrics` shows.
    """

    def __init__(
        self, app: App | None, secret: str, healthy: Callable[[], bool], registry: CollectorRegistry
    ) -> None:
        self._app = app
        self._secret = secret.encode()
        self._healthy = healthy
        self._registry = registry

    def refused(self, head: Head) -> Refusal | None:
        """Judge a request by its headers; what is refused here is never read."""
        path = "/" + head.path.lstrip("/")
        if path == EVENTS_PATH and self._app is not None:
            return POST_ONLY if head.method != "POST" else _unfit(head)
        if path not in {HEALTH, METRICS}:
            return NOT_FOUND
        if head.method not in LOOKS:
            return GET_ONLY
        return None if head.length == 0 else TOO_LARGE

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        if refusal := self.refused(_head(environ)):
            return _told(start_response, refusal)  # where a server asks no gate
        path = environ["PATH_INFO"]
        if path not in {HEALTH, METRICS}:
            return self._slack(environ, start_response)
        if path == METRICS:
            status, kind, body = "200 OK", CONTENT_TYPE_LATEST, generate_latest(self._registry)
        elif self._healthy():
            status, kind, body = "200 OK", TEXT, b"ok\n"
        else:
            status, kind, body = "503 Service Unavailable", TEXT, b"not connected\n"
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _slack(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read()
        if b"ssl_check=1" in body[:SSL_CHECK_LIMIT].split(b"&"):
            return _told(start_response, Refusal("200 OK", "ok\n"))
        if not self._signed(body, environ):
            return _told(start_response, UNSIGNED)
        try:
            payload = read(body, environ.get("CONTENT_TYPE", ""))
        except UnfitError as error:
            log.warning(NOT_OURS, error)
            return _told(start_response, UNFIT)
        except UnheardError as error:
            log.info(UNHEARD, error)
            return _told(start_response, HEARD)
        headers = {name[5:].replace("_", "-").lower(): environ.get(name, "") for name in RETRIES}
        retry = {name: value for name, value in headers.items() if value}
        request = BoltRequest(mode="socket_mode", body=payload, headers=retry)
        return self._answered(request, start_response)

    def _signed(self, body: bytes, environ: WSGIEnvironment) -> bool:
        signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
        if not _looks_signed(signature, timestamp):
            return False
        # Slack's own verifier wants text; what is signed and no text deserves another answer.
        right = hmac.digest(self._secret, f"v0:{timestamp}:".encode() + body, "sha256")
        return hmac.compare_digest(signature, f"v0={right.hex()}")

    def _answered(self, request: BoltRequest, start_response: StartResponse) -> list[bytes]:
        assert self._app is not None  # noqa: S101 - the gate lets nobody in otherwise
        answer = self._app.dispatch(request)
        if answer.status == HTTPStatus.NOT_FOUND:  # no listener; Bolt has logged what it was
            return _told(start_response, UNFIT)
        headers = [(name, value) for name, values in answer.headers.items() for value in values]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [answer.body.encode()]


def _head(environ: WSGIEnvironment) -> Head:
    """Return the head of a request that a server has read already."""
    headers = {name[5:]: str(value) for name, value in environ.items() if name[:5] == "HTTP_"}
    length = int(environ.get("CONTENT_LENGTH") or 0)
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    return Head(method=method, path=path, headers=headers, length=length)


def _unfit(head: Head) -> Refusal | None:
    """Judge a request to Slack's address by its headers."""
    if head.length is not None and head.length > LIMITS.body:
        return TOO_LARGE
    if head.headers.get("CONTENT_ENCODING", "identity").lower() != "identity":
        return ENCODED
    signature = head.headers.get("X_SLACK_SIGNATURE", "")
    timestamp = head.headers.get("X_SLACK_REQUEST_TIMESTAMP", "")
    if _looks_signed(signature, timestamp):
        return None
    small = head.length is not None and head.length <= SSL_CHECK_LIMIT
    return None if small else UNSIGNED


def _looks_signed(signature: str, timestamp: str) -> bool:
    return bool(
        SIGNATURE.fullmatch(signature)
        and TIMESTAMP.fullmatch(timestamp)
        and abs(time.time() - int(timestamp)) <= SIGNED_SECONDS
    )


def _told(start_response: StartResponse, answer: Refusal) -> list[bytes]:
    status, headers, body = answer.to_response()
    start_response(status, headers)
    return [body]


def server(site: Site, host: str, port: int, limits: Limits = LIMITS) -> Server:
    """Return a server that is bound but not yet serving.

    Raises:
        OSError: the address cannot be used.
    """
    return Server(site, site.refused, listen(host, port), limits=limits, apart=(HEALTH, METRICS))
