"""The logs of a deployment's containers, as far as they have come."""

from __future__ import annotations

from bot.sandbox.azureml.state import Json, State, iso

STORAGE = "StorageInitializer"
# Where in the time that a deployment takes each phase begins; the last ends with the deployment.
SETUP_AT, PULL_AT, DOWNLOAD_AT, STARTED_AT, READY_AT = 0.0, 0.12, 0.35, 0.65, 0.9
WHOLE = 480.0
PHASES = (
    ("SystemSetup", SETUP_AT, PULL_AT),
    ("UserContainerImagePull", PULL_AT, DOWNLOAD_AT),
    ("ModelDownload", DOWNLOAD_AT, STARTED_AT),
    ("UserContainerStart", STARTED_AT, 1.0),
)
EVENTS = (
    (PULL_AT, "Pulling", "Start pulling container image"),
    (DOWNLOAD_AT, "Pulled", "Container image is pulled successfully"),
    (DOWNLOAD_AT, "Downloading", "Start downloading models"),
    (STARTED_AT, "Downloaded", "Models are downloaded successfully or no model need to download"),
    (STARTED_AT, "Created", "Created container inference-server"),
    (STARTED_AT, "Started", "Started container inference-server"),
)
NOT_READY = "Readiness probe failed with HTTP status code: 502"
NOT_ALIVE = "Liveness probe failed with HTTP status code: 502"


def log(state: State, document: Json, container: str) -> str:
    """Instance status, container events and the container's own lines, as Azure's getLogs.

    Args:
        state: gives the time and the provisioning state.
        document: the deployment.
        container: `StorageInitializer`, else the inference server.
    """
    error = document["change"]["error"] or {}
    if error.get("code") == "OutOfQuota":
        return "Instance status:\nSystemSetup: Failed" if not state.busy(document) else ""
    fresh = document["created"] == document["change"]["started"] or bool(error)
    done = state.age(document) / WHOLE if fresh else 1.0
    crashed = bool(error) and not state.busy(document)
    began = document["change"]["started"] if fresh else document["created"]
    lines = ["Instance status:"]
    lines += [f"{name}: {_status(done, *span, crashed=crashed)}" for name, *span in PHASES]
    lines += ["", "Container events:"]
    lines += _events(began, done, crashed=crashed, dying=bool(error))
    lines += ["", "Container logs:"]
    storage = container == STORAGE
    lines += _storage(document, began, done) if storage else _server(document, began, done)
    return "\n".join(lines)


def _status(done: float, begins: float, ends: float, *, crashed: bool) -> str:
    if crashed:
        return "Failed" if ends >= 1 else "Succeeded"
    if done < begins:
        return "Waiting"
    return "InProgress" if done < ends else "Succeeded"


def _events(began: float, done: float, *, crashed: bool, dying: bool) -> list[str]:
    happened = [(at, name, "Normal", message) for at, name, message in EVENTS if done >= at]
    if done >= STARTED_AT and (dying or done < READY_AT):
        happened.append((STARTED_AT, "ReadinessProbeFailed", "Warning", NOT_READY))
    if crashed:
        happened.append((STARTED_AT, "LivenessProbeFailed", "Warning", NOT_ALIVE))
        message = "Back-off restarting failed container"
        happened.append((STARTED_AT, "BackOff", "Warning", message))
    if done >= READY_AT and not dying:
        happened.append((READY_AT, "ContainerReady", "Normal", "Container is ready"))
    return [
        f"Kind: Pod, Name: {name}, Type: {kind}, Time: {iso(began + at * WHOLE)}, "
        f"Message: {message}"
        for at, name, kind, message in happened
    ]


def _storage(document: Json, began: float, done: float) -> list[str]:
    lines = []
    if done >= DOWNLOAD_AT:
        lines.append(f"{iso(began + DOWNLOAD_AT * WHOLE)} Downloading {document['model']}")
    if done >= STARTED_AT:
        lines.append(f"{iso(began + STARTED_AT * WHOLE)} The model was downloaded.")
    return lines


def _server(document: Json, began: float, done: float) -> list[str]:
    if done < STARTED_AT:
        return []
    lines = [f"{iso(began + STARTED_AT * WHOLE)} Installing the model's Python packages"]
    middle = (STARTED_AT + READY_AT) / 2
    if done >= middle or document.get("crash"):
        lines.append(f"{iso(began + middle * WHOLE)} Starting the inference server")
    if document.get("crash"):
        return [*lines, *_traceback(str(document["crash"]))]
    if done >= READY_AT:
        lines.append(f"{iso(began + READY_AT * WHOLE)} The readiness probe answered 200")
    return lines


def _traceback(reason: str) -> list[str]:
    return [
        "Traceback (most recent call last):",
        '  File "/var/azureml-server/entry.py", line 1, in <module>',
        "    import create_app",
        '  File "/var/mlflow_resources/mlflow_score_script.py", line 143, in init',
        "    model = load_model(model_path)",
        reason if ": " in reason else f"RuntimeError: {reason}",
        "Worker failed to boot.",
        "[31] [INFO] Worker exiting (pid: 31)",
        "[10] [ERROR] Worker (pid:31) exited with code 3",
        "[10] [ERROR] Shutting down: Master",
        "[10] [ERROR] Reason: Worker failed to boot.",
    ]
