from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

import pytest

from services.azureml.client import AzureML
from services.catalog import QUOTA_UNKNOWN, Age, Catalog, Usable
from services.clock import Clock
from services.errors import (
    ErrorText,
    NotConfiguredError,
    NotFoundError,
    Suggestion,
    TemporaryError,
    UserError,
)
from services.index import CatalogIndex
from services.models import Lifecycle, Model, Provenance, Provider, Quota, Source, VmSize
from services.prices import load_sizes

BUNDLED = Provenance(source=Source(provider=Provider.SNAPSHOT, name="2026-07-23"))
CLIP = "openai-clip-vit-base-patch32"
BUSY = ErrorText(code="Busy", what="Azure is busy.")


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    """Without Azure: what the bundled snapshot alone can answer."""
    index, clock = CatalogIndex(), Clock()
    yield Catalog(index, AzureML(None, clock), load_sizes(), clock)
    index.close()


def test_search_shows_ten_with_total_reason_size_and_price(catalog: Catalog) -> None:
    found = catalog.search(catalog.parse("clip"))
    assert (5, 1, 1) == (found.total, found.page, found.pages)
    first = found.hits[0]
    assert (CLIP, "name: clip") == (first.model.name, first.why)
    assert first.size is not None
    assert ("Standard_D2a_v4", 0.096) == (first.size.name, first.usd_per_hour)
    assert (Age(places=("azureml",), stated=BUNDLED),) == found.ages


def test_pages_are_counted_and_the_last_one_is_the_end(catalog: Catalog) -> None:
    assert (16, 16, 6) == (
        catalog.search(catalog.parse("")).pages,
        catalog.search(catalog.parse(""), page=99).page,
        len(catalog.search(catalog.parse(""), page=99).hits),
    )


def test_nothing_found_is_one_empty_page(catalog: Catalog) -> None:
    found = catalog.search(catalog.parse("qwertzuiopqw"))
    assert ((), 0, 1, 1) == (found.hits, found.total, found.page, found.pages)


def test_how_old_facts_are_is_told_for_each_place(catalog: Catalog) -> None:
    mine = Model(name="zz-mine", version="1", registry=None, asset_id="x", read=5.0)
    catalog.add(mine)
    catalog.add(replace(mine, name="zz-theirs", registry="other", read=7.0))
    assert (Age(places=("other",), read=7.0), Age(places=("workspace",), read=5.0)) == (
        catalog.search(catalog.parse("zz")).ages
    )


def test_what_is_over_comes_last_and_is_marked(catalog: Catalog) -> None:
    for name, dates in (("zz-a", Lifecycle(deprecated="2020-01-01")), ("zz-b", Lifecycle())):
        catalog.add(Model(name=name, version="1", registry="r", asset_id="x", lifecycle=dates))
    found = catalog.search(catalog.parse("zz"))
    assert [("zz-b", ""), ("zz-a", "deprecated since 2020-01-01")] == [
        (hit.model.name, hit.over) for hit in found.hits
    ]


# --- what models are to run on -----------------------------------------------------------------

CPU, GPU = "Standard_D2a_v4", "Standard_NC4as_T4_v3"  # $0.096 and $0.526 an hour in eastus


class Azure:
    """A workspace in eastus that has so many cores left, or refuses to say."""

    configured = True
    registries = ()

    def __init__(self, cores: int = 0, *, refuses: Exception | None = None) -> None:
        self.endpoints = self
        self.asked = 0
        self.open = threading.Event()
        self.open.set()
        self._cores, self._refuses = cores, refuses

    def prepare(self) -> None:
        """Nothing takes long here."""

    def region(self) -> str:
        return "eastus"

    def quota(self) -> tuple[Quota, ...]:
        self.asked += 1
        assert self.open.wait(10)
        if self._refuses:
            raise self._refuses
        sizes = load_sizes()
        families = {sizes[CPU].family, sizes[GPU].family}
        return tuple(Quota(family=one, used=0, limit=self._cores) for one in sorted(families))


def runs_on(*sizes: str, name: str = "zz-model", **more: object) -> Model:
    model = Model(name=name, version="1", registry="r", asset_id="x", sizes=sizes)
    return replace(model, **more)  # type: ignore[arg-type]  # fields by name


