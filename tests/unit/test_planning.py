from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from services import planning
from services.errors import (
    InvalidInputError,
    NotSupportedError,
    QuotaExceededError,
    Suggestion,
)
from services.index import load_snapshot
from services.models import DeployPlan, HubModel, Lifecycle, MinimumSize, Model, Quota
from services.prices import load_sizes

NOW = datetime(2026, 11, 22, tzinfo=UTC).timestamp()
SIZES = load_sizes()
SNAPSHOT = {model.name: model for model in load_snapshot()}
CLIP = SNAPSHOT["openai-clip-vit-base-patch32"]
IMPORTED = Model(name="my-bert", version="1", registry=None, asset_id="/models/my-bert/versions/1")
BERT = HubModel(
    id="google-bert/bert-base-uncased",
    sha="86b5e0934494bd15c9632b12f734a8a67f723594",
    task="fill-mask",
    license="apache-2.0",
    license_url=None,
    gated="",
    access=True,
    size_bytes=440_000_000,
)


def plan(model: Model = CLIP, **changes: object) -> DeployPlan:
    wish: dict[str, object] = {"region": "eastus", "sizes": SIZES, "quota": None, "now": NOW}
    return planning.plan_deployment(model, **{**wish, **changes})  # type: ignore[arg-type]  # a test changes any of them


def quota(**left: int) -> tuple[Quota, ...]:
    return tuple(Quota(family=family, used=0, limit=limit) for family, limit in left.items())


