"""What strangers may take of the HTTP server: nobody who drips keeps others from being answered."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
import requests
from prometheus_client import CollectorRegistry
from slack_bolt import App
from slack_sdk import WebClient

from bot import http
from bot.server import Limits, Server, listen
from tests.processes import eventually

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SECRET = "shh"
GUESTS = 12  # that the server takes at once in most tests
PATIENT = Limits(connections=GUESTS, seconds=60)
HEADERS = "POST /slack/events HTTP/1.1\r\nHost: bot\r\n"
LOOKS_SIGNED = "X-Slack-Signature: v0=" + "0" * 64 + "\r\nX-Slack-Request-Timestamp: {now}\r\n"


class Visit:
    """A server in this process and the ways to visit it."""

    def __init__(self, server: Server, stack: ExitStack) -> None:
        self.server = server
        self.url = f"http://{server.address}"
        self.port = int(server.effective_port)
        self._stack = stack

    def open(self, text: str) -> socket.socket:
        """Say something and keep the line."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        self._stack.enter_context(line)
        line.sendall(text.replace("{now}", str(int(time.time()))).encode("latin-1"))
        return line

    def raw(self, text: str) -> bytes:
        """Everything that is answered until the server ends the connection."""
        return self.open(text).makefile("rb").read()

    def healthy(self) -> int:
        return requests.get(f"{self.url}/healthz", timeout=20).status_code

    def challenged(self) -> str:
        """A signed request of Slack's."""
        body = json.dumps({"type": "url_verification", "challenge": "3eZbrw"})
        now = str(int(time.time()))
        signature = hmac.digest(SECRET.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": f"v0={signature.hex()}",
        }
        answer = requests.post(f"{self.url}/slack/events", body, headers=headers, timeout=20)
        return str(answer.json()["challenge"])


@contextmanager
def visiting(limits: Limits = PATIENT) -> Iterator[Visit]:
    client = WebClient(token="xoxb-1", base_url="http://127.0.0.1:9/")
    app = App(client=client, signing_secret=SECRET, token_verification_enabled=False)
    site = http.Site(app, SECRET, lambda: True, CollectorRegistry())
    with running(http.server(site, "127.0.0.1", 0, limits)) as visit:
        yield visit


@contextmanager
def running(server: Server) -> Iterator[Visit]:
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    with ExitStack() as stack:
        yield Visit(server, stack)
    server.stop()
    thread.join(20)


@pytest.fixture
def visit() -> Iterator[Visit]:
    with visiting() as visit:
        yield visit


DRIPPING = {
    "nothing": "",
    "a first line": "GET /hea",
    "a header": HEADERS + "X-Slack-Sig",
    "a body": HEADERS + LOOKS_SIGNED + "Content-Length: 100\r\n\r\nc",
    "a body without a signature": HEADERS + "Content-Length: 100\r\n\r\nc",
    "chunks": HEADERS + LOOKS_SIGNED + "Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
    "the size of a chunk": HEADERS + LOOKS_SIGNED + "Transfer-Encoding: chunked\r\n\r\n000",
    "a body that may continue": HEADERS
    + LOOKS_SIGNED
    + "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
    "a request that was answered": "GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n",
    "many requests": "GET /metrics HTTP/1.1\r\nHost: bot\r\n\r\n" * 150,
    "a refused body": "POST /nothing HTTP/1.1\r\nHost: bot\r\nContent-Length: 9000000\r\n\r\nx",
}


@pytest.mark.parametrize("said", DRIPPING.values(), ids=DRIPPING.keys())
def test_who_holds_on_keeps_nobody_from_being_answered(visit: Visit, said: str) -> None:
    for _ in range(3 * GUESTS):
        visit.open(said)

    assert (200, "3eZbrw") == (visit.healthy(), visit.challenged())
    assert len(visit.server.active_channels) <= GUESTS


@pytest.mark.parametrize("said", DRIPPING.values(), ids=DRIPPING.keys())
def test_a_request_has_a_time_to_arrive(said: str) -> None:
    with visiting(Limits(seconds=0.4)) as visit:
        visit.open(said)
        eventually(lambda: not visit.server.active_channels, "the guest stayed")


def test_a_byte_now_and_then_buys_no_time() -> None:
    with visiting(Limits(seconds=0.4)) as visit:
        line = visit.open(HEADERS)

        def dripped() -> bool:
            try:
                line.sendall(b"x")
            except OSError:
                return True
            return False

        eventually(dripped, "the guest stayed")


def test_bodies_that_never_end_share_one_limit() -> None:
    limits = Limits(held=600_000, body=400_000, seconds=60)
    with visiting(limits) as visit:
        said = HEADERS + LOOKS_SIGNED + "Content-Length: 400000\r\n\r\n" + "x" * 100_000
        for _ in range(20):
            visit.open(said)
        eventually(lambda: 0 < len(visit.server.active_channels) <= 6, "all of it is kept")

        assert (200, "3eZbrw") == (visit.healthy(), visit.challenged())


