"""Which source a place is read from, what stays when none answers, and when the next run is due."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import pytest

from services.azureml.catalog import Listed
from services.azureml.client import AzureML
from services.clock import Clock
from services.errors import (
    ErrorText,
    NotAllowedError,
    NotFoundError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
)
from services.gallery import Gallery
from services.index import CatalogIndex, Changes
from services.models import Model
from services.refresh import Refresh, Source, SourceRefreshed
from services.refresh.schedule import Schedule

NOW = 1_800_000_000.0
BUSY = TemporaryError(ErrorText(code="Busy", what="The service is busy."))
MISSING = NotFoundError(ErrorText(code="Missing", what="There is no registry nope."))
NONSENSE = ServiceRefusedError(ErrorText(code="Nonsense", what="It answers nonsense"))
FORBIDDEN = NotAllowedError(ErrorText(code="Forbidden", what="Azure does not let the bot list"))
SOON = 10.0  # real seconds after which a test that waits has failed


def model(name: str, version: str = "1", registry: str | None = "here", **more: object) -> Model:
    known = {"tasks": ("fill-mask",), "license": "mit", "detailed": True, "read": NOW}
    return Model(
        name=name,
        version=version,
        registry=registry,
        asset_id=f"azureml://registries/{registry}/models/{name}/versions/{version}",
        **{**known, **more},  # type: ignore[arg-type] # fields by name
    )


class Fixed(Clock):
    """Stands still."""

    def now(self) -> float:
        return NOW


@dataclass
class FakeGallery:
    """Says what it was given; `gate` holds its answer back."""

    has: dict[str, tuple[Model, ...]] = field(default_factory=dict)
    fails: ServiceError | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    gate: threading.Event | None = None
    called: threading.Event = field(default_factory=threading.Event)

    def models(self, registries: Iterable[str]) -> Mapping[str, tuple[Model, ...]]:
        wanted = tuple(registries)
        self.asked.append(wanted)
        self.called.set()
        if self.gate is not None:
            assert self.gate.wait(SOON)
        if self.fails:
            raise self.fails
        return {name: self.has.get(name, ()) for name in wanted}

    def close(self) -> None:
        if self.gate is not None:
            self.gate.set()


@dataclass
class FakeReader:
    """Azure's lists (None: the workspace), and which models were read whole."""

    has: dict[str | None, dict[str, str]] = field(default_factory=dict)
    fails: dict[str | None, ServiceError] = field(default_factory=dict)
    archived: frozenset[str] = frozenset()
    breaks_at: str = ""
    read: list[str] = field(default_factory=list)

    def listed(self, registry: str | None) -> Listed:
        if registry in self.fails:
            raise self.fails[registry]
        return Listed(versions=self.has.get(registry, {}), archived=self.archived)

    def changed(
        self, registry: str | None, newest: Mapping[str, str], known: Mapping[str, str]
    ) -> Iterator[Model]:
        held = {name.lower(): version for name, version in known.items()}
        for name, version in newest.items():
            if held.get(name.lower()) == version:
                continue
            if name == self.breaks_at:
                raise BUSY
            self.read.append(name)
            yield model(name, version, registry, sizes=("Standard_DS3_v2",))

    def asset_id(self, registry: str | None, name: str, version: str) -> str:
        return f"{registry}/{name}/{version}"

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class FakeAzure:
    configured: bool = True
    ready: bool = True
    models: FakeReader = field(default_factory=FakeReader)
    waiting: list[Callable[[], None]] = field(default_factory=list)

    def when_ready(self, call: Callable[[], None]) -> None:
        self.waiting.append(call)


@dataclass
class World:
    index: CatalogIndex
    gallery: FakeGallery = field(default_factory=FakeGallery)
    azure: FakeAzure = field(default_factory=FakeAzure)
    made: list[Refresh] = field(default_factory=list)

    def refresh(self, *registries: str, every: float | None = None, grace: float = 0.0) -> Refresh:
        refresh = Refresh(
            self.index,
            cast(Gallery, self.gallery),
            cast(AzureML, self.azure),
            Fixed(),
            registries or ("here",),
            every,
            grace=grace,
            least=0.0,
        )
        self.made.append(refresh)
        return refresh

    def place(self, refresh: Refresh, name: str = "here") -> SourceRefreshed:
        return next(place for place in refresh.now().places if place.place == name)

    def names(self, place: str = "here") -> Mapping[str, str]:
        return dict(self.index.versions(place))


@pytest.fixture
def world() -> Iterator[World]:
    made = World(index=CatalogIndex())
    made.index.rebuild((), "nothing")
    yield made
    for refresh in made.made:
        refresh.close()
    made.index.close()


def listed(*names: str) -> tuple[Model, ...]:
    return tuple(model(name, detailed=False) for name in names)


def test_what_the_service_names_is_in_the_index(world: World) -> None:
    world.gallery.has["here"] = listed("a", "b")
    place = world.place(world.refresh())
    assert (Source.SERVICE, 2, "") == (place.source, place.models, place.problem)
    assert {"a": "1", "b": "1"} == world.names()
    assert {"here": NOW, "workspace": NOW} == dict(world.index.freshness())


