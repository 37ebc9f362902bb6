"""Names that only Azure can refuse, because it knows more than our workspace."""

from __future__ import annotations

from tests.conversation import Person


def test_an_endpoint_name_of_another_workspace_fails_at_once_and_says_what_to_do(
    ada: Person,
) -> None:
    plan = ada.types("/aml deploy openai-clip-vit-base-patch32 endpoint:taken-elsewhere")
    ada.clicks(plan, "Run")

    failed = ada.waits_for("Deploy under another name, for example `endpoint:taken-elsewhere-2`")

    assert "The endpoint name taken-elsewhere is taken in eastus" in failed.words

    ada.clicks(failed, "Retry")

    again = ada.waits(lambda m: "Run" in m.buttons() and "as taken-elsewhere-2" in m.text)
    assert "`taken-elsewhere-2`" in again.words
