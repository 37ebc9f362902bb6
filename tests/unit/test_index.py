from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.errors import InvalidInputError, Suggestion
from services.index import CatalogIndex, Match, Page, load_snapshot, parse_query
from services.models import Lifecycle, Model

TODAY = "2026-11-22"


@pytest.fixture(scope="module")
def index() -> Iterator[CatalogIndex]:
    made = CatalogIndex()
    yield made
    made.close()


def found(index: CatalogIndex, text: str, **filters: str) -> Page:
    return index.search(parse_query(text, filters), today=TODAY)


def found_all(index: CatalogIndex, text: str) -> tuple[Match, ...]:
    return index.search(parse_query(text, {}), today=TODAY, limit=1000).matches


def names(page: Page) -> list[str]:
    return [match.model.name for match in page.matches]


def model(name: str, version: str = "1", registry: str | None = None) -> Model:
    return Model(name=name, version=version, registry=registry, asset_id=f"/{name}/{version}")


def test_the_snapshot_is_there_from_the_start(index: CatalogIndex) -> None:
    assert (156, 10) == (found(index, "").total, len(found(index, "").matches))


def test_a_model_comes_back_as_it_was_put_in(index: CatalogIndex) -> None:
    by_name = {one.name: one for one in load_snapshot()}
    assert by_name["bert-base-uncased"] == index.get("BERT-base-uncased")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("clip", "openai-clip-vit-base-patch32"),
        ("patch32 openai CLIP", "openai-clip-vit-base-patch32"),
        ("cilp", "openai-clip-vit-base-patch32"),
        ("bert-base-uncased", "bert-base-uncased"),
        ("gpt2", "gpt2"),
        ("phi-4", "Phi-4"),
        ("camem", "camembert-base"),
        ("zero shot imag", "Prism"),
    ],
)
def test_words_in_any_order_beginnings_and_typing_errors_find(
    index: CatalogIndex, text: str, first: str
) -> None:
    assert first in names(found(index, text))[:2]


def test_a_mistyped_family_still_finds_it_all(index: CatalogIndex) -> None:
    assert all(name.startswith("Llama") for name in names(found(index, "lama")))


def test_hits_say_why(index: CatalogIndex) -> None:
    assert "name: clip (for cilp)" == found(index, "cilp").matches[0].why
    assert "licence: mit · name: clip" == found(index, "mit clip").matches[0].why


def test_what_is_over_comes_last(index: CatalogIndex) -> None:
    order = names(found(index, "phi mini instruct"))
    archived = [index.get(name) for name in order]
    over = [one.archived for one in archived if one is not None]
    assert over == sorted(over)


def test_a_model_retired_only_later_is_not_last_yet() -> None:
    index = CatalogIndex()
    later = Lifecycle(retired="2027-01-01")
    index.add(Model(name="zz-x", version="1", registry=None, asset_id="/zz-x", lifecycle=later))
    index.add(model("zz-xy"))
    assert ["zz-x", "zz-xy"] == names(index.search(parse_query("zz", {}), today="2026-12-31"))
    assert ["zz-xy", "zz-x"] == names(index.search(parse_query("zz", {}), today="2027-01-01"))
    index.close()


def test_words_that_no_model_has_all_of_find_those_that_have_some(index: CatalogIndex) -> None:
    page = found(index, "clip spaghetti")
    assert page.partial
    assert "openai-clip-vit-base-patch32" in names(page)


HOSTILE = [
    "👍",
    "!!! ???",
    '"',
    "a AND (",
    "name : clip",
    "clip* OR -clip",
    "x' OR 1=1 --",
    "'; DROP TABLE models; --",
    "*",
    "NEAR(clip bert, 2)",
    "{name rest} : ^clip",
    "مرحبا \u202eclip",
    "e\u0301a\u0300 ǅ ﬁ ² ๏",
    "\x00\ud800",
    "vit.base.patch16.224",
    "a" * 64 + "|" + "b" * 64,
    "x" * 3000,
    "word " * 600,
    "翻" * 3000,
    "1 2 3 4 5 6 7 8 9 10 11 12 13",
    "a b c d e f g h i j k l m",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_odd_queries_do_not_break_it(index: CatalogIndex, text: str) -> None:
    page = found(index, text)
    assert len(page.matches) == min(page.total, 10)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("key", ["task", "license", "publisher", "registry", "language"])
def test_odd_filters_are_refused_in_words(index: CatalogIndex, key: str, text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        found(index, "", **{key: f"{text} zz"})
    assert key == refused.value.field
    assert len(refused.value.what) < 200


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        ({"task": "zero-shot-image-classification"}, 4),
        ({"task": "Zero-Shot"}, 4),
        ({"license": "mit"}, 52),
        ({"publisher": "stability"}, 4),
        ({"registry": "azureml-meta"}, 6),
        ({"task": "zero-shot", "license": "mit"}, 3),
        ({"task": "fill-mask,zero-shot"}, 17),
        ({"task": "问答"}, 4),
        ({"task": "image-instance-segmentation"}, 11),
        ({"-license": "mit"}, 104),
        ({"license": "apache-2.0,mit"}, 128),
        ({"publisher": "facebook"}, 14),
        ({"publisher": "openai"}, 6),
        ({"language": "Arabic"}, 6),
        ({"source": "hf"}, 0),
        ({"source": "-hf"}, 156),
    ],
)
def test_filters_narrow_it_down(index: CatalogIndex, filters: dict[str, str], total: int) -> None:
    assert total == found(index, "", **filters).total


