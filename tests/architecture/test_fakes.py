"""The fakes of unit tests take what the real services take: casts hide from mypy if they do not."""

from __future__ import annotations

import inspect

import pytest

from services.classification import Classification
from services.deployments import Deployments
from services.huggingface import Hub
from services.imports import Imports
from services.operations import Operations
from services.refresh import Refresh
from tests.unit import fakes

REAL: dict[type, type] = {
    fakes.FakeDeployments: Deployments,
    fakes.FakeImports: Imports,
    fakes.FakeClassification: Classification,
    fakes.FakeOperations: Operations,
    fakes.FakeRefresh: Refresh,
    fakes.FakeHub: Hub,
}
METHODS = [
    (fake, name)
    for fake in REAL
    for name, _ in inspect.getmembers(fake, inspect.isfunction)
    if not name.startswith("_")
]


@pytest.mark.parametrize(
    ("fake", "name"), METHODS, ids=[f"{fake.__name__}.{name}" for fake, name in METHODS]
)
def test_a_fake_is_called_as_the_real_one_is(fake: type, name: str) -> None:
    ours = inspect.signature(getattr(fake, name)).parameters
    theirs = inspect.signature(getattr(REAL[fake], name)).parameters
    empty = inspect.Parameter.empty

    assert {} == {
        parameter: kind.kind
        for parameter, kind in ours.items()
        if parameter not in theirs or theirs[parameter].kind != kind.kind
    }
    needed = {parameter for parameter, kind in theirs.items() if kind.default is empty}
    assert set() == needed - set(ours)
