"""Define what runs at Azure, and what to ask Azure for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services import spelling

KEY, AML_TOKEN, AAD_TOKEN = "Key", "AMLToken", "AADToken"  # how an endpoint's callers sign in

_IN_REGISTRY = re.compile(
    r"azureml:/{1,2}registries/(?P<registry>[^/]+)/models/(?P<name>[^/]+)"
    r"(?:/(?:versions/(?P<version>[^/]+)|labels/[^/]+))?/?",
    re.IGNORECASE,
)
_IN_WORKSPACE = re.compile(
    r".+/workspaces/(?P<workspace>[^/]+)/models/(?P<name>[\w.-]+)"
    r"(?:/versions/(?P<version>[\w.-]+))?",
    re.IGNORECASE,
)
_SHORT = re.compile(r"azureml:(?P<name>[^:/\s]+):(?P<version>[^:/\s]+)", re.IGNORECASE)
_LABELLED = re.compile(r"azureml:(?P<name>[^:/@\s]+)@[\w.-]+", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetId:
    """A model as Azure refers to it: in a registry, or in a workspace (`registry` is "" then).

    `version` is "" where the id gives a label or nothing, `workspace` where it means this one.
    """

    name: str
    version: str = ""
    registry: str = ""
    workspace: str = ""

    @classmethod
    def parse(cls, text: str) -> AssetId | None:
        """Read `azureml://registries/…`, an id of the Resource Manager or `azureml:<name>:<n>`.

        Returns:
            None for every other text, also where a part cannot be a name at Azure: each becomes
            part of an address, and `..`, `?` or `%2f` would lead elsewhere.
        """
        found = (
            _IN_REGISTRY.fullmatch(text)
            or _IN_WORKSPACE.fullmatch(text)
            or _SHORT.fullmatch(text)
            or _LABELLED.fullmatch(text)
        )
        return None if found is None else cls.of(**found.groupdict())

    @classmethod
    def of(
        cls,
        name: str,
        version: str | None = None,
        registry: str | None = None,
        workspace: str | None = None,
    ) -> AssetId | None:
        """Return the asset of these parts; None where one cannot be a name at Azure."""
        forms = (
            (name, spelling.ASSET),
            (version, spelling.ASSET),
            (registry, spelling.REGISTRY),
            (workspace, spelling.ASSET),
        )
        if not name or any(part and not form.fullmatch(part) for part, form in forms):
            return None
        return cls(
            name=name,
            version=version or "",
            registry=registry or "",
            workspace=workspace or "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment of an online endpoint. `state` is Azure's provisioning state.

    `count` is None, the texts are "" where Azure does not say; `problem` tells why a deployment
    cannot be read, "" where it can.
    """

    name: str
    endpoint: str
    model: str  # asset id
    size: str
    count: int | None
    state: str
    traffic: int = 0  # per cent
    tags: tuple[tuple[str, str], ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An online endpoint. `state` is Azure's provisioning state; `created` seconds or None.

    `auth` is Azure's word for how callers sign in: Key, AMLToken or AADToken. `problem` says why
    what it runs is not known; "" where it is. One that cannot be read never hides the others.
    """

    name: str
    state: str
    scoring_uri: str | None
    region: str
    created: float | None = None
    deployments: tuple[Deployment, ...] = ()
    traffic: tuple[tuple[str, int], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    auth: str = KEY
    problem: str = ""

    def tag(self, name: str) -> str | None:
        """Return the tag of that name; Azure takes its names without case."""
        return spelling.among(name, dict(self.tags))

    def share(self, deployment: str) -> int:
        """Return how many per cent of the traffic that deployment gets."""
        return spelling.among(deployment, dict(self.traffic)) or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSpec:
    """Hold what to ask Azure for; who made it, and why, is written into the tags.

    `run_by` is who said yes to it, "" where that is not known.
    """

    name: str
    operation: str
    requested_by: str
    run_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentSpec:
    name: str
    endpoint: str
    model: str  # asset id
    size: str
    count: int
    operation: str
    requested_by: str
    run_by: str = ""


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
    run_by: str = ""
    trust_remote_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A compute of the workspace.

    Attributes:
        kind: Azure's word (`AmlCompute`).
        size: of its machines.
        state: Azure's provisioning state.
        identity: the type of its managed identity; "" for none.
        error: why it could not be made.
        power: of a single machine (`Stopped`); "" for a cluster.
        low_priority: whether Azure may take its machines back at any time.
        resizing: whether Azure is adding or removing machines.
        machines: how many it has now; None where Azure does not say, as with those below.
        at_work: how many of them run jobs.
        taken_back: how many Azure took back, of low priority.
        most: how many it may have.
        troubles: why it gets no machine, as code and message.
    """

    name: str
    kind: str
    size: str
    state: str
    identity: str = ""
    error: str = ""
    power: str = ""
    low_priority: bool = False
    resizing: bool = False
    machines: int | None = None
    at_work: int | None = None
    taken_back: int | None = None
    most: int | None = None
    troubles: tuple[tuple[str, str], ...] = ()


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
