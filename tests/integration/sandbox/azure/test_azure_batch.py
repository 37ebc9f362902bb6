from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import requests

from tests.integration.sandbox.azure.conftest import CLIP

if TYPE_CHECKING:
    from tests.integration.sandbox.azure.conftest import World

HUGGINGFACE = "azureml://registries/HuggingFace/models/google-bert-bert-base-uncased/versions/1"


def cluster(world: World, size: str = "Standard_D4a_v4", name: str = "cpu-cluster") -> None:
    from azure.ai.ml.entities import AmlCompute  # noqa: PLC0415 - two seconds

    compute = AmlCompute(name=name, size=size, min_instances=0, max_instances=2)
    world.ml.compute.begin_create_or_update(compute)


def test_a_cluster_takes_five_minutes(world: World) -> None:
    cluster(world)
    assert "Creating" == world.ml.compute.get("cpu-cluster").provisioning_state
    world.clock.advance(301)
    found = world.ml.compute.get("cpu-cluster")
    assert ("Succeeded", 2) == (found.provisioning_state, found.max_instances)


def test_a_cluster_without_quota_fails(world: World) -> None:
    cluster(world, size="Standard_NC24ads_A100_v4")
    world.clock.advance(31)
    answer = world.arm("GET", "computes/cpu-cluster").json()["properties"]
    assert "Failed" == answer["provisioningState"]
    assert "ClusterMinNodesExceedCoreQuota" == answer["provisioningErrors"][0]["error"]["code"]


def test_a_cluster_that_is_not_there_is_not_found(world: World) -> None:
    from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415 - two seconds

    with pytest.raises(ResourceNotFoundError, match="nope"):
        world.ml.compute.get("nope")


def test_usages_count_what_is_deployed_with_the_reserve(world: World) -> None:
    world.deployed()
    list(world.ml.compute.list_usage(location="eastus"))
    every = world.raw[-1].json()["value"]
    rows = {row["name"]["value"]: row for row in every if "lowPriority" not in row["type"]}
    assert (8, 100) == (
        rows["standardDSv2Family"]["currentValue"],
        rows["standardDSv2Family"]["limit"],
    )
    assert 8 == rows["TotalDedicatedCores"]["currentValue"]
    assert 0 == rows["StandardNCADSA100v4Family"]["limit"]


def test_retired_sizes_are_not_offered(world: World) -> None:
    names = {size.name for size in world.ml.compute.list_sizes(location="eastus")}
    assert "Standard_DS3_v2" in names
    assert "Standard_NC6s_v3" not in names


def test_operations_are_of_the_family_of_what_changes(world: World) -> None:
    from azure.ai.ml.entities import BatchEndpoint  # noqa: PLC0415 - two seconds

    cluster(world)
    world.ml.batch_endpoints.begin_create_or_update(BatchEndpoint(name="clip-batch"))
    world.clock.advance(301)
    path, compute = "batchEndpoints/clip-batch/deployments/blue", "/computes/cpu-cluster"
    properties = {"model": {"assetId": CLIP}, "compute": world.workspace_path + compute}
    made = world.arm("PUT", path, {"properties": properties})
    world.clock.advance(31)
    gone = world.arm("DELETE", path)
    families = [
        re.findall(r"mfeOperationsStatus/(\w+):", response.headers["Azure-AsyncOperation"])
        for response in (made, gone, world.arm("DELETE", "batchEndpoints/clip-batch"))
    ]
    assert [["bdidp"], ["bdidp"], ["beidp"]] == families


def test_deleting_again_goes_on_with_the_first_deletion(world: World) -> None:
    cluster(world)
    world.clock.advance(301)
    world.arm("DELETE", "computes/cpu-cluster")
    world.clock.advance(59)
    world.arm("DELETE", "computes/cpu-cluster")
    world.clock.advance(2)
    assert 404 == world.arm("GET", "computes/cpu-cluster").status_code


