"""The checklist of an import: what is in the way, what to look at, what is fine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services import planning
from services.models import (
    Acceptance,
    Asked,
    Check,
    Cluster,
    CodeAllowance,
    Contents,
    HubModel,
    ImportPlan,
    LicenceText,
    Model,
    Operation,
    OperationState,
    Quota,
    Way,
)
from services.planning import Findings
from services.prices import load_sizes

SIZES = load_sizes()
SIZE = "Standard_DS12_v2"
GIB = 2**30
HUB = HubModel(
    id="google-bert/bert",
    sha="0123456789abcdef",
    task="fill-mask",
    license="apache-2.0",
    license_url=None,
    gated="",
    access=True,
    size_bytes=GIB,
    files_bytes=4 * GIB,
    page="https://huggingface.co/google-bert/bert",
    contents=Contents(
        files=("config.json", "model.safetensors"),
        description="config.json",
        model_type="bert",
        loaded=("model.safetensors",),
    ),
)
CURATED = Model(
    name="google-bert-bert", version="3", registry="azureml", asset_id="azureml://registries/x"
)
OURS = replace(CURATED, registry=None, asset_id="azureml:ours:3")
CLUSTER = Cluster(name="cluster", kind="AmlCompute", size=SIZE, state="Succeeded")
FINE = Findings(
    hub=HUB,
    task="fill-mask",
    tasks=replace(planning.KNOWN_TASKS, live=True),
    compute="cluster",
    cluster=replace(CLUSTER, identity="SystemAssigned"),
    size=SIZE,
    known_size=SIZES[SIZE],
    disk=56 * GIB,
    quota=(Quota(family=SIZES[SIZE].family, used=10, limit=100),),
    terms=LicenceText(sha256="0" * 64),
)


def check(title: str, hub: HubModel = HUB, **changes: Any) -> Check:  # noqa: ANN401 - fields by name
    """The line of that title when something is other than in the plainest case."""
    found = planning.import_checks(replace(FINE, hub=hub, **changes))
    (line,) = [one for one in found if one.title == title]
    return line


def test_of_the_plainest_import_only_the_revision_is_to_be_looked_at() -> None:
    found = planning.import_checks(FINE)
    assert ["Revision"] == [one.title for one in found if one.passed is not True]


def test_everything_in_the_way_is_said_at_once() -> None:
    hub = replace(HUB, gated="manual", access=False, custom_code=("a.py",), files_bytes=900 * GIB)
    found = planning.import_checks(
        replace(
            FINE,
            hub=hub,
            task="",
            existing=(CURATED,),
            cluster=replace(CLUSTER, state="Failed", error="no quota"),
        )
    )
    red = {one.title for one in found if one.passed is False}
    assert {"Access", "Task", "Code of its own", "Not there yet", "Cluster", "Disk"} == red


def test_every_obstacle_says_the_way_out() -> None:
    hub = replace(HUB, gated="auto", access=False, custom_code=("a.py",), files_bytes=900 * GIB)
    found = planning.import_checks(replace(FINE, hub=hub, task="", existing=(CURATED,)))
    assert all(one.advice for one in found if one.passed is False)


# --- the repository ------------------------------------------------------------------------------


def test_a_renamed_repository_says_so() -> None:
    assert "renamed from bert" in check("On the Hub", replace(HUB, renamed_from="bert")).text


@pytest.mark.parametrize(
    ("has_token", "advice"), [(True, "the account of our token"), (False, "set HF_TOKEN")]
)
def test_a_gate_leads_to_the_page_where_access_is_asked_for(
    advice: str, *, has_token: bool
) -> None:
    gated = replace(HUB, gated="manual", access=False)
    line = check("Access", gated, has_token=has_token)
    assert (False, Way.PAGE, HUB.page) == (line.passed, line.way, line.target)
    assert advice in line.advice


def test_a_gate_that_our_token_opens_is_fine() -> None:
    assert check("Access", replace(HUB, gated="auto"), has_token=True).passed is True


def test_code_of_its_own_needs_an_operators_yes() -> None:
    line = check("Code of its own", replace(HUB, custom_code=("a.py", "b.py", "c.py", "d.py")))
    assert (False, Way.CODE) == (line.passed, line.way)
    assert "a.py, b.py, c.py …" in line.text


def test_allowed_code_says_who_and_why() -> None:
    allowed = CodeAllowance(by="U1", reason="I read it", at=0, sha=HUB.sha)
    line = check("Code of its own", replace(HUB, custom_code=("a.py",)), code=allowed)
    assert (None, "U1") == (line.passed, line.by)
    assert "I read it" in line.text


@pytest.mark.parametrize(
    ("doubtful", "safe", "passed", "words"),
    [
        ((), True, True, "only files of kinds that run no code"),
        (("model.bin",), True, None, "model.bin beside safetensors: not known to be safe"),
        (("model.bin",), False, None, "model.bin: not known to be safe"),
    ],
)
def test_files_that_are_not_known_to_be_safe_are_named(
    doubtful: tuple[str, ...], words: str, *, safe: bool, passed: bool | None
) -> None:
    line = check("Weights", replace(HUB, doubtful=doubtful, safe_weights=safe))
    assert passed is line.passed
    assert words in line.text


# --- the licence ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("licence", "passed"),
    [
        ("apache-2.0", True),
        ("gpl-3.0", None),
        ("cc-by-nc-4.0", None),
        (None, None),
        ("other", None),
        ("MIT No Commercial Use", None),
        ("not-mit", None),
        ("academic use only (bsd)", None),
        ("mit, cc-by-nc-4.0", None),
        ("other (mit)", None),
        ("llama3", None),
        ("bsd", None),
        ("Apache 2", None),
    ],
)
def test_a_licence_that_is_not_permissive_is_to_be_looked_at(
    licence: str | None, *, passed: bool | None
) -> None:
    line = check("Licence", replace(HUB, license=licence))
    assert passed is line.passed
    assert "Third-party terms apply" in line.text


def test_a_licence_says_by_which_text_it_is_accepted() -> None:
    assert "name and link, as the repository has no text" in check("Licence").text
    terms = LicenceText(sha256="0" * 64, file="LICENSE.md")
    assert "its text in LICENSE.md" in check("Licence", terms=terms).text


def test_an_accepted_licence_says_who_and_when_and_is_fine() -> None:
    accepted = Acceptance(by="U1", at=1_795_305_600.0)
    line = check("Licence", replace(HUB, license="cc-by-nc-4.0"), accepted=accepted)
    assert (True, "U1") == (line.passed, line.by)
    assert "Accepted on 2026-11-22 by" in line.text


@pytest.mark.parametrize(
    ("licence", "words"),
    [
        (None, "Nobody states a licence"),
        ("other", "none I know"),
        ("cc-by-nc-4.0", "excludes commercial use"),
        ("creativeml-openrail-m", "restricts what the model may be used for"),
        ("MIT No Commercial Use", "excludes commercial use"),
        ("academic use only (bsd)", "excludes commercial use"),
        ("not-mit", "none I know"),
        ("mit-like", "none I know"),
        ("bsd", "none I know"),
        ("other (mit)", "none I know"),
        ("not-gpl-3.0", "none I know"),
        ("llama3", "its publisher's own"),
        ("gemma", "its publisher's own"),
        ("BSD-3-Clause", ""),
        ("apache-2.0", ""),
        ("gpl-3.0", ""),
    ],
)
def test_a_doubtful_licence_is_asked_about_once_more(licence: str | None, words: str) -> None:
    caution = planning.caution(replace(HUB, license=licence))
    assert words in caution
    assert bool(words) is bool(caution)


# --- the task ------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", planning.HANDBOOK_TASKS)
def test_a_task_of_the_handbook_is_fine(task: str) -> None:
    assert check("Task", task=task).passed is True


@pytest.mark.parametrize("task", sorted({*planning.IMPORT_TASKS} - {*planning.HANDBOOK_TASKS}))
def test_every_other_task_of_the_pipeline_is_allowed_with_a_warning(task: str) -> None:
    line = check("Task", task=task)
    assert line.passed is None
    assert "documentation" in line.text


def test_where_the_lists_disagree_the_line_says_which() -> None:
    assert "its own first step does not" in check("Task", task="image-to-text").text
    assert "its documentation does not" in check("Task", task="chat-completion").text


def test_lists_that_were_not_asked_are_called_so() -> None:
    assert "not asked just now" in check("Task", tasks=planning.KNOWN_TASKS).text


def test_a_first_step_that_says_nothing_refuses_nothing() -> None:
    silent = replace(FINE.tasks, first_step=())
    assert check("Task", tasks=silent).passed is True


@pytest.mark.parametrize(
    ("task", "words"), [("sentence-similarity", "sentence-similarity"), (None, "does not say")]
)
def test_a_task_azure_does_not_import_leads_to_the_choice_of_another(
    task: str | None, words: str
) -> None:
    line = check("Task", replace(HUB, task=task), task="")
    assert (False, Way.TASK) == (line.passed, line.way)
    assert words in line.text


# --- Azure ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "passed"),
    [
        (CURATED, False),
        (replace(CURATED, registry="azureml-meta"), False),
        (replace(CURATED, registry="our-registry"), None),
        (OURS, None),
    ],
)
def test_a_model_that_is_there_already_can_be_deployed(
    model: Model, *, passed: bool | None
) -> None:
    line = check("Not there yet", existing=(model,))
    assert (passed, Way.DEPLOY, model.asset_id) == (line.passed, line.way, line.target)


def an_operation(state: OperationState, task: str = "fill-mask") -> Operation:
    return Operation(
        id="imp-7f3k",
        key="",
        kind="import",
        target=HUB.id,
        title="",
        asked=Asked(user="U1", channel="C1"),
        state=state,
        created=0,
        plan=ImportPlan(
            hub_id=HUB.id,
            sha=HUB.sha,
            model_name="google-bert-bert",
            task=task,
            license=None,
            license_url=None,
            size_bytes=1,
            compute="cluster",
        ),
    )


def test_the_very_same_revision_says_that_run_changes_nothing() -> None:
    done = an_operation(OperationState.SUCCEEDED)
    line = check("Not there yet", existing=(OURS,), latest=done)
    assert "made of this very revision by imp-7f3k" in line.text


def test_an_import_under_way_says_that_run_follows_it() -> None:
    line = check("Not there yet", latest=an_operation(OperationState.RUNNING))
    assert line.passed is None
    assert "imp-7f3k is importing it right now: Run only follows it" in line.text


def test_an_import_under_way_for_another_task_is_in_the_way() -> None:
    other = an_operation(OperationState.RUNNING, "text-classification")
    public = replace(other, asked=replace(other.asked, private=False))
    line = check("Not there yet", latest=public)
    assert line.passed is False
    assert "for text-classification" in line.text
    assert "for another task" in check("Not there yet", latest=other).text


def test_a_registry_that_could_not_be_read_is_named() -> None:
    line = check("Not there yet", unread=("azureml-meta",))
    assert line.passed is None
    assert "azureml-meta could not be read" in line.text


def test_a_cluster_that_is_missing_will_be_made() -> None:
    line = check("Cluster", cluster=None)
    assert line.passed is True
    assert f"cluster will be made with {SIZE}" in line.text


@pytest.mark.parametrize(
    ("changes", "passed", "words"),
    [
        ({"state": "Failed", "error": "no cores"}, False, "Failed: no cores"),
        ({"state": "Deleting"}, None, "deleting now"),
        ({"state": "Creating"}, None, "creating now"),
        ({"kind": "ComputeInstance"}, None, "no cluster but ComputeInstance"),
        ({}, True, "is there"),
    ],
)
def test_a_cluster_is_as_azure_says(
    changes: dict[str, Any], words: str, *, passed: bool | None
) -> None:
    line = check("Cluster", cluster=replace(CLUSTER, **changes))
    assert passed is line.passed
    assert words in line.text


def test_a_cluster_of_a_retired_size_is_in_the_way() -> None:
    size = SIZES["Standard_NC6s_v3"]
    line = check("Cluster", cluster=CLUSTER, size=size.name, known_size=size)
    assert line.passed is False
    assert "retired on 2025-09-30" in line.text
    assert "AML_BOT_IMPORT_COMPUTE" in line.advice


@pytest.mark.parametrize(
    ("disk", "passed", "words"),
    [
        (9 * GIB, True, "needs about 9.0 GB"),
        (8 * GIB, False, "has 8.0 GB"),
        (None, None, "Azure does not say how much Standard_DS12_v2 has"),
    ],
)
def test_the_disk_holds_everything_twice(
    disk: int | None, words: str, *, passed: bool | None
) -> None:
    line = check("Disk", disk=disk)
    assert passed is line.passed
    assert words in line.text


def test_without_a_managed_identity_the_way_it_registers_is_said_to_be_unsure() -> None:
    line = check("Identity", cluster=CLUSTER)
    assert line.passed is None
    assert "service principal" in line.text


@pytest.mark.parametrize(
    ("hub", "has_token", "passed"),
    [
        (HUB, True, True),
        (replace(HUB, gated="auto"), True, None),
        (replace(HUB, private=True), True, None),
        (replace(HUB, gated="auto"), False, True),
    ],
)
def test_where_a_token_ends_up_is_said_when_one_is_handed_over(
    hub: HubModel, *, has_token: bool, passed: bool | None
) -> None:
    line = check("Hub token", hub, has_token=has_token)
    assert passed is line.passed
    assert (passed is None) is ("can read it" in line.text)


# --- what can be loaded --------------------------------------------------------------------------


def loading(**changes: Any) -> Check:  # noqa: ANN401 - fields by name
    assert HUB.contents is not None
    return check("Format", replace(HUB, contents=replace(HUB.contents, **changes)))


def test_what_is_loaded_is_named() -> None:
    line = loading()
    assert (True, "model.safetensors (bert), which transformers loads") == (line.passed, line.text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loaded": (), "formats": ("ONNX",)}, "its weights are ONNX"),
        ({"loaded": (), "formats": ()}, "no weights in it, only config.json, model.safetensors"),
        ({"loaded": (), "files": ()}, "the repository is empty"),
        ({"loaded": (), "variants": ("model.fp16.safetensors",)}, "only as a variant"),
        ({"loaded": (), "adapter": True}, "only an adapter"),
        ({"description": ""}, "neither config.json nor model_index.json"),
        ({"model_type": ""}, "names no model type"),
        ({"model_type": "", "library": "timm"}, "made for timm"),
        ({"library": "mlx"}, "made for MLX"),
        ({"missing": ("model-2.safetensors",)}, "model-2.safetensors is named, and not there"),
        ({"quantised": "exl2"}, "quantised with exl2, which transformers does not load"),
    ],
)
def test_what_azure_cannot_load_is_in_the_way_and_says_what_to_do(
    changes: dict[str, Any], words: str
) -> None:
    line = loading(**changes)
    assert (False, None) == (line.passed, line.way)
    assert words in line.text
    assert line.advice


def test_the_model_that_it_was_made_from_is_the_way_out() -> None:
    line = loading(loaded=(), formats=("GGUF (for llama.cpp)",), base="a/b")
    assert (Way.BASE, "a/b") == (line.way, line.target)
    assert "Import a/b" in line.advice


def test_a_quantised_model_is_worth_a_look() -> None:
    line = loading(quantised="gptq", base="a/b")
    assert (None, Way.BASE) == (line.passed, line.way)
    assert "packages of its own" in line.text


def test_what_could_not_be_read_is_worth_a_look() -> None:
    assert loading(unread=("config.json",)).passed is None


def test_files_that_the_hub_does_not_list_are_worth_a_look() -> None:
    assert check("Format", replace(HUB, contents=None)).passed is None


def test_a_part_of_a_pipeline_that_is_there_only_as_a_variant_is_in_the_way() -> None:
    pipeline = {"description": "model_index.json", "loaded": ("vae/model.safetensors",)}
    assert loading(**pipeline).passed is True
    assert loading(**pipeline, variants=("unet/model.fp16.safetensors",)).passed is False


# --- the quota -----------------------------------------------------------------------------------

FAMILY = SIZES[SIZE].family
TOTAL = "Total Cluster Dedicated Regional vCPUs"


def row(used: int, limit: int, family: str = FAMILY) -> Quota:
    return Quota(family=family, used=used, limit=limit)


@pytest.mark.parametrize(
    ("rows", "passed", "words"),
    [
        ((row(0, 100),), True, "takes 4 cores; 100 of the 100 of"),
        ((row(0, 4),), True, "4 of the 4"),
        ((row(0, -1),), True, "sets no limit"),
        ((row(0, -1), row(0, 3, TOTAL)), False, "and the quota of Total Cluster Dedicated"),
        ((row(0, 0),), False, "takes 4 cores, and the quota of standardDSv2Family is 0"),
        ((row(0, 3),), False, "is 3"),
        ((row(0, 100), row(0, 0, TOTAL)), False, "is 0"),
        ((row(98, 100),), None, "2 of the 100 of standardDSv2Family are left: the job would wait"),
        ((row(120, 100),), None, "0 of the 100"),
        ((row(0, 100), row(20, 20, TOTAL)), None, "0 of the 20 of Total"),
        ((row(0, 100), row(0, 0, "TotalLowPriorityCores")), True, "100 of the 100"),
        ((row(0, 100, "standardEv3Family"),), None, "does not say"),
        ((), None, "does not say"),
        (None, None, "does not say"),
    ],
)
def test_the_quota_is_checked_before_anything_is_spent(
    rows: tuple[Quota, ...] | None, words: str, *, passed: bool | None
) -> None:
    line = check("Quota", quota=rows, cluster=None)
    assert passed is line.passed
    assert words in line.text
    assert bool(line.advice) is (passed is not True and "does not say" not in words)


def test_a_size_with_quota_is_the_way_out() -> None:
    line = check("Quota", quota=(row(0, 0),), cluster=None, other_size="Standard_E4s_v3")
    assert "for example Standard_E4s_v3, for which there is quota" in line.advice


def test_a_cluster_with_machines_needs_no_quota() -> None:
    there = replace(CLUSTER, machines=1)
    assert check("Quota", quota=(row(4, 4),), cluster=there).passed is True


def test_a_cluster_that_may_have_no_machine_is_in_the_way() -> None:
    line = check("Quota", cluster=replace(CLUSTER, most=0))
    assert (False, True) == (line.passed, "largest number is 0" in line.text)


@pytest.mark.parametrize(("limit", "passed"), [(0, False), (8, True)])
def test_low_priority_has_a_pool_of_its_own(limit: int, *, passed: bool) -> None:
    cheap = replace(CLUSTER, low_priority=True)
    line = check("Quota", cluster=cheap, quota=(row(0, limit, "TotalLowPriorityCores"),))
    assert passed is line.passed


def test_another_size_is_one_that_is_known_to_do() -> None:
    disks = {"standard_e4s_v3": 64 * GIB, "standard_nc4as_t4_v3": 176 * GIB}
    quota = [row(0, 0), *(row(0, 100, SIZES[name].family) for name in ("Standard_E4s_v3",))]
    found = planning.size_with_quota(SIZES, disks, 10 * GIB, quota)
    assert "Standard_E4s_v3" == found
    assert "" == planning.size_with_quota(SIZES, disks, 65 * GIB, quota)
