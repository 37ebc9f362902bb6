from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.index import (
    WORKSPACE,
    CatalogIndex,
    Change,
    ChangeKind,
    Filters,
    SearchQuery,
    load_snapshot,
    parse_query,
)
from services.models import Lifecycle, Model, Provenance, Provider, Source

TODAY = "2026-11-22"
NOON = 1_795_348_800.0  # of that day
DAY = 86_400.0
SNAPSHOT = Source(provider=Provider.SNAPSHOT, name="2026-07-23")
LISTED = Provenance(source=Source(provider=Provider.SEARCH))
CLIP = "openai-clip-vit-base-patch32"


@pytest.fixture
def index() -> Iterator[CatalogIndex]:
    made = CatalogIndex()
    yield made
    made.close()


def model(name: str, version: str = "1", registry: str | None = "Acme", **facts: object) -> Model:
    plain = Model(name=name, version=version, registry=registry, asset_id=f"/{name}/{version}")
    return replace(plain, **facts)  # type: ignore[arg-type] # facts by name


def names(index: CatalogIndex, text: str = "", **options: str) -> list[str]:
    page = index.search(parse_query(text, options), today=TODAY, limit=50)
    return [match.model.name for match in page.matches]


def kinds(index: CatalogIndex) -> list[tuple[ChangeKind, str]]:
    return [(change.kind, change.name) for change in index.changes(50)]


def got(index: CatalogIndex, name: str, registry: str | None = None) -> Model:
    found = index.get(name, registry)
    assert found is not None
    return found


def test_a_place_is_what_its_refresh_named(index: CatalogIndex) -> None:
    index.replace("Acme", [model("zeta"), model("eta")], read=NOON)
    index.replace("acme", [model("eta")], read=NOON)

    assert ["eta"] == names(index, registry="acme")
    assert {"eta": "1"} == index.versions("ACME")


def test_other_places_stay_as_they_are(index: CatalogIndex) -> None:
    index.replace("Acme", [model("zeta")], read=NOON)

    assert 157 == index.search(SearchQuery(), today=TODAY).total


def test_a_bundled_model_that_its_registry_does_not_name_is_gone(index: CatalogIndex) -> None:
    index.replace("azureml", [got(index, CLIP)], read=NOON)

    assert {CLIP} == set(index.versions("azureml"))
    assert index.get("gpt2") is None
    assert index.get("Llama-2-7b") is not None  # of azureml-meta


def test_a_list_keeps_what_a_detail_said_of_the_same_version(index: CatalogIndex) -> None:
    known = got(index, CLIP)
    listed = model(CLIP, known.version, "azureml", detailed=False, provenance=LISTED, read=NOON)

    index.replace("azureml", [listed], read=NOON)

    kept = got(index, CLIP)
    assert (known.sizes, known.size_bytes, known.minimum) == (
        kept.sizes,
        kept.size_bytes,
        kept.minimum,
    )
    assert kept.detailed
    assert Provenance(source=LISTED.source, details=SNAPSHOT) == kept.provenance


def test_the_sources_of_facts_do_not_pile_up(index: CatalogIndex) -> None:
    for place in ("a", "b", "b"):
        stated = Provenance(source=Source(provider=Provider.REGISTRY, name=place))
        known = got(index, CLIP)
        listed = model(CLIP, known.version, "azureml", detailed=False, provenance=stated)
        index.replace("azureml", [listed], read=NOON)

    assert replace(stated, details=SNAPSHOT) == got(index, CLIP).provenance


def test_a_name_alone_leaves_the_age_of_what_is_known(index: CatalogIndex) -> None:
    before = got(index, CLIP)
    named = model(before.name, before.version, "azureml", detailed=False)

    index.replace("azureml", [named], read=NOON)

    assert (before.provenance, before.read) == (got(index, CLIP).provenance, got(index, CLIP).read)


