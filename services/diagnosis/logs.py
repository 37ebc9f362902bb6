"""Read a container's log: what the instance is doing, and the lines that speak of trouble."""

from __future__ import annotations

import re

from services import redaction

MOST_LINES = 3
LONGEST_LINE = 200
LONGEST_WHY = 400
TROUBLE = re.compile(
    r"error|exception|fail|killed|denied|refused|no space|not found|cannot|unable|terminated|oom",
    re.IGNORECASE,
)
EMPTY = re.compile(r"[\s\-=*#^~]*")
STAMP = re.compile(r"^\[?\d{4}-\d\d-\d\d[T ][\d:.,]+Z?\]?\s*[|:-]?\s*")

# Azure's own phases of an instance, in order, as they stand at the head of its log.
PHASES = {
    "SystemSetup": "preparing the machine",
    "UserContainerImagePull": "pulling the container image",
    "ModelDownload": "downloading the model",
    "UserContainerStart": "starting the server",
}
LAST_PHASE = "UserContainerStart"
PHASE_LINE = re.compile(r"^\s*(\w+)\s*:\s*(\w+)\s*$", re.MULTILINE)
OWN_LINES = "Container logs:"
LOG_PHASES = (  # for logs without that head: the last line that says something counts
    (
        r"health(y| check)|GET /\s|readiness probe answered|200 OK|listening at|uvicorn running",
        "almost ready",
    ),
    (
        r"starting (the )?(gunicorn|server|azureml|inference)|entry script|booting worker|runit",
        "starting the server",
    ),
    (r"\bloading (the )?model|init\(\)|mlflow\.pyfunc", "loading the model"),
    (r"download|copying|storage-initializer|fetching", "downloading the model"),
    (r"pulling|extracting|image pull", "pulling the container image"),
    (
        r"pip install|installing .*packages|conda|solving environment|collecting ",
        "installing packages",
    ),
)


def phase(logs: str) -> str:
    """Return what the instance does now (`downloading the model`); "" where that is unclear."""
    states = {name: state for name, state in PHASE_LINE.findall(logs) if name in PHASES}
    if not states:
        return _phase_of(logs)
    now = next((name for name in PHASES if states.get(name) != "Succeeded"), "")
    if now != LAST_PHASE:
        return PHASES.get(now, "almost ready")
    return _phase_of(logs.partition(OWN_LINES)[2]) or PHASES[LAST_PHASE]


def _phase_of(lines: str) -> str:
    for line in reversed(lines.splitlines()):
        for pattern, words in LOG_PHASES:
            if re.search(pattern, line, re.IGNORECASE):
                return words
    return ""


def evidence(message: str, logs: str) -> tuple[str, ...]:
    """Return the message's first line and the last lines of the log that speak of trouble."""
    lines = [line for line in map(_line, logs.splitlines()) if line and not PHASE_LINE.match(line)]
    telling = [line for line in lines if TROUBLE.search(line)] or lines
    first = [first_line(message)] if message.strip() else []
    return tuple(dict.fromkeys((*first, *telling[-MOST_LINES:])))[: MOST_LINES + 1]


def first_line(message: str) -> str:
    """Return the first line of a message of Azure, without secrets."""
    return _line(message.strip().partition("\n")[0])


def _line(text: str) -> str:
    plain = STAMP.sub("", redaction.hide(text.strip()))
    if EMPTY.fullmatch(plain):
        return ""
    return plain if len(plain) <= LONGEST_LINE else plain[: LONGEST_LINE - 1] + "…"


def sentence(message: str) -> str:
    """Return a message of Azure as one line, cut where it is long, without secrets."""
    plain = redaction.hide(" ".join(message.split()))
    return plain if len(plain) <= LONGEST_WHY else plain[: LONGEST_WHY - 1] + "…"
