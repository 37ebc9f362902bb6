"""A restart keeps what there is, and a reset brings the first state back."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.azureml import LocalAzure
from bot.sandbox.azureml.state import Change, State
from bot.sandbox.calls import Calls
from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Faults
from bot.sandbox.store import Store
from tests.integration.sandbox.azure.conftest import DATA, EvenScorer


def local_azure(store: Store, clock: SandboxClock) -> LocalAzure:
    return LocalAzure(
        store=store,
        clock=clock,
        faults=Faults(),
        calls=Calls(),
        catalog=DATA / "catalog.jsonl",
        sizes=DATA / "sizes.jsonl",
        hub=DATA / "hub.jsonl",
        scorer=EvenScorer(),
    )


def test_the_token_is_the_same_after_a_restart(tmp_path: Path) -> None:
    clock = SandboxClock(speed=1.0)
    first = Store(tmp_path / "kept.sqlite")
    token = local_azure(first, clock).token
    first.close()
    second = Store(tmp_path / "kept.sqlite")
    assert token == local_azure(second, clock).token
    second.close()


def test_a_change_goes_on_while_nothing_runs(tmp_path: Path) -> None:
    clock = SandboxClock(speed=1.0)
    first = Store(tmp_path / "kept.sqlite")
    change = Change(verb="Creating", seconds=60)
    State(first, clock, Faults()).begin("endpoints", "clip-ep", {}, change, "oeidp")
    first.close()
    clock.advance(61)
    second = Store(tmp_path / "kept.sqlite")
    document = second.collection("azure.endpoints")["clip-ep"]
    assert "Succeeded" == State(second, clock, Faults()).provisioning(document)
    second.close()


def test_a_reset_keeps_the_token_that_the_bot_holds(tmp_path: Path) -> None:
    store = Store(tmp_path / "kept.sqlite")
    azure = local_azure(store, SandboxClock(speed=1.0))
    token = azure.token
    store.clear()
    azure.reset()
    assert token == azure.token
    assert token == store.collection("azure.identity")["identity"]["token"]
    store.close()