def test_a_wrong_filter_gets_the_nearest_values(index: CatalogIndex) -> None:
    with pytest.raises(InvalidInputError) as refused:
        found(index, "", task="zero-shoot")
    nearest = Suggestion(verb="search", options=(("task", "zero-shot-image-classification"),))
    assert nearest in refused.value.suggestions
    assert "task" == refused.value.field


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Openai CLIP vit base patch32", "openai-clip-vit-base-patch32"),
        ("openai/clip-vit-base-patch32", "openai-clip-vit-base-patch32"),
        ("GPT 2", "gpt2"),
        ("llama_2_7b", "Llama-2-7b"),
    ],
)
def test_an_exact_name_is_first_however_it_is_spelled(
    index: CatalogIndex, text: str, first: str
) -> None:
    assert first == names(found(index, text))[0]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("phi3 mini", "Phi-3-mini-4k-instruct"),
        ("stablediffusion", "compvis-stable-diffusion-v1-4"),
        ("debrta", "microsoft-deberta-base"),
        ("distlibert", "distilbert-base-cased"),
    ],
)
def test_names_are_found_by_other_spellings(index: CatalogIndex, text: str, name: str) -> None:
    assert name in names(found(index, text))


def test_a_number_is_not_the_beginning_of_another(index: CatalogIndex) -> None:
    assert not found(index, "clip 336").partial
    assert found(index, "clip 33").partial


def test_numbers_alone_make_no_hit_beside_words(index: CatalogIndex) -> None:
    assert {"Llama"} == {name.partition("-")[0] for name in names(found(index, "llama 3"))}
    assert 0 == found(index, "spaghetti 3").total


def test_what_does_a_task_comes_before_what_only_has_its_name(index: CatalogIndex) -> None:
    page = index.search(parse_query("detector", {}), today=TODAY, limit=50)
    order = [match.model for match in page.matches]
    assert all("object-detection" in one.tasks for one in order[:-3])
    assert {"roberta-base-openai-detector", "roberta-large-openai-detector"} == {
        one.name for one in order[-3:-1]
    }


def test_what_can_be_tuned_for_a_task_comes_after_what_does_it(index: CatalogIndex) -> None:
    order = names(found(index, "summarization"))
    assert {"facebook-bart-large-cnn", "sshleifer-distilbart-cnn-12-6"} == set(order[:2])
    assert {"t5-base", "t5-large", "t5-small"} == set(order[2:])


def test_small_ones_come_first_when_asked_for(index: CatalogIndex) -> None:
    page = found(index, "small fill mask")
    sizes = [match.model.size_bytes or 0 for match in page.matches]
    assert sizes == sorted(sizes)


def test_a_size_that_is_not_known_meets_no_filter(index: CatalogIndex) -> None:
    small = index.search(parse_query("", {"size": "<2GB"}), today=TODAY, limit=200)
    other = index.search(parse_query("", {"-size": "<2GB"}), today=TODAY, limit=200)
    unknown = [one for one in load_snapshot() if one.size_bytes is None]
    assert all((match.model.size_bytes or 2e9) < 2e9 for match in small.matches)
    assert 156 - len(unknown) == small.total + other.total


def test_hits_of_a_phrase_say_which_task(index: CatalogIndex) -> None:
    assert "task: text-translation" == found(index, "翻译").matches[0].why
    whys = {match.model.name: match.why for match in found(index, "摘要").matches}
    assert "fine-tunes for: text-summarization" == whys["t5-base"]


def test_hits_say_which_filters_they_met(index: CatalogIndex) -> None:
    (match,) = found(index, "", task="zero-shot", license="-mit").matches
    assert "task:zero-shot · license:-mit" == match.why


