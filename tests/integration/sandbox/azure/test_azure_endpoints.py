from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests.integration.sandbox.azure.conftest import CLIP, Json

if TYPE_CHECKING:
    from tests.integration.sandbox.azure.conftest import World

HUGE = "Standard_D96a_v4"


def state(world: World, path: str) -> str:
    return str(world.arm("GET", path).json()["properties"]["provisioningState"])


def score(
    world: World,
    body: Json | bytes,
    name: str = "clip-ep",
    key: str | None = None,
    deployment: str | None = None,
) -> requests.Response:
    found = key or world.arm("POST", f"onlineEndpoints/{name}/listKeys").json()["primaryKey"]
    headers = {"Authorization": f"Bearer {found}"}
    if deployment:
        headers["azureml-model-deployment"] = deployment
    return requests.post(
        f"{world.azure.base_url}/endpoints/{name}/score",
        json=body if isinstance(body, dict) else None,
        data=body if isinstance(body, bytes) else None,
        headers=headers,
        verify=str(world.ca),
        timeout=30,
    )


def test_the_real_client_makes_an_endpoint_that_becomes_ready(world: World) -> None:
    from azure.ai.ml.entities import ManagedOnlineEndpoint  # noqa: PLC0415 - two seconds

    endpoint = ManagedOnlineEndpoint(name="clip-ep", auth_mode="key", tags={"by": "me"})
    poller = world.ml.online_endpoints.begin_create_or_update(endpoint)
    assert "Creating" == world.ml.online_endpoints.get("clip-ep").provisioning_state
    world.clock.advance(61)
    poller.wait(5)
    assert poller.done()
    ready = world.ml.online_endpoints.get("clip-ep")
    assert ("Succeeded", {"by": "me"}) == (ready.provisioning_state, ready.tags)


def test_an_operation_is_in_progress_then_succeeded(world: World) -> None:
    response = world.arm("PUT", "onlineEndpoints/clip-ep", {"properties": {"authMode": "Key"}})
    assert "mfeOperationsStatus/oeidp:" in response.headers["Azure-AsyncOperation"]
    assert "InProgress" == world.operation(response)["status"]
    world.clock.advance(61)
    assert "Succeeded" == world.operation(response)["status"]


@pytest.mark.parametrize("name", ["ab", "1abc", "a_b", "abc-", "a" * 33])
def test_a_name_that_azure_does_not_allow_is_refused(world: World, name: str) -> None:
    response = world.arm("PUT", f"onlineEndpoints/{name}", {"properties": {}})
    assert (400, "BadArgument") == (response.status_code, response.json()["error"]["code"])


def test_without_our_token_nothing_is_told(world: World) -> None:
    url = f"{world.azure.base_url}{world.workspace_path}?api-version=2023-10-01"
    response = requests.get(url, verify=str(world.ca), timeout=30)
    assert (401, "InvalidAuthenticationToken") == (
        response.status_code,
        response.json()["error"]["code"],
    )


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_web_pages_and_other_host_names_are_refused(world: World, headers: dict[str, str]) -> None:
    response = world.ask("GET", "/metadata/endpoints", None, **headers)
    assert (403, "Forbidden") == (response.status_code, response.json()["error"]["code"])


def test_another_workspace_is_not_found(world: World) -> None:
    path = world.workspace_path.replace(world.azure.workspace, "ws-other")
    response = world.ask("GET", f"{path}?api-version=2023-10-01")
    assert (404, "ResourceNotFound") == (response.status_code, response.json()["error"]["code"])


def test_what_is_not_played_says_so(world: World) -> None:
    response = world.arm("POST", "onlineEndpoints/clip-ep/regenerateKeys", {})
    assert 404 == response.status_code
    assert "does not play" in response.json()["error"]["message"]


def test_the_real_client_deploys_and_sends_traffic(world: World) -> None:
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
    assert "Creating" == world.ml.online_deployments.get("blue", "clip-ep").provisioning_state
    world.clock.advance(481)
    ready = world.ml.online_deployments.get("blue", "clip-ep")
    assert ("Succeeded", CLIP, 1) == (ready.provisioning_state, ready.model, ready.instance_count)
    endpoint = world.ml.online_endpoints.get("clip-ep")
    endpoint.traffic = {"blue": 100}
    world.ml.online_endpoints.begin_create_or_update(endpoint)
    world.clock.advance(21)
    assert {"blue": 100} == world.ml.online_endpoints.get("clip-ep").traffic


