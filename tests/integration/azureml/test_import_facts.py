"""What a checklist asks of Azure before an import: tasks, clusters, disks."""

from __future__ import annotations

import pytest

from services.errors import NotAllowedError, NotFoundError, TemporaryError
from services.models import Cluster, Quota
from services.planning import HANDBOOK_TASKS, IMPORT_SIZE, KNOWN_TASKS
from tests.integration.azureml.conftest import World

CLUSTER = "model-import-cluster"
GIB = 2**30


def test_the_pipeline_and_its_first_step_say_which_tasks_they_take(world: World) -> None:
    lists = world.azureml.component.tasks()

    assert (True, "0.0.42") == (lists.live, lists.version)
    assert set(KNOWN_TASKS.pipeline) == set(lists.pipeline)
    assert set(KNOWN_TASKS.first_step) == set(lists.first_step)
    assert set(HANDBOOK_TASKS) < set(lists.first_step) < set(lists.pipeline)


def test_the_lists_are_asked_for_once_an_hour(world: World) -> None:
    world.azureml.component.tasks()
    before = len(world.sent("GET"))
    world.azureml.component.tasks()

    assert before == len(world.sent("GET"))


def test_a_first_step_that_is_gone_says_nothing(world: World) -> None:
    world.fail("error", match="validation_trigger_import", status=404)

    lists = world.azureml.component.tasks()

    assert ((), True) == (lists.first_step, bool(lists.pipeline))


@pytest.mark.parametrize(("status", "kind"), [(403, NotAllowedError), (404, NotFoundError)])
def test_a_registry_that_does_not_tell_is_an_error_of_ours(
    world: World, status: int, kind: type[Exception]
) -> None:
    world.fail("error", match="components", status=status)
    with pytest.raises(kind):
        world.azureml.component.tasks()


def test_a_web_page_instead_of_the_component_is_a_passing_fault(world: World) -> None:
    world.fail("html_body", match="components")
    with pytest.raises(TemporaryError):
        world.azureml.component.tasks()


def test_there_is_no_cluster_until_one_is_made(world: World) -> None:
    assert world.azureml.computes.cluster(CLUSTER) is None


def test_a_cluster_says_its_size_and_state(world: World) -> None:
    world.azureml.jobs.ensure_compute(CLUSTER, IMPORT_SIZE)
    making = world.azureml.computes.cluster(CLUSTER)
    world.wait(3600)
    made = world.azureml.computes.cluster(CLUSTER)

    assert making is not None
    assert made is not None
    assert ("Creating", "Succeeded") == (making.state, made.state)
    assert ("AmlCompute", IMPORT_SIZE, "") == (made.kind, made.size, made.identity)


def test_a_cluster_that_failed_says_why(world: World) -> None:
    world.fail("quota", match="computes")
    world.azureml.jobs.ensure_compute(CLUSTER, IMPORT_SIZE)
    world.wait(3600)

    failed = world.azureml.computes.cluster(CLUSTER)

    assert failed is not None
    assert "Failed" == failed.state
    assert "cannot accommodate" in failed.error


def test_disks_are_known_as_far_as_azure_tells(world: World) -> None:
    disks = world.azureml.computes.disks()

    assert 56 * GIB == disks[IMPORT_SIZE.lower()]
    assert "standard_d16a_v4" not in disks


def test_disks_are_asked_for_once_a_day(world: World) -> None:
    world.azureml.computes.disks()
    before = len(world.sent("GET"))
    world.azureml.computes.disks()

    assert before == len(world.sent("GET"))


# --- what a cluster says of its machines ---------------------------------------------------------

CORES = "Operation results in exceeding quota limits of Core."


def cluster_that_answers(world: World, **own: object) -> Cluster:
    body = {
        "id": "/c",
        "name": CLUSTER,
        "location": "eastus",
        "properties": {
            "computeType": "AmlCompute",
            "provisioningState": "Succeeded",
            "properties": {"vmSize": IMPORT_SIZE, **own},
        },
    }
    world.fail("error", match=f"/computes/{CLUSTER}", status=200, body=body)
    found = world.azureml.computes.cluster(CLUSTER)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"code": "ClusterCoreQuotaReached", "message": CORES}},
        {"code": "ClusterCoreQuotaReached", "message": CORES},
    ],
)
def test_a_cluster_says_why_it_gets_no_machine(world: World, error: dict[str, object]) -> None:
    found = cluster_that_answers(world, errors=[error], allocationState="Resizing")
    assert ((("ClusterCoreQuotaReached", CORES),), True) == (found.troubles, found.resizing)


def test_a_cluster_says_how_many_machines_it_has(world: World) -> None:
    found = cluster_that_answers(
        world,
        vmPriority="LowPriority",
        currentNodeCount=3,
        nodeStateCounts={"runningNodeCount": 2, "preemptedNodeCount": 1},
        scaleSettings={"maxNodeCount": 4, "minNodeCount": 0},
    )
    assert (True, 3, 2, 1, 4) == (
        found.low_priority,
        found.machines,
        found.at_work,
        found.taken_back,
        found.most,
    )


def test_a_cluster_that_says_nothing_more_is_read_all_the_same(world: World) -> None:
    found = cluster_that_answers(world, errors=None, nodeStateCounts=None)
    assert ((), None, None) == (found.troubles, found.machines, found.most)


def test_low_priority_cores_are_rows_of_their_own(world: World) -> None:
    where = "Microsoft.MachineLearningServices"
    rows = [
        ("TotalLowPriorityCores", f"{where}/lowPriorityCores/usages", 0, 8),
        ("standardDSv2Family", f"{where}/vmFamily/lowPriorityCores/usages", 0, -1),
        ("standardDSv2Family", f"{where}/vmFamily/dedicatedCores/usages", 0, 100),
    ]
    value = [
        {"name": {"value": name}, "type": kind, "currentValue": used, "limit": limit}
        for name, kind, used, limit in rows
    ]
    world.fail("error", match="/usages", status=200, body={"value": value})
    quota = world.azureml.computes.low_priority_quota()
    assert (Quota(family="TotalLowPriorityCores", used=0, limit=8),) == quota
