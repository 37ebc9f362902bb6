from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.errors import InvalidInputError
from services.index import CatalogIndex, Filters, Page, load_snapshot
from services.models import Lifecycle, Model

TODAY = "2026-11-22"


@pytest.fixture(scope="module")
def index() -> Iterator[CatalogIndex]:
    made = CatalogIndex()
    yield made
    made.close()


def found(index: CatalogIndex, text: str, **filters: str) -> Page:
    return index.search(text, Filters(**filters), today=TODAY)


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
    assert ["zz-x", "zz-xy"] == names(index.search("zz", Filters(), today="2026-12-31"))
    assert ["zz-xy", "zz-x"] == names(index.search("zz", Filters(), today="2027-01-01"))
    index.close()


def test_words_that_no_model_has_all_of_find_those_that_have_some(index: CatalogIndex) -> None:
    page = found(index, "clip spaghetti")
    assert page.partial
    assert "openai-clip-vit-base-patch32" in names(page)


@pytest.mark.parametrize(
    "text",
    ["👍", "!!! ???", '"', "a AND (", "x' OR 1=1 --", "*", "NEAR(", "x" * 3000, "word " * 900],
)
def test_odd_queries_do_not_break_it(index: CatalogIndex, text: str) -> None:
    assert found(index, text).total <= 156


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        ({"task": "zero-shot-image-classification"}, 4),
        ({"task": "Zero-Shot"}, 4),
        ({"license": "mit"}, 52),
        ({"publisher": "stability"}, 4),
        ({"registry": "azureml-meta"}, 6),
        ({"task": "zero-shot", "license": "mit"}, 3),
    ],
)
def test_filters_narrow_it_down(index: CatalogIndex, filters: dict[str, str], total: int) -> None:
    assert total == found(index, "", **filters).total


def test_a_wrong_filter_gets_the_nearest_values(index: CatalogIndex) -> None:
    with pytest.raises(InvalidInputError) as refused:
        found(index, "", task="zero-shoot")
    assert "search task:zero-shot-image-classification" in refused.value.suggestions
    assert "task" == refused.value.field


def test_pages_follow_each_other_without_gap_or_repetition(index: CatalogIndex) -> None:
    pages = [index.search("image", Filters(), today=TODAY, offset=n) for n in range(0, 60, 10)]
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