def searched(azure: Azure, *models: Model, sizes: Mapping[str, VmSize] | None = None) -> Catalog:
    clock, table = Clock(), sizes or load_sizes()
    index = CatalogIndex(runs_on=Usable(table, clock).names)
    for model in models:
        index.add(model)
    return Catalog(index, cast(AzureML, azure), table, clock)


@pytest.mark.parametrize(
    ("text", "under", "found"),
    [
        ("zz cpu", "", ["both", "cpu"]),
        ("zz gpu", "", ["both", "gpu"]),
        ("zz -cpu", "", ["gpu"]),
        ("zz -gpu", "", ["cpu"]),
        ("zz", "0.10/h", ["both", "cpu"]),
        ("zz gpu", "0.10/h", []),
        ("zz gpu", "0.60/h", ["both", "gpu"]),
        ("zz", "70/month", []),
    ],
)
def test_one_size_has_to_be_everything_at_once(text: str, under: str, found: list[str]) -> None:
    models = (
        runs_on(CPU, name="zz-cpu"),
        runs_on(GPU, name="zz-gpu"),
        runs_on(CPU, GPU, name="zz-both"),
        runs_on(name="zz-unknown", detailed=False),
        runs_on(CPU, GPU, name="zz-elsewhere", managed=False),
    )
    options = {"under": under} if under else {}
    catalog = searched(Azure(), *models)
    hits = catalog.search(catalog.parse(text, options)).hits
    assert found == sorted(hit.model.name.removeprefix("zz-") for hit in hits)


def test_the_size_shown_is_one_that_was_asked_for() -> None:
    catalog = searched(Azure(), runs_on(CPU, GPU))
    (hit,) = catalog.search(catalog.parse("zz gpu")).hits
    assert hit.size is not None
    assert (GPU, 0.526) == (hit.size.name, hit.usd_per_hour)


def test_a_size_without_a_price_is_never_under_one() -> None:
    sizes = {CPU: replace(load_sizes()[CPU], usd_per_hour=())}
    catalog = searched(Azure(), runs_on(CPU), sizes=sizes)
    assert (1, 0) == (
        catalog.search(catalog.parse("zz")).total,
        catalog.search(catalog.parse("zz", {"under": "999/h"})).total,
    )


@pytest.mark.parametrize(("cores", "total"), [(3, 0), (4, 1)])
def test_the_quota_counts_the_fifth_that_azure_keeps_back(cores: int, total: int) -> None:
    catalog = searched(Azure(cores), runs_on(CPU))  # 2 cores, 4 with the reserve
    assert total == catalog.search(catalog.parse("zz", {"fits": "quota"})).total


def test_the_quota_mark_never_makes_a_search_wait() -> None:
    azure = Azure(4)
    azure.open.clear()
    catalog = searched(azure, runs_on(CPU))
    assert [None] == [hit.fits for hit in catalog.search(catalog.parse("zz")).hits]
    azure.open.set()


def test_a_hit_is_marked_by_the_quota_that_was_read() -> None:
    catalog = searched(Azure(4), runs_on(CPU), runs_on(GPU, name="zz-large"))
    catalog.search(catalog.parse("zz", {"fits": "quota"}))  # waits for it
    marks = {hit.model.name: hit.fits for hit in catalog.search(catalog.parse("zz")).hits}
    assert {"zz-model": True, "zz-large": False} == marks


def test_the_quota_is_asked_for_once_a_minute() -> None:
    azure = Azure(4)
    catalog = searched(azure, runs_on(CPU))
    for _ in range(5):
        catalog.search(catalog.parse("zz", {"fits": "quota"}))
    assert 1 == azure.asked


def test_without_azures_answer_nobody_can_tell_what_fits() -> None:
    catalog = searched(Azure(refuses=TemporaryError(BUSY)), runs_on(CPU))
    with pytest.raises(UserError, match="Azure is busy") as refused:
        catalog.search(catalog.parse("zz", {"fits": "quota"}))
    assert QUOTA_UNKNOWN == refused.value.code


def test_without_a_workspace_nobody_can_tell_what_fits(catalog: Catalog) -> None:
    with pytest.raises(NotConfiguredError):
        catalog.search(catalog.parse("clip", {"fits": "quota"}))


