"""Importing from the Hub as people live it: a checklist, one click, five steps, a model."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from bot.sandbox import Sandbox
from tests.conversation import Message, Person

# One repository for each task of Azure's handbook, that Azure's own registry does not have.
HANDBOOK = {
    "fill-mask": "google-bert/bert-base-uncased",
    "token-classification": "dslim/bert-base-NER",
    "question-answering": "example-lab/question-answering",
    "summarization": "example-lab/summarization",
    "text-generation": "openai-community/gpt2",
    "text-classification": "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
    "translation": "google-t5/t5-small",
    "image-classification": "example-lab/image-classification",
    "text-to-image": "CompVis/stable-diffusion-v1-4",
}
STEPS = (
    "Check the request",
    "Download it from the Hub",
    "Convert it to MLflow",
    "Validate the converted model",
    "Register it in the workspace",
)
OWN_CODE, NON_COMMERCIAL = "example-lab/own-code", "example-lab/non-commercial"
OPUS, GPT2 = "Helsinki-NLP/opus-mt-en-de", "openai-community/gpt2"
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def first_state(fresh_sandbox: Sandbox) -> Sandbox:
    return fresh_sandbox


@pytest.fixture(autouse=True)
def no_forms_left(ada: Person) -> Iterator[None]:
    yield
    for view in ada.views():
        ada.post("close", {"user": ada.user, "view_id": view["id"]})


def checklist(person: Person, what: str) -> Message:
    """Type it, and wait for a new card."""
    before = {message.ts for message in person.reads()}
    person.sends_command(f"/aml import {what}")
    return person.waits(lambda m: m.ts not in before and "Cancel" in m.buttons(), patience=PATIENCE)


def ends(person: Person, hub_id: str, word: str = "Done", after: str = "") -> Message:
    """The operation's message once it has ended so."""
    begins = f"{word}: Import {hub_id}"
    return person.waits(lambda m: m.text.startswith(begins) and m.ts > after, patience=PATIENCE)


