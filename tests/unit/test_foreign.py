from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from services import foreign
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotFoundError,
    ServiceRefusedError,
    TemporaryError,
    UserError,
)
from services.models import Check, ClassifyResult, DeployResult, Problem, Scores, Step
from services.workflows.steps import problem_of
from tests.unit.fakes import DEPLOY_PLAN, deployed

SAID = ErrorText(code="Said", what="It says {said}.", why="{said}", advice="Not {said}.")
LEAK = "key refused: api-key: 9vSECRETx0, Bearer SECRET https://st/x?sig=SECRET"
SHOWN = "key refused: api-key: …, Bearer … https://st/x?sig=…"


@pytest.mark.parametrize(
    "kind", [UserError, NotFoundError, InvalidInputError, ServiceRefusedError, TemporaryError]
)
def test_no_error_shows_a_secret_of_a_field(kind: type[UserError]) -> None:
    error = kind(SAID, said=LEAK)
    assert (f"It says {SHOWN}.", SHOWN, f"Not {SHOWN}.") == error.parts
    assert "SECRET" not in str(error)


def test_evidence_has_no_secret_even_where_it_is_added_later() -> None:
    error = UserError(SAID, said="", evidence=(LEAK,))
    assert (SHOWN,) == error.evidence
    assert (SHOWN,) == error.replace(evidence=(LEAK,)).evidence


def test_a_code_of_azure_has_none_either() -> None:
    assert "sig=…" == UserError(SAID, said="", code="sig=SECRET").code


def test_a_field_of_any_length_is_cut() -> None:
    error = UserError(SAID, said="a" * 100_000)
    assert foreign.MESSAGE == len(error.why)


def test_a_line_of_evidence_is_cut() -> None:
    error = UserError(SAID, said="", evidence=("a" * 100_000,))
    assert [foreign.LINE] == [len(line) for line in error.evidence]


def test_a_secret_that_the_cut_divides_is_hidden() -> None:
    error = UserError(SAID, said="a" * (foreign.MESSAGE - 12) + " sig=SECRETSECRET")
    assert "SEC" not in error.why


def test_a_problem_has_no_secret() -> None:
    problem = Problem(code="X", what=LEAK, why=LEAK, evidence=(LEAK,), fields=(("said", LEAK),))
    assert (SHOWN, SHOWN, (SHOWN,), (("said", SHOWN),)) == (
        problem.what,
        problem.why,
        problem.evidence,
        problem.fields,
    )


def test_a_problem_made_of_an_error_says_the_same() -> None:
    assert SHOWN == problem_of(UserError(SAID, said=LEAK)).why


def test_what_endpoints_say_of_themselves_has_no_secret() -> None:
    scores = Scores(picture="a.png", labels=("a",), probabilities=(1.0,), note=LEAK)
    result = ClassifyResult(endpoint="e", engine=LEAK, note=LEAK, pictures=(scores,))
    assert {SHOWN} == {scores.note, result.engine, result.note}


def test_steps_and_checks_have_no_secret() -> None:
    assert SHOWN == Step(name="s", title="S", detail=LEAK).detail
    assert SHOWN == Check(title="Licence", passed=None, text=LEAK).text


def test_one_line_of_a_text_with_line_breaks() -> None:
    assert "a b…" == foreign.line("a\n\n  b  c", 4)


def test_the_end_of_a_log_counts_and_long_lines_are_cut() -> None:
    log = "\n".join(["first"] * 10_000 + ["a" * 1_000, "last"])
    *_, long, last = foreign.tail(log).splitlines()
    assert (foreign.LINE, "last") == (len(long), last)
    assert len(foreign.tail(log)) <= foreign.MOST_LINES * (foreign.LINE + 1)


def test_an_error_that_is_logged_has_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("refused: %s", UserError(SAID, said=LEAK))
    assert "SECRET" not in caplog.text


def test_what_is_sent_on_stays_as_it_is() -> None:
    name = "sk-0123456789abcdef"

    plan = replace(DEPLOY_PLAN, model=name, endpoint=name)
    result = deployed().result
    assert isinstance(result, DeployResult)
    result = replace(result, endpoint=name, smoke_test=f"It said {name}")

    assert (name, name, name) == (plan.model, plan.endpoint, result.endpoint)
    assert "It said …" == result.smoke_test
