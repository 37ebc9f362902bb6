"""Models of registries and of the workspace: one read whole, or all that changed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from services import spelling
from services.azureml.metadata import model_in
from services.azureml.responses import Json, SdkResponse
from services.azureml.sdk import Sdk
from services.clock import Clock
from services.errors import ErrorText, NotFoundError, ServiceRefusedError, TemporaryError, quoted
from services.models import AssetId, Model

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

# Completes "Azure could not …" where a call fails.
LIST_MODELS = "list the models of {where}"
FIND_MODEL = "find {name} in {where}"

SIDE_BY_SIDE = 8
AHEAD = 4 * SIDE_BY_SIDE  # asked for before the first of them is taken
TRIES = 4  # of one model, where thousands are read and one fault should not end that
PAUSE = 1.0  # seconds before the second try, doubled each time
LONGEST_WAIT = 60.0  # seconds Azure may ask us to wait
T = TypeVar("T")

ODD_LIST = ErrorText(
    code="ModelListUnknown", what="Azure lists the models of {place} in an unknown form."
)
ODD_MODEL = ErrorText(
    code="ModelFormUnknown", what="Azure describes {name} in a form that is not known."
)
NO_SUCH_NAME = ErrorText(
    code="AzureNameImpossible", what="Azure has no models like {name} in {where}."
)
NO_VERSION = ErrorText(code="NoVersion", what="Azure has no version of {name}.")
ENDING = ErrorText(code="ModelsNotRead", what="The bot ends, so the models were not read.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Hold what a list tells: the newest version by name, and which of the names are archived."""

    versions: Mapping[str, str]
    archived: frozenset[str]


class ModelReader:
    """Reads models as fresh as Azure has them.

    Args:
        sdk: the clients.
        clock: dates what was read.
        pause: real seconds before a second try where thousands are read; doubled each time.
    """

    def __init__(self, sdk: Sdk, clock: Clock, *, pause: float = PAUSE) -> None:
        self._sdk = sdk
        self._clock = clock
        self._pause = pause
        self._closed = threading.Event()

    def close(self) -> None:
        """End what reads many models; it raises TemporaryError."""
        self._closed.set()

    def registry_model(self, registry: str, name: str, version: str | None = None) -> Model:
        """Return a model of a registry; without a version the newest.

        Raises:
            NotFoundError: no such registry, model or version.
            ServiceError: as `services.azureml.errors` says.
        """
        return self._model(registry, name, version)

    def workspace_model(self, name: str, version: str | None = None) -> Model:
        """Return a model of the workspace itself; without a version the newest.

        Raises:
            NotFoundError: no such model or version.
            ServiceError: as `services.azureml.errors` says.
        """
        return self._model(None, name, version)

    def listed(self, registry: str | None) -> Listed:
        """Return every model of a registry, or of the workspace (None), in its newest version.

        Raises:
            NotFoundError: no such registry.
            ServiceError: as `services.azureml.errors` says.
        """
        where = f"the registry {registry}" if registry else "the workspace"
        answer = self._patiently(
            lambda: self._sdk.read(LIST_MODELS.format(where=where), _walk, registry=registry)
        )
        # The SDK takes a page without rows for the last one, whatever it is.
        if not answer.documents or not isinstance(answer.documents[-1].get("value"), list):
            raise ServiceRefusedError(ODD_LIST, place=where)
        rows = [row for row in answer.items() if isinstance(row.get("name"), str) and row["name"]]
        return Listed(
            versions={row["name"]: str(_body(row).get("latestVersion") or "") for row in rows},
            archived=frozenset(row["name"] for row in rows if _body(row).get("isArchived") is True),
        )

    def changed(
        self, registry: str | None, newest: Mapping[str, str], known: Mapping[str, str]
    ) -> Iterator[Model]:
        """Models whose newest version is not the known one, each read whole, eight at a time.

        Args:
            registry: where; None for the workspace.
            newest: versions by name, as `listed` gave them.
            known: versions by name that need not be read; names are compared without case.

        Raises:
            ServiceError: as `services.azureml.errors` says, for what a second try does not mend.
        """
        held = {spelling.key(name): version for name, version in known.items()}
        wanted = [
            (name, version)
            for name, version in newest.items()
            if held.get(spelling.key(name)) != version
        ]
        waiting: deque[Future[Model | None]] = deque()
        pool = ThreadPoolExecutor(SIDE_BY_SIDE, "models")
        try:
            for name, version in wanted:
                waiting.append(pool.submit(self._still_there, registry, name, version))
                if len(waiting) >= AHEAD and (model := waiting.popleft().result()):
                    yield model
            while waiting:
                if model := waiting.popleft().result():
                    yield model
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def asset_id(self, registry: str | None, name: str, version: str) -> str:
        """Return how Azure refers to that version."""
        if registry is not None:
            return f"azureml://registries/{registry}/models/{name}/versions/{version}"
        where = self._sdk.connection
        return (
            f"/subscriptions/{where.subscription_id}/resourceGroups/{where.resource_group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{where.workspace}"
            f"/models/{name}/versions/{version}"
        )

    def workspace_models(self) -> tuple[Model, ...]:
        """Return every model of the workspace in its newest version, by name.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        found = self.changed(None, self.listed(None).versions, {})
        return tuple(sorted(found, key=lambda model: model.name))

    def _model(self, registry: str | None, name: str, version: str | None) -> Model:
        where = f"the registry {registry}" if registry else "the workspace"
        if AssetId.of(name, version, registry) is None:
            raise NotFoundError(NO_SUCH_NAME, name=quoted(name), where=where)
        answer = self._sdk.read(
            FIND_MODEL.format(name=name, where=where), _getter(name, version), registry=registry
        )
        return model_in(_last(answer, name), registry, name, read=self._clock.now())

    def _still_there(self, registry: str | None, name: str, version: str) -> Model | None:
        try:
            return self._patiently(lambda: self._model(registry, name, version or None))
        except NotFoundError:
            return None  # deleted between the list and now

    def _patiently(self, call: Callable[[], T]) -> T:
        for attempt in range(TRIES):
            if self._closed.is_set():
                break
            try:
                return call()
            except TemporaryError as error:
                wait = error.retry_after or self._pause * 2**attempt
                if attempt == TRIES - 1 or wait > LONGEST_WAIT or self._closed.wait(wait):
                    raise
        raise TemporaryError(ENDING)


def _walk(client: MLClient) -> int:
    """Turn all pages over; the SDK's own objects of a list say less than the documents."""
    # Its default for the view is sent as the text of a Python enum; a plain text is right.
    return sum(1 for _ in client.models.list(list_view_type="ActiveOnly"))


def _body(row: Json) -> Json:
    body = row.get("properties")
    return body if isinstance(body, dict) else {}


def _getter(name: str, version: str | None) -> Callable[[MLClient], object]:
    if version:
        return lambda client: client.models.get(name, version=version)
    return lambda client: client.models.get(name, label="latest")


def _last(answer: SdkResponse, name: str) -> Json:
    """Return the version's own document: the last one, or the only row of a page."""
    for document in reversed(answer.documents):
        rows = document.get("value")
        if isinstance(rows, list) and rows:
            return dict(rows[0])
        if "properties" in document:
            return document
        if not isinstance(rows, list):
            raise TemporaryError(ODD_MODEL, name=name)
    raise NotFoundError(NO_VERSION, name=name)
