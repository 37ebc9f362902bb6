"""A world for every test: fakes of Azure, Slack and the endpoint around one real engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.store.database import Database
from services.workflows import runtime
from services.workflows.kinds import KINDS
from services.workflows.tools import tools
from tests.integration.operations.worlds import World, a_world, tools_of, until


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database and one engine for the whole session; every test brings its own world."""
    data = tmp_path_factory.mktemp("data")
    database = Database(None, data, KINDS)
    runtime.bind(tools_of(a_world(database)))
    runtime.launch(database)
    yield database
    runtime.shutdown()
    database.close()


@pytest.fixture
def world(engine: Database, request: pytest.FixtureRequest) -> Iterator[World]:
    made = a_world(engine)
    made.azure.workspace = request.node.name  # so that no two tests want the same thing
    made.azure.hold.set()
    runtime.bind(replace(tools_of(made), boot=tools().boot))
    yield made
    made.azure.hold.set()
    for operation in engine.operations.running():
        runtime.cancel(operation, "U1")
    until(lambda: not engine.operations.running())  # else it would call the next test's Azure
    tools().decoders.close()
