from __future__ import annotations

import json

import pytest

from services.azureml.jobs import STEPS
from services.errors import TemporaryError
from services.models import ImportSpec, Job
from services.planning import HANDBOOK_TASKS, model_name_of
from tests.integration.azureml.conftest import World

HOUR = 3600
CLUSTER, SIZE = "model-import-cluster", "Standard_NC4as_T4_v3"


def spec(hub_id: str = "google-bert/bert-base-uncased", task: str = "fill-mask") -> ImportSpec:
    return ImportSpec(
        job="imp-7f3k-1", hub_id=hub_id, task=task, compute=CLUSTER, requested_by="U1"
    )


def started(world: World, wanted: ImportSpec, token: str | None = None) -> None:
    world.azureml.jobs.ensure_compute(CLUSTER, SIZE)
    world.wait(HOUR)
    world.azureml.jobs.start_import(wanted, token)


def job(world: World) -> Job:
    found = world.azureml.jobs.job("imp-7f3k-1")
    assert found is not None
    return found


def inputs(world: World) -> dict[str, object]:
    (body,) = [
        call["body"]
        for call in world.calls.listed()
        if call["method"] == "PUT" and "/jobs/" in call["path"]
    ]
    found: dict[str, object] = json.loads(body)["properties"]["inputs"]
    node: dict[str, dict[str, object]] = json.loads(body)["properties"]["jobs"]
    return {**found, **{k: v for one in node.values() for k, v in one["inputs"].items()}}  # type: ignore[attr-defined]  # JSON of the SDK


def test_the_cluster_is_made_once(world: World) -> None:
    url = world.azureml.jobs.ensure_compute(CLUSTER, SIZE)
    world.wait(HOUR)
    assert "Succeeded" == world.azureml.endpoints.status(url).state
    assert "" == world.azureml.jobs.ensure_compute(CLUSTER, SIZE)
    assert 1 == len(world.sent("PUT"))


def test_the_five_steps_are_seen_in_order_and_the_model_is_there(world: World) -> None:
    started(world, spec())
    assert job(world).status not in {"Completed", "Failed"}
    world.wait(HOUR)
    done = job(world)
    assert ("Completed", STEPS) == (done.status, tuple(step.name for step in done.steps))
    assert {"Completed"} == {step.status for step in done.steps}
    model = world.azureml.models.workspace_model("google-bert-bert-base-uncased")
    assert ("1", None, ("fill-mask",)) == (model.version, model.registry, model.tasks)


def test_a_step_tells_when_it_began_and_ended(world: World) -> None:
    started(world, spec())
    waiting = job(world).steps[-1]
    world.wait(HOUR)
    download = job(world).steps[1]
    assert (None, None) == (waiting.started, waiting.ended)
    assert download.started is not None
    assert download.ended is not None
    assert 150 == round(download.ended - download.started)


def test_starting_again_under_the_same_name_starts_nothing(world: World) -> None:
    started(world, spec())
    world.azureml.jobs.start_import(spec(), None)
    assert 1 == len([path for path in world.sent("PUT") if "/jobs/" in path])


def test_a_token_is_sent_only_when_there_is_one(world: World) -> None:
    started(world, spec())
    assert "token" not in inputs(world)


def test_a_given_token_is_an_input(world: World) -> None:
    started(world, spec(), "hf_made_up")
    assert "token" in inputs(world)


@pytest.mark.parametrize("task", HANDBOOK_TASKS)
def test_every_task_of_the_handbook_reaches_the_component(world: World, task: str) -> None:
    started(world, spec(task=task))
    assert task in json.dumps(inputs(world))


def test_a_cancelled_job_is_seen_as_cancelled(world: World) -> None:
    started(world, spec())
    world.azureml.jobs.cancel("imp-7f3k-1")
    world.wait(HOUR)
    assert "Canceled" == job(world).status


def test_a_failed_job_tells_what_its_step_said(world: World) -> None:
    started(world, spec("no-such/model-anywhere"))
    world.wait(HOUR)
    failed = job(world)
    assert "Failed" == failed.status
    assert "Invalid Hugging face model id" in failed.error


def test_a_job_that_azure_lost_is_none(world: World) -> None:
    started(world, spec())
    world.fail("lost_job")
    assert world.azureml.jobs.job("imp-7f3k-1") is None


def test_jobs_that_never_were_are_none_and_can_be_cancelled(world: World) -> None:
    assert world.azureml.jobs.job("imp-none-1") is None
    world.azureml.jobs.cancel("imp-none-1")


@pytest.mark.parametrize("kind", ["html_body", "drop_socket"])
def test_nonsense_while_a_job_is_read_is_a_passing_fault(world: World, kind: str) -> None:
    started(world, spec())
    world.fail(kind, match="/jobs/")
    with pytest.raises(TemporaryError):
        job(world)


def test_a_models_name_is_what_the_pipeline_makes_of_it(world: World) -> None:
    started(world, spec("dslim/bert-base-NER", "token-classification"))
    world.wait(HOUR)
    assert world.azureml.models.workspace_model(model_name_of("dslim/bert-base-NER"))


def test_the_downloaded_revision_is_read_and_the_model_can_be_marked(world: World) -> None:
    started(world, spec())
    world.wait(HOUR)
    job(world)
    name, revisions = "google-bert-bert-base-uncased", world.azureml.revisions

    sha = revisions.downloaded(name, "1")
    revisions.mark(name, "1", {"aml-bot-revision-as-planned": "yes"})

    assert 40 == len(sha)
    assert sha == revisions.downloaded(name, "1")
    (body,) = [
        json.loads(call["body"])["properties"]
        for call in world.calls.listed()
        if call["method"] == "PUT" and "/models/" in call["path"]
    ]
    assert "yes" == body["tags"]["aml-bot-revision-as-planned"]
    assert {"task", "license"} <= set(body["tags"])
    assert ("mlflow_model", sha) == (body["modelType"], body["properties"]["SHA"])
