"""Planning and starting imports from the Hub."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from services.errors import InvalidInputError, NotFoundError, NotSupportedError
from services.huggingface import Hub
from services.imports import Imports
from services.models import HubModel, OperationState
from services.workflows.tools import tools
from tests.integration.operations.worlds import ASKED, World

BERT = HubModel(
    id="google-bert/bert",
    sha="0123456789abcdef",
    task="fill-mask",
    license="apache-2.0",
    license_url=None,
    gated="",
    access=True,
    size_bytes=400_000_000,
)


@dataclass
class FakeHub:
    models: dict[str, HubModel] = field(default_factory=dict)

    def model(self, hub_id: str) -> HubModel:
        if hub_id not in self.models:
            raise NotFoundError(f"no repository {hub_id}")
        return self.models[hub_id]


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub({BERT.id: BERT})


@pytest.fixture
def imports(world: World, hub: FakeHub) -> Imports:
    bound = tools()
    return Imports(
        world.database, bound.azureml, cast("Hub", hub), {}, bound.clock, compute="cluster"
    )


def test_a_plan_says_what_azure_will_call_it(imports: Imports) -> None:
    plan = imports.plan("https://huggingface.co/google-bert/bert")

    assert ("google-bert-bert", "fill-mask", 1) == (plan.model_name, plan.task, plan.attempt)
    assert all(check.passed is not False for check in plan.checks)


def test_a_repository_behind_a_gate_is_refused_with_the_reason(
    imports: Imports, hub: FakeHub
) -> None:
    hub.models[BERT.id] = replace(BERT, gated="manual", access=False)

    with pytest.raises(NotSupportedError) as caught:
        imports.plan(BERT.id)

    assert caught.value.why


def test_a_malformed_id_is_refused_before_the_hub_is_asked(imports: Imports) -> None:
    with pytest.raises(InvalidInputError):
        imports.plan("a/b/c; rm -rf")


def test_the_same_import_twice_is_one_operation(imports: Imports, world: World) -> None:
    plan = imports.plan(BERT.id)

    first, second = imports.start(plan, ASKED), imports.start(imports.plan(BERT.id), ASKED)

    assert (first.operation.id, True) == (second.operation.id, second.joined)
    world.slack.final(first.operation.id)


def test_what_was_imported_and_has_changed_since_is_a_new_attempt(
    imports: Imports, hub: FakeHub, world: World
) -> None:
    plan = replace(imports.plan(BERT.id), model_name="bert")
    first = imports.start(plan, ASKED)
    assert OperationState.SUCCEEDED == world.slack.final(first.operation.id).state
    hub.models[BERT.id] = replace(BERT, sha="f" * 16)

    assert 2 == imports.reconsider(plan).attempt


def test_what_is_imported_already_is_joined(imports: Imports, world: World) -> None:
    plan = replace(imports.plan(BERT.id), model_name="bert")
    world.slack.final(imports.start(plan, ASKED).operation.id)

    assert imports.start(imports.plan(BERT.id), ASKED).joined
