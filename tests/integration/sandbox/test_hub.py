"""The real huggingface_hub client against the local Hub."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from huggingface_hub import HfApi, ModelCard, constants, hf_hub_download
from huggingface_hub.errors import (
    BadRequestError,
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

from bot.sandbox.calls import Calls
from bot.sandbox.clock import SandboxClock
from bot.sandbox.coverage import uncovered, unserved
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.hub import APPROVED_TOKEN, READER_TOKEN, LocalHub
from bot.sandbox.store import Store
from tests.integration.sandbox.conftest import Serve

BERT = "google-bert/bert-base-uncased"
LLAMA = "meta-llama/Llama-3.2-1B"
HUB = Path(__file__).parents[3] / "services" / "data" / "hub.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A served local Hub with the real client."""

    hub: LocalHub
    api: HfApi
    faults: Faults
    calls: Calls


@pytest.fixture
def served(serve: Serve) -> Iterator[Served]:
    constants.HF_HUB_DISABLE_TELEMETRY = True  # else its first call asks the public Hub as well
    faults, calls, store = Faults(), Calls(), Store()
    hub = LocalHub(store=store, clock=SandboxClock(), faults=faults, calls=calls, hub=HUB)
    with serve(hub.app()) as url:
        hub.base_url = url
        yield Served(hub=hub, api=HfApi(endpoint=url, token=False), faults=faults, calls=calls)
    store.close()


def test_every_route_is_in_the_coverage_table(served: Served) -> None:
    assert [] == uncovered(served.hub.app(), LocalHub.COVERAGE)
    assert [] == unserved(served.hub.app(), LocalHub.COVERAGE)


def test_a_model_says_task_licence_and_files(served: Served) -> None:
    info = served.api.model_info(BERT, files_metadata=True, securityStatus=True)
    assert ("fill-mask", "apache-2.0") == (info.pipeline_tag, info.card_data["license"])  # type: ignore[index]  # the stand-in always gives a card
    sizes = {file.rfilename: file.size for file in info.siblings or ()}
    assert 440_449_768 == sizes["model.safetensors"]
    assert {"README.md", "config.json", "model.safetensors"} == set(sizes)


def test_downloads_and_likes_are_not_made_up(served: Served) -> None:
    info = served.api.model_info(BERT)
    assert (None, None) == (info.downloads, info.likes)


def test_the_commit_stays_the_same(served: Served) -> None:
    sha = served.api.model_info(BERT).sha
    assert sha
    assert sha == served.api.model_info(BERT, revision=sha).sha


def test_an_unknown_revision_is_not_found(served: Served) -> None:
    with pytest.raises(RevisionNotFoundError):
        served.api.model_info(BERT, revision="v9")


def test_expand_gives_only_what_was_asked(served: Served) -> None:
    info = served.api.model_info(LLAMA, expand=["gated"])
    assert ("manual", None, None) == (info.gated, info.sha, info.pipeline_tag)


def test_a_renamed_model_answers_under_its_new_name(served: Served) -> None:
    assert BERT == served.api.model_info("bert-base-uncased").id


def test_search_finds_by_words_task_author_and_tag(served: Served) -> None:
    names = [
        info.id
        for info in served.api.list_models(
            search="bert base",
            author="google-bert",
            pipeline_tag="fill-mask",
            filter=["transformers"],
        )
    ]
    assert [BERT] == names


def test_search_follows_pages(served: Served) -> None:
    names = [info.id for info in served.api.list_models()]
    assert len(set(names)) == len(names) > 10
    assert math.ceil(len(names) / 10) == len(served.calls.listed("hub"))


def test_search_shows_neither_private_nor_removed_models(served: Served) -> None:
    names = {info.id for info in served.api.list_models()}
    assert not names & {"example-lab/private-model", "runwayml/stable-diffusion-v1-5"}


def test_search_refuses_an_unknown_order(served: Served) -> None:
    with pytest.raises(BadRequestError):
        list(served.api.list_models(sort="bogus"))  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    "name", ["no-such/model", "runwayml/stable-diffusion-v1-5", "example-lab/private-model"]
)
def test_strangers_cannot_tell_missing_from_private(served: Served, name: str) -> None:
    with pytest.raises(RepositoryNotFoundError) as caught:
        served.api.model_info(name)
    assert 401 == caught.value.response.status_code


def test_a_private_model_is_there_for_its_owner(served: Served) -> None:
    info = served.api.model_info("example-lab/private-model", token=APPROVED_TOKEN)
    assert info.private


def test_a_disabled_model_says_so(served: Served) -> None:
    with pytest.raises(DisabledRepoError):
        served.api.model_info("example-lab/disabled-model", token=READER_TOKEN)


