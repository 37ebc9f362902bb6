"""Tell the SDK two things before its first client is built: another cloud, and where to log."""

from __future__ import annotations

import hashlib
import importlib
import logging
import sys
import threading
from typing import Any

from services.loading import loading

AUDIENCE = "https://ml.azure.com"
_loading = threading.Lock()
_loaded = threading.Event()


def load_sdk() -> None:
    """Import the SDK, by one thread and from its top: two seconds and 90 MB, once.

    Two threads that begin with different modules of it wait for each other, and one of them gets
    Python's _DeadlockError (measured after a restart with several operations running).
    """
    with _loading:
        if _loaded.is_set():
            return
        with loading():
            importlib.import_module("azure.ai.ml")
            _know_the_fields()
        _loaded.set()


def _know_the_fields() -> None:
    """Let each generated model work out its fields now (0.25 s, 2 MB), while one thread is here.

    They would do so at their first use, without a lock: when two threads meet there, one of them
    silently gets a plain dict instead of the model (measured: about 1 in 500 such meetings).
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("azure.ai.ml._restclient.") and name.endswith(".model_base"):
            waiting = [module.Model]
            while waiting:
                model = waiting.pop()
                waiting += model.__subclasses__()
                model.__new__(model)


def cloud_at(url: str | None) -> dict[str, Any]:
    """Return what points the SDK at another base: a cloud under a name nobody else uses."""
    if url is None:
        return {}
    base = url.rstrip("/")
    name = "AmlBot" + hashlib.sha256(base.encode()).hexdigest()[:10]
    metadata = {
        "azure_portal": base,
        "resource_manager": base + "/",
        "active_directory": base,
        "aml_resource_id": AUDIENCE,
        "storage_endpoint": "core.windows.net",
        "registry_discovery_endpoint": base + "/",
    }
    return {"cloud": name, "cloud_metadata": metadata}


def reroute_logs() -> None:
    """Send the SDK's log lines where ours go; it gives its loggers handlers of their own.

    Only errors: its warnings are about experimental classes and the way we call it.
    """
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("azure.ai.ml"):
            logger = logging.getLogger(name)
            for handler in list(logger.handlers):
                logger.removeHandler(handler)
            logger.propagate = True
            # Its telemetry calls every 404 an error; what matters comes to us as an exception.
            telemetry = name.startswith("azure.ai.ml._telemetry")
            logger.setLevel(logging.CRITICAL if telemetry else logging.ERROR)
