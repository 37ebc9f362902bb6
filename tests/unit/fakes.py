"""Values and small stand-ins for what commands ask of services."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, cast

from bot.sandbox.slack.blocks import check_message, check_view
from handlers.blocks import operation as operation_blocks, plan as plan_blocks
from handlers.command import Block, Call, Command, Reply, Services, View
from handlers.registry import discover
from services import spelling
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.classification import Classification, Classifier
from services.clock import Clock
from services.deployments import Deployments
from services.errors import NotAllowedError, NotFoundError, Suggestion
from services.huggingface import Hub
from services.imports import Imports
from services.index import CatalogIndex
from services.models import (
    Asked,
    Check,
    ClassifyPlan,
    ClassifyResult,
    Deployment,
    DeployPlan,
    DeployResult,
    Endpoint,
    Glimpse,
    HubModel,
    ImportPlan,
    ImportResult,
    Model,
    Operation,
    OperationPlan,
    OperationState,
    Ownership,
    Picture,
    Plan,
    Reader,
    Scores,
    Started,
    Step,
    StepState,
)
from services.operations import PRIVATE, Operations
from services.prices import load_sizes
from services.progress import Place
from services.refresh import Refresh, Refreshed, Source, SourceRefreshed, State
from services.workflows.kinds import KINDS
from tests.texts import made_up

NOW = 1_800_000_000.0
CLIP = "openai-clip-vit-base-patch32"
ASKED = Asked(user="U1", channel="C1")
CAT = Picture(file="F1", name="cat.jpg")
TASK = "zero-shot-image-classification"

DEPLOY_PLAN = DeployPlan(
    model=f"azureml://registries/azureml/models/{CLIP}/versions/12",
    model_name=CLIP,
    model_version="12",
    registry="azureml",
    task=TASK,
    endpoint="clip-x7f2",
    deployment="version-12",
    size="Standard_DS3_v2",
    count=1,
    region="eastus",
    family="standardDSv2Family",
    cores_needed=8,
    cores_left=100,
    usd_per_hour=0.293,
    warnings=("a preview: no service level, it may change",),
)
IMPORT_PLAN = ImportPlan(
    hub_id="google-bert/bert-base-uncased",
    sha="86b5e0934494bd15c9632b12f734a8a67f723594",
    model_name="google-bert-bert-base-uncased",
    task="fill-mask",
    license="apache-2.0",
    license_url="https://huggingface.co/google-bert/bert-base-uncased",
    size_bytes=440_473_133,
    compute="model-import-cluster",
    checks=(
        Check(title="Licence", passed=True, text="apache-2.0 <free>"),
        Check(title="Pickles", passed=None, text="pytorch_model.bin"),
    ),
)
ENDPOINT = Endpoint(
    name="clip-x7f2",
    state="Succeeded",
    scoring_uri="https://example.invalid/score",
    region="eastus",
    created=NOW - 7_200,
    deployments=(
        Deployment(
            name="version-12",
            endpoint="clip-x7f2",
            model=DEPLOY_PLAN.model,
            size="Standard_DS3_v2",
            count=2,
            state="Succeeded",
        ),
    ),
    traffic=(("version-12", 100),),
)


def operation(state: OperationState = OperationState.RUNNING, **changes: Any) -> Operation:  # noqa: ANN401 - fields by name
    """A deployment in that state, two steps along."""
    ended = NOW if state.ended else None
    whole = Operation(
        id="dep-7f3k",
        key="deploy:w:clip-x7f2:1",
        kind="deploy",
        target="clip-x7f2",
        title=f"Deploy {CLIP}",
        asked=ASKED,
        state=state,
        created=NOW - 95,
        ended=ended,
        plan=DEPLOY_PLAN,
        steps=(
            Step(
                name="quota",
                title="Check the quota",
                state=StepState.DONE,
                started=NOW - 95,
                ended=NOW - 90,
            ),
            Step(
                name="endpoint",
                title="Create the endpoint",
                state=StepState.RUNNING,
                detail="Azure is <busy>",
                started=NOW - 90,
            ),
            Step(name="traffic", title="Send all traffic to it"),
        ),
    )
    return dataclasses.replace(whole, **changes)


def deployed() -> Operation:
    result = DeployResult(
        endpoint="clip-x7f2",
        deployment="version-12",
        model_name=CLIP,
        model_version="12",
        task=TASK,
        size="Standard_DS3_v2",
        count=1,
        usd_per_hour=0.293,
        smoke_test="Asked for red or blue, it answered red 99 %",
    )
    return operation(OperationState.SUCCEEDED, result=result)


def imported() -> Operation:
    result = ImportResult(
        model_name=IMPORT_PLAN.model_name,
        model_version="1",
        asset_id="azureml:x:1",
        hub_id=IMPORT_PLAN.hub_id,
        task="fill-mask",
    )
    return operation(
        OperationState.SUCCEEDED,
        id="imp-7f3k",
        kind="import",
        title=f"Import {IMPORT_PLAN.hub_id}",
        plan=IMPORT_PLAN,
        result=result,
    )


def scores(*pairs: tuple[str, float], note: str = "") -> ClassifyResult:
    labels, shares = zip(*pairs, strict=True)
    picture = Scores(picture="cat.jpg", labels=labels, probabilities=shares, note=note)
    return ClassifyResult(
        endpoint="clip-x7f2", engine="lite (not CLIP)", note="unknown: zyx", pictures=(picture,)
    )


def classification(state: OperationState = OperationState.RUNNING, **changes: Any) -> Operation:  # noqa: ANN401 - fields by name
    plan = ClassifyPlan(
        endpoint="clip-x7f2", deployment="version-12", labels=("cat", "dog"), pictures=(CAT,)
    )
    known = {"id": "cls-7f3k", "kind": "classify", "title": "Classify cat.jpg", "plan": plan}
    return operation(state, steps=(), **{**known, **changes})


class FakeDeployments:
    """Plans whatever is asked for, remembers what was started."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, str | None, int]] = []
        self.started: list[tuple[DeployPlan, Asked, str | None]] = []
        self.run_by: list[str] = []
        self.fresh: DeployPlan = DEPLOY_PLAN
        self.joined = False
        self.operation = operation()
        self.known: tuple[Endpoint, ...] = (ENDPOINT,)
        self.refuses: Exception | None = None

    def plan(self, model: Model, *, on: str | None, endpoint: str | None, count: int) -> DeployPlan:
        if self.refuses:
            raise self.refuses
        self.asked.append((model.name, on, endpoint, count))
        return self.fresh

    def reconsider(self, plan: DeployPlan) -> DeployPlan:  # noqa: ARG002 - as the real one
        return self.fresh

    def anew(self, operation: Operation) -> DeployPlan:  # noqa: ARG002 - as the real one
        return self.fresh

    def start(
        self, plan: DeployPlan, asked: Asked, plan_id: str | None = None, *, by: str = ""
    ) -> Started:
        self.run_by.append(by)
        self.started.append((plan, asked, plan_id))
        return Started(operation=self.operation, joined=self.joined)

    def endpoints(self) -> tuple[Endpoint, ...]:
        return self.known

    def endpoint(self, name: str) -> Endpoint | None:
        if self.refuses:
            raise self.refuses
        return next((each for each in self.known if spelling.same(each.name, name)), None)


