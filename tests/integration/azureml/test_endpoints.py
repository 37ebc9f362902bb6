from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from services import diagnosis
from services.azureml.client import AzureML
from services.azureml.entities import TAG_OPERATION
from services.clock import Clock
from services.errors import (
    NotAllowedError,
    NotConfiguredError,
    NotFoundError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
)
from services.models import DeploymentSpec, EndpointSpec
from tests.integration.azureml.conftest import World

CLIP = "azureml://registries/azureml/models/openai-clip-vit-base-patch32/versions/12"
ENDPOINT = EndpointSpec(name="clip", operation="dep-7f3k", requested_by="U1")
DEPLOYMENT = DeploymentSpec(
    name="version-12",
    endpoint="clip",
    model=CLIP,
    size="Standard_DS3_v2",
    count=1,
    operation="dep-7f3k",
    requested_by="U1",
)
HOUR = 3600


def made(world: World) -> None:
    """An endpoint with a deployment that has all the traffic."""
    endpoints = world.azureml.endpoints
    endpoints.create(ENDPOINT)
    world.wait(HOUR)
    endpoints.deploy(DEPLOYMENT)
    world.wait(HOUR)
    endpoints.set_traffic("clip", "version-12")
    world.wait(HOUR)


def test_region_and_quota_are_read(world: World) -> None:
    assert "eastus" == world.azureml.endpoints.region()
    rows = {row.family: (row.used, row.limit) for row in world.azureml.endpoints.quota()}
    assert (0, 100) == rows["standardDSv2Family"]


def test_creating_puts_once_and_its_url_tells_how_it_goes(world: World) -> None:
    url = world.azureml.endpoints.create(ENDPOINT)
    assert "InProgress" == world.azureml.endpoints.status(url).state
    world.wait(HOUR)
    assert "Succeeded" == world.azureml.endpoints.status(url).state
    assert 1 == len(world.sent("PUT"))


def test_no_change_leaves_a_thread_or_prints_a_dot(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    before = set(threading.enumerate())  # other tests' pollers may still be waiting
    made(world)
    world.azureml.endpoints.delete("clip")
    names = [thread.name for thread in threading.enumerate() if thread not in before]
    assert [] == [name for name in names if "LRO" in name]
    assert ("", "") == capfd.readouterr()


def test_a_deployment_is_read_back_as_it_was_asked_for(world: World) -> None:
    made(world)
    endpoint = world.azureml.endpoints.get("clip")
    assert endpoint is not None
    (deployment,) = endpoint.deployments
    assert (CLIP, "Standard_DS3_v2", 1, "Succeeded", 100) == (
        deployment.model,
        deployment.size,
        deployment.count,
        deployment.state,
        deployment.traffic,
    )
    assert "dep-7f3k" == dict(endpoint.tags)[TAG_OPERATION]
    assert (endpoint,) == world.azureml.endpoints.all()
    assert endpoint.scoring_uri
    assert endpoint.created is not None


def test_states_while_it_is_made_can_be_read(world: World) -> None:
    world.azureml.endpoints.create(ENDPOINT)
    endpoint = world.azureml.endpoints.get("clip")
    assert endpoint is not None
    assert ("Creating", ()) == (endpoint.state, endpoint.deployments)


def test_what_is_not_there_is_none(world: World) -> None:
    assert world.azureml.endpoints.get("nope") is None
    assert world.azureml.endpoints.deployment("nope", "version-1") is None
    assert () == world.azureml.endpoints.all()


def test_an_endpoint_that_is_busy_is_a_passing_fault(world: World) -> None:
    world.azureml.endpoints.create(ENDPOINT)
    with pytest.raises(TemporaryError, match="busy"):
        world.azureml.endpoints.deploy(DEPLOYMENT)


def test_a_name_that_another_workspace_has_is_refused_for_good(world: World) -> None:
    with pytest.raises(ServiceRefusedError, match="taken-elsewhere is taken in eastus") as caught:
        world.azureml.endpoints.create(replace(ENDPOINT, name="taken-elsewhere"))
    assert "EndpointTaken" == caught.value.code
    assert "endpoint:<name>" in caught.value.advice


def test_a_failed_operation_tells_code_and_message(world: World) -> None:
    world.azureml.endpoints.create(ENDPOINT)
    world.wait(HOUR)
    world.fail("quota", times=1)
    url = world.azureml.endpoints.deploy(DEPLOYMENT)
    world.wait(HOUR)
    status = world.azureml.endpoints.status(url)
    assert ("Failed", "OutOfQuota") == (status.state, status.code)
    assert "Not enough quota" in status.message


def test_logs_of_both_containers_are_read(world: World) -> None:
    made(world)
    endpoints = world.azureml.endpoints
    assert "Instance status" in endpoints.logs("clip", "version-12")
    storage = endpoints.logs("clip", "version-12", container="storage-initializer")
    assert "Downloading" in storage


def test_the_logs_tell_in_words_what_the_instance_does(world: World) -> None:
    endpoints = world.azureml.endpoints
    endpoints.create(ENDPOINT)
    world.wait(HOUR)
    endpoints.deploy(DEPLOYMENT)
    seen: list[str] = []
    for _ in range(40):
        seen.append(diagnosis.phase(endpoints.logs("clip", "version-12")))
        world.wait(20)
    assert [
        "preparing the machine",
        "pulling the container image",
        "downloading the model",
        "installing packages",
        "starting the server",
        "almost ready",
    ] == list(dict.fromkeys(seen))


def test_the_key_is_asked_for_once(world: World) -> None:
    made(world)
    key = world.azureml.endpoints.key("clip")
    assert key == world.azureml.endpoints.key("clip")
    asked = [path for path in world.sent("POST") if path.endswith("listKeys")]
    assert (1, True) == (len(asked), bool(key))


def test_deleting_takes_it_away_and_twice_is_as_good(world: World) -> None:
    made(world)
    world.azureml.endpoints.delete("clip")
    world.wait(HOUR)
    assert world.azureml.endpoints.get("clip") is None
    assert "" == world.azureml.endpoints.delete("clip")


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        ("throttle", {"retry_after": 7}, TemporaryError),
        ("error", {"status": 503}, TemporaryError),
        ("error", {"status": 500}, TemporaryError),
        ("error", {"status": 401}, NotAllowedError),
        ("error", {"status": 403}, NotAllowedError),
        ("error", {"status": 404}, NotFoundError),
        ("error", {"status": 409}, TemporaryError),
        ("error", {"status": 400}, ServiceRefusedError),
        ("html_body", {}, TemporaryError),
        ("drop_socket", {}, TemporaryError),
    ],
)
def test_every_fault_becomes_one_of_our_errors(
    world: World, kind: str, options: dict[str, int], error: type[ServiceError]
) -> None:
    world.azureml.endpoints.region()
    world.fail(kind, match="onlineEndpoints", **options)
    with pytest.raises(error):
        world.azureml.endpoints.all()
    with pytest.raises(error):
        world.azureml.endpoints.create(ENDPOINT)