def test_new_changed_and_gone_are_counted(world: World) -> None:
    world.gallery.has["here"] = listed("a", "b")
    refresh = world.refresh()
    refresh.now()
    world.gallery.has["here"] = (model("a", "2", detailed=False), *listed("c"))
    place = world.place(refresh)
    assert (1, 1, 1) == (place.new, place.changed, place.gone)


@pytest.mark.parametrize("error", [BUSY, NONSENSE])
def test_without_the_service_azure_is_asked(world: World, error: ServiceError) -> None:
    world.gallery.fails = error
    world.azure.models.has["here"] = {"a": "3"}
    place = world.place(world.refresh())
    assert (Source.SDK, 1) == (place.source, place.models)
    assert str(error).rstrip(".") + "." == place.problem
    assert {"a": "3"} == world.names()


def test_a_registry_that_the_service_lacks_is_read_through_azure(world: World) -> None:
    world.gallery.has["here"] = listed("a")
    world.azure.models.has["mine"] = {"b": "1"}
    refresh = world.refresh("here", "mine")
    place = world.place(refresh, "mine")
    assert (Source.SDK, 1, "") == (place.source, place.models, place.problem)


def test_only_changed_versions_are_read_whole(world: World) -> None:
    world.gallery.fails = BUSY
    world.azure.models.has["here"] = {"a": "1", "b": "1"}
    refresh = world.refresh()
    refresh.now()
    world.azure.models.has["here"] = {"a": "1", "b": "2", "c": "1"}
    world.azure.models.read.clear()
    refresh.now()
    assert ["b", "c"] == world.azure.models.read
    kept = world.index.get("a", "here")
    assert kept is not None
    assert (("fill-mask",), ("Standard_DS3_v2",), True) == (kept.tasks, kept.sizes, kept.detailed)


def test_asked_for_everything_azure_is_read_whole(world: World) -> None:
    world.gallery.has["here"] = listed("a")
    world.azure.models.has["here"] = {"a": "1"}
    refresh = world.refresh()
    refresh.now()
    refresh.now(full=True)
    assert (["a"], 1) == (world.azure.models.read, len(world.gallery.asked))


def test_an_archived_model_is_known_as_one(world: World) -> None:
    world.gallery.fails = BUSY
    world.azure.models.has["here"] = {"a": "1"}
    refresh = world.refresh()
    refresh.now()
    world.azure.models.archived = frozenset({"a"})
    refresh.now()
    found = world.index.get("a", "here")
    assert (True, True) == (found is not None, found is not None and found.archived)


def test_when_nobody_answers_the_index_stays(world: World) -> None:
    world.gallery.has["here"] = listed("a")
    refresh = world.refresh()
    refresh.now()
    world.gallery.fails = BUSY
    world.azure.models.fails["here"] = FORBIDDEN
    place = world.place(refresh)
    said = "The service is busy. Azure does not let the bot list."
    assert (Source.KEPT, said) == (place.source, place.problem)
    assert {"a": "1"} == world.names()


def test_a_refresh_that_breaks_off_half_way_leaves_the_old_index_whole(world: World) -> None:
    world.gallery.fails = BUSY
    world.azure.models.has["here"] = {"a": "1"}
    refresh = world.refresh()
    refresh.now()
    world.azure.models.has["here"] = {"a": "2", "b": "1", "c": "1"}
    world.azure.models.breaks_at = "c"
    assert Source.KEPT is world.place(refresh).source
    assert {"a": "1"} == world.names()


@pytest.mark.parametrize("error", [MISSING, FORBIDDEN])
def test_a_registry_that_is_missing_or_forbidden_does_not_stop_the_others(
    world: World, error: ServiceError
) -> None:
    world.gallery.has["here"] = listed("a")
    world.azure.models.fails["nope"] = error
    places = world.refresh("nope", "here").now().places
    told = [(place.place, place.source) for place in places]
    assert [("nope", "kept"), ("here", "service"), ("workspace", "sdk")] == told
    assert str(error).rstrip(".") + "." == places[0].problem


def test_half_an_answer_does_not_empty_the_index(world: World) -> None:
    names = [f"m{number}" for number in range(60)]
    world.gallery.has["here"] = listed(*names)
    world.azure.configured = world.azure.ready = False
    refresh = world.refresh()
    refresh.now()
    world.gallery.has["here"] = listed(*names[:3])
    place = world.place(refresh)
    said = "The catalog search service suddenly has only 3 of the 60 models of here."
    assert (Source.KEPT, said, 60) == (place.source, place.problem, len(world.names()))


def test_an_empty_registry_is_no_reason_to_forget_it(world: World) -> None:
    world.gallery.has["here"] = listed("a")
    refresh = world.refresh()
    refresh.now()
    world.gallery.has["here"] = ()
    assert Source.KEPT is world.place(refresh).source
    assert {"a": "1"} == world.names()


def test_the_workspaces_models_are_read_too(world: World) -> None:
    world.azure.models.has[None] = {"mine": "2"}
    place = world.refresh().workspace()
    assert ("workspace", Source.SDK, 1, 1) == (place.place, place.source, place.models, place.new)
    assert {"mine": "2"} == world.names("workspace")


