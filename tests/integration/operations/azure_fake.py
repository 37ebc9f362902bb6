"""A small hand-written Azure, Slack and endpoint for workflow tests: states, counters, faults."""

# ruff: noqa: ARG002 - the fakes keep the signatures of what they stand for

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from PIL import Image

from services.azureml.entities import TAG_OPERATION
from services.errors import NotFoundError, TemporaryError
from services.models import (
    Cluster,
    Deployment,
    DeploymentSpec,
    Endpoint,
    EndpointSpec,
    ImportSpec,
    Job,
    JobStep,
    Model,
    Operation,
    Picture,
    Quota,
    RemoteStatus,
    TaskLists,
)
from services.planning import KNOWN_TASKS
from services.progress import Fetched, Place
from services.scoring import Key, Scored
from tests.texts import made_up


def _open() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class FakeAzure:
    """What the facade offers, over dictionaries.

    While `hold` is clear, deployments stay in Creating; while `answers` is clear, a deployment is
    made but whoever asked for it is not told.
    """

    configured: bool = True
    workspace: str = "ws"
    registries: tuple[str, ...] = ("azureml",)
    calls: Counter[str] = field(default_factory=Counter)
    rows: dict[str, Endpoint] = field(default_factory=dict)
    registered: dict[str, Model] = field(default_factory=dict)
    running: dict[str, Job] = field(default_factory=dict)
    specs: dict[str, ImportSpec] = field(default_factory=dict)
    clusters: dict[str, Cluster] = field(default_factory=dict)
    disk: dict[str, int] = field(default_factory=dict)
    tasks: TaskLists = field(default_factory=lambda: replace(KNOWN_TASKS, live=True))
    faults: list[Exception] = field(default_factory=list)
    refusals: dict[str, Exception] = field(default_factory=dict)  # by name of the call, for good
    registers: Model = field(default_factory=lambda: a_model("bert"))  # what an import makes
    revision: str = ""  # that an import says it downloaded
    marks: dict[str, dict[str, str]] = field(default_factory=dict)  # tags, by model
    end: RemoteStatus = field(default_factory=lambda: RemoteStatus(state="Succeeded"))
    left: int = 100
    hold: threading.Event = field(default_factory=threading.Event)
    answers: threading.Event = field(default_factory=_open)

    @property
    def endpoints(self) -> FakeEndpoints:
        return FakeEndpoints(self)

    @property
    def models(self) -> FakeModels:
        return FakeModels(self)

    @property
    def jobs(self) -> FakeJobs:
        return FakeJobs(self)

    @property
    def computes(self) -> FakeComputes:
        return FakeComputes(self)

    @property
    def revisions(self) -> FakeRevisions:
        return FakeRevisions(self)

    @property
    def component(self) -> FakeComponent:
        return FakeComponent(self)

    def count(self, name: str) -> None:
        self.calls[name] += 1
        if name in self.refusals:
            raise self.refusals[name]
        if self.faults:
            raise self.faults.pop(0)


@dataclass
class FakeEndpoints:
    azure: FakeAzure

    def region(self) -> str:
        return "eastus"

    def quota(self) -> tuple[Quota, ...]:
        self.azure.count("quota")
        return (Quota(family="f", used=0, limit=self.azure.left),)

    def all(self) -> tuple[Endpoint, ...]:
        return tuple(self.azure.rows.values())

    def get(self, name: str) -> Endpoint | None:
        if "get" in self.azure.refusals:
            raise self.azure.refusals["get"]
        return self.azure.rows.get(name)

    def create(self, spec: EndpointSpec) -> str:
        self.azure.count("create")
        self.azure.rows[spec.name] = Endpoint(
            name=spec.name,
            state="Succeeded",
            scoring_uri="http://127.0.0.1/score",
            region="eastus",
            tags=((TAG_OPERATION, spec.operation),),
        )
        return ""

    def deploy(self, spec: DeploymentSpec) -> str:
        self.azure.count("deploy")
        row = self.azure.rows[spec.endpoint]
        made = Deployment(
            name=spec.name,
            endpoint=spec.endpoint,
            model=spec.model,
            size=spec.size,
            count=spec.count,
            state="Creating",
        )
        self.azure.rows[spec.endpoint] = replace(row, deployments=(made,))
        self.azure.answers.wait()
        return "http://127.0.0.1/operations/1"

    def deployment(self, endpoint: str, name: str) -> Deployment | None:
        row = self.azure.rows.get(endpoint)
        found = [one for one in row.deployments if one.name == name] if row else []
        over = self.azure.hold.is_set()
        return next(
            (replace(one, state=self.azure.end.state) if over else one for one in found), None
        )

    def status(self, operation_url: str) -> RemoteStatus:
        self.azure.calls["status"] += 1
        return self.azure.end if self.azure.hold.is_set() else RemoteStatus(state="InProgress")

    def set_traffic(self, endpoint: str, deployment: str) -> str:
        self.azure.count("traffic")
        return ""

    def logs(
        self, endpoint: str, deployment: str, lines: int = 50, container: str = "inference-server"
    ) -> str:
        return "OSError: no such file model.bin" if self.azure.end.state == "Failed" else ""

    def key(self, endpoint: str) -> str:
        return "key"

    def delete(self, endpoint: str) -> str:
        self.azure.count("delete")
        self.azure.rows.pop(endpoint, None)
        return ""