class FakeImports:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.allowed: list[tuple[ImportPlan, str, str]] = []
        self.accepted: list[str] = []
        self.joined = False
        self.operation = imported()
        self.refuses: Exception | None = None

    def plan(self, text: str, task: str | None = None) -> ImportPlan:
        if self.refuses:
            raise self.refuses
        self.asked.append((text, task))
        return IMPORT_PLAN

    def reconsider(self, plan: ImportPlan) -> ImportPlan:
        return plan

    def allow_code(self, plan: ImportPlan, by: str, reason: str) -> ImportPlan:
        self.allowed.append((plan, by, reason))
        return IMPORT_PLAN

    def start(
        self,
        plan: ImportPlan,  # noqa: ARG002 - as the real one
        asked: Asked,  # noqa: ARG002 - as the real one
        plan_id: str | None = None,  # noqa: ARG002 - as the real one
        *,
        by: str = "",
    ) -> Started:
        self.accepted.append(by)
        return Started(operation=self.operation, joined=self.joined)


class FakeClassification:
    def __init__(self) -> None:
        self.started: list[tuple[str, tuple[Picture, ...], str | None]] = []
        self.known: tuple[Classifier, ...] = ()
        self.asked: list[Asked] = []
        self.once: list[str] = []

    def look_for(self, text: str) -> Future[str]:  # noqa: ARG002 - as the real one
        found: Future[str] = Future()
        found.set_result(next((classifier.endpoint for classifier in self.known), ""))
        return found

    def start(
        self,
        labels_text: str,
        pictures: Sequence[Picture],
        asked: Asked,
        endpoint: str | None = None,
        *,
        once: str = "",
    ) -> Started:
        self.once.append(once)
        self.asked.append(asked)
        self.started.append((labels_text, tuple(pictures), endpoint))
        return Started(operation=classification(asked=asked), joined=False)


