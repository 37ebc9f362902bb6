"""What a checklist asks of Azure before an import: tasks, clusters, disks."""

from __future__ import annotations

import pytest

from services.errors import NotAllowedError, NotFoundError, TemporaryError
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
