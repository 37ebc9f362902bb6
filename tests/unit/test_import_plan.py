"""The checklist of an import as people see it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.blocks import plan
from handlers.command import Block
from services.models import (
    Acceptance,
    Check,
    CodeAllowance,
    ImportPlan,
    LicenceText,
    OperationState,
    Plan,
    Way,
)
from tests.unit import fakes

LICENCE = Check(title="Licence", passed=True, text="mit. Run accepts them in your name")
LOOK = Check(title="Revision", passed=None, text="main")
CODE = Check(title="Code of its own", passed=False, text="<a.py>", advice="Ask", way=Way.CODE)
GATE = Check(title="Access", passed=False, text="gated", way=Way.PAGE, target="https://hub/a/b")
THERE = Check(title="Not there yet", passed=False, text="there", way=Way.DEPLOY, target="azureml:x")
TASK = Check(title="Task", passed=False, text="speech", way=Way.TASK, target="a/b")
OPEN = replace(fakes.IMPORT_PLAN, checks=(LICENCE, LOOK))


def stored(*checks: Check, **changes: object) -> Plan:
    content = replace(OPEN, checks=(LICENCE, LOOK, *checks), **changes)  # type: ignore[arg-type]  # a test changes any of them
    return Plan(
        id="plan-1",
        verb="import",
        kind="import",
        asked=fakes.ASKED,
        created=fakes.NOW,
        expires=fakes.NOW + 1_800,
        content=content,
    )


def shown(*checks: Check, may_run: bool = True, **changes: object) -> list[Block]:
    """The card, after the local Slack has accepted it."""
    return fakes.valid(fakes.card(stored(*checks, **changes), may_run=may_run)[1])


def labels(*checks: Check, may_run: bool = True) -> list[str]:
    return list(fakes.buttons(shown(*checks, may_run=may_run)))


def test_with_nothing_in_the_way_run_is_one_click() -> None:
    assert ["Run", "Cancel"] == labels()
    assert "confirm" not in fakes.buttons(shown())["Run"]


def test_the_licence_that_run_accepts_is_no_small_print() -> None:
    sections = [block for block in shown() if block["type"] == "section"]
    assert "Run accepts them" in fakes.words(sections)


def test_a_licence_somebody_accepted_names_them() -> None:
    check = replace(LICENCE, text="mit. Accepted on 2026-11-22 by", by="U7")
    whole = replace(OPEN, checks=(check,), accepted=Acceptance(by="U7", at=0))
    words = fakes.words(fakes.card(replace(stored(), content=whole), may_run=True)[1])
    assert "Accepted on 2026-11-22 by <@U7>" in words


def test_a_doubtful_licence_asks_once_more() -> None:
    run = fakes.buttons(shown(caution="x" * 400))["Run"]
    assert ("Agree to this licence?", 300) == (
        run["confirm"]["title"]["text"],
        len(run["confirm"]["text"]["text"]),
    )


def test_with_something_in_the_way_there_is_no_run() -> None:
    assert "Run" not in labels(GATE)


@pytest.mark.parametrize(
    ("check", "ways"),
    [
        (GATE, ["Open its page", "search bert-base-uncased", "Cancel"]),
        (THERE, ["Deploy that one", "Cancel"]),
        (TASK, ["Choose a task …", "search bert-base-uncased", "Cancel"]),
        (CODE, ["Allow its code …", "Cancel"]),
        (replace(GATE, target=""), ["search bert-base-uncased", "Cancel"]),
    ],
)
def test_every_way_out_is_a_click(check: Check, ways: list[str]) -> None:
    assert ways == labels(check)


def test_others_ask_an_operator_where_one_can_help() -> None:
    assert ["Ask an operator", "Cancel"] == labels(CODE, may_run=False)
    assert ["Open its page", "search bert-base-uncased", "Cancel"] == labels(GATE, may_run=False)


def test_an_operator_who_is_asked_can_allow_the_code() -> None:
    blocks = plan.request(stored(CODE), fakes.REGISTRY.plan_view(stored()), "")[1]
    assert ["Allow its code …", "Cancel"] == list(fakes.buttons(blocks))


def test_the_text_alone_says_what_is_in_the_way() -> None:
    text = fakes.card(stored(CODE, GATE), may_run=True)[0]
    assert "cannot be imported as things are. Code of its own: <a.py>. Ask Access: gated." in text


def test_what_the_hub_says_is_harmless() -> None:
    words = fakes.words(shown(CODE, license="<!channel>"))
    assert "<!channel>" not in words
    assert "&lt;a.py&gt;" in words


def test_twelve_long_lines_still_fit() -> None:
    long = [Check(title=f"T{n}", passed=None, text="&" * 5_000) for n in range(12)]
    assert "Run" in fakes.buttons(shown(*long))


def test_what_came_into_the_way_is_a_difference() -> None:
    fresh = replace(OPEN, checks=(LICENCE, GATE))
    assert ["Access: fine → *gated*"] == fakes.differences(OPEN, fresh)


def test_hashes_are_compared_whole_and_shown_as_far_as_they_differ() -> None:
    old, new = replace(OPEN, sha="a1b2c3d" + "0" * 33), replace(OPEN, sha="a1b2c3d" + "f" * 33)
    assert ["Revision: a1b2c3d0000000 → *a1b2c3dfffffff*"] == fakes.differences(old, new)


def test_a_revision_that_the_hub_no_longer_tells_is_a_difference() -> None:
    assert fakes.differences(OPEN, replace(OPEN, sha=""))


def test_other_files_that_are_not_known_to_be_safe_are_a_difference() -> None:
    new = replace(OPEN, doubtful=("evil.pkl",))
    assert ["Files not known to be safe: none → *evil.pkl*"] == fakes.differences(OPEN, new)


def test_a_token_that_is_handed_over_is_a_difference() -> None:
    words = "Hub token: not handed to Azure → *handed to Azure*"
    assert [words] == fakes.differences(OPEN, replace(OPEN, with_token=True))


def test_another_text_of_the_licence_is_a_difference() -> None:
    old = replace(OPEN, terms=LicenceText(sha256="1" * 64))
    new = replace(OPEN, terms=LicenceText(sha256="2" * 64))
    assert ["Text of the licence: 1111111 → *2222222*"] == fakes.differences(old, new)


def test_an_acceptance_alone_is_no_difference() -> None:
    new = replace(OPEN, accepted=Acceptance(by="U1", at=0))
    assert [] == fakes.differences(OPEN, new)


# --- the operation -------------------------------------------------------------------------------


def running(content: ImportPlan) -> str:
    under_way = fakes.operation(kind="import", plan=content)
    return fakes.words(fakes.message(under_way)[1])


def test_an_operation_says_who_accepted_the_licence() -> None:
    whole = replace(OPEN, accepted=Acceptance(by="U7", at=0))
    assert "licence apache-2.0, accepted by <@U7>" in running(whole)


def test_an_operation_says_who_allowed_its_code_and_why() -> None:
    allowed = CodeAllowance(by="U7", reason="I read <it>", at=0, sha="1")
    assert "allowed by <@U7>: I read &lt;it&gt;" in running(replace(OPEN, code=allowed))


def test_a_running_import_says_how_long_it_takes_at_least() -> None:
    assert "at least 4 minutes" in running(OPEN)
    done = replace(fakes.imported(), state=OperationState.SUCCEEDED)
    assert "at least 4" not in fakes.words(fakes.message(done)[1])