# --- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["abc", "openai-clip-vit-base-patch32-5", "Clip2", "a" * 32])
def test_good_endpoint_names_pass(name: str) -> None:
    planning.check_endpoint_name(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ab", "fewer than 3"),
        ("a" * 33, "33 characters"),
        ("1abc", "does not begin with a letter"),
        ("-abc", "does not begin with a letter"),
        ("abc-", "ends with a dash"),
        ("a_b c", "contains a space “_”"),
        ("a--b", "two dashes in a row"),
        ("clip\n", "contains “\n”"),
        ("猫猫猫", "it contains"),
        ("", "0 characters"),
    ],
)
def test_a_bad_endpoint_name_is_refused_with_its_reason(name: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        planning.check_endpoint_name(name)
    assert reason in refused.value.what
    assert "endpoint" == refused.value.field


@pytest.mark.parametrize("name", ["ab", "a" * 40, "1abc", "--", "a_b c", "", "猫", "x-" * 20])
def test_a_refused_name_comes_with_one_that_would_do(name: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        planning.check_endpoint_name(name)
    planning.check_endpoint_name(refused.value.advice.partition("endpoint:")[2].strip("`."))


@pytest.mark.parametrize("model", sorted(SNAPSHOT))
def test_every_model_gets_a_name_that_azure_accepts(model: str) -> None:
    planning.check_endpoint_name(planning.endpoint_name(model))
    planning.check_endpoint_name(planning.endpoint_name(model, salt="ws"))


def test_a_name_in_use_is_not_given_again() -> None:
    taken = {"OpenAI-clip-vit-base-patch32", "openai-clip-vit-base-patch32-2"}
    name = planning.endpoint_name("openai-clip-vit-base-patch32", taken)
    assert "openai-clip-vit-base-patch32-3" == name


def test_a_salt_gives_the_same_name_every_time_and_another_one_elsewhere() -> None:
    here = planning.endpoint_name("gpt2", salt="ws-one")
    assert here == planning.endpoint_name("gpt2", salt="ws-one")
    assert here != planning.endpoint_name("gpt2", salt="ws-two")


@pytest.mark.parametrize(
    ("model", "begins"),
    [
        ("openai-clip-vit-base-patch32", "openai-clip-vit-base-patch32-"),
        ("OpenAI-CLIP-Image-Text-Embeddings-vit-base-patch32", "openai-clip-image-text-"),
        ("BiomedCLIP-PubMedBERT_256-vit_base_patch16_224", "biomedclip-pubmedbert-256-"),
        ("a" * 40, "a" * 27 + "-"),
    ],
)
def test_a_name_is_whole_where_it_fits_and_ends_with_a_word_else(model: str, begins: str) -> None:
    name = planning.endpoint_name(model, salt="ws")
    salt = name.removeprefix(begins)
    assert name.startswith(begins)
    assert 2 <= len(salt) <= 4
    assert "-" not in salt


@pytest.mark.parametrize("version", ["1", "12", "2024.01.1", "x" * 40])
def test_a_deployment_is_named_after_the_version(version: str) -> None:
    planning.check_endpoint_name(planning.deployment_name(version))


# --- sizes and quota ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["Standard_D16a_v4", "standard_d16a_v4", "D16a-v4", "Standard_D16a-v4", "d16a_v4", " D16a v4 "],
)
def test_a_size_is_understood_however_it_is_typed(typed: str) -> None:
    assert "Standard_D16a_v4" == planning.find_size(typed, SIZES).name


def test_an_unknown_size_gets_the_nearest_ones_as_commands() -> None:
    with pytest.raises(InvalidInputError) as refused:
        planning.find_size("Standard_D16b_v4", SIZES, model="gpt2")
    assert (
        Suggestion(verb="deploy", argument="gpt2", options=(("on", "Standard_D16a_v4"),))
        in refused.value.suggestions
    )


@pytest.mark.parametrize(
    ("name", "count", "cores"),
    [
        ("Standard_D16a_v4", 1, 32),
        ("Standard_D16a_v4", 5, 96),
        ("Standard_D16a_v4", 10, 192),
        ("Standard_NC24ads_A100_v4", 1, 24),
        ("Standard_NC4as_T4_v3", 1, 8),
    ],
)
def test_quota_counts_azures_reserve_except_for_six_families(
    name: str, count: int, cores: int
) -> None:
    assert cores == planning.cores_needed(SIZES[name], count)


@pytest.mark.parametrize(
    "spelling",
    ["standardNDSH100v5Family", "Standard NDv5 H100 Family", "STANDARDNDV5H100FAMILY"],
)
def test_families_are_compared_without_case_spaces_and_aliases(spelling: str) -> None:
    assert planning.same_family("standardNDv5H100Family", spelling)


def test_the_total_of_the_region_limits_every_family() -> None:
    rows = quota(**{"Total Cluster Dedicated Regional vCPUs": 20, "standardDAv4Family": 100})
    assert 20 == planning.cores_left(rows, "Standard DAv4 Family Cluster Dedicated vCPUs")


def test_quota_that_azure_does_not_list_is_unknown() -> None:
    assert planning.cores_left(quota(other=5), "standardDAv4Family") is None
    assert planning.cores_left(None, "standardDAv4Family") is None


def test_retired_sizes_are_never_offered() -> None:
    prism = SNAPSHOT["Prism"]
    names = [size.name for size in planning.usable_sizes(prism, SIZES, "eastus", NOW)]
    assert "Standard_NC24ads_A100_v4" == names[0]
    assert not [name for name in names if name.startswith("Standard_NC6s")]


# --- deploying ---------------------------------------------------------------------------------


def test_without_a_wish_the_cheapest_size_that_meets_the_minimum_is_planned() -> None:
    made = plan()
    assert ("Standard_D2a_v4", 0.096, 4) == (made.size, made.usd_per_hour, made.cores_needed)
    assert ("openai-clip-vit-base-patch32", "version-12") == (made.endpoint, made.deployment)


def test_a_wished_size_is_honoured_and_the_price_counts_every_instance() -> None:
    made = plan(size="D16a-v4", count=2)
    assert ("Standard_D16a_v4", 1.536) == (made.size, made.usd_per_hour)


def test_without_a_wish_a_size_that_fits_the_quota_is_preferred() -> None:
    made = plan(quota=quota(standardDAv4Family=0, standardDASv4Family=0, standardFSv2Family=100))
    assert "Standard_F4s_v2" == made.size
    assert "Standard_D2a_v4 would be cheaper, but its quota is used up" in made.warnings


def test_a_wish_beyond_the_quota_names_the_numbers_and_a_size_that_fits() -> None:
    rows = quota(standardDAv4Family=8, standardDASv4Family=100)
    with pytest.raises(QuotaExceededError) as refused:
        plan(size="Standard_D16a_v4", quota=rows)
    assert "It needs 32 cores of standardDAv4Family" in refused.value.why
    assert "8 are left" in refused.value.why
    commands = (
        Suggestion(verb="deploy", argument=CLIP.name, options=(("on", "Standard_D2a_v4"),)),
    )
    assert commands == refused.value.suggestions


def test_a_region_that_is_used_up_is_not_blamed_on_the_family() -> None:
    total = Quota(family="Total Cluster Dedicated Regional vCPUs", used=350, limit=350)
    with pytest.raises(QuotaExceededError) as refused:
        plan(size="Standard_D2a_v4", quota=(*quota(standardDAv4Family=100), total))
    assert refused.value.why.endswith("; 0 are left in the region, all families together.")


def test_no_quota_at_all_is_refused_without_a_suggestion() -> None:
    none = tuple(Quota(family=size.family, used=9, limit=9) for size in SIZES.values())
    with pytest.raises(QuotaExceededError) as refused:
        plan(quota=none)
    assert () == refused.value.suggestions


def test_quota_that_cannot_be_read_is_a_warning() -> None:
    assert any("is not known: Azure may refuse" in warning for warning in plan().warnings)


def test_a_retired_model_is_not_deployed() -> None:
    with pytest.raises(NotSupportedError, match="retired on 2025-06-30") as refused:
        plan(SNAPSHOT["Llama-2-7b"])
    assert "ModelRetired" == refused.value.code


def test_an_archived_model_is_not_deployed() -> None:
    with pytest.raises(NotSupportedError, match="archived"):
        plan(SNAPSHOT["Phi-3.5-mini-instruct"])


def test_a_deprecated_model_is_deployed_with_a_warning() -> None:
    dates = Lifecycle(deprecated="2026-01-01", retired="2027-01-01")
    made = plan(dataclasses.replace(CLIP, lifecycle=dates))
    assert "deprecated since 2026-01-01; it is retired on 2027-01-01" in made.warnings


@pytest.mark.parametrize(
    ("licence", "warning"),
    [
        (None, "its licence is not stated"),
        ("cc-by-nc-nd-4.0", "its licence (cc-by-nc-nd-4.0) excludes commercial use"),
        ("custom", "its licence (custom) has terms of its own: read them first"),
    ],
)
def test_a_licence_to_look_at_is_a_warning(licence: str | None, warning: str) -> None:
    assert warning in plan(dataclasses.replace(CLIP, license=licence)).warnings


def test_a_model_that_states_no_sizes_gets_a_guess_that_says_so() -> None:
    made = plan(IMPORTED)
    assert "Standard_D4a_v4" == made.size
    assert "the model does not say what it needs; Standard_D4a_v4 is our guess" in made.warnings


def test_a_guess_grows_with_the_weights() -> None:
    heavy = dataclasses.replace(IMPORTED, size_bytes=20 * 2**30)
    assert 60 <= SIZES[plan(heavy).size].memory_gib


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ("Standard_NC6s_v3", "retired it on 2025-09-30"),
        ("Standard_DS12_v2", "does not offer it for online endpoints"),
        ("Standard_F2s_v2", "needs at least 2 vCPU, 7 GiB"),
    ],
)
def test_a_size_that_cannot_work_is_refused_with_cheaper_ones_that_can(
    size: str, reason: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        plan(size=size)
    assert reason in refused.value.why
    assert (
        Suggestion(verb="deploy", argument=CLIP.name, options=(("on", "Standard_D2a_v4"),))
        == refused.value.suggestions[0]
    )


def test_a_size_the_publisher_did_not_list_is_a_warning() -> None:
    narrow = dataclasses.replace(CLIP, sizes=("Standard_DS3_v2",))
    made = plan(narrow, size="Standard_D16a_v4")
    assert "Standard_D16a_v4 is not among the sizes the publisher tested" in made.warnings


@pytest.mark.parametrize("count", [0, -1, 51])
def test_a_count_that_azure_would_refuse_is_refused(count: int) -> None:
    with pytest.raises(InvalidInputError, match="not possible"):
        plan(count=count)


def test_a_model_too_large_for_every_size_is_refused() -> None:
    least = MinimumSize(vcpus=500, gpus=64, memory_gib=9000, disk_gib=1)
    with pytest.raises(NotSupportedError, match="No size"):
        plan(dataclasses.replace(CLIP, minimum=least))


# --- importing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "google-bert/bert-base-uncased",
        " https://huggingface.co/google-bert/bert-base-uncased ",
        "https://huggingface.co/google-bert/bert-base-uncased/tree/main?x=1#y",
        "<https://hf.co/google-bert/bert-base-uncased|bert>",
    ],
)
def test_an_id_or_a_link_names_the_repository(text: str) -> None:
    assert "google-bert/bert-base-uncased" == planning.hub_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a/b/c",
        "x; rm -rf /",
        "a/b|c",
        "<a/b",
        "$(id)/x",
        "a b",
        "../etc",
        "a/..",
        "owner/na--me",
        "-x/y",
        "o/`id`",
        "https://evil.example/google-bert/bert",
        "https://huggingface.co/datasets/squad",
        "a" * 97,
        "模型/x",
        "x\ny",
    ],
)
def test_anything_else_never_reaches_a_shell(text: str) -> None:
    with pytest.raises(InvalidInputError):
        planning.hub_id(text)