def jobs(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The bodies of all jobs that were submitted."""
    calls = sandbox.calls.listed("azure")
    put = [call for call in calls if call["method"] == "PUT" and "/jobs/" in call["path"]]
    return [json.loads(call["body"])["properties"] for call in put]


def inputs(job: dict[str, Any]) -> dict[str, Any]:
    """Of the one step of our pipeline, which is Azure's component."""
    (node,) = job["jobs"].values()
    return {name: given["value"] for name, given in node["inputs"].items()}


def imports(person: Person, what: str) -> Message:
    """From the command to the end."""
    plan = checklist(person, what)
    person.clicks(plan, "Run")
    return ends(person, what.split(maxsplit=1)[0], after=plan.ts)


# --- nine tasks ----------------------------------------------------------------------------------


def test_all_nine_tasks_of_the_handbook_become_models_side_by_side(
    sandbox: Sandbox, ada: Person
) -> None:
    plans = {task: checklist(ada, hub_id) for task, hub_id in HANDBOOK.items()}
    for plan in plans.values():
        ada.clicks(plan, "Run")
    done = {task: ends(ada, hub_id) for task, hub_id in HANDBOOK.items()}

    assert all("version 1 is registered" in message.words for message in done.values())
    assert all("as planned." in message.words for message in done.values())
    assert all({"Deploy", "Open card"} <= set(message.buttons()) for message in done.values())
    assert all(title in message.words for title in STEPS for message in done.values())
    assert all("Convert it to MLflow · done · 3 min\n" in one.words for one in done.values())
    sent = {inputs(job)["model_id"]: inputs(job) for job in jobs(sandbox)}
    assert {hub_id: task for task, hub_id in HANDBOOK.items()} == {
        hub_id: given["task_name"] for hub_id, given in sent.items()
    }
    assert all("token" not in given for given in sent.values())
    assert all("hf_model_args" not in given for given in sent.values())


def test_an_import_that_is_there_already_can_be_deployed(ada: Person) -> None:
    plan = checklist(ada, HANDBOOK["fill-mask"])
    assert "Run changes nothing" in plan.words
    assert "Accepted on" in plan.words
    assert f"<@{ada.user}>" in plan.words

    ada.clicks(plan, "Deploy that one")

    deploy = ada.waits(lambda m: "Run" in m.buttons() and m.ts > plan.ts)
    assert "this workspace" in deploy.words


def test_running_it_again_says_what_imported_it(ada: Person) -> None:
    plan = checklist(ada, HANDBOOK["fill-mask"])
    ada.clicks(plan, "Run")
    assert ada.waits_for("is imported already, by imp-")


def test_the_card_of_what_was_imported_is_the_workspaces_own(ada: Person) -> None:
    done = ends(ada, HANDBOOK["token-classification"])

    ada.clicks(done, "Open card")

    card = ada.waits(lambda m: m.ts > done.ts and "dslim-bert-base-NER" in m.words)
    assert "workspace" in card.words


def test_a_task_of_the_component_alone_is_allowed_with_a_warning(ada: Person) -> None:
    plan = checklist(ada, f"{GPT2} task:text2text-generation")
    assert "its own first step does not" in plan.words
    assert "Run" in plan.buttons()
    ada.clicks(plan, "Cancel")


# --- what is in the way --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hub_id", "words", "way"),
    [
        ("meta-llama/Llama-3.2-1B", "its owner approves requests by hand", "Open its page"),
        ("example-lab/huge-model", "Standard_DS12_v2 has 56.0 GB", "search huge-model"),
        ("example-lab/speech-model", "automatic-speech-recognition", "Choose a task …"),
        ("openai/clip-vit-base-patch32", "registry azureml has", "Deploy that one"),
        ("microsoft/Florence-2-base", "configuration_florence2.py", "Allow its code …"),
        ("example-lab/question-answering-gguf", "its weights are GGUF", "Import that one"),
        ("example-lab/summarization-lora", "only an adapter", "Import that one"),
        ("example-lab/readme-only", "no weights in it, only README.md", "search readme-only"),
        ("example-lab/half-uploaded", "model-00002-of-00002.safetensors is named", "Cancel"),
        ("Xenova/clip-vit-base-patch32", "its weights are ONNX", "search clip-vit-base-patch32"),
    ],
)
def test_what_is_in_the_way_stands_beside_its_way_out(
    sandbox: Sandbox, ada: Person, hub_id: str, words: str, way: str
) -> None:
    before = len(jobs(sandbox))
    plan = checklist(ada, hub_id)

    assert words in plan.words
    assert (True, False) == (way in plan.buttons(), "Run" in plan.buttons())
    assert before == len(jobs(sandbox))


def test_the_way_out_of_an_adapter_is_one_click(ada: Person) -> None:
    plan = checklist(ada, "example-lab/summarization-lora")

    ada.clicks(plan, "Import that one")

    base = ada.waits(lambda m: m.ts > plan.ts and "Import example-lab/summarization?" in m.words)
    assert "Run" in base.buttons()


def test_a_quantised_model_is_worth_a_look(ada: Person) -> None:
    plan = checklist(ada, "example-lab/quantised")
    assert "quantised with gptq" in plan.words
    assert "Run" in plan.buttons()


def test_everything_in_the_way_is_on_one_card(ada: Person) -> None:
    ada.post("fault", {"target": "hub", "kind": "gated", "match": "Florence"})
    plan = checklist(ada, "microsoft/Florence-2-base")
    assert "In the way (2)" in plan.words


