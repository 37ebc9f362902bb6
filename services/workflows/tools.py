"""The one place durable code gets its tools from.

DBOS finds a workflow again by its function's name after a restart, so workflows are plain
module-level functions. They cannot be handed their tools as arguments (arguments are stored in the
database), so `bot.app` binds them here before the workflows are launched: the product's only
global.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from services.azureml.client import AzureML
from services.clock import Clock
from services.huggingface import Hub
from services.images import Decoders
from services.models import Model, VmSize
from services.progress import Notifier, Pictures
from services.scoring import Scoring
from services.store.database import Database

KEPT_DAYS = 90
DAY = 24 * 3600.0
_THREADS = 16  # calls to the outside that may be under way at once


class CancelRequests:
    """Ids of operations that somebody wants to end; threads write, steps look."""

    def __init__(self) -> None:
        self._operations: frozenset[str] = frozenset()

    def __contains__(self, operation: str) -> bool:
        return operation in self._operations

    def add(self, operation: str) -> None:
        self._operations |= {operation}

    def replace(self, operations: Iterable[str]) -> None:
        self._operations = frozenset(operations)


def _unique_boot() -> str:
    """Names this run of this process; never used again, so nobody mistakes it for another."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, "operations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Hold what the steps work with.

    Attributes:
        hub_token: handed to Azure's import job for gated repositories.
        imported: told about a model that an import has registered in the workspace.
        boot: unique per process; a step that sees another one knows that it is recovering.
        cancel_requests: the operations to cancel.
        pool: threads for blocking calls, apart from those that DBOS writes with.
        decoders: read pictures, apart from the pool: a hostile one delays no deployment.
        stopping: set when this process ends; what fails from then on has not failed for good.
        keep: simulated seconds that an operation is known after its end.
        polling: ids of operations that wait for Azure right now; the more, the slower each asks.
    """

    azureml: AzureML
    hub: Hub
    scoring: Scoring
    notifier: Notifier
    pictures: Pictures
    store: Database
    clock: Clock
    sizes: Mapping[str, VmSize]
    imported: Callable[[Model], None]
    hub_token: str | None = None
    keep: float = KEPT_DAYS * DAY
    boot: str = field(default_factory=_unique_boot)
    cancel_requests: CancelRequests = field(default_factory=CancelRequests)
    pool: ThreadPoolExecutor = field(default_factory=_pool)
    decoders: Decoders = field(default_factory=Decoders)
    stopping: threading.Event = field(default_factory=threading.Event)
    polling: set[str] = field(default_factory=set)


_bound: Tools | None = None


def bind(bound: Tools) -> None:
    """Give durable code its tools; once per process, before the launch."""
    global _bound  # noqa: PLW0603 - the product's one global, see above
    _bound = bound


def tools() -> Tools:
    if _bound is None:
        raise RuntimeError("the workflows have no tools yet: call bind() first")
    return _bound
