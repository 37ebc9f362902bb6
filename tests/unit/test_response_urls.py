from __future__ import annotations

import pytest

from handlers.response_urls import ResponseUrl
from services.errors import ServiceRefusedError

SLACK = "https://slack.com/api/"
LOCAL = "http://127.0.0.1:4500/api/"


@pytest.mark.parametrize(
    ("address", "api"),
    [
        ("https://hooks.slack.com/commands/T1/1/x", SLACK),
        ("https://hooks.slack.com/actions/T1/1/x", "https://www.slack.com/api/"),
        ("https://hooks.slack-gov.com/commands/T1/1/x", "https://slack-gov.com/api/"),
        ("http://127.0.0.1:4500/response/1", LOCAL),
        ("https://hooks.slack.com/commands/T1/1/x", LOCAL),
    ],
)
def test_answers_go_to_slack_or_to_the_host_of_the_configured_api(address: str, api: str) -> None:
    assert address == ResponseUrl.checked(address, api).address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://evil.example/x",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "https://hooks.slack.com@evil.example/x",
        "https://evil.example@hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://slack.com/api/chat.postMessage",
        "https://evilhooks.slack.com/x",
        "https://evil.example#@hooks.slack.com/",
        "https://evil.example\\@hooks.slack.com/",
        "https://hooks.slack.com/x\r\nX: y",
        "file:///etc/passwd",
        "//hooks.slack.com/x",
        "https://[::1/x",
        "http://127.0.0.1:4500/response/1",
        "http://169.254.169.254/latest",
    ],
)
def test_answers_go_nowhere_else(address: str) -> None:
    with pytest.raises(ServiceRefusedError):
        ResponseUrl.checked(address, SLACK)


@pytest.mark.parametrize("address", ["http://127.0.0.1:4501/x", "https://127.0.0.1:4500/x"])
def test_a_local_slack_answers_on_its_own_port_alone(address: str) -> None:
    with pytest.raises(ServiceRefusedError):
        ResponseUrl.checked(address, LOCAL)
