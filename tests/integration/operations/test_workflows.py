"""Operations from start to end over a hand-written Azure, with the real engine on SQLite."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace

import pytest

from services.decoder.values import ALL_PIXELS, FEW_PIXELS
from services.diagnosis.requests import NAME_TAKEN
from services.errors import (
    ErrorText,
    NotAllowedError,
    NotConfiguredError,
    ServiceRefusedError,
    UserError,
)
from services.models import (
    ClassifyPlan,
    ClassifyResult,
    Cluster,
    DeployPlan,
    DeployResult,
    Endpoint,
    ImportPlan,
    ImportResult,
    Operation,
    OperationState,
    Picture,
    RemoteStatus,
    Started,
    StepState,
)
from services.store.exclusive import DataDirLock
from services.store.operations import short_id
from services.store.records import JSON
from services.workflows import runtime
from services.workflows.kinds import KINDS
from services.workflows.runtime import OperationRequest
from services.workflows.steps import Work, perform
from services.workflows.tools import tools
from tests.hostile import plain_png
from tests.integration.operations.azure_fake import a_jpeg, busy
from tests.integration.operations.worlds import ASKED, World, a_deployment, an_import, until
from tests.texts import made_up


def deploy(plan: DeployPlan) -> Started:
    return runtime.start(
        OperationRequest(
            kind=KINDS["deploy"], target=plan.endpoint, title="Deploy clip", asked=ASKED, plan=plan
        )
    )


def test_a_deployment_ends_ready_with_all_steps_done(world: World) -> None:
    final = world.slack.final(deploy(a_deployment()).operation.id)

    assert OperationState.SUCCEEDED == final.state
    assert {StepState.DONE} == {step.state for step in final.steps}
    assert isinstance(final.result, DeployResult)
    assert final.result.smoke_test.endswith("it answered crossword puzzle 75 %, banana 25 %")
    assert 1 == world.azure.calls["create"] == world.azure.calls["deploy"]
    assert "1.000100" == final.message


def test_a_task_without_a_sample_question_says_so(world: World) -> None:
    final = world.slack.final(deploy(a_deployment(task="fill-mask")).operation.id)

    test = next(step for step in final.steps if step.name == "test")
    assert "Skipped: no sample question is known for fill-mask" == test.detail


def test_starting_the_same_twice_joins(world: World) -> None:
    first, second = deploy(a_deployment()), deploy(a_deployment())

    assert (False, True) == (first.joined, second.joined)
    assert first.operation.id == second.operation.id
    world.slack.final(first.operation.id)
    assert 1 == world.slack.posts[first.operation.id]


def test_a_failed_deployment_explains_and_deletes_what_it_made(world: World) -> None:
    world.azure.end = RemoteStatus(state="Failed", code="ResourceNotReady", message="crashed")

    final = world.slack.final(deploy(a_deployment()).operation.id)

    assert OperationState.FAILED == final.state
    assert final.problem is not None
    assert final.problem.what
    assert {} == world.azure.rows
    assert "Deleted the endpoint clip-a1b2" == final.steps[-1].detail


def test_after_a_failure_the_next_attempt_is_a_new_operation(world: World) -> None:
    world.azure.end = RemoteStatus(state="Failed", code="ResourceNotReady", message="crashed")
    first = deploy(a_deployment())
    world.slack.final(first.operation.id)
    world.azure.end = RemoteStatus(state="Succeeded")

    second = deploy(a_deployment())

    assert not second.joined
    assert OperationState.SUCCEEDED == world.slack.final(second.operation.id).state


def test_an_endpoint_of_somebody_else_is_left_alone(world: World) -> None:
    theirs = Endpoint(name="clip-a1b2", state="Succeeded", scoring_uri=None, region="eastus")
    world.azure.rows["clip-a1b2"] = theirs

    final = world.slack.final(deploy(a_deployment()).operation.id)

    assert final.problem is not None
    assert "EndpointTaken" == final.problem.code
    assert {"clip-a1b2": theirs} == world.azure.rows


def test_where_nothing_was_made_nothing_is_said_to_be_left(world: World) -> None:
    locked = UserError(ErrorText(code="Locked", what="It is locked.", advice="Ask for the key."))
    world.azure.refusals["get"] = locked

    final = world.slack.final(deploy(a_deployment()).operation.id)

    assert final.problem is not None
    assert ("It is locked.", "Ask for the key.") == (final.problem.what, final.problem.advice)
    assert "Nothing was left at Azure" == final.steps[-1].detail


def test_why_something_is_left_is_not_said_twice(world: World) -> None:
    locked = UserError(ErrorText(code="Locked", what="It is locked.", advice="Ask for the key."))
    world.azure.refusals.update(deploy=locked, delete=locked)

    final = world.slack.final(deploy(a_deployment()).operation.id)

    assert final.problem is not None
    left = "delete it in Azure Machine Learning studio."
    assert final.problem.advice.startswith("Ask for the key. The endpoint clip-a1b2 could not")
    assert final.problem.advice.endswith(left)


@pytest.mark.parametrize("call", ["create", "status"])
def test_a_taken_name_suggests_another_wherever_azure_says_it(world: World, call: str) -> None:
    said = "There is already an endpoint with this name"
    if call == "create":
        world.azure.refusals[call] = ServiceRefusedError(NAME_TAKEN, said=said)
    else:
        world.azure.end = RemoteStatus(state="Failed", code="BadRequest", message=said)

    final = world.slack.final(deploy(a_deployment()).operation.id)

    assert final.problem is not None
    assert "EndpointTaken" == final.problem.code
    assert "`endpoint:clip-a1b2-2`" in final.problem.advice


def test_too_little_quota_fails_before_anything_is_made(world: World) -> None:
    world.azure.left = 4

    final = world.slack.final(deploy(a_deployment()).operation.id)

    assert final.problem is not None
    assert "QuotaExceeded" == final.problem.code
    assert 0 == world.azure.calls["create"]


def test_a_quota_that_cannot_be_read_is_said_and_azure_itself_tells(world: World) -> None:
    world.azure.refusals["quota"] = NotAllowedError(made_up("Azure shows no quota."))

    final = world.slack.final(deploy(a_deployment()).operation.id)

    assert OperationState.SUCCEEDED == final.state
    assert "Not known, so Azure may refuse: Azure shows no quota." == final.steps[0].detail


def test_passing_faults_are_tried_again(world: World) -> None:
    world.azure.faults += [busy(), busy(), busy()]

    final = world.slack.final(deploy(a_deployment()).operation.id)

    assert OperationState.SUCCEEDED == final.state


def test_a_bug_becomes_a_reference_and_not_a_traceback(world: World) -> None:
    world.azure.faults.append(ZeroDivisionError("secret detail"))

    final = world.slack.final(deploy(a_deployment()).operation.id)

    assert final.problem is not None
    assert "Unexpected" == final.problem.code
    assert "secret detail" not in str(final)


def test_cancelling_cleans_up(world: World) -> None:
    world.azure.hold.clear()
    operation = deploy(a_deployment()).operation
    until(lambda: world.azure.calls["status"] > 0)

    runtime.cancel(operation, "U2")

    final = world.slack.final(operation.id)
    assert OperationState.CANCELLED == final.state
    assert "U2" == final.cancelled_by
    assert {} == world.azure.rows


def test_what_was_cancelled_before_it_began_makes_nothing(world: World) -> None:
    world.slack.faults += [busy() for _ in range(5)]
    operation = deploy(a_deployment()).operation
    runtime.cancel(operation, "U1")

    final = world.slack.final(operation.id)

    assert OperationState.CANCELLED == final.state
    assert 0 == world.azure.calls["create"]


def test_an_operation_whose_process_died_before_its_workflow_is_adopted(world: World) -> None:
    plan = a_deployment()
    seed = deploy(plan).operation
    world.slack.final(seed.id)
    orphan = replace(seed, id="dep-zzzz", key="", target="other", plan=a_deployment("other"))
    orphan = replace(orphan, state=OperationState.QUEUED)
    world.database.operations.insert_or_join(orphan, workspace="ws", attempt=1)

    assert OperationState.SUCCEEDED == world.slack.final("dep-zzzz").state


def start_import(plan: ImportPlan) -> Started:
    return runtime.start(
        OperationRequest(
            kind=KINDS["import"], target=plan.hub_id, title="Import bert", asked=ASKED, plan=plan
        )
    )


def test_an_import_ends_with_a_registered_model(world: World) -> None:
    final = world.slack.final(start_import(an_import()).operation.id)

    assert OperationState.SUCCEEDED == final.state
    assert isinstance(final.result, ImportResult)
    assert ("bert", "1") == (final.result.model_name, final.result.model_version)
    assert 1 == world.azure.calls["imported bert"]
    done = {step.name for step in final.steps if step.state == StepState.DONE}
    assert {"compute", "job", "download_model", "register_model", "model"} == done


def test_a_cluster_without_an_address_of_its_operation_is_asked_itself(world: World) -> None:
    words = "Operation results in exceeding quota limits of Core. Maximum allowed: 4, Current in "
    world.azure.clusters["model-import-cluster"] = Cluster(
        name="model-import-cluster",
        kind="AmlCompute",
        size="STANDARD_NC6S_V3",
        state="Failed",
        error=f"{words}use: 4, Additional requested: 6.",
    )

    problem = world.slack.final(start_import(an_import()).operation.id).problem

    assert problem is not None
    assert "Azure did not make the cluster model-import-cluster." == problem.what
    assert "It needs 6 cores; 0 of 4 are left" in problem.why


def test_an_import_says_which_of_the_pipeline_steps_runs(world: World) -> None:
    world.azure.hold.clear()
    operation = start_import(an_import()).operation

    def running() -> list[str]:
        shown = world.slack.shown.get(operation.id, operation)
        return [step.name for step in shown.steps if step.state == StepState.RUNNING]

    until(lambda: ["validation_trigger_import"] == running())
    world.azure.hold.set()

    result = world.slack.final(operation.id).result
    assert isinstance(result, ImportResult)
    assert result.job.startswith(f"aml-bot-{operation.id}-")


def test_cancelling_an_import_cancels_its_job(world: World) -> None:
    world.azure.hold.clear()
    operation = start_import(an_import()).operation
    until(lambda: bool(world.azure.running))

    runtime.cancel(operation, "U1")

    assert OperationState.CANCELLED == world.slack.final(operation.id).state
    assert ["Canceled"] == [job.status for job in world.azure.running.values()]


def test_a_lost_job_says_so(world: World) -> None:
    world.azure.hold.clear()
    operation = start_import(an_import()).operation
    until(lambda: bool(world.azure.running))
    world.azure.running.clear()

    problem = world.slack.final(operation.id).problem

    assert problem is not None
    assert "JobLost" == problem.code


def a_classification(world: World, *names: str) -> ClassifyPlan:
    """A plan whose endpoint is there."""
    world.azure.rows["clip-a1b2"] = Endpoint(
        name="clip-a1b2", state="Succeeded", scoring_uri="http://127.0.0.1/s", region="eastus"
    )
    return ClassifyPlan(
        endpoint="clip-a1b2",
        deployment="version-12",
        labels=("cat", "dog"),
        pictures=tuple(Picture(file=name, name=name) for name in names),
        model="clip 12",
    )


def classify(world: World, *names: str) -> Started:
    plan = a_classification(world, *names)
    return runtime.start(
        OperationRequest(
            kind=KINDS["classify"], target="clip-a1b2", title="Classify", asked=ASKED, plan=plan
        )
    )


def test_a_classification_ends_with_probabilities_and_the_model_as_engine(world: World) -> None:
    world.pictures.files["a.jpg"] = a_jpeg()

    result = world.slack.final(classify(world, "a.jpg").operation.id).result

    assert isinstance(result, ClassifyResult)
    assert (0.75, 0.25) == result.pictures[0].probabilities
    assert "clip 12" == result.engine


def test_one_bad_picture_does_not_spoil_the_others(world: World) -> None:
    world.pictures.files |= {"a.jpg": a_jpeg(), "b.jpg": b"%PDF-1.7 not a picture"}

    result = world.slack.final(classify(world, "a.jpg", "b.jpg").operation.id).result

    assert isinstance(result, ClassifyResult)
    assert ["a.jpg"] == [scores.picture for scores in result.pictures]
    assert "PDF" in result.skipped[0]


def test_only_bad_pictures_fail_with_the_reason(world: World) -> None:
    world.pictures.files["b.jpg"] = b"%PDF-1.7 not a picture"

    final = world.slack.final(classify(world, "b.jpg").operation.id)

    assert final.problem is not None
    assert "PDF" in final.problem.what


def test_what_nobody_foresaw_costs_one_picture(world: World) -> None:
    world.pictures.files["a.jpg"] = a_jpeg()
    world.pictures.faults["b.jpg"] = IndexError("a foreign parser")

    result = world.slack.final(classify(world, "b.jpg", "a.jpg").operation.id).result

    assert isinstance(result, ClassifyResult)
    assert ["a.jpg"] == [scores.picture for scores in result.pictures]
    assert "b.jpg: It could not be looked at" in result.skipped[0]


def test_a_smaller_copy_that_cannot_be_read_is_no_reason_to_give_up(world: World) -> None:
    world.pictures.files["a.jpg"] = a_jpeg()
    world.pictures.reduced["a.jpg"] = b"\xff\xd8\xff broken"

    assert world.slack.final(classify(world, "a.jpg").operation.id).problem is None


def test_a_cancel_does_not_wait_for_a_decoder(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    many = FEW_PIXELS + 1  # fewer wait for nobody's memory
    world.pictures.files["slow.jpg"] = plain_png(many, 1)
    decoders = tools().decoders
    with decoders._memory.taken(ALL_PIXELS):  # noqa: SLF001 - so that none gets on
        operation = classify(world, "slow.jpg").operation
        until(lambda: bool(decoders.pids))

        runtime.cancel(operation, "U1")

        assert OperationState.CANCELLED is world.slack.final(operation.id).state
    gc.collect()
    assert [] == [line.getMessage() for line in caplog.records if line.name == "asyncio"]


def begun(world: World, tries: int) -> Operation:
    """A classification that so many processes have died of."""
    plan = a_classification(world, "a.jpg")
    step = replace(KINDS["classify"].steps(plan)[0], tries=tries)
    new = Operation(
        id=short_id("cls"),
        key="",
        kind="classify",
        target="clip-a1b2",
        title="Classify",
        asked=ASKED,
        state=OperationState.RUNNING,
        created=1.0,
        plan=plan,
        steps=(step,),
    )
    table = world.database.operations
    return table.insert_or_join(new, workspace="ws", attempt=1, once=new.id)[0]


@pytest.mark.parametrize(("deaths", "code"), [(2, None), (3, "StoppedTooOften")])
def test_three_processes_that_died_of_it_are_enough(
    world: World, deaths: int, code: str | None
) -> None:
    world.pictures.files["a.jpg"] = a_jpeg()
    stored = begun(world, deaths)

    runtime._start_workflow(stored)  # noqa: SLF001 - as the next process does

    problem = world.slack.final(stored.id).problem
    assert code == (problem and problem.code)


def test_an_orderly_stop_is_no_death(world: World) -> None:
    world.pictures.files["a.jpg"] = a_jpeg()
    stored = begun(world, 0)

    async def cut_short() -> None:
        async def work(_: Work) -> JSON:
            raise asyncio.CancelledError

        await perform(stored.id, "score", work, risky=True)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cut_short())

    kept = world.database.operations.get(stored.id)
    assert kept is not None
    assert [0] == [step.tries for step in kept.steps]
    runtime._start_workflow(stored)  # noqa: SLF001 - as the next process does
    world.slack.final(stored.id)


def test_a_second_bot_on_the_same_data_directory_is_refused(world: World) -> None:
    with pytest.raises(NotConfiguredError, match="Another bot is running"):
        DataDirLock(world.database.data_dir, patience=0.1)
