"""Rules about what a deployment's machine, image and container say."""

from __future__ import annotations

from services.diagnosis.faults import Kind, Rule, codes, words
from services.errors import ErrorText

SEE_LOGS = "Read the log below; after mending the cause, try again."
IMPORT_DISK = ErrorText(
    code="AzureImportDisk",
    what="The import machine's disk is too small for this model.",
    why="It needs room for twice the model and a gigabyte.",
    advice="Set AML_BOT_IMPORT_COMPUTE to a cluster with a larger disk, then try again.",
)
IMPORT_GPU = ErrorText(
    code="AzureImportGpuMemory",
    what="The model did not fit into the memory of the import machine's graphics processor.",
    why="CUDA had no memory left.",
    advice="Set AML_BOT_IMPORT_COMPUTE to a cluster with a larger graphics processor, then try "
    "again.",
)
IMPORT_MEMORY = ErrorText(
    code="AzureImportMemory",
    what="The model did not fit into the import machine's memory.",
    why="Azure stopped the step because it needed more memory than the machine has.",
    advice="Set AML_BOT_IMPORT_COMPUTE to a cluster with more memory, then try again.",
)
GPU_MEMORY = ErrorText(
    code="AzureGpuMemory",
    what="The model did not fit into the GPU memory of this size.",
    why="CUDA had no memory left while the model was loaded or asked.",
    advice="Deploy it on a size with a larger GPU (`on:`); the machine's own memory is not the "
    "reason.",
)
MEMORY = ErrorText(
    code="AzureMemory",
    what="The model did not fit into the machine's memory.",
    why="Azure stopped the container because it needed more memory than the size has.",
    advice="Deploy it on a larger size (`on:`).",
)
DISK = ErrorText(
    code="AzureDisk",
    what="The machine's disk is full.",
    why="The image and the model are larger than the disk of this size.",
    advice="Deploy it on a size with a larger disk (`on:`).",
)
PACKAGE = ErrorText(
    code="AzurePackage",
    what="The model's server stopped: a Python package is missing or does not fit.",
    why="The container started and failed while it imported the model's code.",
    advice=SEE_LOGS,
)
NOT_READY = ErrorText(
    code="AzureNotReady",
    what="The model's server did not become ready.",
    why="The container crashed or took too long to start.",
    advice="Read the log below. Large models may need a larger size (`on:`); then try again.",
)
PULL = ErrorText(
    code="AzureImagePull",
    what="Azure could not fetch the model's container image.",
    why="{said}",
    advice="The endpoint's identity needs the role AcrPull on the workspace's registry, and the "
    "registry's firewall must let Azure Machine Learning through; `az ml workspace sync-keys` "
    "renews its access.",
)
BUILD = ErrorText(
    code="AzureImageBuild",
    what="Azure could not build the model's container image.",
    why="{said}",
    advice="Read the build log named in Azure's message. In a private network the workspace's "
    "registry must be allowed to build; `az ml workspace sync-keys` renews its access.",
)
IDENTITY = ErrorText(
    code="AzureEndpointIdentity",
    what="The endpoint's identity may not read what it needs.",
    why="{said}",
    advice="Give it the roles AcrPull and Storage Blob Data Reader, or use a system-assigned "
    "identity, which gets them by itself.",
)
LEGACY_NETWORK = ErrorText(
    code="AzureLegacyNetwork",
    what="This model cannot be deployed in the workspace's old kind of private network.",
    why="{said}",
    advice="Use a workspace with a managed virtual network.",
)
NOT_ACCEPTED = ErrorText(
    code="AzureBadArgument",
    what="Azure did not accept the deployment as it was asked for.",
    why="{said}",
    advice="Mend what the message names, then try again.",
)
NEEDED_GONE = ErrorText(
    code="AzureNeededGone",
    what="Something the deployment needs is gone.",
    why="{said}",
    advice="Check that the model, the endpoint and the workspace's registry still exist.",
)
NETWORK_NOT_READY = ErrorText(
    code="AzureManagedNetwork",
    what="The workspace's managed network is not set up yet.",
    why="{said}",
    advice="Run `az ml workspace provision-network`, then try again.",
)
SECRETS = ErrorText(
    code="AzureSecrets",
    what="The endpoint's identity could not read the secrets it was given.",
    why="{said}",
    advice="Give it the role Azure Machine Learning Workspace Connection Secrets Reader.",
)
REGISTRY = ErrorText(
    code="AzureModelRegistry",
    what="The model's registry could not hand the model over.",
    why="{said}",
    advice="Try again later, or choose another version of the model.",
)

