"""Read a container's log as a person does: what goes on, and which line says why it failed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services import redaction
from services.diagnosis.words import cut

MOST_LINES = 3
LONGEST_LINE = 200
LONGEST_RAW = 300  # characters of a line that are looked at
MOST_RAW = 2_000  # last lines that are looked at
TROUBLE = re.compile(
    r"error|exception|fail|killed|denied|refused|no space|not found|cannot|unable|terminated|oom"
    r"|out of memory|timeout|timed out|exit code",
    re.IGNORECASE,
)
EMPTY = re.compile(r"[\s\-=*#^~]*")
COLOUR = re.compile(r"\x1b\[[\d;]{0,16}m")
STAMP = re.compile(
    r"\[?\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,]{1,20}Z?(?: ?[+-]\d{2}:?\d{2})?\]? ?[|:-]? ?"
)
# What stands before the words of a logger: `ERROR:root:`, `[ERROR]`, `E [31] azmlinfsrv - `.
LEVEL = re.compile(
    r"\s{0,4}(?:\[\d{1,8}\] ?)?(?:\[?(?:ERROR|CRITICAL|FATAL|WARNING|E)\]?)"
    r"(?::[\w.]{1,60}:|\s{1,4}\[[\w.-]{1,60}\]\s{0,4}(?:[\w.]{1,60} ?[-:])?|:"
    r"|\s{1,4}[\w.]{1,60} - ) ?"
)
TRACEBACK = "Traceback (most recent call last)"
# Lines of a traceback that tell where, not why.
FRAME = re.compile(r"\s{1,40}(?:File \"|raise\b)|(?:During handling of|The above exception was) ")
CHAINED = ("During handling of", "The above exception was")
# `ValueError: …`, `torch.cuda.OutOfMemoryError: …`; also one without words.
EXCEPTION = re.compile(
    r"(?:[A-Za-z_]\w{0,60}\.){0,8}[A-Z]\w{0,60}(?:Error|Exception|Failure|Exit|Interrupt|Warning)"
    r"(?=:|$)"
)
# What only hands on the exception that stands before it in the log.
WRAPPER = re.compile(
    r"unhandled exception|Failed to import user script|UserScript\w{0,20}(?:Exception|Error)"
    r"|see the (?:error|traceback|cause) above",
    re.IGNORECASE,
)
# How a server ends, whatever the reason was.
FAREWELL = re.compile(
    r"HaltServer|SystemExit|KeyboardInterrupt|CancelledError|Worker failed to boot|Worker exiting"
    r"|Shutting down|Exception in worker process|Handling signal|SIGTERM|SIGINT|received TERM"
    r"|Application (?:startup|shutdown)|Finished server process|Stopping reloader|runsvdir"
    r"|/finish \d"
    r"|Worker \(pid:\d{1,9}\) exited|exit code \d{1,2} is not normal"
    r"|Back-off restarting|Terminating the (?:server|container)|Waiting for application"
    r"|(?:Liveness|Readiness)[ -]?probe ?failed|(?:Readiness|Liveness)ProbeFailed|Pip failed"
    r"|ChildFailedError|EngineCore|supervisord|gave up: ",
    re.IGNORECASE,
)

# Azure's own phases of an instance, in order, as they stand at the head of its log.
PHASES = {
    "SystemSetup": "preparing the machine",
    "UserContainerImagePull": "pulling the container image",
    "ModelDownload": "downloading the model",
    "UserContainerStart": "starting the server",
}
LAST_PHASE = "UserContainerStart"
PHASE_LINE = re.compile(r"\s{0,8}(\w{1,40})\s{0,4}:\s{0,4}(\w{1,40})\s{0,8}")
OWN_LINES = "Container logs:"
# Parts of paths, names of packages and files, versions, settings: they say nothing of a phase.
NAME = re.compile(r"[/\\=_@]|\w[-.]\w")
LOG_PHASES = (  # for logs without that head: the last line that says something counts
    (
        re.compile(
            r"\bhealth(?:y| check)|readiness probe answered|\b200 OK\b|\blistening at\b"
            r"|\buvicorn running\b|\bstartup complete\b",
            re.IGNORECASE,
        ),
        "almost ready",
    ),
    (
        re.compile(
            r"\bstarting (?:the )?(?:\w{1,20} )?(?:gunicorn|server|azureml|inference)"
            r"|\bentry script\b|\bbooting worker\b",
            re.IGNORECASE,
        ),
        "starting the server",
    ),
    (
        re.compile(r"\bloading (?:the )?(?:model|weights|checkpoint)|\binit\(\)", re.IGNORECASE),
        "loading the model",
    ),
    (
        re.compile(r"\bdownload(?:ing|s)\b|\bcopying (?:the )?model|\bfetching \d", re.IGNORECASE),
        "downloading the model",
    ),
    (
        re.compile(r"\bpulling\b|\bextracting\b|\bimage pull\b", re.IGNORECASE),
        "pulling the container image",
    ),
    (
        re.compile(
            r"\bpip install\b|\binstalling\b[^\n]{0,80}\b(?:packages|dependencies)\b"
            r"|\bsolving environment\b|\bcollecting package metadata\b|^\s{0,8}collecting\b"
            r"|\bconda (?:env|create|install)\b",
            re.IGNORECASE,
        ),
        "installing packages",
    ),
)


def phase(logs: str) -> str:
    """Return what the instance does now (`downloading the model`); "" where that is unclear."""
    lines = _raw(logs)
    found = filter(None, map(PHASE_LINE.fullmatch, lines))
    states = {match[1]: match[2] for match in found if match[1] in PHASES}
    if not states:
        return _phase_of(lines)
    now = next((name for name in PHASES if states.get(name) != "Succeeded"), "")
    if now != LAST_PHASE:
        return PHASES.get(now, "almost ready")
    own = lines[lines.index(OWN_LINES) + 1 :] if OWN_LINES in lines else []
    return _phase_of(own) or PHASES[LAST_PHASE]


def _phase_of(lines: list[str]) -> str:
    for line in reversed(lines):
        plain = " ".join(word for word in line.split() if not NAME.search(word))
        for pattern, words in LOG_PHASES:
            if pattern.search(plain) or (words == "almost ready" and "GET / " in line):
                return words
    return ""


def telling(logs: str) -> tuple[str, ...]:
    """Return the lines that say why it failed, the cause first; at most three."""
    raw = _raw(logs)
    causes = _causes(raw)
    told = (text for text in raw if not PHASE_LINE.fullmatch(text) and not FRAME.match(text))
    lines = [line for text in told if (line := _line(text))]
    trouble = [line for line in lines if TROUBLE.search(line) and TRACEBACK not in line]
    better = [line for line in trouble if not FAREWELL.search(line)]
    others = better or trouble or lines
    cause = [_line(_first(causes))] if causes else []
    more = [line for line in others if not any(each.startswith(line) for each in cause)]
    return tuple(dict.fromkeys((*cause, *more[-MOST_LINES:])))[:MOST_LINES]


def cause(logs: str) -> str:
    """Return the exception that a log or the text of an answer ends with; "" for none."""
    raised = [line for line in _raised(_raw(logs)) if not FAREWELL.search(line)]
    return _line(_first(raised)) if raised else ""


def _first(raised: list[str]) -> str:
    """Return the last exception; the one before where the last only hands it on."""
    return next((line for line in reversed(raised) if not WRAPPER.search(line)), raised[-1])


def _causes(lines: list[str]) -> list[str]:
    """Return the exceptions of a log in their order, without those that only say farewell."""
    raised = [line for line in _raised(lines) if not FAREWELL.search(line)]
    return raised or [line for line in lines if _errs(line) and not FAREWELL.search(line)]


def _raised(lines: list[str]) -> Iterator[str]:
    """Yield the exception at the end of each traceback, and those that stand alone."""
    inside = False
    for number, line in enumerate(lines):
        plain = _unlabelled(line)
        if TRACEBACK in line:
            inside = True
        elif inside and plain[:1] not in {" ", "\t", ""} and not plain.startswith(CHAINED):
            inside = False
            yield _whole(plain, lines[number + 1 : number + 2])
        elif not inside and EXCEPTION.match(plain):
            yield plain


def _whole(raised: str, after: list[str]) -> str:
    """Return an exception; with its second line where the first ends with a colon."""
    more = "".join(after).strip() if raised.rstrip().endswith(":") else ""
    return f"{raised.rstrip()} {more}" if more and TRACEBACK not in more else raised


def _errs(line: str) -> bool:
    return LEVEL.match(line) is not None and bool(TROUBLE.search(line))


def _raw(logs: str) -> list[str]:
    """Return the last lines of a log, each cut, without its time and colours."""
    lines = logs[-LONGEST_RAW * MOST_RAW :].splitlines()[-MOST_RAW:]
    return [STAMP.sub("", COLOUR.sub("", line[:LONGEST_RAW]), count=1) for line in lines]


def _unlabelled(line: str) -> str:
    label = LEVEL.match(line)
    return line[label.end() :] if label else line


def _line(text: str) -> str:
    plain = redaction.hide(text.strip())
    return "" if EMPTY.fullmatch(plain) else cut(plain, LONGEST_LINE)
