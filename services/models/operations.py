"""Operations: what outlives a request, how far it is, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from services.foreign import Foreign
from services.models.plans import Asked, OperationPlan


class OperationState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in {self.SUCCEEDED, self.FAILED, self.CANCELLED}


class StepState(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Foreign):
    """A step people see. `detail` is one line; times are simulated seconds since the epoch.

    `tries` counts how often a process began it and neither finished nor stopped in an orderly way;
    it stays 0 for steps that may be begun as often as it takes.
    """

    name: str
    title: str
    state: StepState = StepState.PENDING
    detail: str = ""
    started: float | None = None
    ended: float | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Foreign):
    """Why an operation failed, in the words of `UserError`.

    `template` and `fields` name the text and what stands in its places, for another language; ""
    and () in rows of earlier releases and for words that are Azure's own.
    """

    code: str
    what: str
    why: str = ""
    advice: str = ""
    evidence: tuple[str, ...] = ()
    template: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResult:
    """Hold what an operation has achieved, whatever its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployResult(OperationResult, Foreign):
    WORDS: ClassVar = frozenset({"smoke_test"})

    endpoint: str
    deployment: str
    model_name: str
    model_version: str
    task: str | None
    size: str
    count: int
    usd_per_hour: float | None
    smoke_test: str  # what was asked and what came back, in words; "" when none fits the task


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult(OperationResult):
    model_name: str
    model_version: str
    asset_id: str
    hub_id: str
    task: str
    job: str = ""  # its name at Azure
    planned: str = ""  # hash of the revision that was agreed to; "" in old results
    sha: str = ""  # of the revision that Azure says it downloaded; "" where it does not say
    hub_sha: str = ""  # of the one that the Hub had then; "" where that is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores(Foreign):
    """One picture's probabilities, in the order of the labels; they sum to 1."""

    picture: str  # file name
    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    note: str = ""  # what was done to the picture: "first frame of an animation"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyResult(OperationResult, Foreign):
    """`engine` and `note` are what the endpoint says of itself, else its model and version."""

    WORDS: ClassVar = frozenset({"engine", "note", "skipped"})

    endpoint: str
    engine: str
    note: str
    pictures: tuple[Scores, ...]
    skipped: tuple[str, ...] = ()  # a sentence for each picture that could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who is going to read something, and where.

    `aloud` tells that it is said where others read it too, so that it must be fit for all of them.
    """

    user: str
    channel: str = ""
    operator: bool = False
    aloud: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """All that others may know of an operation that was asked for in private."""

    kind: str
    state: OperationState
    created: float
    ended: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Whose an operation is; `private` tells that others must not learn it."""

    operation: str
    user: str
    private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something that outlives a request: a deployment, an import, a classification.

    `id` is short (`dep-7f3k`). `key` is kind + workspace + target + attempt and unique, so two
    people who ask for the same thing meet in one operation. `message` is the timestamp of its one
    message, in `channel` (which may differ from where it was asked, when the bot is no member).
    `run_by` is who said yes to it, None in rows of earlier releases.
    """

    id: str
    key: str
    kind: str
    target: str
    title: str
    asked: Asked
    state: OperationState
    created: float
    plan: OperationPlan
    steps: tuple[Step, ...] = ()
    channel: str | None = None
    message: str | None = None
    ended: float | None = None
    run_by: str | None = None
    cancelled_by: str | None = None
    problem: Problem | None = None
    result: OperationResult | None = None

    def seen_by(self, reader: Reader) -> Operation | Glimpse:
        """Return as much of it as that reader may know.

        What was asked for in private is for whoever reads where it was asked, for whoever asked
        and for operators; for these two not where others would read it too.
        """
        here = self.asked.channel != "" and reader.channel == self.asked.channel
        named = reader.operator or reader.user == self.asked.user
        if not self.asked.private or here or (named and not reader.aloud):
            return self
        return Glimpse(kind=self.kind, state=self.state, created=self.created, ended=self.ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """`joined` is True when the same thing was already under way and this call follows it."""

    operation: Operation
    joined: bool