_GPU = r"(?:\bCUDA|\bcu(?:BLAS|DNN|FFT)|\bHIP\b|\bROCm|\bNCCL|(?<![a-z])GPU(?![a-z]))"
_FULL = (
    r"(?:out of memory|\bOOM\b|out_of_memory|memory allocation fail"
    r"|fail(?:ed|ure) (?:to|in) alloc|(?:insufficient|not enough|no) memory)"
)
GPU_WORDS = words(
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "cuda\\.OutOfMemoryError",
    "HIP out of memory",
    "torch\\.OutOfMemoryError",
    "failed to allocate memory on (?:the )?gpu",
    "no available memory for the cache blocks",
    # Runtimes say it in the order of their own: the processor and the want stand in one line.
    f"{_GPU}[^\n]{{0,160}}{_FULL}",
    f"{_FULL}[^\n]{{0,240}}{_GPU}",
)
MEMORY_WORDS = words(
    "insufficient memory",
    "OOMKilled",
    "out of memory",
    "MemoryError",
    "std::bad_alloc",
    "cannot allocate memory",
    r"exit code[: ]{1,3}137\b",
    r"sent SIGKILL",
    "signal 9\\b",
    "oom-kill",
    r"(?:^|\n)Killed(?:\n|$)",
    r"\bKilled process \d",
    "PodOutOfMemory",
    "DefaultCPUAllocator",
    r"\bOOM when allocating",
)
DISK_WORDS = words("no space left on device", "insufficient disk", "disk quota", "disk is full")
PACKAGE_WORDS = words(
    "ModuleNotFoundError",
    "ImportError",
    "dtype size changed",
    "binary incompatibility",
    "undefined symbol",
    "cannot import name",
    "No module named",
    r"version `[\w.]{1,40}' not found",
    "cannot open shared object file",
    "PackageNotFoundError",
    "requires a different python",
    "pip subprocess error",
    "CondaEnvException",
    "ResolutionImpossible",
    "VersionConflict",
)
PULL_WORDS = words(
    "ImagePullBackOff",
    "ErrImagePull",
    "ImagePullLoopBackOff",
    "pull access denied",
    "unauthorized: authentication required",
    "InaccessibleImage",
    "(?:failed|unable) to pull (?:the )?image",
    "image[^\n]{0,160} is not accessible",
    "azurecr.io[^\n]{0,120}(?:denied|unauthorized|forbidden)",
    "denied: client with ip",
    "manifest unknown",
)
CRASH_WORDS = words(
    "container has crashed",
    "crashed or terminated",
    "(?:liveness|readiness) probe failed",
    "CrashLoopBackOff",
)
STARTED = codes(
    "ResourceNotReady",
    "UserScriptImportError",
    "DeploymentCrashLoopBackOff",
    "KubernetesCrashLoopBackOff",
    "UserScriptInitFailed",
    "BadArgument",
)

RULES = (
    # --- an import's machine: before the deployments', whose way out is another one ---------------
    Rule(
        text=IMPORT_DISK,
        kind=Kind.MACHINE,
        codes=codes("JobFailed"),
        pattern=words("VM not sufficient for", DISK_WORDS.pattern),
        logs=True,
        as_code="ImportDisk",
    ),
    Rule(
        text=IMPORT_GPU,
        kind=Kind.MACHINE,
        codes=codes("JobFailed"),
        pattern=GPU_WORDS,
        logs=True,
        as_code="ImportGpuMemory",
    ),
    Rule(
        text=IMPORT_MEMORY,
        kind=Kind.MACHINE,
        codes=codes("JobFailed"),
        pattern=MEMORY_WORDS,
        logs=True,
        as_code="ImportMemory",
    ),
    # --- deployments: what the text tells beyond the code -----------------------------------------
    Rule(
        text=GPU_MEMORY, kind=Kind.MACHINE, pattern=GPU_WORDS, logs=True, as_code="OutOfGpuMemory"
    ),
    Rule(text=MEMORY, kind=Kind.MACHINE, pattern=MEMORY_WORDS, logs=True, as_code="OutOfMemory"),
    Rule(text=MEMORY, kind=Kind.MACHINE, codes=codes("PodOutOfMemory"), as_code="OutOfMemory"),
    Rule(text=DISK, kind=Kind.MACHINE, pattern=DISK_WORDS, logs=True, as_code="OutOfDisk"),
)
LATER_RULES = (
    Rule(text=PULL, kind=Kind.MODEL, codes=codes("ImagePullLoopBackOff", "InaccessibleImage")),
    Rule(text=PULL, kind=Kind.MODEL, pattern=PULL_WORDS),
    Rule(text=PACKAGE, kind=Kind.MODEL, codes=STARTED, pattern=PACKAGE_WORDS, logs=True),
    Rule(text=NOT_READY, kind=Kind.MODEL, codes=STARTED - codes("BadArgument")),
    Rule(text=NOT_READY, kind=Kind.MODEL, pattern=CRASH_WORDS, as_code="ResourceNotReady"),
    Rule(text=BUILD, kind=Kind.MODEL, codes=codes("ImageBuildFailure")),
    Rule(
        text=BUILD,
        kind=Kind.MODEL,
        pattern=words(
            "image build failed",
            "waiting for environment image",
            "environment build log",
        ),
    ),
    Rule(
        text=IDENTITY,
        kind=Kind.ROLE,
        codes=codes("BadArgument"),
        pattern=words(
            "AcrPull",
            "Storage Blob Data Reader",
            "identity [^\n]{0,160}(?:permission|access|role)",
        ),
    ),
    Rule(
        text=LEGACY_NETWORK,
        kind=Kind.NETWORK,
        codes=codes("BadArgument"),
        pattern=words(
            "MLflow model format with private network",
        ),
    ),
    Rule(text=NOT_ACCEPTED, kind=Kind.ASKED, codes=codes("BadArgument", "InvalidDeploymentSpec")),
    Rule(text=NETWORK_NOT_READY, kind=Kind.NETWORK, codes=codes("WorkspaceManagedNetworkNotReady")),
    Rule(text=SECRETS, kind=Kind.ROLE, codes=codes("SecretsInjectionError")),
    Rule(text=REGISTRY, kind=Kind.MODEL, codes=codes("ModelRegistryError")),
    Rule(text=NEEDED_GONE, kind=Kind.MISSING, codes=codes("ResourceNotFound")),
)
