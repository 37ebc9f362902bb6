"""What other websites that are open in the same browser can do to the sandbox: nothing."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bot.sandbox import Sandbox
from bot.sandbox.store import Store
from tests.conftest import make_sandbox
from tests.integration.sandbox.slack_room import MAIN, Room, make_room

POST = {"channel": MAIN, "text": "hello"}
ELSEWHERE = ("cross-site", "same-site")
READ = (
    "/control/state",
    "/control/messages?channel=C0MLPLATFORM",
    "/api/auth.test",
    "/page/api.js",
)
FRAMED = ("iframe", "frame", "embed", "object", "image", "script", "empty")
SECRETS = ("bot_token", "app_token", "signing_secret")


def secrets(room: Room) -> list[str]:
    return [getattr(room.slack, name) for name in SECRETS]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ["chat.postMessage", "chat.delete", "views.publish", "nosuch"])
def test_nothing_is_written_but_by_post(room: Room, method: str, name: str) -> None:
    headers = {"Authorization": f"Bearer {room.slack.bot_token}"}
    answer = room.http.request(
        method, f"{room.url}/api/{name}", params=POST, headers=headers, timeout=30
    )

    assert (405, []) == (answer.status_code, room.messages())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_in_an_address_is_none(room: Room, method: str) -> None:
    asked = {"token": room.slack.bot_token}
    answer = room.http.request(method, f"{room.url}/api/auth.test", params=asked, timeout=30)

    assert "not_authed" == answer.json()["error"]


@pytest.mark.parametrize(
    "path", ["command", "message", "action", "view", "fault", "clock", "bot", "reset", "invite"]
)
def test_the_control_api_writes_by_post_only(room: Room, path: str) -> None:
    answer = room.http.get(f"{room.url}/control/{path}", params=POST, timeout=30)

    assert 405 == answer.status_code


@pytest.mark.parametrize("site", ELSEWHERE)
@pytest.mark.parametrize("path", ["/control/reset", "/control/command", "/api/chat.postMessage"])
def test_other_websites_cannot_write(room: Room, path: str, site: str) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "document"}

    assert 403 == room.http.post(room.url + path, headers=headers, timeout=30).status_code


@pytest.mark.parametrize("dest", FRAMED)
@pytest.mark.parametrize("path", ["/", *READ])
def test_other_websites_cannot_read_or_frame(room: Room, path: str, dest: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": dest}

    assert 403 == room.http.get(room.url + path, headers=headers, timeout=30).status_code


@pytest.mark.parametrize("site", [*ELSEWHERE, "none", "same-origin"])
def test_a_link_to_the_page_can_be_followed(room: Room, site: str) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}

    assert 200 == room.http.get(f"{room.url}/", headers=headers, timeout=30).status_code


def test_the_page_itself_may_write(room: Room) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Origin": room.url}
    answer = room.http.post(f"{room.url}/control/reset", headers=headers, timeout=30)

    assert 200 == answer.status_code


@pytest.mark.parametrize("path", ["/", *READ, "/nothing"])
def test_no_answer_can_be_framed_or_embedded(room: Room, path: str) -> None:
    headers = room.http.get(room.url + path, timeout=30).headers

    assert "DENY" == headers["X-Frame-Options"]
    assert "same-origin" == headers["Cross-Origin-Resource-Policy"]


def test_the_policy_of_the_page_names_no_ancestor(room: Room) -> None:
    policy = room.http.get(f"{room.url}/", timeout=30).headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy.split("; ")


def test_every_sandbox_has_secrets_of_its_own() -> None:
    assert 6 == len({*secrets(make_room()), *secrets(make_room())})


def test_the_secrets_outlive_a_restart_and_a_reset(tmp_path: Path) -> None:
    first = make_room(store := Store(tmp_path / "kept"))
    before = secrets(first)
    store.clear()
    first.slack.reset()
    store.close()
    second = make_room(again := Store(tmp_path / "kept"))
    again.close()

    assert before == secrets(second)


def test_the_file_with_the_secrets_is_for_its_owner(tmp_path: Path) -> None:
    Store(tmp_path / "kept").close()

    assert 0o600 == stat.S_IMODE((tmp_path / "kept").stat().st_mode)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with make_sandbox(tmp_path_factory.mktemp("sites"), with_bot=False) as sandbox:
        yield sandbox


def test_azure_and_the_hub_answer_no_website_either(sandbox: Sandbox) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}
    ca = sandbox.env["AML_BOT_AZURE_CA"]
    urls = [f"{sandbox.azure.base_url}/subscriptions", f"{sandbox.hub.base_url}/api/models"]
    answers = [requests.get(url, headers=headers, verify=ca, timeout=30) for url in urls]

    assert [403, 403] == [answer.status_code for answer in answers]