REFUSED = {
    "a body for health": ("GET /healthz", "Content-Length: 1500000000\r\n", 413),
    "chunks for metrics": ("GET /metrics", "Transfer-Encoding: chunked\r\n", 413),
    "nothing there": ("POST /nothing", "", 404),
    "a body for nothing": ("POST /nothing", "Content-Length: 10\r\n", 404),
    "look at Slack's": ("GET /slack/events", "", 405),
    "post to health": ("POST /healthz", "", 405),
    "compressed": ("POST /slack/events", LOOKS_SIGNED + "Content-Encoding: gzip\r\n", 415),
    "two ends": (
        "POST /slack/events",
        LOOKS_SIGNED + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        400,
    ),
    "another coding": ("POST /slack/events", "Transfer-Encoding: gzip, chunked\r\n", 501),
    "no signature": ("POST /slack/events", "Content-Length: 2000\r\n", 401),
    "an old signature": (
        "POST /slack/events",
        LOOKS_SIGNED.replace("{now}", "1700000000") + "Content-Length: 2000\r\n",
        401,
    ),
    "a huge length": ("POST /slack/events", "Content-Length: " + "9" * 5000 + "\r\n", 400),
    "much header": ("GET /healthz", "X: " + "y" * 70_000 + "\r\n", 431),
    "many headers": ("GET /healthz", "X: y\r\n" * 12_000, 431),
    "a long line": ("GET /" + "y" * 70_000, "", 431),
    "no address": ("GET http://[::1", "", 400),
}


@pytest.mark.parametrize(("line", "headers", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_is_refused_before_its_body(
    visit: Visit, line: str, headers: str, status: int
) -> None:
    answer = visit.raw(f"{line} HTTP/1.1\r\nHost: bot\r\n{headers}\r\n")

    assert (status, True) == (int(answer.split()[1]), b"connection: close" in answer.lower())


@pytest.mark.parametrize(
    ("version", "status"), [("HTTP/1.0", 400), ("HTTP/2.0", 505), ("HTTP/9.9", 505)]
)
def test_chunks_belong_to_one_version(visit: Visit, version: str, status: int) -> None:
    said = f"POST /slack/events {version}\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert status == int(visit.raw(said).split()[1])


def test_extensions_of_chunks_have_a_limit(visit: Visit) -> None:
    said = HEADERS + LOOKS_SIGNED + "Transfer-Encoding: chunked\r\n\r\n5;" + "x" * 3000

    assert 400 == int(visit.raw(said).split()[1])


def test_chunks_have_the_limit_of_a_body() -> None:
    with visiting(Limits(body=1000)) as visit:
        said = (
            HEADERS + LOOKS_SIGNED + "Transfer-Encoding: chunked\r\n\r\n" + "5\r\nhello\r\n" * 300
        )

        assert 413 == int(visit.raw(said).split()[1])


def test_who_is_still_talking_hears_the_answer(visit: Visit) -> None:
    answer = requests.post(f"{visit.url}/slack/events", b"x" * 8_000_000, timeout=20)

    assert 413 == answer.status_code


def test_who_never_stops_talking_is_cut_off(visit: Visit) -> None:
    line = visit.open("POST /nothing HTTP/1.1\r\nContent-Length: 1500000000\r\n\r\n")
    with pytest.raises(OSError, match=r"reset|Broken"):
        line.sendall(b"x" * 100_000_000)


def test_only_one_of_many_requests_at_once_is_answered(visit: Visit) -> None:
    answers = visit.raw("GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n" * 100)

    assert 1 == answers.count(b"HTTP/1.1 200 OK")


def test_a_line_is_kept_for_the_next_request(visit: Visit) -> None:
    with requests.Session() as session:
        answers = [session.get(f"{visit.url}/healthz", timeout=20) for _ in range(3)]

    assert [200, 200, 200] == [answer.status_code for answer in answers]
    assert 1 == len({answer.raw.version for answer in answers})


def test_a_head_has_no_body(visit: Visit) -> None:
    answer = requests.head(f"{visit.url}/healthz", timeout=20)

    assert (200, "3", "") == (answer.status_code, answer.headers["Content-Length"], answer.text)


@pytest.fixture
def stuck() -> Iterator[Callable[[str], Visit]]:
    """A server whose only thread is taken by a request that does not end."""
    release = threading.Event()

    def site(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        if environ["PATH_INFO"] == "/slow":
            release.wait(60)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    with ExitStack() as stack:

        def start(path: str) -> Visit:
            listener = listen("127.0.0.1", 0)
            server = Server(
                site,
                lambda _: None,
                listener,
                limits=PATIENT,
                apart=("/healthz", "/metrics"),
                threads=1,
            )
            visit = stack.enter_context(running(server))
            for _ in range(3):
                visit.open(f"GET {path} HTTP/1.1\r\nHost: bot\r\n\r\n")
            return visit

        yield start
        release.set()


def test_health_has_a_thread_of_its_own(stuck: Callable[[str], Visit]) -> None:
    assert 200 == stuck("/slow").healthy()


def test_stopping_does_not_wait_for_who_never_ends(stuck: Callable[[str], Visit]) -> None:
    visit = stuck("/slow")
    began = time.monotonic()
    visit.server.stop(0.3)

    assert time.monotonic() - began < 3


def test_a_port_that_is_taken_is_an_os_error(visit: Visit) -> None:
    with pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", visit.port)
