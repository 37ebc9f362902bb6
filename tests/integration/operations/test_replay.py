"""Today's code goes on with what earlier code recorded: the step sequences of released workflows.

`histories.json` holds the steps that each workflow recorded when it was first released, in order,
with their outputs. Never change what is there: a workflow whose steps must change gets a new name
(`deploy.v2`) and a new entry, and the old one stays until nothing of it is running any more.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS

from services.models import (
    ClassifyPlan,
    DeployPlan,
    Endpoint,
    ImportPlan,
    Operation,
    Picture,
    RemoteStatus,
)
from services.store.database import Database
from services.store.sqlite import sqlite_engine
from services.workflows import runtime
from services.workflows.kinds import KINDS
from services.workflows.runtime import OperationRequest
from services.workflows.supervisor import recover
from tests.integration.operations.azure_fake import a_jpeg
from tests.integration.operations.worlds import ASKED, World, a_deployment, an_import, until

HISTORIES: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("histories.json").read_text()
)
GONE = "a-process-that-died"
RECORD = """UPDATE operation_outputs SET function_name = :name, output = :output
    WHERE workflow_uuid = :operation AND function_id = :number"""
FORGET_LAST = """DELETE FROM operation_outputs
    WHERE workflow_uuid = :operation AND function_id >= :last"""
FORGET_RESULT = "DELETE FROM workflow_output WHERE workflow_uuid = :operation"
GO_ON = """UPDATE workflow_status SET status = 'PENDING', executor_id = :gone, completed_at = NULL
    WHERE workflow_uuid = :operation"""


@pytest.mark.parametrize("which", HISTORIES)
def test_what_was_recorded_is_what_todays_code_does(
    which: str, world: World, engine: Database
) -> None:
    operation = begun(world, which)
    world.slack.final(operation.id)
    until(lambda: status(operation.id) == "SUCCESS")
    calls = dict(world.azure.calls)

    rewrite(engine, operation.id, HISTORIES[which])
    recover([GONE])

    until(lambda: status(operation.id) not in {"PENDING", "ENQUEUED"})
    assert "SUCCESS" == status(operation.id)
    assert [step["name"] for step in HISTORIES[which]] == steps(operation.id)
    assert calls == dict(world.azure.calls)


def begun(world: World, which: str) -> Operation:
    """An operation that takes the way of that history."""
    if "that failed" in which:
        world.azure.end = RemoteStatus(state="Failed", code="ResourceNotReady", message="crashed")
    kind = which.partition(".")[0]
    plan: DeployPlan | ImportPlan | ClassifyPlan = a_deployment()
    if kind == "import":
        plan = an_import()
    elif kind == "classify":
        world.pictures.files["F1"] = a_jpeg()
        world.azure.rows["clip-a1b2"] = Endpoint(
            name="clip-a1b2", state="Succeeded", scoring_uri="http://127.0.0.1/s", region="eastus"
        )
        plan = ClassifyPlan(
            endpoint="clip-a1b2",
            deployment="version-12",
            labels=("cat", "dog"),
            pictures=(Picture(file="F1", name="cat.jpg"),),
            model="clip 12",
        )
    request = OperationRequest(
        kind=KINDS[kind], target="clip-a1b2", title="Replayed", asked=ASKED, plan=plan
    )
    return runtime.start(request).operation


def rewrite(engine: Database, operation: str, history: list[dict[str, Any]]) -> None:
    """As if a process that died since had recorded that history, all but its last step."""
    database = sqlite_engine(engine.data_dir / "workflows.sqlite")
    which = {"operation": operation, "last": len(history), "gone": GONE}
    with database.begin() as connection:
        for number, step in enumerate(history, 1):
            recorded = {"name": step["name"], "output": json.dumps(step["output"])}
            connection.execute(sa.text(RECORD), {**which, **recorded, "number": number})
        for statement in (FORGET_LAST, FORGET_RESULT, GO_ON):
            connection.execute(sa.text(statement), which)
    database.dispose()


def status(operation: str) -> str:
    found = DBOS.get_workflow_status(operation)
    return found.status if found else ""


def steps(operation: str) -> list[str]:
    return [str(step["function_name"]) for step in DBOS.list_workflow_steps(operation)]
