from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from services.models import (
    Acceptance,
    Asked,
    ClassifyPlan,
    ClassifyResult,
    DeployPlan,
    ImportPlan,
    Operation,
    OperationState,
    Picture,
    Problem,
    Scores,
    Step,
    StepState,
)
from services.store import records


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Newer:
    name: str
    note: str = "nothing said"


def an_operation() -> Operation:
    return Operation(
        id="cls-7f3k",
        key="classify:ws:clip:1",
        kind="classify",
        target="clip",
        title="Classify cat.jpg",
        asked=Asked(user="U1", channel="C1"),
        state=OperationState.SUCCEEDED,
        created=1.0,
        plan=ClassifyPlan(
            endpoint="clip",
            deployment="blue",
            labels=("cat", "dog"),
            pictures=(Picture(file="F1", name="cat.jpg"),),
        ),
        steps=(Step(name="score", title="Ask clip", state=StepState.DONE, started=1.0),),
        result=ClassifyResult(
            endpoint="clip",
            engine="lite",
            note="",
            pictures=(
                Scores(picture="cat.jpg", labels=("cat", "dog"), probabilities=(0.75, 0.25)),
            ),
        ),
    )


def test_a_value_survives_the_way_to_json_and_back() -> None:
    plan = an_operation().plan

    assert plan == records.load(type(plan), records.dump_tagged(plan))


def test_a_tagged_record_carries_the_name_of_its_type() -> None:
    tagged = records.dump_tagged(an_operation().plan)

    assert tagged
    assert "ClassifyPlan" == tagged["kind"] == records.tag_of(tagged)


def test_the_only_possible_record_carries_no_kind() -> None:
    assert "kind" not in records.dump(an_operation())["asked"]


def test_a_field_added_later_takes_its_default() -> None:
    assert Newer(name="a") == records.load(Newer, records.dump(Older(name="a")))


def test_a_field_unknown_here_is_ignored() -> None:
    assert Older(name="a") == records.load(Older, records.dump(Newer(name="a")))


def test_whole_numbers_come_back_as_floats_where_floats_are_meant() -> None:
    assert isinstance(records.load(Acceptance, {"by": "U1", "at": 2}).at, float)


@pytest.mark.parametrize(
    ("hint", "data"),
    [
        (Older, None),
        (Older, {"name": 3}),
        (DeployPlan | ImportPlan, {"kind": "Problem", "code": "x"}),
        (int, True),
    ],
)
def test_what_does_not_fit_is_refused(hint: Any, data: object) -> None:  # noqa: ANN401 - a type
    with pytest.raises(TypeError):
        records.load(hint, data)


def test_values_without_a_json_form_are_refused() -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        records.dump({1, 2})


def test_none_is_stored_as_nothing() -> None:
    ended = replace(an_operation(), problem=Problem(code="x", what="y"), result=None)

    assert records.dump(ended)["result"] is None