@pytest.mark.parametrize(
    ("hub", "name"),
    [
        ("openai/clip-vit-base-patch32", "openai-clip-vit-base-patch32"),
        ("microsoft/phi-3.5_x", "microsoft-phi-3-5-x"),
        ("gpt2", "gpt2"),
    ],
)
def test_the_imported_models_name_is_azures(hub: str, name: str) -> None:
    assert name == planning.model_name_of(hub)


def test_the_component_knows_twenty_three_tasks_and_the_handbook_nine() -> None:
    assert (23, 9) == (len(set(planning.IMPORT_TASKS)), len(planning.HANDBOOK_TASKS))


@pytest.mark.parametrize(
    ("hub", "wish", "task"),
    [
        ("fill-mask", None, "fill-mask"),
        ("object-detection", None, "image-object-detection"),
        (None, "Text Classification", "text-classification"),
        ("sentence-similarity", "text-summarization", "summarization"),
    ],
)
def test_a_task_is_translated_to_the_components_name(
    hub: str | None, wish: str | None, task: str
) -> None:
    assert task == planning.import_task(dataclasses.replace(BERT, task=hub), wish)


def test_a_mistyped_task_gets_the_nearest_ones() -> None:
    with pytest.raises(InvalidInputError) as refused:
        planning.import_task(BERT, "text-clasification")
    assert (
        Suggestion(verb="import", argument=BERT.id, options=(("task", "text-classification"),))
        == refused.value.suggestions[0]
    )


