"""Plans: everything an operation will do and cost, fixed before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from services.foreign import Foreign
from services.models.hub import LicenceText


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked, and where the answer belongs. `thread` is a message timestamp or None.

    `private` tells that not everybody can read there: a direct message, a private channel, or a
    place of which that is not known.
    """

    user: str
    channel: str
    thread: str | None = None
    private: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture(Foreign):
    """A picture in Slack: the file's id and its name; bytes are fetched when they are needed."""

    WORDS: ClassVar = frozenset({"name"})

    file: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationPlan:
    """Describe what an operation will do, whatever its kind; fixed before it starts.

    `attempt` counts from 1 for the same target.
    """

    attempt: int = 1

    @property
    def blocked(self) -> bool:
        """Whether something stands in the way, so that it cannot be run."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployPlan(OperationPlan):
    """Everything a deployment will do and cost, fixed before anything is spent.

    Prices are estimates in US dollars an hour for all instances (None: no price known). Quota is
    in vCPU cores of the family and counts Azure's 20 % reserve.
    """

    model: str  # asset id
    model_name: str
    model_version: str
    registry: str | None
    task: str | None
    endpoint: str
    deployment: str
    size: str
    count: int
    region: str
    family: str
    cores_needed: int
    cores_left: int | None
    usd_per_hour: float | None
    warnings: tuple[str, ...] = ()


class Way(StrEnum):
    """A way out of what stands in the way, that one click leads to."""

    DEPLOY = "deploy"  # a model that is there already
    CODE = "code"  # an operator allows the repository's own code
    BASE = "base"  # import the model that it was made from
    TASK = "task"  # choose another task
    PAGE = "page"  # the repository's page, to ask for access


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Foreign):
    """One line of a checklist; `passed` None means that a person should look.

    `by` is the Slack user with whom the text ends, "" for nobody. `target` is what the way leads
    to: an asset id, an id of the Hub, or an address.
    """

    WORDS: ClassVar = frozenset({"title", "text", "advice"})

    title: str
    passed: bool | None
    text: str = ""
    by: str = ""
    advice: str = ""
    way: Way | None = None
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Who accepted a licence, and when (seconds)."""

    by: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeAllowance:
    """An operator's yes to running the code of one revision of a repository.

    `sha` is the whole hash of the commit.
    """

    by: str
    reason: str
    at: float
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan(OperationPlan):
    """Everything an import will do, fixed before it starts.

    `size` is that of the cluster that runs it, "" where it is not known. `terms` and `accepted`
    say what is agreed to, and by whom if somebody has; `caution` is why Run asks once more.
    `before` is the version that the workspace has already.
    """

    hub_id: str
    sha: str
    model_name: str  # as it will be called in the workspace
    task: str
    license: str | None
    license_url: str | None
    size_bytes: int
    compute: str
    checks: tuple[Check, ...] = ()
    with_token: bool = False  # hand the bot's Hub token to the job: only gated repositories need it
    size: str = ""
    terms: LicenceText | None = None
    accepted: Acceptance | None = None
    caution: str = ""
    code: CodeAllowance | None = None
    before: str | None = None
    doubtful: tuple[str, ...] = ()  # files of the repository that are not known to be safe

    @property
    def blocked(self) -> bool:
        """Whether something stands in the way."""
        return any(check.passed is False for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyPlan(OperationPlan):
    endpoint: str
    deployment: str
    labels: tuple[str, ...]
    pictures: tuple[Picture, ...]
    model: str = ""  # name and version of what is deployed there, for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A stored plan: who asked for what, when, and until when its Run button works.

    `verb` is the command that made it, `kind` the kind of operation that it becomes.
    """

    id: str
    verb: str
    kind: str
    asked: Asked
    created: float
    expires: float
    content: OperationPlan
    operation: str | None = None  # set by the click that ran it
    dropped_by: str | None = None  # who cancelled it; it cannot be run any more
    dropped_at: float | None = None
