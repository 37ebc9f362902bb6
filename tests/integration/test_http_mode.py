"""`aml-bot run --mode http` as a process, reached by the local Slack's signed requests."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from bot.sandbox import PHOTOS, Sandbox
from bot.sandbox.slack.state import MAIN
from tests.conftest import make_sandbox
from tests.conversation import Person
from tests.processes import eventually, free_port, running

CLIP = "openai-clip-vit-base-patch32"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
LIMIT = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """A sandbox without a bot of its own, and the bot that it reaches over HTTP."""

    sandbox: Sandbox
    bot: str
    log: Path

    def post(self, body: bytes, when: float | None = None, **headers: str) -> requests.Response:
        """A request signed as Slack signs it; headers replace those that it would have."""
        stamp = str(int(time.time() if when is None else when))
        signed = f"v0:{stamp}:".encode() + body
        secret = self.sandbox.slack.signing_secret.encode()
        given = {
            "Content-Type": FORM,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": "v0=" + hmac.new(secret, signed, hashlib.sha256).hexdigest(),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return requests.post(f"{self.bot}/slack/events", data=body, headers=given, timeout=30)

    def raw(self, *lines: str, body: bytes = b"") -> int:
        """The status of a request written byte for byte."""
        port = int(self.bot.rpartition(":")[2])
        head = "\r\n".join(["POST /slack/events HTTP/1.1", "Host: 127.0.0.1", *lines, "", ""])
        with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as line:
            line.sendall(head.encode("latin-1") + body)
            answer = line.makefile("rb").readline()
        return int(answer.split()[1])

    def signed(self, body: bytes) -> tuple[str, str]:
        stamp = str(int(time.time()))
        text = f"v0:{stamp}:".encode() + body
        secret = self.sandbox.slack.signing_secret.encode()
        signature = hmac.new(secret, text, hashlib.sha256).hexdigest()
        return f"X-Slack-Request-Timestamp: {stamp}", f"X-Slack-Signature: v0={signature}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("http")
    port = free_port()
    with (
        make_sandbox(folder / "sandbox", with_bot=False) as sandbox,
        running(folder, "run", "--mode", "http", "--port", str(port), env=sandbox.env),
    ):
        bot = f"http://127.0.0.1:{port}"
        eventually(lambda: healthy(bot), "the bot does not serve")
        reached = {"url": f"{bot}/slack/events"}
        requests.post(f"{sandbox.control_url}/request_url", json=reached, timeout=30)
        yield Place(sandbox, bot, folder / "stderr.txt")


def healthy(bot: str) -> bool:
    try:
        return requests.get(f"{bot}/healthz", timeout=30).ok
    except requests.ConnectionError:
        return False


@pytest.fixture
def ada(place: Place) -> Person:
    return Person(place.sandbox.control_url, place.sandbox.slack.operator, MAIN)


@pytest.fixture(autouse=True)
def nothing_goes_wrong(place: Place) -> Iterator[None]:
    """No test of this module makes the bot log an error or a traceback."""
    before = len(place.log.read_text())
    yield
    said = place.log.read_text()[before:]
    assert "Traceback" not in said
    assert " ERROR " not in said


def test_a_command_is_answered(ada: Person) -> None:
    assert CLIP in ada.types("/aml search clip").words


def test_a_click_opens_and_a_form_is_submitted(ada: Person) -> None:
    ada.sends_command(f"/aml deploy {CLIP} endpoint:over-http")
    plan = ada.waits(lambda m: "over-http" in m.words and "Run" in m.buttons())
    ada.clicks(plan, "Run")
    ready = ada.waits(lambda m: "Classify" in m.buttons() and "over-http" in m.words)
    ada.clicks(ready, "Classify")
    view = ada.waits_for_view()

    assert "errors" in ada.submits(view, {})


def test_a_mention_is_answered(ada: Person) -> None:
    me = ada.get("state")["bot_user_id"]
    asked = ada.says(f"<@{me}> search whisper")

    assert "whisper" in ada.waits_for("whisper", thread=asked).words.lower()


def test_a_picture_in_the_direct_message_is_taken(ada: Person) -> None:
    direct = ada.direct()
    photo = (PHOTOS / "cat.jpg").read_bytes()
    asked = direct.says("cat, dog", [("cat.jpg", photo)])

    direct.waits(lambda m: m.ts > asked and m.raw["user"] != direct.user)


def test_the_shortcut_opens_a_form(ada: Person) -> None:
    photo = (PHOTOS / "cat.jpg").read_bytes()
    ts = ada.says("look", [("cat.jpg", photo)])

    assert "acked_ms" in ada.picks_shortcut(ts)


def test_app_home_is_filled(ada: Person) -> None:
    ada.post("home", {"user": ada.user})

    eventually(lambda: ada.get("views", user=ada.user)["home"])


def test_the_challenge_is_echoed(place: Place) -> None:
    body = {"type": "url_verification", "challenge": "3eZbrw", "token": "t"}
    answer = place.post(json.dumps(body).encode(), Content_Type="application/json")

    assert (200, {"challenge": "3eZbrw"}) == (answer.status_code, answer.json())


def test_an_unsigned_challenge_is_refused(place: Place) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw", "token": "t"}).encode()
    answer = place.post(body, Content_Type="application/json", X_Slack_Signature="v0=" + "0" * 64)

    assert 401 == answer.status_code


@pytest.mark.parametrize("signed", [True, False])
def test_ssl_check_is_answered(place: Place, *, signed: bool) -> None:
    body = urlencode({"ssl_check": "1", "token": "t"}).encode()
    headers = {"Content-Type": FORM}
    answer = (
        place.post(body)
        if signed
        else requests.post(f"{place.bot}/slack/events", data=body, headers=headers, timeout=30)
    )

    assert 200 == answer.status_code


def test_an_event_that_is_sent_again_is_handled_once(place: Place, ada: Person) -> None:
    me = ada.get("state")["bot_user_id"]
    ts = ada.says("never sent")  # gives the event a real place to be answered
    event = {
        "type": "app_mention",
        "user": ada.user,
        "channel": ada.channel,
        "channel_type": "channel",
        "text": f"<@{me}> help search",
        "ts": ts,
        "event_ts": ts,
    }
    callback = {
        "type": "event_callback",
        "team_id": "T0SANDBOX",
        "api_app_id": "A0AMLBOT",
        "event_id": "Ev0AGAIN",
        "event_time": int(time.time()),
        "event": event,
        "authorizations": [{"team_id": "T0SANDBOX", "user_id": me, "is_bot": True}],
    }
    body = json.dumps(callback).encode()
    statuses = [
        place.post(body, None, Content_Type="application/json", **retry).status_code
        for retry in (
            {},
            {"X_Slack_Retry_Num": "1", "X_Slack_Retry_Reason": "http_timeout"},
            {"X_Slack_Retry_Num": "2", "X_Slack_Retry_Reason": "http_error"},
        )
    ]
    ada.waits(lambda m: m.raw["user"] != ada.user, thread=ts)
    ada.types("/aml help")  # whatever the others would have said has had its time

    answers = [m for m in ada.reads(thread=ts) if m.raw["user"] != ada.user]
    assert ([200, 200, 200], 1) == (statuses, len(answers))


@pytest.mark.parametrize("age", [-301, 360, -1_000_000])  # seconds; a slow machine takes some
def test_a_signature_that_is_too_old_or_from_the_future_is_refused(place: Place, age: int) -> None:
    assert 401 == place.post(b"ssl=no", when=time.time() + age).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": ""},
        {"X_Slack_Signature": "v0=zz"},
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Signature": "v1=" + "0" * 64},
        {"X_Slack_Signature": "\xfc" * 67},
        {"X_Slack_Signature": "v0=" + "0" * 60_000},
        {"X_Slack_Request_Timestamp": ""},
        {"X_Slack_Request_Timestamp": "soon"},
        {"X_Slack_Request_Timestamp": "NaN"},
        {"X_Slack_Request_Timestamp": "1e9"},
        {"X_Slack_Request_Timestamp": "9" * 400},
        {"X_Slack_Request_Timestamp": "-1"},
        {"X_Slack_Request_Timestamp": "\xb2\xb3"},
    ],
)
def test_junk_headers_are_answered_401(place: Place, headers: dict[str, str]) -> None:
    assert 401 == place.post(b"command=%2Faml&text=help", None, **headers).status_code


@pytest.mark.parametrize("length", ["abc", "-1", "+5", "\xb2", "1_0", "0x10", "5, 5", ""])
def test_an_odd_content_length_is_the_senders_fault(place: Place, length: str) -> None:
    status = place.raw(f"Content-Length: {length}", *place.signed(b"hello"), "Connection: close")

    assert status in {400, 401, 413}


def test_two_content_lengths_are_the_senders_fault(place: Place) -> None:
    lines = ("Content-Length: 5", "Content-Length: 9", *place.signed(b"hello"))

    assert place.raw(*lines, body=b"hello....") in {400, 401}


def test_two_signatures_are_no_error_of_ours(place: Place) -> None:
    lines = ("Content-Length: 5", *place.signed(b"hello"), "X-Slack-Signature: v0=no")

    assert 401 == place.raw(*lines, body=b"hello")


def test_chunks_are_judged_by_the_signature(place: Place) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw"}).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:9], body[9:]))
    lines = ("Transfer-Encoding: chunked", "Content-Type: application/json")

    assert 200 == place.raw(*lines, *place.signed(body), body=chunks + b"0\r\n\r\n")
    assert 401 == place.raw(*lines, *place.signed(b"another"), body=chunks + b"0\r\n\r\n")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(place: Place) -> None:
    lines = (f"Content-Length: {LIMIT + 1}", *place.signed(b"hello"))

    assert 413 == place.raw(*lines)


USER, VIEW = {"id": "U1"}, {"callback_id": "aml.deploy", "state": {"values": {}}}
ACTION = {"type": "button", "action_id": "aml.plan.run", "block_id": "b", "value": "1"}
CLICK = {"type": "block_actions", "user": USER, "actions": [ACTION]}
EVENT = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.2", "text": "help"}
COMMAND = {"command": "/aml", "user_id": "U1", "channel_id": "C1", "text": "help"}
JUNK: list[tuple[str, bytes]] = [
    (JSON, b"{"),
    (JSON, b"[]"),
    (JSON, b"null"),
    (JSON, b"1e999"),
    (JSON, b"[" * 100_000),
    (JSON, b'{"a":' * 100_000),
    (JSON, b'{"type": "url_verification", "challenge": ' + b"9" * 5000 + b"}"),
    (JSON, b'{"type": "url_verification", "challenge": "\\ud800"}'),
    (JSON, b"\xff\xfe"),
    (JSON, b""),
    (FORM, b"payload=%7B"),
    (FORM, b"payload=1"),
    (FORM, b"payload=%ff"),
    (FORM, b"payload=%5B%5D"),
    (FORM, b""),
    (FORM, b"command=%ff&user_id=U1&channel_id=C1"),
    (FORM, b"&".join(b"a%d=1" % number for number in range(500))),
    ("text/plain", b"hello"),
    ("", b"command=/aml"),
    ("multipart/form-data; boundary=x", b"--x--"),
    (FORM, json.dumps({"type": "event_callback", "event": EVENT}).encode()),
    (JSON, urlencode(COMMAND).encode()),
    *(
        (JSON, json.dumps(wrong).encode())
        for wrong in (
            {},
            {"type": 5},
            {"type": ["event_callback"]},
            {"type": "nonsense"},
            {"type": "url_verification"},
            {"type": "url_verification", "challenge": {}},
            {"type": "event_callback"},
            {"type": "event_callback", "event": "hello"},
            {"type": "event_callback", "event": []},
            {"type": "event_callback", "event": {"type": None}},
            {"type": "event_callback", "event": {"type": "nonsense"}},
            {"type": "event_callback", "event": {**EVENT, "user": 5}},
            {"type": "event_callback", "event": {**EVENT, "channel": {"id": "C1"}}},
            {"type": "event_callback", "event": {**EVENT, "ts": 10**400}},
            {"type": "event_callback", "event": {**EVENT, "text": {}}},
            {"type": "event_callback", "event": {**EVENT, "files": "x"}},
            {"type": "event_callback", "event": {**EVENT, "files": [1]}},
            {"type": "event_callback", "event": EVENT, "authorizations": "x"},
            {"type": "event_callback", "event": EVENT, "authorizations": [5]},
            {"type": "event_callback", "event": EVENT, "team_id": []},
            {"type": "event_callback", "event": {"type": "message", "channel_type": "im"}},
            {"type": "event_callback", "event": {"type": "app_home_opened", "user": []}},
            CLICK,
        )
    ),
    *(
        (FORM, urlencode({"payload": json.dumps(wrong)}).encode())
        for wrong in (
            {},
            {"type": "nonsense", "user": USER},
            {"type": "event_callback", "event": EVENT},
            {**CLICK, "actions": []},
            {**CLICK, "actions": "x"},
            {**CLICK, "actions": [5]},
            {**CLICK, "actions": [{}]},
            {**CLICK, "actions": [{**ACTION, "action_id": 5}]},
            {**CLICK, "actions": [{**ACTION, "value": {}}]},
            {**CLICK, "actions": [{**ACTION, "selected_option": "x"}]},
            {**CLICK, "user": "U1"},
            {**CLICK, "user": {}},
            {**CLICK, "user": None},
            {**CLICK, "team": 5},
            {**CLICK, "channel": []},
            {**CLICK, "message": "x"},
            {**CLICK, "container": []},
            {**CLICK, "response_url": 5},
            {**CLICK, "event": {"user": 5}},
            {"type": "view_submission", "user": USER},
            {"type": "view_submission", "user": USER, "view": "x"},
            {"type": "view_submission", "user": USER, "view": {**VIEW, "state": {"values": []}}},
            {"type": "view_submission", "user": USER, "view": {**VIEW, "private_metadata": 5}},
            {"type": "view_submission", "user": USER, "view": VIEW, "response_urls": [1]},
            {"type": "message_action", "user": USER},
        )
    ),
    *(
        (FORM, urlencode(wrong).encode())
        for wrong in (
            {"text": "help"},
            {**COMMAND, "command": ""},
            {**COMMAND, "command": "/other"},
            {**COMMAND, "user_id": ""},
            {"command": "/aml", "user_id": "U1"},
        )
    ),
]


@pytest.mark.parametrize(("content_type", "body"), JUNK)
def test_signed_nonsense_is_the_senders_fault_in_one_line(
    place: Place, content_type: str, body: bytes
) -> None:
    before = len(place.log.read_text())
    status = place.post(body, Content_Type=content_type).status_code

    said = place.log.read_text()[before:]

    assert (400, 1) == (status, said.count(" bot.http: ") + said.count(" slack_bolt"))


def test_the_word_payload_is_a_word(place: Place, ada: Person) -> None:
    assert "payload" in ada.types("/aml help payload").words


def test_that_slack_leaves_events_out_is_heard_and_logged(place: Place) -> None:
    before = len(place.log.read_text())
    body = {"type": "app_rate_limited", "token": "t", "team_id": "T1", "minute_rate_limited": 1518}
    status = place.post(json.dumps(body).encode(), Content_Type=JSON).status_code
    said = place.log.read_text()[before:]

    assert (200, 1) == (status, said.count("\n"))
    assert "Slack leaves events out" in said


@pytest.mark.parametrize("kind", ["reaction_added", "app_uninstalled", "tokens_revoked"])
def test_an_event_that_nothing_listens_to_is_heard_and_not_sent_again(
    place: Place, kind: str
) -> None:
    before = len(place.log.read_text())
    envelope = {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event_time": 1}
    body = json.dumps({**envelope, "event": {"type": kind, "event_ts": "1.2"}}).encode()

    answer = place.post(body, Content_Type=JSON)

    assert (200, b"") == (answer.status_code, answer.content)
    assert f"Slack told of {kind}" in place.log.read_text()[before:]


@pytest.mark.parametrize("body", [b"{", b"payload=1", b"\xff"])
def test_nonsense_that_is_not_signed_is_refused(place: Place, body: bytes) -> None:
    answer = place.post(body, Content_Type="application/json", X_Slack_Signature="v0=" + "0" * 64)

    assert 401 == answer.status_code


def test_health_and_metrics_share_the_port(place: Place) -> None:
    health = requests.get(f"{place.bot}/healthz", timeout=30)
    metrics = requests.get(f"{place.bot}/metrics", timeout=30)

    assert (200, "ok\n") == (health.status_code, health.text)
    assert "aml_bot_operations_running" in metrics.text


def test_with_a_port_socket_mode_serves_health_and_metrics_too(
    tmp_path: Path,
) -> None:
    port = free_port()
    with (
        make_sandbox(tmp_path / "sandbox", with_bot=False) as sandbox,
        running(tmp_path, "run", "--port", str(port), env=sandbox.env) as process,
    ):
        bot = f"http://127.0.0.1:{port}"
        eventually(lambda: healthy(bot), "the bot does not serve")
        answers = {path: requests.get(bot + path, timeout=30) for path in ("/healthz", "/metrics")}
        slack = requests.post(f"{bot}/slack/events", timeout=30)
        os.kill(process.pid, signal.SIGTERM)
        code = process.wait(10)

    assert [200, 200, 404] == [*(a.status_code for a in answers.values()), slack.status_code]
    assert 0 == code


def test_by_a_socket_too_slack_is_told_that_it_was_heard(tmp_path: Path) -> None:
    payload = {"type": "app_rate_limited", "token": "t", "team_id": "T0SANDBOX", "api_app_id": "A1"}
    acks = []
    with (
        make_sandbox(tmp_path / "sandbox", with_bot=False) as sandbox,
        running(tmp_path, "run", env=sandbox.env),
    ):
        eventually(sandbox.slack.connected, "the bot did not connect")

        async def send() -> None:
            acks.append(await sandbox.slack.workspace.deliveries.send("events_api", payload))

        sandbox._servers.call(send(), seconds=30)  # noqa: SLF001 - Slack's own doing, no person's

    assert [True] == [ack.ok for ack in acks]
    assert 1 == (tmp_path / "stderr.txt").read_text().count("Slack leaves events out")