def test_a_new_version_starts_from_nothing(index: CatalogIndex) -> None:
    index.replace("azureml", [model(CLIP, "99", "azureml", detailed=False)], read=NOON)

    assert ((), None, False) == (
        got(index, CLIP).sizes,
        got(index, CLIP).size_bytes,
        got(index, CLIP).detailed,
    )


def test_a_list_does_not_take_back_that_a_model_is_archived(index: CatalogIndex) -> None:
    index.replace("Acme", [model("zeta", archived=True)], read=NOON)
    index.replace("Acme", [model("zeta", detailed=False)], read=NOON)
    assert got(index, "zeta").archived

    index.replace("Acme", [model("zeta")], read=NOON)
    assert not got(index, "zeta").archived


def test_a_refresh_that_fails_half_way_leaves_the_old_index_whole(index: CatalogIndex) -> None:
    index.replace("Acme", [model("zeta")], read=NOON)

    def broken() -> Iterator[Model]:
        yield model("eta")
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        index.replace("Acme", broken(), read=NOON + DAY)

    assert ["zeta"] == names(index, registry="acme")
    assert {"acme": NOON} == index.freshness()
    assert () == index.changes(10)


def test_a_rule_that_fails_leaves_the_old_index_whole() -> None:
    def runs_on(one: Model) -> tuple[str, ...]:
        if one.name == "eta":
            raise RuntimeError("half-way")
        return one.sizes

    index = CatalogIndex(runs_on=runs_on)
    with pytest.raises(RuntimeError):
        index.replace("azureml", [model("zeta", registry="azureml"), model("eta")], read=NOON)

    assert (156, {}) == (index.search(SearchQuery(), today=TODAY).total, index.freshness())
    index.add(model("theta"))
    assert ["theta"] == names(index, "theta")
    index.close()


def test_of_two_models_of_one_name_the_newer_version_counts(index: CatalogIndex) -> None:
    index.replace("Acme", [model("zeta", "9"), model("zeta", "10")], read=NOON)

    assert {"zeta": "10"} == index.versions("acme")


def test_a_refresh_tells_when_it_was(index: CatalogIndex) -> None:
    index.replace("Acme", [], read=NOON)
    index.replace(WORKSPACE, [], read=NOON + 1)

    assert {"acme": NOON, "workspace": NOON + 1} == index.freshness()


# --- changes -----------------------------------------------------------------------------------


def test_the_first_refresh_of_a_place_is_no_news(index: CatalogIndex) -> None:
    changes = index.replace("Acme", [model("zeta")], read=NOON)

    assert (True, 1, 1, ()) == (changes.first, changes.new, changes.listed, index.changes(10))


def test_new_changed_and_gone_models_are_recorded(index: CatalogIndex) -> None:
    index.replace("Acme", [model("zeta"), model("eta")], read=NOON)
    changes = index.replace("Acme", [model("eta", "2"), model("theta")], read=NOON + DAY)

    assert (1, 1, 1) == (changes.new, changes.changed, changes.gone)
    assert {
        (ChangeKind.VERSION, "eta"),
        (ChangeKind.NEW, "theta"),
        (ChangeKind.GONE, "zeta"),
    } == set(kinds(index))
    version = next(one for one in index.changes(10) if one.kind == ChangeKind.VERSION)
    assert (
        Change(
            kind=ChangeKind.VERSION,
            place="acme",
            name="eta",
            before="1",
            after="2",
            at=NOON + DAY,
        )
        == version
    )


def test_a_new_name_for_the_same_repository_is_a_renaming(index: CatalogIndex) -> None:
    index.replace("Acme", [model("old-bert", hub_id="acme/Bert")], read=NOON)
    index.replace("Acme", [model("new-bert", hub_id="Acme/bert")], read=NOON)

    (change,) = index.changes(10)
    assert (ChangeKind.RENAMED, "old-bert", "new-bert") == (
        change.kind,
        change.before,
        change.after,
    )


