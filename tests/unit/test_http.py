from __future__ import annotations

import hashlib
import hmac
import io
import time
from collections.abc import Iterable
from urllib.parse import urlencode

import pytest
from prometheus_client import CollectorRegistry, Gauge
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.http import Site

SECRET = "shhh"
BODY = urlencode({"command": "/aml", "text": "help", "user_id": "U1", "team_id": "T1"}).encode()


class Answer:
    """Collects what a WSGI application answers."""

    def __init__(self) -> None:
        self.status = ""
        self.body = b""

    def start(self, status: str, _headers: list[tuple[str, str]], _: object = None) -> None:
        self.status = status

    def take(self, chunks: Iterable[bytes]) -> Answer:
        self.body = b"".join(chunks)
        return self


@pytest.fixture
def site() -> Site:
    client = WebClient("xoxb-1", base_url="http://127.0.0.1:9/")
    app = App(
        client=client,
        signing_secret=SECRET,
        authorize=None,
        token_verification_enabled=False,
    )

    @app.command("/aml")
    def typed(ack: Ack) -> None:
        ack()

    registry = CollectorRegistry()
    Gauge("answer", "of all", registry=registry).set(42)
    return Site(app, SECRET, healthy=lambda: False, registry=registry)


def ask(site: Site, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    environ = {
        "PATH_INFO": path,
        "REQUEST_METHOD": method,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    answer = Answer()
    return answer.take(site(environ, answer.start))  # type: ignore[arg-type]


def post(site: Site, body: bytes, timestamp: str, signature: str) -> Answer:
    return ask(
        site,
        "/slack/events",
        "POST",
        body,
        x_slack_request_timestamp=timestamp,
        x_slack_signature=signature,
    )


def signed(body: bytes, timestamp: str) -> str:
    text = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()


def test_an_old_signature_is_refused(site: Site) -> None:
    old = str(int(time.time()) - 301)

    assert "401 Unauthorized" == post(site, BODY, old, signed(BODY, old)).status


def test_another_body_is_refused(site: Site) -> None:
    now = str(int(time.time()))

    assert "401 Unauthorized" == post(site, BODY + b"x", now, signed(BODY, now)).status


@pytest.mark.parametrize(
    ("timestamp", "signature"),
    [("soon", "v0=" + "0" * 64), ("1", "v0=ü"), ("", ""), ("1e9", "v0=" + "f" * 64)],
)
def test_junk_headers_are_refused_without_an_error(
    site: Site, timestamp: str, signature: str
) -> None:
    assert "401 Unauthorized" == post(site, BODY, timestamp, signature).status


def test_bytes_that_are_signed_and_no_text_are_the_senders_fault(site: Site) -> None:
    now, junk = str(int(time.time())), b"\xff\xfe\xfa"

    assert "400 Bad Request" == post(site, junk, now, signed(junk, now)).status


def test_a_request_without_a_signature_is_refused(site: Site) -> None:
    assert "401 Unauthorized" == ask(site, "/slack/events", "POST", BODY).status


def test_only_posts_reach_slack(site: Site) -> None:
    assert "405 Method Not Allowed" == ask(site, "/slack/events").status


def test_health_says_when_it_is_not_connected(site: Site) -> None:
    assert "503 Service Unavailable" == ask(site, "/healthz").status


def test_metrics_show_the_registry(site: Site) -> None:
    assert b"answer 42.0" in ask(site, "/metrics").body


def test_other_paths_are_not_found(site: Site) -> None:
    assert "404 Not Found" == ask(site, "/").status
