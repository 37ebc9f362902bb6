"""Plain values that cross layers: what is in the catalog, what runs, what was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

# --- the catalog -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumSize:
    """The component-wise minimum over a model's allowed sizes; it may describe no real size."""

    vcpus: int
    gpus: int
    memory_gib: int
    disk_gib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """ISO dates (`2026-03-01`), None where the publisher says nothing."""

    legacy: str | None = None
    deprecated: str | None = None
    retired: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One version of a model, with what its source says of it.

    `registry` is None for a model of the workspace itself. `sizes` is empty, `size_bytes` and the
    answers to yes-or-no questions None where the source does not say. `managed` tells whether Azure
    offers it on managed compute at all. `detailed` is False when only a list was read: sizes,
    minimum and size on disk are not known yet. `read` is when, in seconds since the epoch;
    `facts_from` names source and age in words: `bundled snapshot of 2026-07-23`, `registry azureml,
    read just now`.
    """

    name: str
    version: str
    registry: str | None
    asset_id: str
    tasks: tuple[str, ...] = ()
    finetune_tasks: tuple[str, ...] = ()
    license: str | None = None
    publisher: str | None = None
    languages: tuple[str, ...] = ()
    size_bytes: int | None = None
    sizes: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()
    minimum: MinimumSize | None = None
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    batch: bool | None = None
    shared_quota: bool | None = None
    managed: bool | None = None
    preview: bool = False
    archived: bool = False
    hub_id: str | None = None
    inputs: tuple[str, ...] = ()  # columns of the model's signature; "" for one without a name
    summary: str = ""
    description: str = ""
    detailed: bool = True
    read: float | None = None
    facts_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VmSize:
    """A virtual machine size; prices are US dollars an hour, Linux, pay as you go, by region."""

    name: str
    vcpus: int
    memory_gib: float
    gpus: int
    family: str
    managed_endpoint: bool
    reserve_exempt: bool
    retired: str | None
    usd_per_hour: tuple[tuple[str, float], ...] = ()

    def price(self, region: str) -> float | None:
        """Dollars an hour in that region, None where the table has no price."""
        return dict(self.usd_per_hour).get(region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """One row of a region's usages, in vCPU cores; `family` as Azure spells it."""

    family: str
    used: int
    limit: int