def test_without_a_workspace_nobody_is_asked_for_one(world: World) -> None:
    world.azure.configured = world.azure.ready = False
    world.gallery.has["here"] = listed("a")
    assert ["here"] == [place.place for place in world.refresh().now().places]


def test_a_file_that_cannot_be_written_is_told(world: World) -> None:
    class Full(CatalogIndex):
        def replace(self, *_: object, **__: object) -> Changes:
            raise sqlite3.OperationalError("database or disk is full")

    world.index.close()
    world.index = Full()
    world.gallery.has["here"] = listed("a")
    problem = world.place(world.refresh()).problem
    assert "The catalog file could not be written (database or disk is full)." == problem


def test_two_who_ask_at_once_share_one_run(world: World) -> None:
    world.gallery.gate = threading.Event()
    refresh = world.refresh()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(refresh.now)
        assert world.gallery.called.wait(SOON)
        assert refresh.state.running
        second = pool.submit(refresh.now)
        world.gallery.gate.set()
        assert first.result(SOON) is second.result(SOON)
    assert (1, False) == (len(world.gallery.asked), refresh.state.running)


def test_the_last_run_is_remembered(world: World) -> None:
    refresh = world.refresh()
    assert None is refresh.state.last
    assert refresh.now() is refresh.state.last


def test_problems_and_changes_are_summed_up(world: World) -> None:
    world.gallery.has = {"a": listed("x"), "b": listed("y", "z")}
    world.azure.models.fails = {"nope": MISSING, None: MISSING}
    answer = world.refresh("a", "b", "nope").now()
    assert (3, (MISSING.what,)) == (answer.changes, answer.problems)


# --- on a schedule -------------------------------------------------------------------------------


def test_the_schedule_reads_the_registries_and_leaves_the_sdk_alone(world: World) -> None:
    world.azure.ready = False
    world.azure.models.has = {"mine": {"b": "1"}, None: {"c": "1"}}
    world.gallery.has["here"] = listed("a")
    refresh = world.refresh("here", "mine", every=3_600.0)
    refresh.start()
    assert world.gallery.called.wait(SOON)
    refresh.now()  # comes after the scheduled one, which it would only join if that went as far
    assert 2 == len(world.gallery.asked)


def test_a_fresh_index_is_left_alone(world: World) -> None:
    world.index.replace("here", listed("a"), read=NOW)
    world.index.replace("workspace", (), read=NOW)
    refresh = world.refresh(every=3_600.0)
    assert refresh._due()  # noqa: SLF001 - what the schedule calls
    assert [] == world.gallery.asked


def test_once_the_sdk_is_there_the_workspace_is_read(world: World) -> None:
    world.azure.ready = False
    world.azure.models.has[None] = {"mine": "1"}
    world.index.replace("here", listed("a"), read=NOW)
    refresh = world.refresh(every=3_600.0)
    refresh._due()  # noqa: SLF001 - what the schedule calls
    before = dict(world.names("workspace"))
    world.azure.ready = True
    refresh._due()  # noqa: SLF001 - what the schedule calls
    assert ({}, {"mine": "1"}, []) == (before, world.names("workspace"), world.gallery.asked)


@dataclass
class Runs:
    """Counts runs up to a number, then ends the schedule."""

    answers: Sequence[bool | Exception]
    seen: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> bool:
        answer = self.answers[self.seen]
        self.seen += 1
        if self.seen == len(self.answers):
            self.ended.set()
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_run_that_fails_does_not_end_the_schedule() -> None:
    runs = Runs([True, ValueError("a bug"), False, True])
    schedule = Schedule(Clock(scale=1e7), 3_600.0, runs, grace=0.0, least=0.0)
    schedule.start(0.0)
    assert runs.ended.wait(SOON)
    schedule.close()
    assert 4 == runs.seen


def test_simulated_hours_pass_quickly_but_never_faster_than_allowed() -> None:
    runs = Runs([True, True])
    schedule = Schedule(Clock(scale=1e9), 3_600.0, runs, grace=0.0, least=3_600.0)
    schedule.start(0.0)
    assert not runs.ended.wait(0.2)
    schedule.soon()
    assert runs.ended.wait(SOON)
    schedule.close()


def test_nothing_runs_within_the_grace_or_after_the_end() -> None:
    runs = Runs([True])
    schedule = Schedule(Clock(), 3_600.0, runs, grace=3_600.0, least=0.0)
    schedule.start(0.0)
    schedule.soon()
    schedule.close()
    assert 0 == runs.seen


def test_closing_does_not_wait_for_a_long_run(world: World) -> None:
    world.gallery.gate = threading.Event()
    refresh = world.refresh(every=3_600.0)
    refresh.start()
    assert world.gallery.called.wait(SOON)
    refresh.close()
    assert world.gallery.gate.is_set()


def test_switched_off_nothing_is_scheduled(world: World) -> None:
    refresh = world.refresh(every=None)
    refresh.start()
    refresh.close()
    assert ([], []) == (world.gallery.asked, world.azure.waiting)
