"""The table of what the stand-ins play: complete, true, and enough for the product's own calls."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.manifest import manifest
from bot.sandbox import PHOTOS
from bot.sandbox.azureml import LocalAzure
from bot.sandbox.calls import Calls
from bot.sandbox.clock import SandboxClock
from bot.sandbox.coverage import Covered, uncovered, unserved
from bot.sandbox.faults import Faults
from bot.sandbox.hub import LocalHub
from bot.sandbox.scoring import Scorer
from bot.sandbox.slack import LocalSlack
from bot.sandbox.store import Store

ROOT = Path(__file__).parents[2]
DATA = ROOT / "services" / "data"
WORKSPACE = (
    "/subscriptions/{subscription}/resourceGroups/{group}"
    "/providers/Microsoft.MachineLearningServices/workspaces/{workspace}"
)
LOCATION = (
    "/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{location}"
)
REGISTRY = (
    "/mferp/managementfrontend/subscriptions/{subscription}/resourceGroups/{group}"
    "/providers/Microsoft.MachineLearningServices/registries/{registry}"
)
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/{{endpoint}}"
DEPLOYMENT = f"{ENDPOINT}/deployments/{{deployment}}"
# What services/azureml and services/scoring.py send. Jobs, clusters and components are played in
# the parts that the product uses, which is what "partial" says of them.
AZURE_CALLS = (
    ("GET", "/registrymanagement/v1.0/registries/{registry}/discovery"),
    ("GET", f"{REGISTRY}/models/{{name}}/versions"),
    ("GET", f"{REGISTRY}/models/{{name}}/versions/{{version}}"),
    ("GET", WORKSPACE),
    ("GET", f"{WORKSPACE}/models"),
    ("GET", f"{WORKSPACE}/models/{{name}}/versions"),
    ("GET", f"{WORKSPACE}/models/{{name}}/versions/{{version}}"),
    ("GET", f"{WORKSPACE}/onlineEndpoints"),
    ("GET", ENDPOINT),
    ("PUT", ENDPOINT),
    ("DELETE", ENDPOINT),
    ("POST", f"{ENDPOINT}/listKeys"),
    ("GET", f"{ENDPOINT}/deployments"),
    ("GET", DEPLOYMENT),
    ("PUT", DEPLOYMENT),
    ("POST", f"{DEPLOYMENT}/getLogs"),
    ("GET", f"{WORKSPACE}/computes/{{name}}"),
    ("GET", f"{WORKSPACE}/jobs/{{job}}"),
    ("POST", f"{WORKSPACE}/jobs/{{job}}/cancel"),
    ("GET", f"/history/v1.0{WORKSPACE}/runs/{{run}}/children"),
    ("GET", f"{LOCATION}/usages"),
    ("GET", f"{LOCATION}/mfeOperationsStatus/{{operation}}"),
    ("POST", "/endpoints/{endpoint}/score"),
)
# What services/huggingface makes the real client send.
HUB_CALLS = (
    ("GET", "/api/models"),
    ("GET", "/api/models/{repo}"),
    ("GET", "/api/agent-harnesses"),
)
SLACK_ROUTES = (
    ("GET", "/socket"),
    ("POST", "/response/{key}"),
    ("GET", "/files/{file}/{name}"),
    ("GET", "/files/{file}/download/{name}"),
)
SLACK_FAMILIES = "apps|auth|chat|conversations|files|usergroups|users|views|bots|reactions|team"
SLACK_CALL = re.compile(rf"\.((?:{SLACK_FAMILIES})_[A-Za-z_]+)\b(?!=)")
AZURE_CALLS_IN_PART = (
    ("PUT", f"{WORKSPACE}/computes/{{name}}"),
    ("PUT", f"{WORKSPACE}/jobs/{{job}}"),
    ("GET", f"{REGISTRY}/components/{{name}}/versions"),
)


@pytest.fixture(scope="module")
def azure() -> LocalAzure:
    return LocalAzure(
        store=Store(),
        clock=SandboxClock(speed=1.0),
        faults=Faults(),
        calls=Calls(),
        catalog=DATA / "catalog.jsonl",
        sizes=DATA / "sizes.jsonl",
        hub=DATA / "hub.jsonl",
        scorer=Scorer(),
    )


@pytest.fixture(scope="module")
def slack() -> LocalSlack:
    return LocalSlack(
        store=Store(),
        clock=SandboxClock(speed=1.0),
        faults=Faults(),
        calls=Calls(),
        manifest=manifest(),
        photos=PHOTOS,
    )


@pytest.fixture(scope="module")
def hub() -> LocalHub:
    return LocalHub(
        store=Store(),
        clock=SandboxClock(speed=1.0),
        faults=Faults(),
        calls=Calls(),
        hub=DATA / "hub.jsonl",
    )


@pytest.fixture(params=["azure", "slack", "hub"])
def stand_in(
    request: pytest.FixtureRequest, azure: LocalAzure, slack: LocalSlack, hub: LocalHub
) -> LocalAzure | LocalSlack | LocalHub:
    stand_ins: dict[str, LocalAzure | LocalSlack | LocalHub] = {
        "azure": azure,
        "slack": slack,
        "hub": hub,
    }
    return stand_ins[request.param]


def slack_methods() -> list[str]:
    """Every Web API method that the bot's own code calls, as Slack spells it."""
    known = {name for name in dir(WebClient) if "_" in name}
    code = [
        *(path for path in (ROOT / "bot").glob("*.py")),
        *(path for path in (ROOT / "handlers").rglob("*.py")),
    ]
    called = {name for path in code for name in SLACK_CALL.findall(path.read_text("utf-8"))}
    return sorted(name.replace("_", ".") for name in called & known)


