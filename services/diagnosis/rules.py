"""Explain Azure's error codes, messages and logs by rules: the first that applies counts."""

from __future__ import annotations

from dataclasses import dataclass

DELETE_OR_ASK = (
    "Delete an endpoint you no longer need, choose a smaller size, or ask for more quota in the "
    "Azure portal (Quotas, Machine Learning)."
)
SEE_LOGS = "Read the log below; after mending the cause, try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Applies when the code is one of `codes` (empty: any) and `pattern` is in message or logs."""

    what: str
    why: str = ""  # empty: Azure's own message
    advice: str = ""
    codes: tuple[str, ...] = ()
    pattern: str = ""
    as_code: str = ""  # a more telling code than Azure's own


RULES = (
    # --- an import's machine: before the deployments', whose way out is another one ---------------
    Rule(
        codes=("JobFailed",),
        pattern=r"VM not sufficient for|no space left on device|insufficient disk|disk quota",
        what="The import machine's disk is too small for this model.",
        why="It needs room for twice the model and a gigabyte.",
        advice="Set AML_BOT_IMPORT_COMPUTE to a cluster with a larger disk, then try again.",
        as_code="ImportDisk",
    ),
    Rule(
        codes=("JobFailed",),
        pattern=r"insufficient memory|OOMKilled|out of memory|MemoryError|std::bad_alloc"
        r"|exit code[: ]+137",
        what="The model did not fit into the import machine's memory.",
        why="Azure stopped the step because it needed more memory than the machine has.",
        advice="Set AML_BOT_IMPORT_COMPUTE to a cluster with more memory, then try again.",
        as_code="ImportMemory",
    ),
    # --- deployments: what the text tells beyond the code -----------------------------------------
    Rule(
        pattern=r"insufficient memory|OOMKilled|out of memory|MemoryError|std::bad_alloc"
        r"|exit code[: ]+137",
        what="The model did not fit into the machine's memory.",
        why="Azure stopped the container because it needed more memory than the size has.",
        advice="Deploy it on a larger size (`on:`).",
        as_code="OutOfMemory",
    ),
    Rule(
        pattern=r"no space left on device|insufficient disk|disk quota",
        what="The machine's disk is full.",
        why="The image and the model are larger than the disk of this size.",
        advice="Deploy it on a size with a larger disk (`on:`).",
        as_code="OutOfDisk",
    ),
    Rule(
        codes=("OutOfQuota",),
        pattern=r"role assignment",
        what="The subscription has no role assignments left.",
        why="Each endpoint's identity takes some, and the limit is reached.",
        advice="Remove role assignments nobody needs, or ask Azure for a higher limit.",
    ),
    Rule(
        codes=("OutOfQuota",),
        pattern=r"number of endpoints|endpoint limit|endpoints per",
        what="The subscription has as many endpoints as it may.",
        why="Azure allows 100 endpoints a subscription and region.",
        advice="Delete an endpoint you no longer need.",
    ),
    Rule(
        codes=("OutOfQuota", "OutOfCapacity"),
        pattern=r"capacity|not available in (the )?region|cannot be allocated",
        what="Azure has no such machine free in this region now.",
        why="It is short of capacity; your quota is not the reason.",
        advice="Try again later, or choose a size of another family (`on:`).",
        as_code="OutOfCapacity",
    ),
    Rule(
        codes=("OutOfQuota", "QuotaExceeded"),
        what="The workspace's quota does not cover this machine.",
        advice=DELETE_OR_ASK,
    ),
    Rule(
        pattern=r"(?:ModuleNotFoundError|ImportError)",
        codes=("ResourceNotReady", "UserScriptImportError", "DeploymentCrashLoopBackOff"),
        what="The model's server stopped: a Python package is missing or does not fit.",
        why="The container started and failed while it imported the model's code.",
        advice=SEE_LOGS,
    ),
    Rule(
        codes=("ResourceNotReady",),
        what="The model's server did not become ready.",
        why="The container crashed or took too long to start.",
        advice="Read the log below. Large models may need a larger size (`on:`); then try again.",
    ),
    Rule(
        codes=("ImageBuildFailure",),
        what="Azure could not build the model's container image.",
        advice="Read the build log named in Azure's message. In a private network the workspace's "
        "registry must be allowed to build; `az ml workspace sync-keys` renews its access.",
    ),
    Rule(
        codes=("BadArgument",),
        pattern=r"AcrPull|Storage Blob Data Reader|identity .*(permission|access|role)",
        what="The endpoint's identity may not read what it needs.",
        advice="Give it the roles AcrPull and Storage Blob Data Reader, or use a system-assigned "
        "identity, which gets them by itself.",
    ),
    Rule(
        codes=("BadArgument",),
        pattern=r"MLflow model format with private network",
        what="This model cannot be deployed in the workspace's old kind of private network.",
        advice="Use a workspace with a managed virtual network.",
    ),
    Rule(
        codes=("BadArgument", "InvalidDeploymentSpec"),
        what="Azure did not accept the deployment as it was asked for.",
        advice="Mend what the message names, then try again.",
    ),
    Rule(
        codes=("ResourceNotFound",),
        what="Something the deployment needs is gone.",
        advice="Check that the model, the endpoint and the workspace's registry still exist.",
    ),
    Rule(
        codes=("WorkspaceManagedNetworkNotReady",),
        what="The workspace's managed network is not set up yet.",
        advice="Run `az ml workspace provision-network`, then try again.",
    ),
    Rule(
        codes=("OperationCanceled", "OperationCancelled"),
        what="Azure put another operation first and stopped this one.",
        why="Two operations on one endpoint exclude each other.",
        advice="Try again in about a minute.",
    ),
    Rule(
        codes=("SecretsInjectionError",),
        what="The endpoint's identity could not read the secrets it was given.",
        advice="Give it the role Azure Machine Learning Workspace Connection Secrets Reader.",
    ),
    Rule(
        codes=("ModelRegistryError",),
        what="The model's registry could not hand the model over.",
        advice="Try again later, or choose another version of the model.",
    ),
    Rule(
        codes=("InternalServerError", "InternalError", "InternalAzureError"),
        what="Azure had a fault of its own.",
        advice="Try again. If it happens again, open a support request with the text below.",
    ),
    # --- Azure's import pipeline -----------------------------------------------------------------
    Rule(
        pattern=r"Invalid Hugging face model id",
        what="The Hub does not know this model any more.",
        advice="Check the id on huggingface.co; it may have been renamed or made private.",
        as_code="InvalidModelId",
    ),
    Rule(
        pattern=r"gated repo|GatedRepo|Failed to authenticate with the HF Token|401 Client Error"
        r"|403 Client Error|Access to model .* is restricted",
        what="The Hub did not let Azure download the model.",
        why="It is gated or private, and the token is missing, expired or not approved.",
        advice="Ask for access on its page, set HF_TOKEN to a token that has it, then try again.",
        as_code="HubAccess",
    ),
    Rule(
        pattern=r"already exists in registry",
        what="Azure's registry has this model already, and the import refuses it then.",
        advice="Deploy the registry's own model instead: `search` for its name.",
        as_code="ModelAlreadyExists",
    ),
    Rule(
        pattern=r"Unsupported task type",
        what="Azure's import does not know what this model is for.",
        advice="Name a task yourself: `import … task:text-classification`.",
        as_code="TaskNotSupported",
    ),
    Rule(
        pattern=r"not supported for MLflow conversion|Unsupported model type",
        what="Azure cannot convert this kind of model.",
        advice="Choose a model of a more common architecture for the same task.",
        as_code="ConversionNotSupported",
    ),
    Rule(
        pattern=r"has MSI\(Managed Service Identity\)|AzureMLOnBehalfOfCredential|UserIdentity",
        what="The import job had no identity to register the model with.",
        advice="Attach a managed identity with the role AzureML Data Scientist to the import "
        "cluster, then try again.",
        as_code="ImportIdentity",
    ),
    Rule(
        pattern=r"creating conda env using MLflow model conda",
        what="The converted model's Python packages could not be installed together.",
        advice="Choose another version of the model, or import it without a validation set.",
        as_code="CondaEnvironment",
    ),
    Rule(
        pattern=r"Failed to clone|Failed to download artifacts|Error in fetching model info"
        r"|Failed to set up GitHub config",
        what="Azure could not download the model from the Hub.",
        advice="Try again; if it fails again, check that the cluster may reach huggingface.co.",
        as_code="HubDownload",
    ),
    Rule(
        pattern=r"Missing Model Name",
        what="The import lost the model's name on the way.",
        advice="Try again; if it happens again, open a support request with the text below.",
        as_code="MissingModelName",
    ),
    Rule(
        codes=("JobNotFound",),
        what="Azure does not know the job any more.",
        why="It was deleted, or Azure lost it.",
        advice="Start the import again.",
    ),
    Rule(
        codes=("JobFailed",),
        what="Azure's import pipeline failed.",
        advice="Open the job in studio for its logs, then try again.",
    ),
)

# Where no rule applies.
UNKNOWN = Rule(
    what="Azure reports {code}.",
    advice="Try again; if it happens again, ask an operator to look at it in studio.",
)
NO_CODE = Rule(what="Azure reports a failure.", advice=UNKNOWN.advice)
