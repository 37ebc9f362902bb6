"""Azure's import pipeline in its registry: which tasks it takes, as it says itself."""

from __future__ import annotations

import re
import threading
from typing import Any

from services.azureml.responses import Json
from services.azureml.sdk import Sdk
from services.clock import Clock
from services.errors import ErrorText, NotFoundError
from services.models import TaskLists

# Completes "Azure could not …" where a call fails.
READ_COMPONENT = "read Azure's component {name}"

REGISTRY, NAME = "azureml", "import_model"
FIRST_STEP = "validation_trigger_import"
TASK_INPUT = "task_name"
NO_TASKS = ErrorText(
    code="ImportTasksUnknown",
    what="Azure's import pipeline does not say which tasks it takes.",
)
KEPT = 3600.0  # simulated seconds
VERSION = re.compile(r"(?:/versions/|:)(?P<version>[\w.-]+)$")


class ImportComponent:
    """Asks the registry, at most once an hour."""

    def __init__(self, sdk: Sdk, clock: Clock) -> None:
        self._sdk = sdk
        self._clock = clock
        self._lists: TaskLists | None = None
        self._read = float("-inf")
        self._lock = threading.Lock()

    def tasks(self) -> TaskLists:
        """Return the tasks that the pipeline takes, and those that its first step takes.

        An empty list of the first step means that it does not say. Kept for an hour.

        Raises:
            NotFoundError: the registry has no such component, or one without a list of tasks.
            ServiceError: as `services.azureml.errors` says.
        """
        with self._lock:
            if self._lists is None or self._clock.now() - self._read > KEPT:
                self._lists = self._asked()
                self._read = self._clock.now()
            return self._lists

    def _asked(self) -> TaskLists:
        document = self._document(NAME, None)
        spec = _spec(document)
        pipeline = _tasks(spec)
        if not pipeline:
            raise NotFoundError(NO_TASKS)
        return TaskLists(
            pipeline=pipeline,
            first_step=self._first_step(spec),
            version=str(spec.get("version") or document.get("name") or ""),
            live=True,
        )

    def _first_step(self, spec: Json) -> tuple[str, ...]:
        """Return the child's own list, in the version that the pipeline names."""
        node = (spec.get("jobs") or {}).get(FIRST_STEP) or {}
        version = VERSION.search(str(node.get("componentId") or node.get("component") or ""))
        try:
            return _tasks(_spec(self._document(FIRST_STEP, version and version["version"])))
        except NotFoundError:
            return ()

    def _document(self, name: str, version: str | None) -> Json:
        wanted = {"version": version} if version else {"label": "latest"}
        answer = self._sdk.read(
            READ_COMPONENT.format(name=name),
            lambda client: client.components.get(name, **wanted),
            registry=REGISTRY,
        )
        rows = [*answer.items(), *answer.documents]
        return next((row for row in reversed(rows) if _spec(row)), {})


def _spec(document: Json) -> Json:
    spec = (document.get("properties") or {}).get("componentSpec")
    return spec if isinstance(spec, dict) else {}


def _tasks(spec: Json) -> tuple[str, ...]:
    described: Any = (spec.get("inputs") or {}).get(TASK_INPUT) or {}
    return tuple(dict.fromkeys(str(task) for task in described.get("enum") or ()))
