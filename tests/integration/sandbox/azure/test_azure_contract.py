"""Which requests the pinned azure-ai-ml sends: a version that changes them fails here, loudly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.integration.sandbox.azure.conftest import CLIP

if TYPE_CHECKING:
    from tests.integration.sandbox.azure.conftest import World

# Method, path beneath the workspace or the registry, and api-version, as recorded with 1.35.2.
EXPECTED = {
    ("GET", "/registrymanagement/v1.0/registries/azureml/discovery", "v1.0"),
    ("GET", "{registry}/models", "2021-10-01-dataplanepreview"),
    (
        "GET",
        "{registry}/models/openai-clip-vit-base-patch32/versions",
        "2021-10-01-dataplanepreview",
    ),
    (
        "GET",
        "{registry}/models/openai-clip-vit-base-patch32/versions/12",
        "2021-10-01-dataplanepreview",
    ),
    ("GET", "{workspace}", "2024-10-01-preview"),
    ("PUT", "{workspace}/onlineEndpoints/clip-ep", "2022-02-01-preview"),
    ("GET", "{workspace}/onlineEndpoints/clip-ep", "2022-02-01-preview"),
    ("GET", "{workspace}/onlineEndpoints/clip-ep", "2023-04-01-preview"),
    ("GET", "{workspace}/onlineEndpoints", "2022-02-01-preview"),
    ("DELETE", "{workspace}/onlineEndpoints/clip-ep", "2022-02-01-preview"),
    ("POST", "{workspace}/onlineEndpoints/clip-ep/listKeys", "2022-02-01-preview"),
    ("PUT", "{workspace}/onlineEndpoints/clip-ep/deployments/blue", "2023-04-01-preview"),
    ("GET", "{workspace}/onlineEndpoints/clip-ep/deployments/blue", "2023-04-01-preview"),
    ("GET", "{workspace}/onlineEndpoints/clip-ep/deployments", "2023-04-01-preview"),
    ("POST", "{workspace}/onlineEndpoints/clip-ep/deployments/blue/getLogs", "2023-04-01-preview"),
    ("GET", "{workspace}/models", "2023-08-01-preview"),
    ("GET", "{workspace}/jobs", "2024-01-01-preview"),
    ("GET", "{locations}/usages", "2023-08-01-preview"),
    ("GET", "{locations}/vmSizes", "2023-08-01-preview"),
}
BODY_OF_A_DEPLOYMENT = {"endpointComputeType", "instanceType", "model", "requestSettings"}


def sent(world: World) -> set[tuple[str, str, str]]:
    """The requests that arrived, in the form of the list above."""
    rows = set()
    for call in world.calls.listed("azure"):
        path = call["path"].replace(world.workspace_path, "{workspace}")
        path = re.sub(r"^/mferp/.*/registries/azureml", "{registry}", path)
        path = re.sub(r"^/subscriptions/.*/locations/eastus", "{locations}", path)
        rows.add((call["method"], path, call["query"].get("api-version", "")))
    return rows


def test_the_clients_requests_are_the_recorded_ones(world: World) -> None:
    from azure.ai.ml.entities import (  # noqa: PLC0415 - two seconds
        ManagedOnlineDeployment,
        ManagedOnlineEndpoint,
        OnlineRequestSettings,
    )

    world.forget_clients()
    ml, registry = world.ml, world.registry("azureml")
    list(registry.models.list(list_view_type="ActiveOnly"))
    registry.models.get("openai-clip-vit-base-patch32", label="latest")
    ml.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name="clip-ep"))
    world.clock.advance(61)
    deployment = ManagedOnlineDeployment(
        name="blue",
        endpoint_name="clip-ep",
        model=CLIP,
        instance_type="Standard_DS3_v2",
        instance_count=1,
        request_settings=OnlineRequestSettings(request_timeout_ms=90_000),
    )
    ml.online_deployments.begin_create_or_update(deployment)
    ml.online_endpoints.get("clip-ep")
    ml.online_deployments.get("blue", "clip-ep")
    ml.online_deployments.get_logs("blue", "clip-ep", lines=5)
    ml.online_endpoints.get_keys("clip-ep")
    list(ml.online_endpoints.list())
    list(ml.online_deployments.list("clip-ep"))
    list(ml.models.list(list_view_type="ActiveOnly"))
    list(ml.jobs.list())
    list(ml.compute.list_usage())
    list(ml.compute.list_sizes())
    ml.online_endpoints.begin_delete("clip-ep")
    assert set() == EXPECTED - sent(world)


def test_a_deployments_body_names_model_size_and_settings(world: World) -> None:
    from azure.ai.ml.entities import ManagedOnlineDeployment  # noqa: PLC0415 - two seconds

    world.endpoint()
    deployment = ManagedOnlineDeployment(
        name="blue",
        endpoint_name="clip-ep",
        model=CLIP,
        instance_type="Standard_DS3_v2",
        instance_count=1,
    )
    world.ml.online_deployments.begin_create_or_update(deployment)
    body = world.arm("GET", "onlineEndpoints/clip-ep/deployments/blue").json()["properties"]
    assert set(body) >= BODY_OF_A_DEPLOYMENT
    assert (CLIP, "Standard_DS3_v2") == (body["model"], body["instanceType"])