def row(table: tuple[Covered, ...], method: str, path: str) -> Covered | None:
    return next((one for one in table if (one.method, one.path) == (method, path)), None)


def test_every_route_is_in_the_table(stand_in: LocalAzure | LocalSlack | LocalHub) -> None:
    assert [] == uncovered(stand_in.app(), stand_in.COVERAGE)


def test_every_row_is_served(stand_in: LocalAzure | LocalSlack | LocalHub) -> None:
    assert [] == unserved(stand_in.app(), stand_in.COVERAGE)


def test_rows_that_are_not_whole_say_what_is_missing(
    stand_in: LocalAzure | LocalSlack | LocalHub,
) -> None:
    silent = [one for one in stand_in.COVERAGE if one.status != "supported" and not one.note]
    assert [] == silent


def test_the_product_asks_slack_for_what_it_is_known_to() -> None:
    assert {"chat.postMessage", "chat.update", "views.open", "auth.test"} <= set(slack_methods())


@pytest.mark.parametrize("method", slack_methods())
def test_what_the_product_asks_of_slack_is_supported(slack: LocalSlack, method: str) -> None:
    found = row(slack.COVERAGE, "*", f"/api/{method}")
    assert found is not None
    assert "supported" == found.status


@pytest.mark.parametrize(("method", "path"), SLACK_ROUTES)
def test_what_else_the_product_reaches_at_slack_is_supported(
    slack: LocalSlack, method: str, path: str
) -> None:
    found = row(slack.COVERAGE, method, path)
    assert found is not None
    assert "supported" == found.status


@pytest.mark.parametrize(("method", "path"), HUB_CALLS)
def test_what_the_product_asks_of_the_hub_is_supported(
    hub: LocalHub, method: str, path: str
) -> None:
    found = row(hub.COVERAGE, method, path)
    assert found is not None
    assert "supported" == found.status


@pytest.mark.parametrize(("method", "path"), AZURE_CALLS)
def test_what_the_product_asks_of_azure_is_supported(
    azure: LocalAzure, method: str, path: str
) -> None:
    found = row(azure.COVERAGE, method, path)
    assert found is not None
    assert "supported" == found.status


@pytest.mark.parametrize(("method", "path"), AZURE_CALLS_IN_PART)
def test_what_is_played_in_part_is_what_the_product_uses(
    azure: LocalAzure, method: str, path: str
) -> None:
    found = row(azure.COVERAGE, method, path)
    assert found is not None
    assert re.search(r"import_model|AmlCompute", found.note)