def test_values_are_what_filters_find_something_by(index: CatalogIndex) -> None:
    assert ("azureml", "azureml-meta") == index.values("registry")
    assert ("azure",) == index.values("source")
    assert {"fill-mask", "text-translation"} <= set(index.values("task"))
    assert "openai" in index.values("publisher")
    assert "zh" in index.values("language")


def test_pages_follow_each_other_without_gap_or_repetition(index: CatalogIndex) -> None:
    searched = parse_query("image", {})
    pages = [index.search(searched, today=TODAY, offset=n) for n in range(0, 60, 10)]
    seen = [name for page in pages for name in names(page)]
    assert pages[0].total == len(set(seen)) == len(seen)


def test_names_that_look_alike_are_offered(index: CatalogIndex) -> None:
    assert "openai-clip-vit-base-patch32" == index.nearest("openai-clip-vit-bse-patch23")[0]


def test_an_added_model_survives_closing_and_rebuilding(tmp_path: Path) -> None:
    first = CatalogIndex(tmp_path / "index" / "catalog.sqlite")
    first.add(model("google-bert-bert-base-uncased"))
    first.rebuild(load_snapshot(), "other")
    first.close()
    second = CatalogIndex(tmp_path / "index" / "catalog.sqlite")
    assert model("google-bert-bert-base-uncased") == second.get("google-bert-bert-base-uncased")
    assert 157 == found(second, "").total
    second.close()


def test_a_newer_version_takes_the_older_ones_place(index: CatalogIndex) -> None:
    mine = CatalogIndex()
    mine.add(model("thing", "9"))
    mine.add(model("thing", "10"))
    kept = mine.get("thing")
    assert kept is not None
    assert "10" == kept.version
    mine.close()


def test_a_failing_rebuild_leaves_the_old_index_whole() -> None:
    index = CatalogIndex()

    def broken() -> Iterator[Model]:
        yield model("one")
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        index.rebuild(broken())
    assert 156 == found(index, "").total
    index.close()


@pytest.mark.parametrize("content", [b"this is no database" * 400, b""])
def test_a_broken_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(content)
    index = CatalogIndex(path)
    assert 156 == found(index, "").total
    index.close()


def test_a_file_of_another_version_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    index = CatalogIndex(path)
    assert 156 == found(index, "").total
    index.close()


def test_many_threads_search_and_add_at_once() -> None:
    index, failures = CatalogIndex(), []

    def work(number: int) -> None:
        try:
            for turn in range(20):
                index.add(model(f"thread-{number}-{turn}"))
                assert found(index, "clip").total
        except Exception as error:  # noqa: BLE001 - a thread hands its failure to the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ([], 156 + 160) == (failures, found(index, "").total)
    index.close()


@pytest.mark.parametrize(
    ("text", "first", "left"),
    [
        ("bert -base-uncased", "bert-base-cased", 21),  # of 25: no model with both words
        ("image classification -vit", "AutoML-Image-Classification", 5),
        ("medical -segmentation", "Prism", 13),  # a task, wherever it is said
        ("clip -openai", "BiomedCLIP-PubMedBERT_256-vit_base_patch16_224", 1),
        ("clip -cilp", "openai-clip-vit-base-patch32", 5),  # a likeness excludes nothing
    ],
)
def test_a_word_with_a_dash_leaves_out_what_it_stands_for(
    index: CatalogIndex, text: str, first: str, left: int
) -> None:
    page = found(index, text)
    assert (first, left) == (names(page)[0], page.total)


def test_with_nothing_but_exclusions_all_others_are_listed(index: CatalogIndex) -> None:
    everything, bert = found(index, "").total, found(index, "bert").total
    assert everything - bert == found(index, "-bert").total


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("radiology", "CxrReportGen"),
        ("medical image segmentation", "MedSAM2"),
        ("病理", "Prism"),
        ("code generation", "Deci-DeciCoder-1b"),
    ],
)
def test_a_field_of_work_finds_models_made_for_it(
    index: CatalogIndex, text: str, first: str
) -> None:
    assert first == names(found(index, text))[0]


def test_medium_is_not_medical(index: CatalogIndex) -> None:
    found_names = {match.model.name for match in found_all(index, "medical")}
    assert "Phi-3-medium-128k-instruct" not in found_names


def test_a_hit_says_which_word_of_its_name_is_meant(index: CatalogIndex) -> None:
    assert "name: rad (for xray)" in {match.why for match in found_all(index, "xray")}
