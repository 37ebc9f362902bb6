"""Read what an import depends on from Azure and the Hub, all of it side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from services import planning
from services.azureml.client import AzureML
from services.errors import (
    NotAllowedError,
    NotConfiguredError,
    NotFoundError,
    ServiceError,
    ServiceRefusedError,
)
from services.huggingface import Hub
from services.models import Cluster, HubModel, Model, Quota, TaskLists

ALWAYS = ("azureml", "azureml-meta")  # Azure's pipeline looks there, whatever is configured
NOT_ASKED = "HuggingFace"  # the Hub's own mirror: what is there can be imported all the same
_SIDE_BY_SIDE = 8

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFacts:
    """The repository, and what the workspace and the registries have for it.

    `cluster` is None where it will have to be made. `disks` are bytes by size in lower case.
    `existing` are models of the name that the import would give, `unread` the registries that do
    not let us look. `quota` is that of the cluster's kind of machines, None where it is not known.
    """

    hub: HubModel
    cluster: Cluster | None
    tasks: TaskLists
    disks: Mapping[str, int]
    existing: tuple[Model, ...]
    unread: tuple[str, ...]
    quota: tuple[Quota, ...] | None = None


def read_import_facts(azureml: AzureML, hub: Hub, compute: str, hub_id: str) -> ImportFacts:
    """Ask everybody at once; only a renamed repository needs a second round.

    Args:
        azureml: the workspace.
        hub: where the repository is.
        compute: the cluster that would do the work.
        hub_id: the repository's id.

    Raises:
        UserError: there is no such repository, or nothing can be asked at all.
        TemporaryError: the Hub or Azure cannot be asked now.
    """
    with _side_by_side() as pool:
        cluster = pool.submit(azureml.computes.cluster, compute)
        tasks = pool.submit(_otherwise, azureml.component.tasks, planning.KNOWN_TASKS)
        disks = pool.submit(_otherwise, azureml.computes.disks, dict[str, int]())
        quota = pool.submit(_otherwise, azureml.endpoints.quota, None)
        name = planning.model_name_of(hub_id)
        existing = _existing(azureml, pool, name)
        model = hub.model(hub_id)
        if planning.model_name_of(model.id) != name:
            existing = _existing(azureml, pool, planning.model_name_of(model.id))
        found = [(place, future.result()) for place, future in existing.items()]
        return ImportFacts(
            hub=model,
            cluster=(there := cluster.result()),
            quota=_quota(azureml, there, quota),
            tasks=tasks.result(),
            disks=disks.result(),
            existing=tuple(model for _, model in found if isinstance(model, Model)),
            unread=tuple(place for place, model in found if model is False),
        )


def _quota(
    azureml: AzureML, cluster: Cluster | None, dedicated: Future[tuple[Quota, ...] | None]
) -> tuple[Quota, ...] | None:
    if cluster is not None and cluster.low_priority:
        return _otherwise(azureml.computes.low_priority_quota, None)
    return dedicated.result()


def _existing(
    azureml: AzureML, pool: ThreadPoolExecutor, name: str
) -> dict[str, Future[Model | bool | None]]:
    """Models of that name in the workspace ("") and in the registries."""
    places = dict.fromkeys((*azureml.registries, *ALWAYS))
    places.pop(NOT_ASKED, None)
    return {place: pool.submit(_in_place, azureml, place, name) for place in ("", *places)}


def _in_place(azureml: AzureML, place: str, name: str) -> Model | bool | None:
    """None where it has no such model, False where we may not look."""
    models = azureml.models
    try:
        return models.registry_model(place, name) if place else models.workspace_model(name)
    except NotFoundError:
        return None
    except (NotAllowedError, ServiceRefusedError):
        if not place:
            raise
        return False


@contextmanager
def _side_by_side() -> Iterator[ThreadPoolExecutor]:
    """A pool that an error does not wait for: the first thing that is wrong is said at once."""
    pool = ThreadPoolExecutor(_SIDE_BY_SIDE, "import-plan")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _otherwise(ask: Callable[[], T], known: T) -> T:
    """The answer, or what is known without it: it only makes the checklist more exact."""
    try:
        return ask()
    except NotConfiguredError:
        raise
    except ServiceError:
        return known