class FakeOperations:
    def __init__(self) -> None:
        self.all: dict[str, Operation] = {}
        self.plans: dict[str, Plan] = {}
        self.expired: dict[str, Plan] = {}
        self.cancelled: list[tuple[str, str]] = []
        self.requested: set[str] = set()
        self.keys: set[str] = set()
        self.kept: dict[str, dict[str, Any]] = {}

    def get(self, operation: str, reader: Reader) -> Operation | Glimpse:
        return self._stored(operation).seen_by(reader)

    def whole(self, operation: str, reader: Reader) -> Operation:
        found = self.get(operation, reader)
        if isinstance(found, Glimpse):
            raise NotAllowedError(PRIVATE)
        return found

    def recent(self, reader: Reader, limit: int = 10) -> tuple[Operation | Glimpse, ...]:
        return tuple(each.seen_by(reader) for each in self.all.values())[:limit]

    def running(self, reader: Reader) -> tuple[Operation | Glimpse, ...]:
        return tuple(one.seen_by(reader) for one in self.all.values() if not one.state.ended)

    def count_running(self) -> int:
        return sum(not one.state.ended for one in self.all.values())

    def ownership(self, operation: str, reader: Reader) -> Ownership:
        found = self._stored(operation)
        hidden = isinstance(found.seen_by(reader), Glimpse)
        return Ownership(operation=found.id, user=found.asked.user, private=hidden)

    def place(self, operation: str) -> Place | None:
        found = self.all.get(operation)
        if found is None or not found.channel or not found.message:
            return None
        return Place(channel=found.channel, message=found.message)

    def cancel(self, operation: str, reader: Reader) -> str:
        self.cancelled.append((operation, reader.user))
        return self._stored(operation).id

    def _stored(self, operation: str) -> Operation:
        if operation not in self.all:
            raise NotFoundError(
                made_up("There is no such operation"),
                suggestions=(Suggestion(verb="status", argument="dep-7f3k"),),
            )
        return self.all[operation]

    def save_plan(self, content: OperationPlan, verb: str, asked: Asked) -> Plan:
        plan = Plan(
            id=f"plan-{len(self.plans) + 1}",
            verb=verb,
            kind=KINDS.of(content).name,
            asked=asked,
            created=NOW,
            expires=NOW + 1_800,
            content=content,
        )
        self.plans[plan.id] = plan
        return plan

    def plan(self, plan: str, *, at: float | None = None) -> Plan:  # noqa: ARG002 - as the real one
        if plan not in self.plans:
            raise NotFoundError(
                made_up("This plan has expired"),
                suggestions=(Suggestion(verb="deploy", argument="x"),),
            )
        return self.plans[plan]

    def old_plan(self, plan: str) -> Plan | None:
        return self.plans.get(plan) or self.expired.get(plan)

    def drop(self, plan: str, user: str) -> Plan | None:
        found = self.old_plan(plan)
        if found is not None and not found.operation and not found.dropped_by:
            found = dataclasses.replace(found, dropped_by=user, dropped_at=NOW)
            self.plans[plan] = found
        return found

    def request(self, plan: Plan, user: str) -> bool:  # noqa: ARG002 - as the real one
        new = plan.id not in self.requested
        self.requested.add(plan.id)
        return new

    def withdraw(self, plan: Plan) -> None:
        self.requested.discard(plan.id)

    def forget(self, key: str) -> None:
        self.keys.discard(key)

    def seen(self, key: str, said: dict[str, Any] | None = None) -> bool:
        known = key in self.keys
        self.keys.add(key)
        if said is not None and not known:
            self.kept[key] = said
        return known

    def answered(self, key: str) -> None:
        self.kept.pop(key, None)

    def tried(self, key: str, said: dict[str, Any]) -> None:
        self.kept[key] = said

    def unanswered(self) -> dict[str, dict[str, Any]]:
        return dict(self.kept)


