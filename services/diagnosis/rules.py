"""Azure's error codes, messages and logs in plain words: what happened, why, what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services import redaction
from services.models import Problem

MOST_LINES = 3
LONGEST_LINE = 200
LONGEST_WHY = 400
TROUBLE = re.compile(
    r"error|exception|fail|killed|denied|refused|no space|not found|cannot|unable|terminated|oom",
    re.IGNORECASE,
)
EMPTY = re.compile(r"[\s\-=*#^~]*")
STAMP = re.compile(r"^\[?\d{4}-\d\d-\d\d[T ][\d:.,]+Z?\]?\s*[|:-]?\s*")

DELETE_OR_ASK = (
    "Delete an endpoint you no longer need, choose a smaller size, or ask for more quota in the "
    "Azure portal (Quotas, Machine Learning)."
)
SEE_LOGS = "Read the log below; after mending the cause, try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """Applies when the code is one of `codes` (empty: any) and `pattern` is in message or logs."""

    what: str
    why: str = ""  # empty: Azure's own message
    advice: str = ""
    codes: tuple[str, ...] = ()
    pattern: str = ""
    as_code: str = ""  # a more telling code than Azure's own


RULES = (
    # --- an import's machine: before the deployments', whose way out is another one ---------------
    _Rule(
        codes=("JobFailed",),
        pattern=r"VM not sufficient for|no space left on device|insufficient disk|disk quota",
        what="The import machine's disk is too small for this model.",
        why="It needs room for twice the model and a gigabyte.",
        advice="Set AML_BOT_IMPORT_COMPUTE to a cluster with a larger disk, then try again.",
        as_code="ImportDisk",
    ),
    _Rule(
        codes=("JobFailed",),
        pattern=r"insufficient memory|OOMKilled|out of memory|MemoryError|std::bad_alloc"
        r"|exit code[: ]+137",
        what="The model did not fit into the import machine's memory.",
        why="Azure stopped the step because it needed more memory than the machine has.",
        advice="Set AML_BOT_IMPORT_COMPUTE to a cluster with more memory, then try again.",
        as_code="ImportMemory",
    ),
    # --- deployments: what the text tells beyond the code -----------------------------------------
    _Rule(
        pattern=r"insufficient memory|OOMKilled|out of memory|MemoryError|std::bad_alloc"
        r"|exit code[: ]+137",
        what="The model did not fit into the machine's memory.",
        why="Azure stopped the container because it needed more memory than the size has.",
        advice="Deploy it on a larger size (`on:`).",
        as_code="OutOfMemory",
    ),
    _Rule(
        pattern=r"no space left on device|insufficient disk|disk quota",
        what="The machine's disk is full.",
        why="The image and the model are larger than the disk of this size.",
        advice="Deploy it on a size with a larger disk (`on:`).",
        as_code="OutOfDisk",
    ),
    _Rule(
        codes=("OutOfQuota",),
        pattern=r"role assignment",
        what="The subscription has no role assignments left.",
        why="Each endpoint's identity takes some, and the limit is reached.",
        advice="Remove role assignments nobody needs, or ask Azure for a higher limit.",
    ),
    _Rule(
        codes=("OutOfQuota",),
        pattern=r"number of endpoints|endpoint limit|endpoints per",
        what="The subscription has as many endpoints as it may.",
        why="Azure allows 100 endpoints a subscription and region.",
        advice="Delete an endpoint you no longer need.",
    ),
    _Rule(
        codes=("OutOfQuota", "OutOfCapacity"),
        pattern=r"capacity|not available in (the )?region|cannot be allocated",
        what="Azure has no such machine free in this region now.",
        why="It is short of capacity; your quota is not the reason.",
        advice="Try again later, or choose a size of another family (`on:`).",
        as_code="OutOfCapacity",
    ),
    _Rule(
        codes=("OutOfQuota", "QuotaExceeded"),
        what="The workspace's quota does not cover this machine.",
        advice=DELETE_OR_ASK,
    ),
    _Rule(
        pattern=r"(?:ModuleNotFoundError|ImportError)",
        codes=("ResourceNotReady", "UserScriptImportError", "DeploymentCrashLoopBackOff"),
        what="The model's server stopped: a Python package is missing or does not fit.",
        why="The container started and failed while it imported the model's code.",
        advice=SEE_LOGS,
    ),
    _Rule(
        codes=("ResourceNotReady",),
        what="The model's server did not become ready.",
        why="The container crashed or took too long to start.",
        advice="Read the log below. Large models may need a larger size (`on:`); then try again.",
    ),
    _Rule(
        codes=("ImageBuildFailure",),
        what="Azure could not build the model's container image.",
        advice="Read the build log named in Azure's message. In a private network the workspace's "
        "registry must be allowed to build; `az ml workspace sync-keys` renews its access.",
    ),
    _Rule(
        codes=("BadArgument",),
        pattern=r"AcrPull|Storage Blob Data Reader|identity .*(permission|access|role)",
        what="The endpoint's identity may not read what it needs.",
        advice="Give it the roles AcrPull and Storage Blob Data Reader, or use a system-assigned "
        "identity, which gets them by itself.",
    ),
    _Rule(
        codes=("BadArgument",),
        pattern=r"MLflow model format with private network",
        what="This model cannot be deployed in the workspace's old kind of private network.",
        advice="Use a workspace with a managed virtual network.",
    ),
    _Rule(
        codes=("BadArgument", "InvalidDeploymentSpec"),
        what="Azure did not accept the deployment as it was asked for.",
        advice="Mend what the message names, then try again.",
    ),
    _Rule(
        codes=("ResourceNotFound",),
        what="Something the deployment needs is gone.",
        advice="Check that the model, the endpoint and the workspace's registry still exist.",
    ),
    _Rule(
        codes=("WorkspaceManagedNetworkNotReady",),
        what="The workspace's managed network is not set up yet.",
        advice="Run `az ml workspace provision-network`, then try again.",
    ),
    _Rule(
        codes=("OperationCanceled", "OperationCancelled"),
        what="Azure put another operation first and stopped this one.",
        why="Two operations on one endpoint exclude each other.",
        advice="Try again in about a minute.",
    ),
    _Rule(
        codes=("SecretsInjectionError",),
        what="The endpoint's identity could not read the secrets it was given.",
        advice="Give it the role Azure Machine Learning Workspace Connection Secrets Reader.",
    ),
    _Rule(
        codes=("ModelRegistryError",),
        what="The model's registry could not hand the model over.",
        advice="Try again later, or choose another version of the model.",
    ),
    _Rule(
        codes=("InternalServerError", "InternalError", "InternalAzureError"),
        what="Azure had a fault of its own.",
        advice="Try again. If it happens again, open a support request with the text below.",
    ),
    # --- Azure's import pipeline -----------------------------------------------------------------
    _Rule(
        pattern=r"Invalid Hugging face model id",
        what="The Hub does not know this model any more.",
        advice="Check the id on huggingface.co; it may have been renamed or made private.",
        as_code="InvalidModelId",
    ),
    _Rule(
        pattern=r"gated repo|GatedRepo|Failed to authenticate with the HF Token|401 Client Error"
        r"|403 Client Error|Access to model .* is restricted",
        what="The Hub did not let Azure download the model.",
        why="It is gated or private, and the token is missing, expired or not approved.",
        advice="Ask for access on its page, set HF_TOKEN to a token that has it, then try again.",
        as_code="HubAccess",
    ),
    _Rule(
        pattern=r"already exists in registry",
        what="Azure's registry has this model already, and the import refuses it then.",
        advice="Deploy the registry's own model instead: `search` for its name.",
        as_code="ModelAlreadyExists",
    ),
    _Rule(
        pattern=r"Unsupported task type",
        what="Azure's import does not know what this model is for.",
        advice="Name a task yourself: `import … task:text-classification`.",
        as_code="TaskNotSupported",
    ),
    _Rule(
        pattern=r"not supported for MLflow conversion|Unsupported model type",
        what="Azure cannot convert this kind of model.",
        advice="Choose a model of a more common architecture for the same task.",
        as_code="ConversionNotSupported",
    ),
    _Rule(
        pattern=r"has MSI\(Managed Service Identity\)|AzureMLOnBehalfOfCredential|UserIdentity",
        what="The import job had no identity to register the model with.",
        advice="Attach a managed identity with the role AzureML Data Scientist to the import "
        "cluster, then try again.",
        as_code="ImportIdentity",
    ),
    _Rule(
        pattern=r"creating conda env using MLflow model conda",
        what="The converted model's Python packages could not be installed together.",
        advice="Choose another version of the model, or import it without a validation set.",
        as_code="CondaEnvironment",
    ),
    _Rule(
        pattern=r"Failed to clone|Failed to download artifacts|Error in fetching model info"
        r"|Failed to set up GitHub config",
        what="Azure could not download the model from the Hub.",
        advice="Try again; if it fails again, check that the cluster may reach huggingface.co.",
        as_code="HubDownload",
    ),
    _Rule(
        pattern=r"Missing Model Name",
        what="The import lost the model's name on the way.",
        advice="Try again; if it happens again, open a support request with the text below.",
        as_code="MissingModelName",
    ),
    _Rule(
        codes=("JobNotFound",),
        what="Azure does not know the job any more.",
        why="It was deleted, or Azure lost it.",
        advice="Start the import again.",
    ),
    _Rule(
        codes=("JobFailed",),
        what="Azure's import pipeline failed.",
        advice="Open the job in studio for its logs, then try again.",
    ),
)

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


def explain(code: str, message: str, logs: str = "") -> Problem:
    """An error of Azure as people should read it.

    Args:
        code: Azure's error code, or a word of ours (`JobFailed`, `JobNotFound`).
        message: Azure's message; may be empty.
        logs: of the container, if there are any: they may tell more than the code.
    """
    text = f"{message}\n{logs}"
    for rule in RULES:
        if rule.codes and code not in rule.codes:
            continue
        if rule.pattern and not re.search(rule.pattern, text, re.IGNORECASE):
            continue
        return Problem(
            code=rule.as_code or code,
            what=rule.what,
            why=rule.why or _sentence(message),
            advice=rule.advice,
            evidence=_evidence(message if rule.why else "", logs),
        )
    return Problem(
        code=code or "Unknown",
        what=f"Azure reports {code}." if code else "Azure reports a failure.",
        why=_sentence(message),
        advice="Try again; if it happens again, ask an operator to look at it in studio.",
        evidence=_evidence("", logs),
    )


def phase(logs: str) -> str:
    """What the instance is doing now, in a few words (`downloading the model`); "" if unclear."""
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


def _evidence(message: str, logs: str) -> tuple[str, ...]:
    """The message's first line and the last lines of the log that speak of trouble."""
    lines = [line for line in map(_line, logs.splitlines()) if line and not PHASE_LINE.match(line)]
    telling = [line for line in lines if TROUBLE.search(line)] or lines
    first = [first_line(message)] if message.strip() else []
    return tuple(dict.fromkeys((*first, *telling[-MOST_LINES:])))[: MOST_LINES + 1]


def first_line(message: str) -> str:
    """The first line of a message of Azure, without secrets."""
    return _line(message.strip().partition("\n")[0])


def _line(text: str) -> str:
    plain = STAMP.sub("", redaction.hide(text.strip()))
    if EMPTY.fullmatch(plain):
        return ""
    return plain if len(plain) <= LONGEST_LINE else plain[: LONGEST_LINE - 1] + "…"


def _sentence(message: str) -> str:
    plain = redaction.hide(" ".join(message.split()))
    return plain if len(plain) <= LONGEST_WHY else plain[: LONGEST_WHY - 1] + "…"