@pytest.mark.parametrize(("token", "status"), [("", 401), (READER_TOKEN, 403)])
def test_a_gated_model_needs_approval(served: Served, token: str, status: int) -> None:
    assert "manual" == served.api.model_info(LLAMA, token=token or False).gated
    with pytest.raises(GatedRepoError) as caught:
        served.api.auth_check(LLAMA, token=token or False)
    assert status == caught.value.response.status_code


def test_an_approved_person_may_use_a_gated_model(served: Served) -> None:
    served.api.auth_check(LLAMA, token=APPROVED_TOKEN)


def test_the_fault_gates_an_open_model(served: Served) -> None:
    served.faults.add(Fault(target="hub", kind="gated", match="bert"))
    assert "manual" == served.api.model_info(BERT).gated
    with pytest.raises(GatedRepoError):
        served.api.auth_check(BERT)


def test_a_wrong_token_is_refused(served: Served) -> None:
    with pytest.raises(HfHubHTTPError, match="Invalid credentials"):
        served.api.model_info(BERT, token="hf_wrong")


def test_whoami_knows_the_two_tokens(served: Served) -> None:
    assert "reader" == served.api.whoami(token=READER_TOKEN)["name"]
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        served.api.whoami(token="hf_wrong")


def test_custom_code_shows_in_tags_and_files(served: Served) -> None:
    info = served.api.model_info("microsoft/Florence-2-base")
    assert "custom_code" in (info.tags or ())
    code = [file.rfilename for file in info.siblings or () if file.rfilename.endswith(".py")]
    assert 3 == len(code)


def test_tree_paths_and_refs_agree(served: Served) -> None:
    tree = [entry for entry in served.api.list_repo_tree(BERT) if isinstance(entry, RepoFile)]
    (found,) = served.api.get_paths_info(BERT, ["model.safetensors", "nothing.txt"])
    assert found.path in {entry.path for entry in tree}
    (branch,) = served.api.list_repo_refs(BERT).branches
    assert served.api.model_info(BERT).sha == branch.target_commit


def test_the_card_can_be_downloaded(served: Served, tmp_path: Path) -> None:
    path = hf_hub_download(
        BERT, "README.md", endpoint=served.hub.base_url, token=False, cache_dir=tmp_path
    )
    assert "apache-2.0" == ModelCard(Path(path).read_text(encoding="utf-8")).data.get("license")


def test_a_missing_file_is_not_found(served: Served, tmp_path: Path) -> None:
    with pytest.raises(RemoteEntryNotFoundError):
        hf_hub_download(
            BERT, "LICENSE", endpoint=served.hub.base_url, token=False, cache_dir=tmp_path
        )


def test_weights_are_declared_but_not_held(served: Served, tmp_path: Path) -> None:
    asked = {"endpoint": served.hub.base_url, "token": False, "cache_dir": tmp_path}
    plan = hf_hub_download(BERT, "model.safetensors", dry_run=True, **asked)  # type: ignore[call-overload]  # keywords from a dict
    assert 440_449_768 == plan.file_size
    with pytest.raises(HfHubHTTPError, match="does not hold them"):
        hf_hub_download(BERT, "model.safetensors", **asked)  # type: ignore[call-overload]  # as above


def test_an_error_is_the_exception_that_the_client_makes_of_it(served: Served) -> None:
    headers = {"X-Error-Code": "GatedRepo", "X-Error-Message": "Ask the authors"}
    options = {"status": 403, "body": {"error": "Ask the authors"}, "headers": headers}
    served.faults.add(Fault(target="hub", kind="error", options=options))
    with pytest.raises(GatedRepoError, match="Ask the authors"):
        served.api.model_info(BERT)


def test_an_error_with_a_text_is_plain_text(served: Served) -> None:
    options = {"status": 504, "body": "upstream request timeout"}
    served.faults.add(Fault(target="hub", kind="error", options=options))
    answer = requests.get(f"{served.hub.base_url}/api/models", timeout=30)
    assert (504, "text/plain; charset=utf-8", "upstream request timeout") == (
        answer.status_code,
        answer.headers["Content-Type"],
        answer.text,
    )


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_websites_are_not_answered(served: Served, headers: dict[str, str]) -> None:
    answer = requests.get(f"{served.hub.base_url}/api/models", headers=headers, timeout=30)
    assert 403 == answer.status_code


def test_a_models_page_is_for_people(served: Served) -> None:
    answer = requests.get(f"{served.hub.base_url}/{BERT}", timeout=30)
    assert "<li>Licence: apache-2.0</li>" in answer.text


def test_tokens_are_not_kept_in_the_calls(served: Served) -> None:
    served.api.model_info(BERT, token=READER_TOKEN)
    assert READER_TOKEN not in str(served.calls.listed())
