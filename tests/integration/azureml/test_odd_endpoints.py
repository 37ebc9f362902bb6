"""Endpoints that Azure describes oddly, or not at all: one never hides the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.azureml import endpoints
from services.azureml.entities import TAG_OPERATION
from services.errors import NotFoundError, ServiceRefusedError
from services.models import Deployment, Endpoint, EndpointSpec, Quota
from services.planning import NO_LIMIT, cores_left
from tests.integration.azureml.conftest import World
from tests.integration.azureml.test_endpoints import ENDPOINT, made

PLAIN = {"name": "v1", "properties": {"endpointComputeType": "Managed", "instanceType": "S"}}
DSV2 = "standardDSv2Family"
SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
PLACE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices"
GROUPS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
WORKSPACES = "providers/Microsoft.MachineLearningServices/workspaces"


def two(world: World) -> None:
    """One endpoint with a deployment, and another without."""
    made(world)
    world.azureml.endpoints.create(replace(ENDPOINT, name="other"))
    world.wait(3600)


def answers(world: World, match: str, rows: list[Any]) -> None:
    world.fail("error", match=match, status=200, body={"value": rows})


def by_name(world: World) -> dict[str, Endpoint]:
    return {endpoint.name: endpoint for endpoint in world.azureml.endpoints.all()}


@pytest.mark.parametrize("status", [400, 403, 409, 429, 500, 503])
def test_deployments_that_azure_does_not_tell_are_not_known_and_the_rest_is_as_usual(
    world: World, status: int
) -> None:
    two(world)
    world.fail("error", match="other/deployments", status=status)
    found = by_name(world)
    assert ("", 1) == (found["clip"].problem, len(found["clip"].deployments))
    assert "cannot be read, so what it runs and costs is not known" in found["other"].problem


def test_an_endpoint_that_does_not_answer_holds_nobody_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "STRAGGLES", 0.2)
    two(world)
    world.fail("slow", match="other/deployments", ms=5_000)
    found = by_name(world)
    assert ("", 1) == (found["clip"].problem, len(found["clip"].deployments))
    assert "Azure has not told of its deployments in time" in found["other"].problem


def test_a_list_without_rows_is_told_in_one_line_of_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    two(world)
    world.fail("error", match="other/deployments", status=200, body={"items": []})
    by_name(world)
    odd = [record for record in caplog.records if "odd answer" in record.getMessage()]
    assert (True, []) == (bool(odd), [record for record in odd if record.exc_info])


@pytest.mark.parametrize("body", ["<html>busy</html>", [], {"items": []}, {"value": 7}])
def test_a_list_in_an_unknown_form_costs_only_its_endpoint(world: World, body: object) -> None:
    two(world)
    world.fail("error", match="other/deployments", status=200, body=body)
    found = by_name(world)
    assert (1, True) == (len(found["clip"].deployments), bool(found["other"].problem))


@pytest.mark.parametrize("kind", ["AzureMLCompute", "Quantum"])
def test_a_compute_that_nobody_knows_cannot_be_read_and_the_rest_can(
    world: World, kind: str
) -> None:
    two(world)
    odd = {"name": "v2", "properties": {"endpointComputeType": kind}}
    answers(world, "other/deployments", [PLAIN, odd])
    first, second = by_name(world)["other"].deployments
    assert "" == first.problem
    assert f"cannot be read: it runs on {kind}" in second.problem


@pytest.mark.parametrize(
    "row",
    [
        {"name": "odd"},
        {"name": "odd", "properties": None},
        {"name": "odd", "properties": {"traffic": None, "provisioningState": None}},
        {"name": "odd", "properties": {"traffic": {"v1": "all"}}, "tags": None, "sku": "Large"},
        {"name": "odd", "properties": {"authMode": "Passkey"}, "kind": "Quantum"},
        {"name": "odd", "properties": {"provisioningState": "Dreaming"}, "systemData": "none"},
        {"name": "odd", "properties": {}, "tags": {"a": None}, "location": 7, "identity": 7},
    ],
)
def test_a_document_of_any_form_is_an_endpoint(world: World, row: dict[str, Any]) -> None:
    answers(world, "onlineEndpoints$", [PLAIN | {"name": "plain"}, row, "no object"])
    assert ["odd", "plain"] == [endpoint.name for endpoint in world.azureml.endpoints.all()]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"name": "v"},
        {"name": "v", "properties": {"model": 7, "instanceType": None}, "sku": None},
        {"name": "v", "properties": {"model": {"assetId": None}}, "sku": {"capacity": "many"}},
        {"id": "/x/deployments/v", "properties": {"model": []}, "sku": {"name": "Odd"}},
    ],
)
def test_what_a_deployment_does_not_tell_is_not_known(world: World, row: dict[str, Any]) -> None:
    two(world)
    answers(world, "other/deployments", [row])
    (found,) = by_name(world)["other"].deployments
    assert ("", "", None, "") == (found.model, found.size, found.count, found.state)


def test_all_pages_are_read_though_one_row_is_odd(world: World) -> None:
    for number in range(3):
        world.azureml.endpoints.create(replace(ENDPOINT, name=f"page-{number}"))
    rows = [{"name": "odd", "properties": {"authMode": "Passkey"}}]
    link = "https://elsewhere.example" + world.sent("PUT")[0].rpartition("/")[0]
    body = {"value": rows, "nextLink": f"{link}?api-version=2022-02-01-preview&$skip=1"}
    world.fail("error", match="onlineEndpoints$", times=1, status=200, body=body)
    names = [endpoint.name for endpoint in world.azureml.endpoints.all()]
    assert ["odd", "page-1", "page-2"] == names


def test_one_endpoint_is_read_though_its_deployments_are_not(world: World) -> None:
    made(world)
    world.fail("error", match="clip/deployments", status=500)
    found = world.azureml.endpoints.get("clip")
    assert found is not None
    assert ("Succeeded", True) == (found.state, "not known" in found.problem)


@pytest.mark.parametrize("name", ["..", "a/b", "a?b", "a%2fb", "a#b", "a b", "", "1a"])
def test_what_cannot_be_an_endpoints_name_is_asked_of_nobody(world: World, name: str) -> None:
    assert world.azureml.endpoints.get(name) is None
    assert [] == world.calls.listed()


@pytest.mark.parametrize("name", ["Clip", "CLIP", "clip"])
def test_creating_never_touches_what_another_made(world: World, name: str) -> None:
    made(world)
    before = world.azureml.endpoints.get("clip")
    spec = EndpointSpec(name=name, operation="dep-9999", requested_by="U2")
    with pytest.raises(ServiceRefusedError, match="clip already") as refused:
        world.azureml.endpoints.create(spec)
    assert ("EndpointTaken", before) == (
        refused.value.code,
        world.azureml.endpoints.get("clip"),
    )


@pytest.mark.parametrize("name", ["CLIP", "Clip", "clip"])
def test_the_local_azure_takes_every_spelling_of_a_name(world: World, name: str) -> None:
    made(world)
    found = world.azureml.endpoints.get(name)
    assert found is not None
    assert ("clip", 1, 100) == (found.name, len(found.deployments), found.share("Version-12"))
    assert world.azureml.endpoints.deployment(name, "VERSION-12") is not None


def test_tags_and_traffic_are_found_in_every_spelling() -> None:
    one = Endpoint(
        name="a",
        state="Succeeded",
        scoring_uri=None,
        region="eastus",
        traffic=(("blue", 70),),
        tags=(("AML-Bot-Operation", "dep-7f3k"),),
    )
    assert ("dep-7f3k", 70, 0) == (one.tag(TAG_OPERATION), one.share("Blue"), one.share("green"))


def row(
    used: int | None, limit: int | None, *, where: str = "", name: str = DSV2, **more: object
) -> dict[str, object]:
    path = where or f"{PLACE}/locations/eastus/vmFamily/{name}/usages"
    known = {
        "id": path,
        "type": "Microsoft.MachineLearningServices/vmFamily/dedicatedCores/usages",
        "unit": "Count",
        "currentValue": used,
        "limit": limit,
        "name": {"value": name, "localizedValue": name},
    }
    return {**known, **more}


OURS, THEIRS = f"{GROUPS}/RG-Sandbox/{WORKSPACES}/WS-Sandbox", f"{GROUPS}/rg/{WORKSPACES}/team"
CHEAP = "Microsoft.MachineLearningServices/vmFamily/lowPriorityCores/usages"
TOTAL = "TotalDedicatedCores"


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([row(8, 8, where=f"{THEIRS}/usages")], 100),
        ([row(8, 8, where=f"{GROUPS}/other/{WORKSPACES}/ws-sandbox/usages")], 100),
        ([row(92, 100, where=f"{OURS}/usages")], 8),
        ([row(8, 8, where=f"{OURS}/computes/train/usages")], 100),
        ([row(8, 8, type=CHEAP)], 100),
        ([row(8, 8, type=CHEAP.upper())], 100),
        ([row(8, 8, where=f"{PLACE}/locations/westus/vmFamily/{DSV2}/usages")], 100),
        ([row(8, 8, amlWorkspaceLocation="westus")], 100),
        ([row(8, 8, where="/subscriptions/other/usages")], 100),
        ([row(8, 8, unit="Percent")], 100),
        ([row(0, -1, where=f"{OURS}/usages")], 100),
        ([row(None, 8)], 100),
        ([row(60, 90, name="STANDARDdsV2Family")], 30),
        ([row(90, 100, name=TOTAL)], 10),
        ([row(8, 8, name="TotalLowPriorityCores")], 100),
        ([row(2, 3, name="TotalClusters")], 100),
    ],
)
def test_only_dedicated_cores_of_the_subscription_and_of_our_workspace_count(
    world: World, rows: list[object], left: int
) -> None:
    answers(world, "usages$", [*rows, row(0, 100)])
    assert left == cores_left(world.azureml.endpoints.quota(), DSV2)


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([row(7, -1)], NO_LIMIT),
        ([row(7, -1), row(90, 100, name=TOTAL)], 10),
        ([row(None, 6)], None),
        ([row(0, None)], None),
        ([], None),
    ],
)
def test_no_limit_is_none_and_what_azure_does_not_tell_is_not_known(
    world: World, rows: list[object], left: int | None
) -> None:
    answers(world, "usages$", rows)
    assert left == cores_left(world.azureml.endpoints.quota(), DSV2)


def test_the_local_azures_usages_hold_rows_of_low_priority(world: World) -> None:
    rows = [one for one in world.azureml.endpoints.quota() if one.family == DSV2]
    assert [Quota(family=DSV2, used=0, limit=100)] == rows


@pytest.mark.parametrize(
    "registry", ["..", "a/b", "a?b", "a#b", "a%2fb", "a@b", "a b", "", "x" * 99]
)
def test_no_request_goes_to_what_cannot_be_a_registry(world: World, registry: str) -> None:
    with pytest.raises(NotFoundError):
        world.azureml.models.registry_model(registry or " ", "clip", "1")
    with pytest.raises(NotFoundError):
        world.azureml.models.listed(registry or " ")
    assert [] == world.calls.listed()


@pytest.mark.parametrize("part", ["..", "a/b", "a?b", "a#b", "a%2fb", "a@b", "a b"])
def test_no_request_goes_to_what_cannot_be_a_model_or_a_version(world: World, part: str) -> None:
    for name, version in ((part, "1"), ("clip", part)):
        with pytest.raises(NotFoundError):
            world.azureml.models.registry_model("azureml", name, version)
        with pytest.raises(NotFoundError):
            world.azureml.models.workspace_model(name, version)
    assert [] == world.calls.listed()


def test_a_deployment_read_alone_is_as_in_the_list(world: World) -> None:
    made(world)
    alone = world.azureml.endpoints.deployment("clip", "version-12")
    (listed,) = by_name(world)["clip"].deployments
    assert isinstance(alone, Deployment)
    assert listed == replace(alone, traffic=100)