@dataclass
class FakeModels:
    azure: FakeAzure

    def workspace_model(self, name: str, version: str | None = None) -> Model:
        if name not in self.azure.registered:
            raise NotFoundError(made_up(f"no model {name}"))
        return self.azure.registered[name]

    def registry_model(self, registry: str, name: str, version: str | None = None) -> Model:
        self.azure.count(f"registry {registry}")
        raise NotFoundError(made_up(f"no model {name} in {registry}"))


@dataclass
class FakeComputes:
    azure: FakeAzure

    def cluster(self, name: str) -> Cluster | None:
        self.azure.count("cluster")
        return self.azure.clusters.get(name)

    def low_priority_quota(self) -> tuple[Quota, ...]:
        self.azure.count("low_priority_quota")
        return ()

    def disks(self) -> Mapping[str, int]:
        self.azure.count("disks")
        return self.azure.disk


@dataclass
class FakeRevisions:
    azure: FakeAzure

    def downloaded(self, name: str, version: str) -> str:
        self.azure.count("downloaded")
        return self.azure.revision

    def mark(self, name: str, version: str, tags: Mapping[str, str]) -> None:
        self.azure.count("mark")
        self.azure.marks[name] = dict(tags)


@dataclass
class FakeComponent:
    azure: FakeAzure

    def tasks(self) -> TaskLists:
        self.azure.count("tasks")
        return self.azure.tasks


@dataclass
class FakeJobs:
    azure: FakeAzure

    def ensure_compute(self, name: str, size: str) -> str:
        self.azure.count("compute")
        made = Cluster(name=name, kind="AmlCompute", size=size, state="Succeeded")
        self.azure.clusters.setdefault(name, made)
        return ""

    def start_import(self, spec: ImportSpec, token: str | None) -> None:
        self.azure.count("start_import")
        self.azure.specs[spec.hub_id] = spec
        steps = tuple(
            JobStep(name=name, status="Completed") for name in ("download_model", "register_model")
        )
        self.azure.running[spec.job] = Job(name=spec.job, status="Running", steps=steps)

    def job(self, name: str) -> Job | None:
        job = self.azure.running.get(name)
        if job and self.azure.hold.is_set() and job.status == "Running":
            job = replace(job, status="Completed")
            made = self.azure.registers
            self.azure.registered[made.name] = made
        return job

    def cancel(self, name: str) -> None:
        self.azure.count("cancel")
        self.azure.running[name] = replace(self.azure.running[name], status="Canceled")


@dataclass
class FakeSlack:
    """Posts and edits, by operation; `faults` are raised by the next calls."""

    posts: Counter[str] = field(default_factory=Counter)
    finals: dict[str, Operation] = field(default_factory=dict)
    shown: dict[str, Operation] = field(default_factory=dict)
    again: dict[str, bool] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)
    ended: threading.Condition = field(default_factory=threading.Condition)

    def announce(self, operation: Operation, *, again: bool) -> Place:
        if self.faults:
            raise self.faults.pop(0)
        self.again[operation.id] = again
        if not (again and self.posts[operation.id]):
            self.posts[operation.id] += 1
        return Place(channel="C1", message="1.000100")

    def update(self, operation: Operation) -> None:
        self.shown[operation.id] = operation

    def finish(self, operation: Operation, *, again: bool) -> None:
        if self.faults:
            raise self.faults.pop(0)
        with self.ended:
            self.finals[operation.id] = operation
            self.ended.notify_all()

    def final(self, operation: str, seconds: float = 60.0) -> Operation:
        """The operation as it was shown at its end; waits for it."""
        with self.ended:
            assert self.ended.wait_for(lambda: operation in self.finals, seconds), self.shown
        return self.finals[operation]


@dataclass
class FakePictures:
    files: dict[str, bytes] = field(default_factory=dict)
    reduced: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)

    def fetch(self, picture: Picture, limit: int, *, original: bool = False) -> Fetched:
        if picture.file in self.faults:
            raise self.faults[picture.file]
        if picture.file in self.reduced and not original:
            return Fetched(content=self.reduced[picture.file], reduced=True)
        return Fetched(content=self.files[picture.file])


@dataclass
class FakeScoring:
    faults: list[Exception] = field(default_factory=list)

    def classify(
        self, uri: str, key: Key, deployment: str, images: Sequence[bytes], labels: Sequence[str]
    ) -> Scored:
        if self.faults:
            raise self.faults.pop(0)
        share = (0.75, *[0.25 / (len(labels) - 1)] * (len(labels) - 1))
        return Scored(
            probabilities=(share,) * len(images), labels=tuple(labels), engine="", note=""
        )


def a_model(name: str, *tasks: str) -> Model:
    return Model(
        name=name,
        version="1",
        registry=None,
        asset_id=f"azureml://locations/l/workspaces/w/models/{name}/versions/1",
        tasks=tasks,
    )


def busy() -> TemporaryError:
    return TemporaryError(made_up("Azure is busy."))


def a_jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(out, "JPEG")
    return out.getvalue()