@pytest.mark.parametrize("task", ["sentence-similarity", None])
def test_a_task_that_cannot_be_imported_is_none(task: str | None) -> None:
    assert not planning.import_task(dataclasses.replace(BERT, task=task))


def test_the_pipelines_own_list_counts() -> None:
    lists = dataclasses.replace(planning.KNOWN_TASKS, pipeline=("speech",))
    assert "speech" == planning.import_task(BERT, "speech", lists)
    assert not planning.import_task(BERT, None, lists)


@pytest.mark.parametrize(
    ("disk", "size"),
    [
        ({}, "Standard_DS12_v2"),  # nobody knows
        ({"standard_ds12_v2": 56, "standard_ds5_v2": 112}, "Standard_DS12_v2"),
        ({"standard_ds12_v2": 20, "standard_ds5_v2": 112}, "Standard_DS5_v2"),
        ({"standard_ds12_v2": 20, "standard_nc6s_v3": 900}, "Standard_DS12_v2"),  # retired, a GPU
        ({"standard_ds12_v2": 20, "standard_ds2_v2": 900}, "Standard_DS12_v2"),  # too little memory
    ],
)
def test_the_cluster_gets_a_size_whose_disk_does(disk: dict[str, int], size: str) -> None:
    assert size == planning.import_size(SIZES, disk, 50)


