"""Endpoints that others made, in every state and form that Azure has for them."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from bot.sandbox import Sandbox
from tests.conversation import Message, Person
from tests.integration.test_faults import CLIP, PHOTO, breaks

API = {"api-version": "2023-04-01-preview"}
ASSET = f"azureml://registries/azureml/models/{CLIP}/versions/12"
HOME = "onlineEndpoints"


class Outside:
    """Somebody who uses Azure without the bot."""

    def __init__(self, sandbox: Sandbox) -> None:
        env = sandbox.env
        self._base = env["AML_BOT_AZURE_URL"]
        self._token = {"Authorization": f"Bearer {env['AML_BOT_AZURE_TOKEN']}"}
        self._ca = env["REQUESTS_CA_BUNDLE"]
        self.workspace = (
            f"/subscriptions/{env['AZURE_SUBSCRIPTION_ID']}/resourceGroups/"
            f"{env['AZURE_RESOURCE_GROUP']}/providers/Microsoft.MachineLearningServices/"
            f"workspaces/{env['AZUREML_WORKSPACE_NAME']}"
        )

    def asks(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
        answer = requests.request(
            method,
            f"{self._base}{self.workspace}/{path}",
            params=API,
            json=body,
            headers=self._token,
            verify=self._ca,
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def makes(self, path: str, **properties: object) -> None:
        """PUT it, and wait until Azure has made it."""
        body = {"location": "eastus", "properties": properties, "tags": {"team": "vision"}}
        self.asks("PUT", path, body)
        self.waits(path)

    def waits(self, path: str) -> None:
        deadline = time.monotonic() + 60
        while self.asks("GET", path)["properties"]["provisioningState"] != "Succeeded":
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def deploys(self, endpoint: str, auth: str = "Key", **more: object) -> None:
        """Make an endpoint that answers with CLIP."""
        self.makes(f"{HOME}/{endpoint}", authMode=auth)
        model = {"referenceType": "Id", "assetId": ASSET}
        known = {"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2"}
        settings = {"maxConcurrentRequestsPerInstance": 1, "requestTimeout": "PT1M30S"}
        made = {**known, "model": model, "requestSettings": settings, **more}
        self.makes(f"{HOME}/{endpoint}/deployments/Blue", **made)


@pytest.fixture(scope="module")
def outside(fresh_sandbox: Sandbox) -> Outside:
    return Outside(fresh_sandbox)


@pytest.fixture(scope="module")
def foreign(outside: Outside) -> str:
    """An endpoint with a deployment that somebody made outside the bot."""
    outside.deploys("Foreign-Clip")
    return "Foreign-Clip"


@pytest.fixture(autouse=True)
def calm(fresh_sandbox: Sandbox, sandbox: Sandbox) -> None:
    """Every test begins without faults, in a sandbox that this module has for itself."""


def line(answer: Message, name: str) -> str:
    """What a list says of one endpoint."""
    (found,) = (part for part in answer.words.split("\n*") if part.startswith(f"{name}*"))
    return found


def classified(person: Person, endpoint: str) -> Message:
    """The answer to a question about a picture: shares, or why there are none."""
    bot = person.get("state")["bot_user_id"]
    asked = person.says(f"<@{bot}> cat, dog endpoint:{endpoint}", PHOTO)

    def told(message: Message) -> bool:
        answer = message.ts != asked and message.raw["user"] == bot
        return answer and any(word in message.words for word in ("%", ":warning:", ":x:"))

    return person.waits(told, thread=asked)


@pytest.mark.parametrize("name", ["foreign-clip", "FOREIGN-CLIP", "`Foreign-Clip`"])
def test_status_answers_for_an_endpoint_that_somebody_made_outside(
    ada: Person, foreign: str, name: str
) -> None:
    answer = ada.types(f"/aml status {name}")

    assert f"{CLIP} version 12" in line(answer, foreign)


@pytest.mark.parametrize("status", [500, 503, 403, 400])
def test_status_of_an_endpoint_tells_azures_fault(ada: Person, status: int) -> None:
    breaks(ada, "azure", "error", status=status, match=HOME)

    answer = ada.types("/aml status foreign-clip")

    assert "There is no" not in answer.words
    assert "read the endpoint foreign-clip" in answer.words


def test_status_of_nothing_says_that_it_is_neither(ada: Person) -> None:
    assert (
        "There is no operation and no endpoint “nothing”" in ada.types("/aml status nothing").text
    )


@pytest.mark.parametrize("name", ["foreign-clip", "Foreign-Clip", "FOREIGN-clip"])
def test_a_name_that_another_has_is_refused_in_every_spelling(
    ada: Person, outside: Outside, foreign: str, name: str
) -> None:
    before = outside.asks("GET", f"{HOME}/{foreign}")

    answer = ada.types(f"/aml deploy {CLIP} endpoint:{name}")

    assert "There is an endpoint called foreign-clip already" in answer.text
    after = outside.asks("GET", f"{HOME}/{foreign}")
    assert (before["tags"], before["properties"]) == (after["tags"], after["properties"])


def test_a_name_with_capitals_is_planned_shown_and_made_in_small_letters(ada: Person) -> None:
    ada.sends_command(f"/aml deploy {CLIP} endpoint:TheBloke-Wizard-13B")
    plan = ada.waits(lambda m: "Run" in m.buttons() and "wizard" in m.words.lower())
    assert "TheBloke" not in plan.words

    ada.clicks(plan, "Run")

    ready = ada.waits(lambda m: m.text.startswith(("Ready", "Failed")) and "wizard-13b" in m.words)
    assert ready.text.startswith("Ready"), ready.words


@pytest.mark.parametrize("status", [500, 400, 403])
def test_one_endpoint_that_cannot_be_read_is_not_known_and_the_rest_is_as_usual(
    ada: Person, outside: Outside, foreign: str, status: int
) -> None:
    outside.makes(f"{HOME}/unread", authMode="Key")
    breaks(ada, "azure", "error", status=status, match="unread/deployments")

    answer = ada.types("/aml list")

    assert "not known" in line(answer, "unread")
    assert f"{CLIP} version 12" in line(answer, foreign)
    plan = ada.types(f"/aml deploy {CLIP} endpoint:beside-unread-{status}")
    assert "Run" in plan.buttons()
    assert "%" in classified(ada, foreign).words
    assert "Whether unread can classify pictures is not known" in classified(ada, "unread").words


def test_a_compute_that_nobody_knows_cannot_be_read_and_the_rest_is_as_usual(
    ada: Person, outside: Outside, foreign: str
) -> None:
    outside.deploys("arc", endpointComputeType="AzureMLCompute")

    answer = ada.types("/aml list")

    assert "cannot be read: it runs on AzureMLCompute" in line(answer, "arc")
    assert f"{CLIP} version 12" in line(answer, foreign)
    assert "Run" in ada.types(f"/aml deploy {CLIP} endpoint:beside-arc").buttons()
    assert "cannot be read" in ada.types("/aml status arc").words


@pytest.mark.parametrize("auth", ["AADToken", "AMLToken", "amltoken"])
def test_an_endpoint_without_keys_is_asked_with_a_token(
    ada: Person, outside: Outside, auth: str
) -> None:
    outside.deploys(f"by-{auth}", auth)

    assert "%" in classified(ada, f"by-{auth}").words


def test_a_way_to_sign_in_that_nobody_knows_is_passed_over_with_a_word(
    ada: Person, outside: Outside, foreign: str
) -> None:
    outside.deploys("passkeys", "Passkey")

    refused = classified(ada, "passkeys")
    assert "asks its callers for Passkey" in refused.words
    assert "%" in classified(ada, foreign).words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("FOREIGN-Clip", "There is an endpoint called foreign-clip already"),
        ("no_such name", "cannot be the name of an endpoint"),
        ("x", "fewer than 3"),
    ],
)
def test_a_bad_name_is_refused_beside_the_field_though_the_rest_of_azure_is_slow(
    ada: Person, foreign: str, name: str, words: str
) -> None:
    assert foreign
    ada.sends_command("/aml deploy")
    view = ada.waits_for_view()
    breaks(ada, "azure", "slow", ms=4_000, match="usages|onlineEndpoints$")

    answer = ada.submits(view, {"model": {"value": CLIP}, "endpoint": {"value": name}})

    assert words in answer["errors"]["endpoint"]


def test_only_registries_of_the_setting_are_asked(ada: Person) -> None:
    answer = ada.types("/aml deploy azureml://registries/elsewhere/models/m/versions/1")

    assert "AZUREML_REGISTRIES" in answer.words
    assert "Run" not in answer.buttons()


@pytest.mark.parametrize("registry", ["..", "a%2fb", "a?b", "a#b", "a@b"])
def test_a_registry_that_cannot_be_is_asked_by_nobody(
    ada: Person, sandbox: Sandbox, registry: str
) -> None:
    sandbox.calls.clear()

    answer = ada.types(f"/aml card azureml://registries/{registry}/models/m/versions/1")

    assert "There is no model" in answer.text
    asked = [call["path"] for call in ada.get("calls", target="azure")["calls"]]
    assert [] == [path for path in asked if "registrymanagement" in path]