def test_a_batch_endpoint_runs_a_job(world: World) -> None:
    from azure.ai.ml import Input  # noqa: PLC0415 - two seconds
    from azure.ai.ml.entities import (  # noqa: PLC0415 - two seconds
        BatchEndpoint,
        BatchRetrySettings,
        ModelBatchDeployment,
        ModelBatchDeploymentSettings,
    )

    cluster(world)
    world.ml.batch_endpoints.begin_create_or_update(BatchEndpoint(name="clip-batch"))
    world.clock.advance(301)
    settings = ModelBatchDeploymentSettings(
        instance_count=1,
        mini_batch_size=2,
        max_concurrency_per_instance=1,
        output_action="append_row",
        output_file_name="predictions.csv",
        retry_settings=BatchRetrySettings(max_retries=3, timeout=300),
        error_threshold=-1,
    )
    deployment = ModelBatchDeployment(
        name="main",
        endpoint_name="clip-batch",
        model=CLIP,
        compute="cpu-cluster",
        settings=settings,
    )
    world.ml.batch_deployments.begin_create_or_update(deployment)
    world.clock.advance(31)
    assert "Succeeded" == world.ml.batch_deployments.get("main", "clip-batch").provisioning_state
    endpoint = world.ml.batch_endpoints.get("clip-batch")
    endpoint.defaults = {"deployment_name": "main"}
    world.ml.batch_endpoints.begin_create_or_update(endpoint)
    world.clock.advance(31)
    data = Input(type="uri_folder", path="https://example.blob.core.windows.net/c/folder")
    job = world.ml.batch_endpoints.invoke("clip-batch", deployment_name="main", input=data)
    assert "Preparing" == world.ml.jobs.get(job.name).status
    world.clock.advance(600)
    assert "Completed" == world.ml.jobs.get(job.name).status


def test_community_models_do_not_run_in_batches(world: World) -> None:
    cluster(world)
    world.arm("PUT", "batchEndpoints/slow-batch", {"properties": {}})
    world.clock.advance(301)
    body = {
        "properties": {
            "model": {"assetId": HUGGINGFACE, "referenceType": "Id"},
            "compute": f"{world.workspace_path}/computes/cpu-cluster",
        }
    }
    refused = world.arm("PUT", "batchEndpoints/slow-batch/deployments/main", body)
    assert 400 == refused.status_code
    assert "online endpoints only" in refused.json()["error"]["message"]


def blob(
    world: World, method: str, path: str, body: bytes = b"", **query: str
) -> requests.Response:
    return requests.request(
        method,
        f"{world.azure.blob_url}/azureml-blobstore/{path}".rstrip("/"),
        data=body,
        params={**query, "sig": "sandbox"},
        headers={"x-ms-blob-type": "BlockBlob"},
        verify=str(world.ca),
        timeout=30,
    )


def test_blobs_are_written_listed_and_read_in_parts(world: World) -> None:
    assert 201 == blob(world, "PUT", "in/a.csv", b"image,text").status_code
    assert 201 == blob(world, "PUT", "in/b.csv", b"one", comp="block", blockid="MDE=").status_code
    assert 201 == blob(world, "PUT", "in/b.csv", b"two", comp="block", blockid="MDI=").status_code
    blocks = b"<BlockList><Latest>MDE=</Latest><Latest>MDI=</Latest></BlockList>"
    assert 201 == blob(world, "PUT", "in/b.csv", blocks, comp="blocklist").status_code
    assert b"onetwo" == blob(world, "GET", "in/b.csv").content
    listed = blob(world, "GET", "", restype="container", comp="list", prefix="in/").text
    assert ["in/a.csv", "in/b.csv"] == [
        part.split("</Name>")[0] for part in listed.split("<Name>")[1:]
    ]
    assert "10" == blob(world, "HEAD", "in/a.csv").headers["Content-Length"]
    assert 202 == blob(world, "DELETE", "in/a.csv").status_code
    assert 404 == blob(world, "GET", "in/a.csv").status_code


def test_the_real_storage_client_writes_and_reads(world: World) -> None:
    from azure.storage.blob import ContainerClient  # noqa: PLC0415 - only here

    secrets = world.arm("POST", "datastores/workspaceblobstore/listSecrets", {}).json()
    with ContainerClient(
        world.azure.blob_url, "azureml-blobstore", credential=secrets["sasToken"]
    ) as container:
        container.upload_blob("batch/rows.csv", b"image,text\n")
        assert ["batch/rows.csv"] == [found.name for found in container.list_blobs("batch/")]
        assert b"image,text\n" == container.download_blob("batch/rows.csv").readall()