def test_a_name_in_other_letters_is_a_renaming(index: CatalogIndex) -> None:
    index.replace("Acme", [model("zeta")], read=NOON)
    index.replace("Acme", [model("Zeta")], read=NOON)

    assert ([(ChangeKind.RENAMED, "Zeta")], ["Zeta"]) == (kinds(index), names(index, "zeta"))


def test_two_models_of_one_repository_are_no_renaming(index: CatalogIndex) -> None:
    index.replace("Acme", [model("one", hub_id="a/b"), model("two", hub_id="a/b")], read=NOON)
    index.replace("Acme", [model("three", hub_id="a/b")], read=NOON)

    assert {ChangeKind.NEW, ChangeKind.GONE} == {kind for kind, _ in kinds(index)}


def test_a_retirement_is_told_once_when_its_day_has_come(index: CatalogIndex) -> None:
    dated = model("zeta", lifecycle=Lifecycle(retired="2026-11-23"))
    for read in (NOON, NOON + DAY, NOON + 2 * DAY):
        index.replace("Acme", [dated], read=read)

    assert [(ChangeKind.RETIRED, "2026-11-23", NOON + DAY)] == [
        (one.kind, one.after, one.at) for one in index.changes(10)
    ]


def test_an_archived_model_is_retired(index: CatalogIndex) -> None:
    index.replace("Acme", [model("zeta")], read=NOON)
    index.replace("Acme", [model("zeta", archived=True)], read=NOON + DAY)

    assert [(ChangeKind.RETIRED, "zeta")] == kinds(index)


def test_nothing_changed_is_no_news(index: CatalogIndex) -> None:
    for day in range(3):
        index.replace("Acme", [model("zeta", read=NOON + day * DAY)], read=NOON + day * DAY)

    assert () == index.changes(10)


# --- added, bundled and listed -----------------------------------------------------------------


def test_an_added_model_survives_one_refresh_that_does_not_name_it(index: CatalogIndex) -> None:
    mine = model("imported", registry=None)
    index.add(mine)

    index.replace(WORKSPACE, [], read=NOON)
    assert mine == index.get("imported")

    index.replace(WORKSPACE, [], read=NOON + DAY)
    assert index.get("imported") is None


def test_an_added_model_that_was_named_once_goes_like_any_other(index: CatalogIndex) -> None:
    index.add(model("imported", registry=None))
    index.replace(WORKSPACE, [model("imported", registry=None)], read=NOON)
    index.replace(WORKSPACE, [], read=NOON)

    assert index.get("imported") is None


def test_a_newer_version_that_was_added_survives_an_older_list(index: CatalogIndex) -> None:
    index.replace("Acme", [model("zeta", "1")], read=NOON)
    index.add(model("zeta", "2"))
    index.replace("Acme", [model("zeta", "1")], read=NOON)

    assert {"zeta": "2"} == index.versions("acme")


def test_an_older_version_is_not_added(index: CatalogIndex) -> None:
    index.add(model("zeta", "10"))
    index.add(model("zeta", "9"))

    assert {"zeta": "10"} == index.versions("acme")


def test_a_detail_that_was_read_is_searched_at_once(index: CatalogIndex) -> None:
    index.replace("Acme", [model("zeta", detailed=False), model("eta", detailed=False)], read=NOON)
    assert [] == names(index, registry="acme", size="<2GB")

    index.add(model("zeta", size_bytes=10**9, summary="Reads chromosomes", license="mit"))

    assert ["zeta"] == names(index, registry="acme", size="<2GB")
    assert ["zeta"] == names(index, "chromosomes")
    assert ["zeta"] == names(index, registry="acme", license="mit")
    assert {"zeta", "eta"} == set(names(index, registry="acme"))


