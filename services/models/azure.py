"""Define what runs at Azure, and what to ask Azure for."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
_FORMS = (_IN_REGISTRY, _IN_WORKSPACE, _SHORT)


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
            None for every other text.
        """
        found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
        if found is None:
            return None
        return cls(**{field: value or "" for field, value in found.groupdict().items()})


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