def test_a_usual_size_that_was_retired_is_replaced() -> None:
    retired = dataclasses.replace(SIZES[planning.IMPORT_SIZE], retired="2026-01-01")
    sizes = {**SIZES, planning.IMPORT_SIZE: retired}
    disks = {name.lower(): 100 for name in SIZES}
    chosen = planning.import_size(sizes, disks, 50)
    assert (True, 0) == (chosen != planning.IMPORT_SIZE, SIZES[chosen].gpus)


def test_the_disk_must_hold_everything_twice_and_a_gigabyte() -> None:
    hub = dataclasses.replace(BERT, size_bytes=2, files_bytes=5)
    assert 10 + 2**30 == planning.disk_needed(hub)


def test_of_a_repository_of_unknown_size_nobody_knows_the_disk() -> None:
    assert 0 == planning.disk_needed(dataclasses.replace(BERT, size_bytes=0))


@pytest.mark.parametrize(
    ("licence", "kind"),
    [
        ("apache-2.0", "permissive"),
        ("MIT", "permissive"),
        ("cc-by-4.0", "permissive"),
        ("gnu agpl v3.0", "copyleft"),
        ("cc-by-nc-nd-4.0", "restricted"),
        ("creativeml-openrail++-m", "restricted"),
        ("msrla", "restricted"),
        ("custom", "custom"),
        ("llama2", "custom"),
        ("other", "unknown"),
        (None, "unknown"),
        ("submittal", "unknown"),
        ("not-mit", "unknown"),
        ("mit license", "unknown"),
        ("MIT No Commercial Use", "restricted"),
        ("academic use only (bsd)", "restricted"),
        ("openrail", "restricted"),
        ("llama3", "custom"),
        ("bsd-3-clause", "permissive"),
    ],
)
def test_licences_are_sorted_into_classes(licence: str | None, kind: str) -> None:
    assert kind == planning.licence_class(licence)


# --- samples -----------------------------------------------------------------------------------


def test_the_sample_of_a_classifier_has_a_picture_and_labels() -> None:
    assert '"columns": ["image", "text"]' in planning.sample_input(CLIP)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bert-base-cased", ["Paris is the [MASK] of France."]),
        ("roberta-base", ["Paris is the <mask> of France."]),
        ("gpt2", ["Once upon a time"]),
        ("tiiuae-falcon-7b", {"input_string": ["Once upon a time"]}),
        ("Phi-4", {"input_string": [{"role": "user", "content": "What is a llama?"}]}),
        (
            "openai-whisper-large",
            {"audio": ["<address or base64 of a recording>"], "language": ["en"]},
        ),
        (
            "t5-base",
            ["translate English to German: My name is Wolfgang and I live in Berlin."],
        ),
        ("google-vit-base-patch16-224", ["<base64 of a picture>"]),
        (
            "compvis-stable-diffusion-v1-4",
            {
                "columns": ["prompt"],
                "index": [0],
                "data": [["a lighthouse at dawn, oil painting"]],
            },
        ),
    ],
)
def test_a_sample_has_the_form_of_the_models_own_card(name: str, expected: object) -> None:
    assert {"input_data": expected} == json.loads(planning.sample_input(SNAPSHOT[name]))


def test_every_bundled_task_that_is_known_gets_a_sample() -> None:
    without = {m.tasks[0] for m in SNAPSHOT.values() if not planning.sample_input(m)}
    assert set() == without & {"fill-mask", "text-classification", "image-classification"}