def test_an_endpoint_that_is_being_made_is_busy(world: World) -> None:
    body: Json = {"properties": {"authMode": "Key"}}
    world.arm("PUT", "onlineEndpoints/clip-ep", body)
    assert 409 == world.arm("PUT", "onlineEndpoints/clip-ep", body).status_code
    assert 409 == world.put_deployment().status_code


def test_a_deployment_that_is_being_made_is_busy(world: World) -> None:
    world.endpoint()
    world.put_deployment()
    assert 409 == world.put_deployment().status_code


def test_traffic_goes_only_to_a_deployment_that_is_ready(world: World) -> None:
    world.endpoint()
    world.put_deployment()
    body = {"properties": {"authMode": "Key", "traffic": {"blue": 100}}}
    assert 400 == world.arm("PUT", "onlineEndpoints/clip-ep", body).status_code
    world.clock.advance(481)
    assert 200 == world.arm("PUT", "onlineEndpoints/clip-ep", body).status_code


def test_a_deployment_with_traffic_is_not_deleted(world: World) -> None:
    world.deployed()
    refused = world.arm("DELETE", "onlineEndpoints/clip-ep/deployments/blue")
    assert 400 == refused.status_code
    assert "traffic (100 %)" in refused.json()["error"]["message"]
    world.arm("PUT", "onlineEndpoints/clip-ep", {"properties": {"traffic": {"blue": 0}}})
    world.clock.advance(21)
    assert 202 == world.arm("DELETE", "onlineEndpoints/clip-ep/deployments/blue").status_code
    world.clock.advance(61)
    gone = world.arm("GET", "onlineEndpoints/clip-ep/deployments/blue")
    assert 404 == gone.status_code


def test_deleting_an_endpoint_takes_its_deployments_along(world: World) -> None:
    world.deployed()
    response = world.arm("DELETE", "onlineEndpoints/clip-ep")
    assert 202 == response.status_code
    assert "Deleting" == state(world, "onlineEndpoints/clip-ep")
    assert "Deleting" == state(world, "onlineEndpoints/clip-ep/deployments/blue")
    world.clock.advance(61)
    assert "Succeeded" == world.operation(response)["status"]
    assert 404 == world.arm("GET", "onlineEndpoints/clip-ep").status_code
    assert 204 == world.arm("DELETE", "onlineEndpoints/clip-ep").status_code


def test_deleting_while_it_is_made_cancels_the_first_operation(world: World) -> None:
    world.endpoint()
    creating = world.put_deployment()
    world.arm("DELETE", "onlineEndpoints/clip-ep")
    found = world.operation(creating)
    assert ("Canceled", "OperationCanceled") == (found["status"], found["error"]["code"])


@pytest.mark.parametrize(
    ("seconds", "phase"),
    [
        (10, "SystemSetup: InProgress"),
        (100, "UserContainerImagePull: InProgress"),
        (200, "ModelDownload: InProgress"),
        (400, "UserContainerStart: InProgress"),
        (481, "UserContainerStart: Succeeded"),
    ],
)
def test_logs_tell_how_far_the_instance_is(world: World, seconds: int, phase: str) -> None:
    world.endpoint()
    world.put_deployment()
    world.clock.advance(seconds)
    logs = world.ml.online_deployments.get_logs("blue", "clip-ep", lines=50)
    assert phase in logs.splitlines()


def test_the_storage_container_has_logs_of_its_own(world: World) -> None:
    world.deployed()
    logs = world.ml.online_deployments.get_logs(
        "blue", "clip-ep", lines=50, container_type="storage-initializer"
    )
    assert f"Downloading {CLIP}" in logs


def test_too_few_cores_fail_with_the_reason(world: World) -> None:
    world.endpoint()
    response = world.put_deployment(size=HUGE)
    world.clock.advance(46)
    error = world.operation(response)["error"]
    assert error["code"] is None
    assert error["message"].startswith("OutOfQuota: Not enough quota")
    assert "Current usage/limit: 0/100. Additional needed: 192" in error["message"]
    assert "Failed" == state(world, "onlineEndpoints/clip-ep/deployments/blue")


