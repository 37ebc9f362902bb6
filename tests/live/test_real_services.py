"""What the sandbox promises, asked of the real services; runs where credentials are set.

`AML_BOT_LIVE=1 python -m pytest -m live tests/live` with the settings of a real bot. Nothing is
deployed and nothing costs money; one message is posted to AML_BOT_CHANNEL and deleted.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bot.app import azure_connection, slack_client
from bot.settings import Settings
from services.azureml.client import AzureML
from services.clock import Clock
from services.huggingface import Hub

CLIP = "openai-clip-vit-base-patch32"

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not os.environ.get("AML_BOT_LIVE"), reason="AML_BOT_LIVE is not set"),
]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.read(Path(".env"))


@pytest.fixture(scope="module")
def azureml(settings: Settings) -> AzureML:
    if not settings.azure_configured:
        pytest.skip("no workspace is configured")
    return AzureML(azure_connection(settings), Clock())


def test_slack_keeps_metadata_of_a_message(settings: Settings) -> None:
    if settings.slack_bot_token is None or settings.aml_bot_channel is None:
        pytest.skip("SLACK_BOT_TOKEN and AML_BOT_CHANNEL are not set")
    client, channel = slack_client(settings), settings.aml_bot_channel
    metadata = {"event_type": "aml_operation", "event_payload": {"operation": f"t-{time.time()}"}}
    posted = client.chat_postMessage(channel=channel, text="aml-bot live test", metadata=metadata)
    try:
        history = client.conversations_history(channel=channel, limit=5, include_all_metadata=True)
    finally:
        client.chat_delete(channel=channel, ts=posted["ts"])

    assert metadata in [message.get("metadata") for message in history["messages"]]


def test_the_registry_knows_the_task_of_clip(azureml: AzureML) -> None:
    model = azureml.models.registry_model("azureml", CLIP)

    assert ("zero-shot-image-classification",) == model.tasks


def test_the_workspace_has_a_region_and_a_quota(azureml: AzureML) -> None:
    assert azureml.endpoints.region()
    assert any((row.limit or 0) > 0 for row in azureml.endpoints.quota())


def test_endpoints_can_be_listed_with_their_deployments(azureml: AzureML) -> None:
    for endpoint in azureml.endpoints.all():
        assert endpoint.name
        assert endpoint.state


def test_the_hub_says_that_clip_states_no_licence(settings: Settings) -> None:
    token = settings.hf_token.get_secret_value() if settings.hf_token else None

    assert Hub(settings.hf_endpoint, token).model("openai/clip-vit-base-patch32").license is None