def test_a_long_wait_is_handed_on_at_once(world: World) -> None:
    world.fail("throttle", match="onlineEndpoints", retry_after=77)
    with pytest.raises(TemporaryError) as refused:
        world.azureml.endpoints.all()
    assert (77, 1) == (refused.value.retry_after, len(world.calls.listed()))


def test_one_short_fault_of_a_read_is_not_noticed(world: World) -> None:
    world.fail("error", match="onlineEndpoints", times=1, status=503)
    assert () == world.azureml.endpoints.all()


@pytest.mark.parametrize("kind", ["html_body", "drop_socket", "throttle"])
def test_faults_while_asking_for_a_status_are_passing(world: World, kind: str) -> None:
    url = world.azureml.endpoints.create(ENDPOINT)
    world.fail(kind, match="mfeOperationsStatus")
    with pytest.raises(TemporaryError):
        world.azureml.endpoints.status(url)


def test_an_operation_that_azure_forgot_is_not_found(world: World) -> None:
    url = world.azureml.endpoints.create(ENDPOINT)
    with pytest.raises(NotFoundError):
        world.azureml.endpoints.status(url.replace("oeidp", "gone"))


def test_the_token_is_never_sent_to_another_server(world: World) -> None:
    with pytest.raises(NotFoundError, match="another server"):
        world.azureml.endpoints.status("https://evil.example/operations/1")


def test_nothing_that_is_said_contains_the_token(world: World) -> None:
    token = world.connection.token or ""
    world.fail("error", status=403)
    with pytest.raises(NotAllowedError) as refused:
        world.azureml.endpoints.all()
    assert token not in str(refused.value)
    assert token not in repr(world.azureml.endpoints)


def test_many_threads_read_and_write_at_once(world: World) -> None:
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            name = f"clip-{number}"
            spec = EndpointSpec(name=name, operation="dep-2222", requested_by="U1")
            world.azureml.endpoints.create(spec)
            found = world.azureml.endpoints.get(name)
            assert found is not None
            assert name == found.name
        except Exception as error:  # noqa: BLE001 - a thread hands its failure to the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failures
    assert 8 == len(world.azureml.endpoints.all())


def test_without_settings_every_call_says_which_ones_to_set() -> None:
    azureml = AzureML(None, Clock())
    for call in (azureml.endpoints.all, azureml.endpoints.quota, azureml.models.workspace_models):
        with pytest.raises(NotConfiguredError, match="AZUREML_WORKSPACE_NAME"):
            call()