class FakeRefresh:
    """Remembers how it was asked, and answers the same each time."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.answer = Refreshed(
            places=(
                SourceRefreshed(place="azureml", source=Source.SERVICE, models=120, new=2),
                SourceRefreshed(
                    place="nope", source=Source.KEPT, problem="There is no registry nope."
                ),
            ),
            finished=NOW,
            seconds=1.2,
        )

    def now(self, *, full: bool = False) -> Refreshed:
        self.asked.append(full)
        return self.answer

    @property
    def state(self) -> State:
        return State(running=False, last=self.answer if self.asked else None)


class FakeHub:
    """Answers every search with the same models, or refuses; remembers what it was asked."""

    def __init__(self, *models: HubModel, refuses: Exception | None = None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.models = models
        self._refuses = refuses

    def search(self, words: str, limit: int, *, task: str = "") -> tuple[HubModel, ...]:
        self.asked.append((words, task))
        if self._refuses:
            raise self._refuses
        return self.models[:limit]


def hub_model(name: str, **more: Any) -> HubModel:  # noqa: ANN401 - fields by name
    known: dict[str, Any] = {
        "sha": "0" * 40,
        "task": "fill-mask",
        "license": "mit",
        "license_url": None,
        "gated": "",
        "access": True,
        "size_bytes": 0,
    }
    return HubModel(id=name, **{**known, **more})


class NoAzure(AzureML):
    """None is configured; counts how often it was told to get ready."""

    def __init__(self) -> None:
        super().__init__(None, Clock())
        self.prepared = 0

    def prepare(self) -> None:
        self.prepared += 1


@functools.cache
def _index() -> CatalogIndex:
    """The bundled catalog, made when the first test wants it."""
    return CatalogIndex(None)


REGISTRY = discover()
COMMANDS = REGISTRY.commands
VIEWS = REGISTRY.views


def valid(blocks: Sequence[Block] | None) -> list[Block]:
    """The blocks, after the local Slack has accepted them."""
    assert blocks
    check_message([dict(block) for block in blocks])
    return list(blocks)


def words(blocks: Sequence[Block] | None) -> str:
    """Everything readable in blocks."""
    return "\n".join(_texts(list(blocks or ())))


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, dict):
        own = [value[key] for key in ("title", "text") if isinstance(value.get(key), str)]
        return own + [text for item in value.values() for text in _texts(item)]
    return []


def buttons(blocks: Sequence[Block] | None) -> dict[str, Block]:
    """The buttons by their label."""
    found: dict[str, Block] = {}
    for block in blocks or ():
        elements = [*block.get("elements", ()), block.get("accessory")]
        for element in elements:
            if isinstance(element, dict) and element.get("type") == "button":
                found[element["text"]["text"]] = element
    return found


def message(operation: Operation, now: float = NOW) -> tuple[str, list[Block]]:
    """The operation's message, as the view of its kind has it."""
    return operation_blocks.message(operation, VIEWS[operation.kind], now)


def news(operation: Operation) -> tuple[str, list[Block]]:
    """What its thread is told at the end."""
    return operation_blocks.news(operation, VIEWS[operation.kind])


def card(plan: Plan, *, may_run: bool, note: str = "") -> tuple[str, list[Block]]:
    """A stored plan, as the view of its kind has it."""
    return plan_blocks.card(plan, REGISTRY.plan_view(plan), may_run=may_run, note=note)


def differences(old: OperationPlan, new: OperationPlan) -> list[str]:
    """What differs between two plans of a kind, in words."""
    view = VIEWS[KINDS.of(old).name].plan
    assert view
    return plan_blocks.differences(view.changes(old, new))


def run(call: Call, plan: OperationPlan) -> str:
    """What Run begins, as whoever clicked it is told."""
    view = VIEWS[KINDS.of(plan).name].plan
    assert view
    begun = view.start(call, plan)
    return plan_blocks.started(view, plan, begun, begun.operation, told=True)


def submitted(command: Command, call: Call) -> Reply:
    """What the form's submission answers."""
    assert command.submit
    return command.submit(call)


def opened(command: Command, call: Call) -> View:
    """The form, after the local Slack has accepted it."""
    assert command.form
    return check_view(command.form(call), ["modal"])


def said(reply: Reply) -> str:
    return f"{reply.text}\n{words(reply.blocks)}"


@dataclasses.dataclass
class Desk:
    """The services a command sees: a real catalog without Azure, fakes for the rest."""

    deployments: FakeDeployments = dataclasses.field(default_factory=FakeDeployments)
    imports: FakeImports = dataclasses.field(default_factory=FakeImports)
    classification: FakeClassification = dataclasses.field(default_factory=FakeClassification)
    operations: FakeOperations = dataclasses.field(default_factory=FakeOperations)
    refresh: FakeRefresh = dataclasses.field(default_factory=FakeRefresh)
    hub: FakeHub | None = None
    azureml: NoAzure = dataclasses.field(default_factory=NoAzure)

    @property
    def services(self) -> Services:
        return Services(
            catalog=catalog(self.hub, self.azureml),
            deployments=cast(Deployments, self.deployments),
            imports=cast(Imports, self.imports),
            classification=cast(Classification, self.classification),
            operations=cast(Operations, self.operations),
            refresh=cast(Refresh, self.refresh),
        )

    def call(self, text: str = "", **more: Any) -> Call:  # noqa: ANN401 - fields by name
        known = {"asked": ASKED, "operator": True, "now": NOW, "commands": COMMANDS, "views": VIEWS}
        return Call(services=self.services, text=text, **{**known, **more})


def catalog(hub: FakeHub | None = None, azureml: AzureML | None = None) -> Catalog:
    return Catalog(_index(), azureml or NoAzure(), load_sizes(), Clock(), cast(Hub | None, hub))