def test_a_repository_that_closed_its_gate_meanwhile_is_not_imported(
    sandbox: Sandbox, ada: Person
) -> None:
    plan = checklist(ada, OPUS)
    ada.post("fault", {"target": "hub", "kind": "gated", "match": "opus-mt"})
    before = len(jobs(sandbox))

    ada.clicks(plan, "Run")

    changed = ada.waits_for("Something changed since the plan was made")
    assert "Run" not in changed.buttons()
    assert before == len(jobs(sandbox))


@pytest.mark.parametrize("text", ["x/y;id", "$(id)/x", "a/`id`", "a/b|c", "a/b&&id", "a/b>c"])
def test_an_id_with_shell_characters_reaches_no_job(
    sandbox: Sandbox, ada: Person, text: str
) -> None:
    before = len(jobs(sandbox)), len(sandbox.calls.listed("hub"))
    ada.sends_command(f"/aml import {text}")
    ada.waits(lambda m: "only letters, digits" in m.words or "is not a model" in m.words)
    assert before == (len(jobs(sandbox)), len(sandbox.calls.listed("hub")))


# --- licence and code ----------------------------------------------------------------------------


def test_a_licence_that_excludes_commerce_is_asked_about_on_run(ada: Person) -> None:
    _, run = checklist(ada, NON_COMMERCIAL).button("Run")
    assert "excludes commercial use" in run["confirm"]["text"]["text"]


def test_a_licence_nobody_states_is_asked_about_on_run(ada: Person) -> None:
    _, run = checklist(ada, "example-lab/unlicensed").button("Run")
    assert "Nobody states a licence" in run["confirm"]["text"]["text"]


def test_once_accepted_a_licence_is_not_asked_about_again(ada: Person) -> None:
    imports(ada, NON_COMMERCIAL)

    plan = checklist(ada, NON_COMMERCIAL)

    assert "confirm" not in plan.button("Run")[1]
    assert "Accepted on" in plan.words


def test_bens_model_with_its_own_code_is_allowed_by_ada_and_runs_for_ben(
    sandbox: Sandbox, ada: Person, ben: Person
) -> None:
    plan = checklist(ben, OWN_CODE)
    assert ["Ask an operator", "Cancel"] == plan.buttons()
    ben.clicks(plan, "Ask an operator")
    request = ada.waits(lambda m: "asks an operator to look at this" in m.words)

    ben.clicks(request, "Allow its code …")
    assert ben.waits_for("Only operators may run this")
    ada.clicks(request, "Allow its code …")
    ada.submits(ada.waits_for_view(), {"reason": {"value": "I read modeling_own.py"}})
    allowed = ada.waits(lambda m: "I read modeling_own.py" in m.words and "Run" in m.buttons())
    ada.clicks(allowed, "Run")

    done = ends(ada, OWN_CODE)
    assert f"allowed by <@{ada.user}>: I read modeling_own.py" in done.words
    assert f"accepted by <@{ada.user}>" in done.words
    assert f"<@{ben.user}>" in done.words
    (job,) = [job for job in jobs(sandbox) if inputs(job)["model_id"] == OWN_CODE]
    assert "trust_remote_code=True" == inputs(job)["hf_model_args"]


def test_a_yes_needs_a_reason(ada: Person) -> None:
    ada.clicks(checklist(ada, "microsoft/Florence-2-base"), "Allow its code …")
    answer = ada.submits(ada.waits_for_view(), {"reason": {"value": "   "}})
    assert "reason" in answer["errors"]


# --- two people, and things that go wrong --------------------------------------------------------


def test_two_people_at_once_are_one_operation_and_both_are_told(
    sandbox: Sandbox, ada: Person, ben: Person
) -> None:
    before = len(jobs(sandbox))
    theirs = checklist(ben, OPUS)
    ben.clicks(theirs, "Ask an operator")
    request = ada.waits(lambda m: "asks an operator" in m.words and OPUS in m.words)
    mine = checklist(ada, OPUS)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: ada.clicks(one, "Run"), (mine, request)))

    done = ends(ada, OPUS)
    told = ada.waits_for("asked for the same and follows this", thread=done.ts)
    assert told
    assert before + 1 == len(jobs(sandbox))