def test_a_word_that_excludes_all_is_named() -> None:
    catalog = searched(Azure(), runs_on(CPU), runs_on(CPU, name="zz-second"))

    assert ("not second",) == catalog.search(catalog.parse("zz -second")).understood
    loose = catalog.search(catalog.parse("zz -zz")).loosened
    assert ("not zz", 2, "zz") == (loose[0].without, loose[0].total, loose[0].text)


def test_each_filter_that_leaves_nothing_is_tried_without() -> None:
    catalog = searched(Azure(), runs_on(CPU), runs_on(CPU, name="zz-second", license="mit"))
    found = catalog.search(catalog.parse("zz gpu", {"license": "mit"}))
    assert [("runs on GPU", 1, "zz license:mit")] == [
        (one.without, one.total, one.text) for one in found.loosened if one.without != "the words"
    ]


@pytest.mark.parametrize(
    "text",
    [
        CLIP,
        CLIP.upper(),
        f" `{CLIP}` ",
        f"azureml/{CLIP}",
        f"{CLIP}:12",
        f"azureml://registries/azureml/models/{CLIP}/versions/12",
        f"azureml://registries/azureml/models/{CLIP}/labels/latest",
        "openai/clip-vit-base-patch32",
    ],
)
def test_a_model_is_known_by_many_names(catalog: Catalog, text: str) -> None:
    assert CLIP == catalog.model(text).name


def test_a_word_in_several_names_asks_which_one(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError, match="Which one") as asked:
        catalog.model("clip", verb="deploy")
    assert Suggestion(verb="deploy", argument=CLIP) == asked.value.suggestions[0]
    assert 5 == len(asked.value.suggestions)


def test_a_word_in_one_name_only_is_that_model(catalog: Catalog) -> None:
    assert "projecte-aina-aguila-7b" == catalog.model("Aguila").name


def test_an_unknown_name_gets_the_nearest_and_says_who_was_not_asked(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError) as refused:
        catalog.model("openai-clip-vit-bse-patch32")
    assert Suggestion(verb="card", argument=CLIP) in refused.value.suggestions
    assert "Only the bundled snapshot of 2026-07-23 was searched" in refused.value.why


def test_a_hub_id_that_is_unknown_can_be_imported(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError) as refused:
        catalog.model("google-bert/bert-base-uncased")
    imported = Suggestion(verb="import", argument="google-bert/bert-base-uncased")
    assert imported == refused.value.suggestions[0]


def test_another_version_cannot_be_read_without_azure(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError, match="not version 7") as refused:
        catalog.model(f"{CLIP}:7")
    assert (Suggestion(verb="card", argument=CLIP),) == refused.value.suggestions


def test_a_model_of_the_workspace_is_not_taken_for_the_registrys_of_that_name(
    catalog: Catalog,
) -> None:
    with pytest.raises(NotConfiguredError):
        catalog.model(f"/subscriptions/s/workspaces/w/models/{CLIP}/versions/12")


@pytest.mark.parametrize("text", ["", "   ", "👍", "a/b/c", ":", "azureml://registries/x"])
def test_odd_names_are_not_found_and_nothing_breaks(catalog: Catalog, text: str) -> None:
    with pytest.raises(NotFoundError):
        catalog.model(text)


def test_a_card_tells_size_price_cores_and_that_quota_is_not_known(catalog: Catalog) -> None:
    card = catalog.card(CLIP)
    assert card.size is not None
    assert ("Standard_D2a_v4", 0.096, 4) == (card.size.name, card.usd_per_hour, card.cores_needed)
    assert card.cores_left is None
    assert "Quota left is not known" in card.note
    assert ("permissive", "") == (card.licence, card.over)


def test_a_retired_models_card_says_so(catalog: Catalog) -> None:
    assert "retired on 2025-06-30" in catalog.card("Llama-2-7b").over


def test_an_added_model_is_found(catalog: Catalog) -> None:
    mine = Model(name="my-imported-model", version="1", registry=None, asset_id="/m/1")
    catalog.add(mine)
    assert mine == catalog.model("My-Imported-Model")
    assert "my-imported-model" == catalog.search(catalog.parse("imported")).hits[0].model.name
