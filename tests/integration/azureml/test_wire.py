"""What goes over the wire, field by field: a new SDK that changes it should fail here, loudly."""

from __future__ import annotations

import json
from typing import Any

from services.models import DeploymentSpec, EndpointSpec, ImportSpec
from tests.integration.azureml.conftest import World

HOUR = 3600
CLIP = "azureml://registries/azureml/models/openai-clip-vit-base-patch32/versions/12"
TAGS = {"aml-bot-operation": "dep-7f3k", "aml-bot-requested-by": "U1"}
WHOSE = {"operation": "dep-7f3k", "requested_by": "U1"}


def last(world: World, method: str) -> tuple[str, str, Any]:
    """Path behind the workspace, api-version and body of the last such request."""
    call = [call for call in world.calls.listed() if call["method"] == method][-1]
    path = call["path"].partition(f"/workspaces/{world.connection.workspace}")[2]
    body = json.loads(call["body"]) if call["body"] else None
    return path, call["query"].get("api-version", ""), body


def endpoint(world: World) -> None:
    world.azureml.endpoints.create(EndpointSpec(name="clip", **WHOSE))


def deployment(world: World) -> None:
    world.azureml.endpoints.deploy(
        DeploymentSpec(
            name="version-12",
            endpoint="clip",
            model=CLIP,
            size="Standard_DS3_v2",
            count=2,
            **WHOSE,
        )
    )


def test_an_endpoint_is_put(world: World) -> None:
    endpoint(world)
    properties = {"authMode": "Key", "properties": {}, "traffic": {}, "mirrorTraffic": {}}
    body = {
        "location": "eastus",
        "properties": properties,
        "identity": {"type": "SystemAssigned"},
        "tags": TAGS,
    }
    assert ("/onlineEndpoints/clip", "2022-02-01-preview", body) == last(world, "PUT")


def test_a_deployment_is_put_with_the_probes_of_azures_sample(world: World) -> None:
    endpoint(world)
    world.wait(HOUR)
    deployment(world)
    path, version, body = last(world, "PUT")
    assert ("/onlineEndpoints/clip/deployments/version-12", "2023-04-01-preview") == (path, version)
    assert {"name": "Default", "capacity": 2} == body["sku"]
    assert TAGS == body["tags"]
    assert {
        "model": CLIP,
        "properties": {},
        "environmentVariables": {},
        "appInsightsEnabled": False,
        "requestSettings": {"maxConcurrentRequestsPerInstance": 1, "requestTimeout": "PT1M30S"},
        "livenessProbe": {
            "failureThreshold": 49,
            "successThreshold": 1,
            "timeout": "PT4M59S",
            "period": "PT3M",
            "initialDelay": "PT3M",
        },
        "instanceType": "Standard_DS3_v2",
        "readinessProbe": {
            "failureThreshold": 10,
            "successThreshold": 1,
            "timeout": "PT10S",
            "period": "PT10S",
            "initialDelay": "PT10S",
        },
        "endpointComputeType": "Managed",
    } == body["properties"]


def test_a_deployment_needs_one_request_once_the_region_is_known(world: World) -> None:
    endpoint(world)
    world.wait(HOUR)
    before = len(world.calls.listed())
    deployment(world)
    assert before + 1 == len(world.calls.listed())


def test_traffic_is_put_with_everything_else_unchanged(world: World) -> None:
    endpoint(world)
    world.wait(HOUR)
    deployment(world)
    world.wait(HOUR)
    world.azureml.endpoints.set_traffic("clip", "version-12")
    _, _, body = last(world, "PUT")
    assert {"version-12": 100} == body["properties"]["traffic"]
    assert TAGS == body["tags"]


def test_an_endpoint_is_deleted(world: World) -> None:
    endpoint(world)
    world.wait(HOUR)
    world.azureml.endpoints.delete("clip")
    assert ("/onlineEndpoints/clip", "2022-02-01-preview", None) == last(world, "DELETE")


def test_logs_are_asked_for_by_container(world: World) -> None:
    endpoint(world)
    world.wait(HOUR)
    deployment(world)
    world.azureml.endpoints.logs("clip", "version-12", lines=7, container="storage-initializer")
    path, _, body = last(world, "POST")
    assert "/onlineEndpoints/clip/deployments/version-12/getLogs" == path
    assert {"tail": 7, "containerType": "StorageInitializer"} == body


def test_a_cluster_is_put_without_a_node(world: World) -> None:
    world.azureml.jobs.ensure_compute("model-import-cluster", "Standard_NC4as_T4_v3")
    path, version, body = last(world, "PUT")
    assert ("/computes/model-import-cluster", "2023-08-01-preview") == (path, version)
    properties = body["properties"]["properties"]
    assert "Standard_NC4as_T4_v3" == properties["vmSize"]
    assert {"maxNodeCount": 1, "minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": "PT2M"} == (
        properties["scaleSettings"]
    )


def test_an_import_is_put_under_our_name_with_the_users_identity(world: World) -> None:
    world.azureml.jobs.ensure_compute("model-import-cluster", "Standard_NC4as_T4_v3")
    world.wait(HOUR)
    spec = ImportSpec(
        job="imp-7f3k-1",
        hub_id="google-bert/bert-base-uncased",
        task="fill-mask",
        compute="model-import-cluster",
        requested_by="U1",
    )
    world.azureml.jobs.start_import(spec, None)
    path, version, body = last(world, "PUT")
    job = body["properties"]
    (node,) = job["jobs"].values()
    inputs = {name: value["value"] for name, value in node["inputs"].items()}
    assert ("/jobs/imp-7f3k-1", "2024-01-01-preview") == (path, version)
    assert {"identityType": "UserIdentity"} == job["identity"]
    assert "Import-Model-Pipeline" == job["experimentName"]
    assert node["componentId"].startswith("azureml://registries/azureml/components/import_model/")
    assert {
        "model_id": "google-bert/bert-base-uncased",
        "compute": "model-import-cluster",
        "task_name": "fill-mask",
    } == inputs
    assert job["settings"]["default_compute"].endswith("/computes/model-import-cluster")


def test_a_job_is_cancelled_with_one_post(world: World) -> None:
    test_an_import_is_put_under_our_name_with_the_users_identity(world)
    world.azureml.jobs.cancel("imp-7f3k-1")
    path, _, body = last(world, "POST")
    assert ("/jobs/imp-7f3k-1/cancel", None) == (path, body)


def test_lists_of_the_workspace_say_which_view_in_plain_text(world: World) -> None:
    world.azureml.models.workspace_models()
    (call,) = [one for one in world.calls.listed() if one["path"].endswith("/models")]
    assert "ActiveOnly" == call["query"]["listViewType"]
