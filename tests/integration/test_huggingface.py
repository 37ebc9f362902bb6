"""Our Hub client against the local Hub, and against hubs that misbehave."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from bot.sandbox.calls import Calls
from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.hub import APPROVED_TOKEN, READER_TOKEN, LocalHub
from bot.sandbox.store import Store
from services.errors import (
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    NotSupportedError,
    ServiceRefusedError,
    Suggestion,
    TemporaryError,
)
from services.huggingface import Hub
from services.huggingface.client import LONGEST_LICENCE
from tests.integration.sandbox.conftest import serving

HUB = Path(__file__).parents[2] / "services" / "data" / "hub.jsonl"
GPT2 = "openai-community/gpt2"
LLAMA = "meta-llama/Llama-3.2-1B"


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def url(faults: Faults, calls: Calls) -> Iterator[str]:
    store = Store()
    hub = LocalHub(store=store, clock=SandboxClock(), faults=faults, calls=calls, hub=HUB)
    with serving(hub.app()) as address:
        hub.base_url = address
        yield address
    store.close()


def test_a_model_is_described(url: str) -> None:
    model = Hub(url, None).model(GPT2)
    assert (GPT2, "text-generation", "mit") == (model.id, model.task, model.license)
    assert ("", True, 548_105_171) == (model.gated, model.access, model.size_bytes)
    assert (f"{url}/{GPT2}", None) == (model.license_url, model.renamed_from)
    assert 40 == len(model.sha)


def test_the_present_revision_is_one_request(url: str, faults: Faults, calls: Calls) -> None:
    hub = Hub(url, None)
    planned = hub.model(GPT2)
    body = {"id": GPT2, "sha": "9" * 40, "gated": False, "private": False, "siblings": []}
    options = {"status": 200, "body": body}
    faults.add(Fault(target="hub", kind="error", match=f"/api/models/{GPT2}$", options=options))
    before = len(calls.listed())

    now = hub.revision(GPT2)

    assert (40, "9" * 40, True) == (len(planned.sha), now.sha, now.access)
    assert before + 1 == len(calls.listed())


def test_an_old_name_leads_to_the_new_one(url: str) -> None:
    model = Hub(url, None).model("gpt2")
    assert (GPT2, "gpt2") == (model.id, model.renamed_from)


def test_a_licence_that_nobody_states_is_none(url: str) -> None:
    model = Hub(url, None).model("openai/clip-vit-base-patch32")
    assert (None, None) == (model.license, model.license_url)


def test_code_and_pickles_are_named(url: str) -> None:
    model = Hub(url, None).model("microsoft/Florence-2-base")
    assert (
        "configuration_florence2.py",
        "modeling_florence2.py",
        "processing_florence2.py",
    ) == model.custom_code
    assert ("pytorch_model.bin",) == model.doubtful


def test_the_whole_repository_and_its_page_are_told(url: str) -> None:
    model = Hub(url, None).model(GPT2)
    assert model.files_bytes > model.size_bytes
    assert (True, False, f"{url}/{GPT2}") == (model.safe_weights, model.private, model.page)


def test_of_files_without_a_size_the_whole_is_not_known(url: str) -> None:
    assert 0 == Hub(url, None).model("deepset/roberta-base-squad2").files_bytes


def test_a_private_repository_is_called_so(url: str) -> None:
    assert Hub(url, APPROVED_TOKEN).model("example-lab/private-model").private


def test_a_licence_is_known_by_the_text_in_the_repository(url: str) -> None:
    hub = Hub(url, None)
    text = b"Example licence: not for commercial use."

    terms = hub.licence(hub.model("example-lab/non-commercial"))

    assert ("LICENSE.md", hashlib.sha256(text).hexdigest()) == (terms.file, terms.sha256)


def test_without_a_text_the_licence_is_known_by_name_and_link(url: str) -> None:
    hub = Hub(url, None)
    model = hub.model(GPT2)

    terms = hub.licence(model)

    named = f"mit\n{url}/{GPT2}".encode()
    assert ("", hashlib.sha256(named).hexdigest()) == (terms.file, terms.sha256)
    assert terms != hub.licence(replace(model, license="apache-2.0"))


def test_a_text_that_is_gone_or_not_for_us_is_as_none(url: str, faults: Faults) -> None:
    hub = Hub(url, None)
    model = hub.model("example-lab/non-commercial")
    assert "" == hub.licence(replace(model, licence_file="GONE")).file

    faults.add(Fault(target="hub", kind="gated", match="non-commercial"))
    assert "" == hub.licence(model).file


def test_a_text_that_cannot_be_had_now_is_a_passing_fault(url: str, faults: Faults) -> None:
    hub = Hub(url, None)
    model = hub.model("example-lab/non-commercial")
    faults.add(Fault(target="hub", kind="error", match="resolve", options={"status": 503}))

    with pytest.raises(TemporaryError):
        hub.licence(model)


def test_no_more_than_the_beginning_of_a_huge_text_is_read(url: str) -> None:
    async def huge(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 4 * LONGEST_LICENCE)

    model = replace(Hub(url, None).model(GPT2), licence_file="LICENSE")
    app = web.Application()
    app.router.add_get("/{path:.+}", huge)
    with serving(app) as address:
        terms = Hub(address, None).licence(model)

        moved = Hub(address, None).licence(replace(model, sha="9" * 40))

    text = b"x" * LONGEST_LICENCE + model.sha.encode()
    assert hashlib.sha256(text).hexdigest() == terms.sha256
    assert terms != moved


def test_a_size_that_is_not_stated_is_zero(url: str) -> None:
    assert 0 == Hub(url, None).model("deepset/roberta-base-squad2").size_bytes


@pytest.mark.parametrize(
    ("token", "access"), [("", False), (READER_TOKEN, False), (APPROVED_TOKEN, True)]
)
def test_access_to_a_gated_model_follows_the_token(url: str, token: str, *, access: bool) -> None:
    model = Hub(url, token or None).model(LLAMA)
    assert ("manual", access) == (model.gated, model.access)


def test_the_gated_fault_takes_access_away(url: str, faults: Faults) -> None:
    faults.add(Fault(target="hub", kind="gated", match="gpt2"))
    model = Hub(url, None).model(GPT2)
    assert ("manual", False) == (model.gated, model.access)


def test_a_private_model_is_seen_with_the_right_token(url: str) -> None:
    assert "mit" == Hub(url, APPROVED_TOKEN).model("example-lab/private-model").license


@pytest.mark.parametrize(
    "name", ["no-such/thing", "example-lab/private-model", "runwayml/stable-diffusion-v1-5"]
)
def test_what_cannot_be_seen_is_not_found(url: str, name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        Hub(url, None).model(name)
    assert "HubModelNotFound" == caught.value.code
    assert "misspelt, private or was removed" in caught.value.why


def test_a_misspelt_name_gets_suggestions(url: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        Hub(url, None).model("google/bert-base-uncased")
    found = Suggestion(verb="import", argument="google-bert/bert-base-uncased")
    assert found in caught.value.suggestions


def test_a_disabled_model_is_not_supported(url: str) -> None:
    with pytest.raises(NotSupportedError, match="has disabled example-lab/disabled-model"):
        Hub(url, READER_TOKEN).model("example-lab/disabled-model")


@pytest.mark.parametrize("name", ["a/b/c", "https://huggingface.co/gpt2", "a--b/c", "../etc"])
def test_a_malformed_name_is_refused_without_asking(url: str, calls: Calls, name: str) -> None:
    with pytest.raises(InvalidInputError):
        Hub(url, None).model(name)
    assert [] == calls.listed()


def test_a_refused_token_is_explained(url: str) -> None:
    with pytest.raises(NotAllowedError, match="renew HF_TOKEN"):
        Hub(url, "hf_stale").model(GPT2)


def test_a_token_of_the_machine_is_never_sent(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_else")  # the local Hub would refuse it
    assert GPT2 == Hub(url, None).model(GPT2).id


def test_search_finds_by_words(url: str) -> None:
    found = Hub(url, None).search("bert", 2)
    assert ["google-bert/bert-base-uncased", "dslim/bert-base-NER"] == [m.id for m in found]
    assert ["fill-mask", "token-classification"] == [model.task for model in found]
    assert ["apache-2.0", "mit"] == [model.license for model in found]


def test_search_says_what_is_gated(url: str) -> None:
    (model,) = Hub(url, None).search("llama", 5)
    assert ("manual", False) == (model.gated, model.access)


def test_search_that_finds_nothing_is_empty(url: str) -> None:
    assert () == Hub(url, None).search("no such thing", 5)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("throttle", {"retry_after": 7}),
        ("error", {"status": 500}),
        ("error", {"status": 503}),
        ("html_body", {}),
        ("drop_socket", {}),
    ],
)
def test_passing_faults_are_temporary(
    url: str, faults: Faults, kind: str, options: dict[str, int]
) -> None:
    faults.add(Fault(target="hub", kind=kind, options=options))
    hub = Hub(url, None)
    with pytest.raises(TemporaryError) as caught:
        hub.model(GPT2)
    with pytest.raises(TemporaryError):
        hub.search("gpt2", 3)
    assert options.get("retry_after", 0) == caught.value.retry_after


def test_another_refusal_carries_its_status(url: str, faults: Faults) -> None:
    faults.add(Fault(target="hub", kind="error", options={"status": 400}))
    with pytest.raises(ServiceRefusedError, match="HTTP 400"):
        Hub(url, None).model(GPT2)


def test_a_dead_hub_is_noticed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        dead = f"http://127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(TemporaryError, match="cannot be reached"):
        Hub(dead, None).search("bert", 3)
    with pytest.raises(TemporaryError, match="cannot be reached"):
        Hub(dead, None).model(GPT2)


def test_a_silent_hub_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        hub = Hub(f"http://127.0.0.1:{server.getsockname()[1]}", None, seconds=0.3)
        with pytest.raises(TemporaryError, match="did not answer"):
            hub.search("bert", 3)
        with pytest.raises(TemporaryError, match="did not answer"):
            hub.model(GPT2)


def test_a_failing_call_does_not_break_others_at_work(url: str, faults: Faults) -> None:
    faults.add(Fault(target="hub", kind="slow", match="gpt2", times=1, options={"ms": 300}))
    faults.add(Fault(target="hub", kind="drop_socket", match="/models$", times=1))
    hub = Hub(url, None)
    found: list[str] = []
    slow = threading.Thread(target=lambda: found.append(hub.model(GPT2).id))
    slow.start()
    with pytest.raises(TemporaryError):
        hub.search("bert", 3)
    slow.join()
    assert [GPT2] == found
