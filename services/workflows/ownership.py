"""Tell the endpoints of an operation from those of others by the tag that it wrote on them."""

from __future__ import annotations

from collections.abc import Collection

from services import diagnosis, planning, spelling
from services.azureml.entities import TAG_OPERATION
from services.errors import ErrorText, ServiceRefusedError
from services.models import Endpoint, Operation, Problem
from services.store.operations import OperationTable
from services.workflows.tools import tools

DEPLOY = "deploy"  # the kind of operation
ENDPOINT_TAKEN = "EndpointTaken"  # the code of each of these texts
TAKEN_BY_OURS = ErrorText(
    code="EndpointTakenByUs",
    what="There is an endpoint called {endpoint} already.",
    why="The operation {operation} made it.",
    advice="Deploy under another name, for example `endpoint:{free}`, or delete the old one first.",
)
TAKEN = ErrorText(
    code="EndpointTakenOutside",
    what="There is an endpoint called {endpoint} already.",
    why="Somebody made it outside this bot.",
    advice="Deploy under another name, for example `endpoint:{free}`, or delete the old one first.",
)
TAKEN_ELSEWHERE = ErrorText(
    code="EndpointTakenElsewhere",
    what="The endpoint name {endpoint} is taken in {region}.",
    why="Another workspace has it; all workspaces of a region share their names.",
    advice="Deploy under another name, for example `endpoint:{free}`.",
)


def is_ours(endpoint: Endpoint, operation: Operation) -> bool:
    """Whether that operation made the endpoint."""
    return spelling.same(endpoint.tag(TAG_OPERATION) or "", operation.id)


def check_ours(endpoint: Endpoint, operation: Operation) -> None:
    """Refuse an endpoint that is somebody else's.

    Raises:
        ServiceRefusedError: another operation made it, or somebody outside the bot.
    """
    if is_ours(endpoint, operation):
        return
    raise taken(endpoint.name, endpoint.tag(TAG_OPERATION))


def taken(endpoint: str, other: str | None = None) -> ServiceRefusedError:
    """Return the error for a name that `other` has, or somebody outside the bot."""
    free = _free(endpoint)
    if other:
        return ServiceRefusedError(
            TAKEN_BY_OURS, code=ENDPOINT_TAKEN, endpoint=endpoint, operation=other, free=free
        )
    return ServiceRefusedError(TAKEN, code=ENDPOINT_TAKEN, endpoint=endpoint, free=free)


def taken_elsewhere(endpoint: str, region: str, said: str) -> ServiceRefusedError:
    """Return the error for a name that another workspace of the region has, in Azure's words."""
    return ServiceRefusedError(
        TAKEN_ELSEWHERE,
        code=ENDPOINT_TAKEN,
        evidence=(said,) if said else (),
        endpoint=endpoint,
        region=region,
        free=_free(endpoint),
    )


def was_taken(problem: Problem | None) -> bool:
    """Tell whether an operation failed because another has the endpoint's name."""
    codes = {ENDPOINT_TAKEN, diagnosis.NAME_TAKEN}
    return problem is not None and bool(codes & {problem.code, problem.template})


class Names:
    """Names for endpoints that nobody has, as far as is known: operations tried some in vain.

    Args:
        operations: the table of them.
        workspace: whose they are.
    """

    def __init__(self, operations: OperationTable, workspace: str) -> None:
        self._operations = operations
        self._workspace = workspace

    def of_model(self, model: str, taken: Collection[str] = ()) -> str:
        """Return a name made of the model's that is not among those taken."""
        return self._first(model, set(taken), salt=self._workspace)

    def after(self, endpoint: str, taken: Collection[str] = ()) -> str:
        """Return the name that comes after one that another has."""
        stem = planning.unnumbered(endpoint)
        stem = stem if self._in_vain(stem) else endpoint
        return self._first(stem, {*taken, stem, endpoint})

    def _first(self, stem: str, names: set[str], salt: str = "") -> str:
        while self._in_vain(name := planning.endpoint_name(stem, names, salt=salt)):
            names.add(name)
        return name

    def _in_vain(self, name: str) -> bool:
        """Tell whether the last try at that name found that another has it."""
        latest = self._operations.latest(DEPLOY, self._workspace, name)
        return latest is not None and was_taken(latest[0].problem)


def _free(endpoint: str) -> str:
    """Return the name that comes next; nobody has asked yet whether it is taken as well."""
    return Names(tools().store.operations, tools().azureml.workspace).after(endpoint)