def test_an_error_is_the_exception_that_the_client_makes_of_it(world: World) -> None:
    from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - two seconds

    error = {"code": "SubscriptionNotRegistered", "message": "Register the provider first."}
    world.fault("error", match="/onlineEndpoints/", status=409, body={"error": error})
    with pytest.raises(HttpResponseError, match="Register the provider first") as caught:
        world.ml.online_endpoints.get("clip-ep")
    assert 409 == caught.value.status_code


def test_an_error_may_be_a_page_of_a_gateway(world: World) -> None:
    headers = {"Content-Type": "text/html; charset=utf-8", "Retry-After": "7"}
    world.fault("error", status=502, body="<h1>Bad gateway</h1>", headers=headers)
    answer = world.arm("GET", "onlineEndpoints")
    assert (502, "<h1>Bad gateway</h1>", "text/html; charset=utf-8", "7") == (
        answer.status_code,
        answer.text,
        answer.headers["Content-Type"],
        answer.headers["Retry-After"],
    )


def test_the_quota_fault_needs_no_real_shortage(world: World) -> None:
    world.fault("quota")
    world.endpoint()
    response = world.put_deployment()
    world.clock.advance(46)
    assert world.operation(response)["error"]["message"].startswith("OutOfQuota: ")


def test_a_crash_fails_late_and_its_log_says_why(world: World) -> None:
    world.fault("crash", reason="ModuleNotFoundError: No module named 'transformers'")
    world.endpoint()
    response = world.put_deployment()
    world.clock.advance(300)
    assert "InProgress" == world.operation(response)["status"]
    world.clock.advance(181)
    assert world.operation(response)["error"]["message"].startswith("ResourceNotReady: ")
    logs = world.ml.online_deployments.get_logs("blue", "clip-ep", lines=50)
    assert "ModuleNotFoundError: No module named 'transformers'" in logs
    assert "Liveness probe failed with HTTP status code: 502" in logs


def test_a_crashed_deployment_is_made_anew_by_asking_again(world: World) -> None:
    world.fault("crash", reason="no luck")
    world.endpoint()
    world.put_deployment()
    world.clock.advance(481)
    world.faults.clear()
    assert 200 == world.put_deployment().status_code
    world.clock.advance(481)
    assert "Succeeded" == state(world, "onlineEndpoints/clip-ep/deployments/blue")


@pytest.mark.parametrize(
    ("model", "size", "status"),
    [
        ("azureml://registries/azureml/models/nope/versions/1", "Standard_DS3_v2", 404),
        (CLIP, "Standard_NC6s_v3", 400),
        (CLIP, "Standard_Nope", 400),
    ],
)
def test_unknown_models_and_retired_sizes_are_refused(
    world: World, model: str, size: str, status: int
) -> None:
    world.endpoint()
    assert status == world.put_deployment(model=model, size=size).status_code


def test_scoring_reaches_the_model(world: World) -> None:
    world.deployed()
    response = score(world, {"input_data": {}})
    assert 200 == response.status_code
    assert ("even", "blue") == (
        response.headers["x-model-engine"],
        response.headers["azureml-model-deployment"],
    )


def test_scoring_needs_the_endpoints_key(world: World) -> None:
    world.deployed()
    assert 401 == score(world, {}, key=world.azure.token).status_code


def test_scoring_without_traffic_finds_no_deployment(world: World) -> None:
    world.endpoint()
    world.put_deployment()
    world.clock.advance(481)
    assert 404 == score(world, {}).status_code
    assert 200 == score(world, {}, deployment="blue").status_code


def test_a_model_that_the_sandbox_cannot_run_says_so(world: World) -> None:
    name = "azureml://registries/azureml/models/sandbox-text-classification/versions/1"
    world.deployed(model=name)
    response = score(world, {})
    assert (424, "501") == (
        response.status_code,
        response.headers["ms-azureml-model-error-statuscode"],
    )
    assert "runs no model for the task text-classification" in response.json()["message"]


def test_a_request_that_is_too_large_is_refused(world: World) -> None:
    world.deployed()
    assert 413 == score(world, b"x" * 1_500_001).status_code