def begun(person: Person, hub_id: str, fault: Callable[[], object]) -> Message:
    """Start an import while something is wrong, and wait for its failure."""
    plan = checklist(person, hub_id)
    fault()
    person.clicks(plan, "Run")
    return ends(person, hub_id.split(maxsplit=1)[0], "Failed", after=plan.ts)


def test_a_job_cancelled_in_the_studio_says_so_and_can_be_retried(
    sandbox: Sandbox, ada: Person
) -> None:
    task = f"{GPT2} task:text-classification"
    before = len(jobs(sandbox))
    ada.clicks(checklist(ada, task), "Run")
    until(lambda: len(jobs(sandbox)) > before)
    calls = sandbox.calls.listed("azure")
    put = [call["path"] for call in calls if call["method"] == "PUT" and "/jobs/" in call["path"]]
    cancel_at_azure(sandbox, put[-1])

    failed = ends(ada, GPT2, "Failed")

    assert "Somebody cancelled the import job at Azure" in failed.words
    ada.clicks(failed, "Retry")
    again = ada.waits(lambda m: "Run" in m.buttons() and m.ts > failed.ts)
    assert "Attempt" in again.words


def test_a_job_that_gets_no_machine_says_why_and_can_be_cancelled(ada: Person) -> None:
    plan = checklist(ada, f"{GPT2} task:text-classification")
    ada.post("fault", {"target": "azure", "kind": "quota", "match": "/jobs/"})
    ada.clicks(plan, "Run")

    waiting = ada.waits(lambda m: "Waiting for a machine since" in m.words, patience=PATIENCE)

    assert "quota" in waiting.words
    assert "It needs 4 cores; 0 of 100 are left" in waiting.words
    assert "Ask for more in the Azure portal" in waiting.words
    ada.clicks(waiting, "Cancel")
    ended = ends(ada, GPT2, "Cancelled", after=plan.ts)
    assert "Waiting for a machine" not in ended.words


@pytest.mark.parametrize("limit", [0, 3])
def test_a_quota_too_small_for_the_cluster_is_in_the_way(ada: Person, limit: int) -> None:
    family = {"value": "standardDSv2Family"}
    row = {"name": family, "currentValue": 0, "limit": limit, "unit": "Count"}
    fault = {"target": "azure", "kind": "error", "status": 200, "match": "/usages"}
    ada.post("fault", {**fault, "body": {"value": [row]}})

    plan = checklist(ada, OPUS)

    assert f"takes 4 cores, and the quota of standardDSv2Family is {limit}" in plan.words
    assert "Run" not in plan.buttons()


def test_what_a_step_says_is_translated_with_evidence_and_a_next_step(ada: Person) -> None:
    failed = begun(
        ada,
        "google-t5/t5-small task:summarization",
        lambda: ada.post(
            "fault",
            {
                "target": "azure",
                "kind": "crash",
                "match": "/jobs/",
                "reason": "VM not sufficient for download operation. Details: [free 12 KB]",
            },
        ),
    )

    assert "The import machine's disk is too small" in failed.words
    assert "Failed at: Convert it to MLflow" in failed.words
    assert "free 12 KB" in failed.words
    assert "AML_BOT_IMPORT_COMPUTE" in failed.words
    assert "Retry" in failed.buttons()


def cancel_at_azure(sandbox: Sandbox, path: str) -> None:
    """As the studio does."""
    with requests.Session() as http:
        http.trust_env = False
        answer = http.post(
            f"{sandbox.azure.base_url}{path}/cancel",
            params={"api-version": "2023-04-01-preview"},
            headers={"Authorization": f"Bearer {sandbox.azure.token}"},
            verify=sandbox.env["AML_BOT_AZURE_CA"],
            timeout=30,
        )
        answer.raise_for_status()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)