def test_refreshed_facts_win_over_a_new_snapshot(tmp_path: Path) -> None:
    index = CatalogIndex(tmp_path / "catalog.sqlite")
    index.replace("azureml", [model("gpt2", "77", "azureml", summary="fresh")], read=NOON)

    index.rebuild(load_snapshot(), "the next release")

    assert "77" == got(index, "gpt2").version
    assert index.get(CLIP) is None  # the registry does not have it any more
    assert index.get("Llama-2-7b") is not None
    index.close()


def test_a_new_snapshot_fills_in_what_a_list_did_not_say(index: CatalogIndex) -> None:
    named = model(CLIP, "12", "azureml", detailed=False, license="MIT, as listed")
    index.rebuild([])
    index.replace("azureml", [named], read=NOON)

    index.rebuild(load_snapshot(), "the next release")

    assert ("MIT, as listed", 1_819_558_189) == (
        got(index, CLIP).license,
        got(index, CLIP).size_bytes,
    )


# --- while it is used --------------------------------------------------------------------------


def test_a_refresh_does_not_hold_up_searches(tmp_path: Path) -> None:
    index = CatalogIndex(tmp_path / "catalog.sqlite")
    begun, go_on = threading.Event(), threading.Event()
    done: list[int] = []

    def runs_on(one: Model) -> tuple[str, ...]:
        if one.name == "held":
            begun.set()
            go_on.wait(10)
        return one.sizes

    index.close()
    index = CatalogIndex(tmp_path / "catalog.sqlite", runs_on=runs_on)
    work = threading.Thread(
        target=lambda: done.append(index.replace("Acme", [model("held")], read=NOON).new)
    )
    work.start()
    assert begun.wait(10)

    assert [] == names(index, "held")  # the old index, whole, in the middle of the transaction
    assert [] == done
    go_on.set()
    work.join()

    assert (["held"], [1]) == (names(index, "held"), done)
    index.close()


def test_another_process_may_have_refreshed_the_file(tmp_path: Path) -> None:
    one, other = (CatalogIndex(tmp_path / "catalog.sqlite") for _ in range(2))
    other.replace("Acme", [model("zeta")], read=NOON)

    assert ["zeta"] == names(one, "zeta")
    one.close()
    other.close()


def test_many_threads_search_while_places_are_replaced(tmp_path: Path) -> None:
    index = CatalogIndex(tmp_path / "catalog.sqlite")
    failures: list[BaseException] = []
    stop = threading.Event()

    def search() -> None:
        try:
            while not stop.is_set():
                found = names(index, "zebra", registry="azureml,acme")
                assert len(found) in {0, 30}, found
        except BaseException as error:  # noqa: BLE001 - a thread hands its failure to the test
            failures.append(error)

    index.replace("Acme", [], read=NOON)
    index.add(model("keeps-the-registry-known"))
    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(4):
        index.replace("Acme", [model(f"zebra-{n}", str(turn)) for n in range(30)], read=NOON)
        index.replace("Acme", [model("zet")], read=NOON)
    stop.set()
    for thread in threads:
        thread.join()

    assert [] == failures
    index.close()


def test_thousands_of_models_are_replaced(tmp_path: Path) -> None:
    index = CatalogIndex(tmp_path / "catalog.sqlite")
    bundled = load_snapshot()
    many = [
        replace(bundled[n % 156], name=f"{bundled[n % 156].name}-{n}", registry="Acme")
        for n in range(3_000)
    ]

    index.replace("Acme", many, read=NOON)
    assert 3_000 == len(index.versions("acme"))
    index.close()


def test_sizes_that_models_run_on_are_asked_of_the_rule() -> None:
    index = CatalogIndex(runs_on=lambda one: ("Tiny",) if one.name == "gpt2" else ("Huge",))

    def on(**filters: frozenset[str]) -> int:
        return index.search(SearchQuery(filters=Filters(**filters)), today=TODAY).total  # type: ignore[arg-type] # by name

    assert 1 == on(runs_on=frozenset({"Tiny"}))
    assert 0 == on(runs_on=frozenset())
    assert 155 == on(never_on=frozenset({"Tiny"}))
    index.close()
