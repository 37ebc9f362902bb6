from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from azure.ai.ml.entities import Job

    from tests.integration.sandbox.azure.conftest import World

STEPS = [
    "validation_trigger_import",
    "download_model",
    "convert_model_to_mlflow",
    "mlflow_model_local_validation",
    "register_model",
]
BERT = "google-bert/bert-base-uncased"
WHOLE = 20 + 60 + 60 + 150 + 180 + 90 + 75 + 15


def start(world: World, model_id: str = BERT, job: str = "imp-test", **inputs: Any) -> Job:  # noqa: ANN401 - inputs of the component
    """Submit the import pipeline as the SDK's users do, under a name of our own."""
    from azure.ai.ml import UserIdentityConfiguration  # noqa: PLC0415 - two seconds
    from azure.ai.ml.dsl import pipeline  # noqa: PLC0415 - two seconds
    from azure.ai.ml.entities import PipelineJobSettings  # noqa: PLC0415 - two seconds

    component = world.registry("azureml").components.get("import_model", label="latest")

    def import_pipeline() -> dict[str, Any]:
        node = component(model_id=model_id, compute="serverless", **inputs)
        return {"model_registration_details": node.outputs.model_registration_details}

    submitted = pipeline(import_pipeline)()
    submitted.name = job
    submitted.identity = UserIdentityConfiguration()
    submitted.settings = PipelineJobSettings(force_rerun=True)
    found: Job = world.ml.jobs.create_or_update(submitted, experiment_name="Import-Model-Pipeline")
    return found


def steps(world: World, job: str = "imp-test") -> list[tuple[str, str]]:
    children = world.ml.jobs.list(parent_job_name=job)
    return [(child.display_name, child.status) for child in children]


def test_the_five_steps_run_one_after_the_other(world: World) -> None:
    started = start(world, task_name="fill-mask")
    assert ("imp-test", "Preparing") == (started.name, started.status)
    world.clock.advance(20 + 60 + 60 + 100)
    assert "Running" == world.ml.jobs.get("imp-test").status
    expected = ["Completed", "Running", "NotStarted", "NotStarted", "NotStarted"]
    assert list(zip(STEPS, expected, strict=True)) == steps(world)


def test_a_completed_import_registers_the_model(world: World) -> None:
    start(world, task_name="fill-mask")
    assert [] == list(world.ml.models.list(list_view_type="ActiveOnly"))
    world.clock.advance(WHOLE + 1)
    assert "Completed" == world.ml.jobs.get("imp-test").status
    model = world.ml.models.get("google-bert-bert-base-uncased", label="latest")
    assert ("1", "mlflow_model") == (model.version, model.type)
    assert {"task": "fill-mask", "license": "apache-2.0"} == model.tags
    assert BERT == model.properties["model_id"]
    assert 40 == len(model.properties["SHA"])


def test_importing_again_registers_the_next_version(world: World) -> None:
    start(world, job="imp-one", task_name="fill-mask")
    start(world, job="imp-two", task_name="fill-mask")
    world.clock.advance(WHOLE + 1)
    found = [model.version for model in world.ml.models.list(name="google-bert-bert-base-uncased")]
    assert ["1", "2"] == sorted(found)


def test_the_same_name_again_is_the_same_job(world: World) -> None:
    start(world, task_name="fill-mask")
    world.clock.advance(300)
    assert "Running" == start(world, task_name="fill-mask").status
    assert 1 == len(list(world.ml.jobs.list()))


def test_an_imported_model_can_be_deployed(world: World) -> None:
    start(world, task_name="fill-mask")
    world.clock.advance(WHOLE + 1)
    model = world.ml.models.get("google-bert-bert-base-uncased", label="latest")
    world.endpoint()
    assert 201 == world.put_deployment(model=model.id).status_code


def test_a_cancelled_import_registers_nothing(world: World) -> None:
    start(world, task_name="fill-mask")
    world.clock.advance(200)
    world.ml.jobs.begin_cancel("imp-test")
    assert "CancelRequested" == world.ml.jobs.get("imp-test").status
    world.clock.advance(WHOLE)
    assert "Canceled" == world.ml.jobs.get("imp-test").status
    assert [] == list(world.ml.models.list(list_view_type="ActiveOnly"))


@pytest.mark.parametrize(
    ("model_id", "failing", "words"),
    [
        ("no/such-model", "download_model", "Invalid Hugging face model id: no/such-model"),
        ("openai/clip-vit-base-patch32", "download_model", "already exists in registry azureml"),
        ("meta-llama/Llama-3.2-1B", "download_model", "is restricted"),
        ("microsoft/Florence-2-base", "convert_model_to_mlflow", "not supported for MLflow"),
    ],
)
def test_an_import_that_cannot_work_fails_in_its_step(
    world: World, model_id: str, failing: str, words: str
) -> None:
    start(world, model_id)
    world.clock.advance(WHOLE + 1)
    assert "Failed" == world.ml.jobs.get("imp-test").status
    assert "Failed" == dict(steps(world))[failing]
    rows = world.raw[-1].json()["value"]
    errors = [row["error"]["error"]["message"] for row in rows if row["error"]]
    assert 1 == len(errors)
    assert words in errors[0]


def test_a_token_is_not_kept_in_the_jobs_inputs(world: World) -> None:
    start(world, task_name="fill-mask", token="hf_secret_of_somebody")
    world.ml.jobs.get("imp-test")
    assert "hf_secret_of_somebody" not in world.raw[-1].text()


def test_a_lost_job_is_not_found(world: World) -> None:
    from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415 - two seconds

    start(world, task_name="fill-mask")
    world.fault("lost_job", match="/jobs/imp-test")
    with pytest.raises(ResourceNotFoundError, match="imp-test"):
        world.ml.jobs.get("imp-test")


def test_a_crash_fails_the_job_with_the_given_reason(world: World) -> None:
    world.fault("crash", match="/jobs/", reason="CUDA out of memory")
    start(world, task_name="fill-mask")
    world.clock.advance(WHOLE + 1)
    answer = world.arm("GET", "jobs/imp-test").json()["properties"]
    assert ("Failed", "CUDA out of memory") == (
        answer["status"],
        answer["error"]["error"]["message"],
    )