# --- what runs ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment of an online endpoint. `state` is Azure's provisioning state."""

    name: str
    endpoint: str
    model: str  # asset id
    size: str
    count: int
    state: str
    traffic: int = 0  # per cent
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An online endpoint. `state` is Azure's provisioning state; `created` seconds or None."""

    name: str
    state: str
    scoring_uri: str | None
    region: str
    created: float | None = None
    deployments: tuple[Deployment, ...] = ()
    traffic: tuple[tuple[str, int], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSpec:
    """What to ask Azure for; `operation` is written into the tags (who made it, and why)."""

    name: str
    operation: str
    requested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSpec:
    name: str
    endpoint: str
    model: str  # asset id
    size: str
    count: int
    operation: str
    requested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteStatus:
    """State of a long-running operation of Azure: InProgress, Succeeded, Failed or Canceled."""

    state: str
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSpec:
    """Inputs of Azure's `import_model` pipeline; `job` is our explicit, idempotent job name."""

    job: str
    hub_id: str
    task: str
    compute: str
    requested_by: str
    trust_remote_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A compute of the workspace. `state` is Azure's provisioning state, `error` why it failed.

    `kind` is Azure's word (`AmlCompute`); `identity` the type of its managed identity, "" for none.
    """

    name: str
    kind: str
    size: str
    state: str
    identity: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLists:
    """The tasks Azure's import takes: its pipeline, and the pipeline's own first step.

    `version` is that of the pipeline. `live` is False where Azure could not be asked and the lists
    are those that came with this release.
    """

    pipeline: tuple[str, ...]
    first_step: tuple[str, ...]
    version: str
    live: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStep:
    """A child of a pipeline job. `status` is Azure's job status (Running, Completed, Failed…).

    `started` and `ended` are seconds since the epoch, as Azure says; None where it does not.
    """

    name: str
    status: str
    started: float | None = None
    ended: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    name: str
    status: str
    steps: tuple[JobStep, ...] = ()
    error: str = ""
    studio_url: str | None = None


# --- the Hub -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HubModel:
    """A repository of the Hugging Face Hub, under its present name.

    `gated` is "" (open), "auto" or "manual"; `access` tells whether our token may download it.
    """

    id: str
    sha: str
    task: str | None
    license: str | None
    license_url: str | None
    gated: str
    access: bool
    size_bytes: int  # of the weights in the one format that is loaded; 0 where not stated
    custom_code: tuple[str, ...] = ()  # names of .py files
    pickles: tuple[str, ...] = ()
    renamed_from: str | None = None
    private: bool = False
    files_bytes: int = 0  # of everything in the repository; 0 where not stated
    safe_weights: bool = False  # has safetensors
    licence_file: str = ""  # path of its licence's text
    page: str = ""  # address of its page
    downloads: int | None = None  # within the last month; None where not stated


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceText:
    """What exactly somebody agrees to.

    `file` is the one in the repository that was read; "" where it has none, and the hash (SHA-256,
    hexadecimal) covers the licence's name and link.
    """

    sha256: str
    file: str = ""


# --- asking ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asked, and where the answer belongs. `thread` is a message timestamp or None.

    `private` means the place cannot be posted to by the bot (it is not a member): progress goes to
    a direct message with the person instead.
    """

    user: str
    channel: str
    thread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployPlan:
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
    attempt: int = 1
    warnings: tuple[str, ...] = ()


class Way(StrEnum):
    """A way out of what stands in the way, that one click leads to."""

    DEPLOY = "deploy"  # a model that is there already
    CODE = "code"  # an operator allows the repository's own code
    TASK = "task"  # choose another task
    PAGE = "page"  # the repository's page, to ask for access


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of a checklist; `passed` None means that a person should look.

    `by` is the Slack user with whom the text ends, "" for nobody. `target` is what the way leads
    to: an asset id, an id of the Hub, or an address.
    """

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
    """An operator's yes to running the code of one revision of a repository."""

    by: str
    reason: str
    at: float
    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
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
    attempt: int = 1
    checks: tuple[Check, ...] = ()
    with_token: bool = False  # hand the bot's Hub token to the job: only gated repositories need it
    size: str = ""
    terms: LicenceText | None = None
    accepted: Acceptance | None = None
    caution: str = ""
    code: CodeAllowance | None = None
    before: str | None = None

    @property
    def blocked(self) -> bool:
        """Whether something stands in the way."""
        return any(check.passed is False for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture in Slack: the file's id and its name; bytes are fetched when they are needed."""

    file: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyPlan:
    endpoint: str
    deployment: str
    labels: tuple[str, ...]
    pictures: tuple[Picture, ...]
    model: str = ""  # name and version of what is deployed there, for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A stored plan: who asked for what, when, and until when its Run button works."""

    id: str
    verb: str
    asked: Asked
    created: float
    expires: float
    content: DeployPlan | ImportPlan
    operation: str | None = None  # set by the click that ran it


# --- operations --------------------------------------------------------------------------------


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
class Step:
    """A step people see. `detail` is one line; times are simulated seconds since the epoch."""

    name: str
    title: str
    state: StepState = StepState.PENDING
    detail: str = ""
    started: float | None = None
    ended: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an operation failed, in the words of `UserError`."""

    code: str
    what: str
    why: str = ""
    advice: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployResult:
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
class ImportResult:
    model_name: str
    model_version: str
    asset_id: str
    hub_id: str
    task: str
    job: str = ""  # its name at Azure


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """One picture's probabilities, in the order of the labels; they sum to 1."""

    picture: str  # file name
    labels: tuple[str, ...]
    probabilities: tuple[float, ...]
    note: str = ""  # what was done to the picture: "first frame of an animation"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyResult:
    """`engine` and `note` are what the endpoint says of itself, else its model and version."""

    endpoint: str
    engine: str
    note: str
    pictures: tuple[Scores, ...]
    skipped: tuple[str, ...] = ()  # a sentence for each picture that could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something that outlives a request: a deployment, an import, a classification.

    `id` is short (`dep-7f3k`). `key` is kind + workspace + target + attempt and unique, so two
    people who ask for the same thing meet in one operation. `message` is the timestamp of its one
    message, in `channel` (which may differ from where it was asked, when the bot is no member).
    """

    id: str
    key: str
    kind: str
    target: str
    title: str
    asked: Asked
    state: OperationState
    created: float
    plan: DeployPlan | ImportPlan | ClassifyPlan
    steps: tuple[Step, ...] = ()
    channel: str | None = None
    message: str | None = None
    ended: float | None = None
    cancelled_by: str | None = None
    problem: Problem | None = None
    result: DeployResult | ImportResult | ClassifyResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """`joined` is True when the same thing was already under way and this call follows it."""

    operation: Operation
    joined: bool
