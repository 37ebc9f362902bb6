"""Refusals of Azure through the real SDK: the reason, wherever it stands, and where not to ask."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from services.azureml.entities import TAG_OPERATION
from services.errors import (
    NotAllowedError,
    NotFoundError,
    QuotaExceededError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
)
from services.models import DeploymentSpec, EndpointSpec
from tests.integration.azureml.conftest import World

ENDPOINT = EndpointSpec(name="clip", operation="dep-7f3k", requested_by="U1")
DEPLOYMENT = DeploymentSpec(
    name="version-12",
    endpoint="clip",
    model="azureml://registries/azureml/models/openai-clip-vit-base-patch32/versions/12",
    size="Standard_DS3_v2",
    count=1,
    operation="dep-7f3k",
    requested_by="U1",
)
QUOTA = "Not enough quota available. Current usage/limit: 0/6. Additional needed: 8"
DETAIL = f"HttpRequest error, error detail: {json.dumps({'errors': {'VmSize': [QUOTA]}})}"
HIDDEN = {
    "error": {
        "code": "BadRequest",
        "message": "The request is invalid.",
        "details": [
            {"code": "InferencingClientCreateDeploymentFailed", "message": DETAIL},
        ],
    }
}
FINAL = ("ScopeLocked", "MissingSubscriptionRegistration", "ReadOnlyDisabledSubscription")


def error(code: str, message: str = "Azure says no.") -> dict[str, object]:
    return {"error": {"code": code, "message": message}}


def test_the_reason_is_found_in_the_details_of_a_refusal(world: World) -> None:
    world.azureml.endpoints.region()
    world.fail("error", match="onlineEndpoints", status=400, body=HIDDEN)

    with pytest.raises(QuotaExceededError, match="It needs 8 cores; 6 of 6 are left"):
        world.azureml.endpoints.create(ENDPOINT)


@pytest.mark.parametrize("code", FINAL)
def test_a_conflict_that_never_passes_is_final(world: World, code: str) -> None:
    world.azureml.endpoints.region()
    world.fail("error", match="onlineEndpoints", status=409, body=error(code))

    with pytest.raises((ServiceRefusedError, NotAllowedError)):
        world.azureml.endpoints.delete("clip")


def test_a_conflict_that_passes_is_tried_again(world: World) -> None:
    world.azureml.endpoints.create(ENDPOINT)

    with pytest.raises(TemporaryError, match="is in Creating provisioning state"):
        world.azureml.endpoints.deploy(DEPLOYMENT)


def test_a_name_that_is_taken_is_told_from_a_bad_request(world: World) -> None:
    with pytest.raises(ServiceRefusedError, match="There is already an endpoint") as refused:
        world.azureml.endpoints.create(replace(ENDPOINT, name="taken-elsewhere"))

    assert "EndpointTaken" == refused.value.code


def test_a_missing_right_is_named_without_ids(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    guid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    words = (
        f"The client '{guid}' with object id '{guid}' does not have authorization to perform "
        "action 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write' over scope "
        f"'/subscriptions/{guid}/resourceGroups/g' or the scope is invalid."
    )
    world.azureml.endpoints.region()
    world.fail(
        "error", match="onlineEndpoints", status=403, body=error("AuthorizationFailed", words)
    )

    with pytest.raises(NotAllowedError, match=r"lacks `…/onlineEndpoints/write`") as refused:
        world.azureml.endpoints.create(ENDPOINT)

    assert guid not in f"{refused.value} {refused.value.evidence}"
    assert guid in caplog.text


def test_a_deployment_of_an_endpoint_that_is_gone_says_what_is_missing(world: World) -> None:
    with pytest.raises(NotFoundError, match="something it needs is not there"):
        world.azureml.endpoints.deploy(DEPLOYMENT)


def test_a_workspace_that_is_gone_is_not_taken_for_an_endpoint_that_is(world: World) -> None:
    words = (
        "The Resource 'Microsoft.MachineLearningServices/workspaces/ws-sandbox' under resource "
        "group 'g' was not found."
    )
    world.fail("error", match="onlineEndpoints", status=404, body=error("ResourceNotFound", words))

    with pytest.raises(ServiceRefusedError, match="AZUREML_WORKSPACE_NAME"):
        world.azureml.endpoints.get("clip")


def test_a_page_for_nothing_found_is_not_taken_for_an_endpoint_that_is_gone(world: World) -> None:
    world.fail("error", match="onlineEndpoints", status=404, body="<html>No such site</html>")

    with pytest.raises(TemporaryError, match="web page"):
        world.azureml.endpoints.get("clip")


def test_an_unknown_refusal_comes_with_the_id_of_its_request(world: World) -> None:
    world.azureml.endpoints.region()
    world.fail(
        "error",
        match="onlineEndpoints",
        status=400,
        body=error("NewRule", "Tuesdays are closed."),
        headers={"x-ms-request-id": "req-1", "x-ms-correlation-request-id": "cor-2"},
    )

    with pytest.raises(ServiceRefusedError, match="NewRule: Tuesdays are closed") as refused:
        world.azureml.endpoints.create(ENDPOINT)

    assert ("Azure's request req-1, cor-2",) == refused.value.evidence


@pytest.mark.parametrize(
    "address",
    ["https://eastus.management.azure.example/operations/1", "/operations/1", "https://[::1", "x"],
)
@pytest.mark.parametrize("header", ["Azure-AsyncOperation", "Location"])
def test_an_address_on_another_server_is_never_asked(
    world: World, header: str, address: str
) -> None:
    world.azureml.endpoints.region()
    body = {
        "name": "clip",
        "location": "eastus",
        "tags": {TAG_OPERATION: ENDPOINT.operation},
        "properties": {"authMode": "Key"},
    }
    world.fail("error", match="onlineEndpoints", status=201, body=body, headers={header: address})

    assert "" == world.azureml.endpoints.create(ENDPOINT)


@pytest.mark.parametrize("body", ["", "<html>", "null", "[]", '{"error": 7}', '{"error": null}'])
@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 413, 500, 502, 503, 507])
def test_no_answer_is_a_fault_of_ours(world: World, status: int, body: str) -> None:
    world.fail("error", match="onlineEndpoints", status=status, body=body)

    with pytest.raises(ServiceError):
        world.azureml.endpoints.all()
