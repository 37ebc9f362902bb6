from __future__ import annotations

import pytest

from services import diagnosis
from services.azureml.documents import status_in

STATUS = """Instance status:
SystemSetup: Succeeded
UserContainerImagePull: Succeeded
ModelDownload: {download}
UserContainerStart: {start}

Container events:
Kind: Pod, Name: Downloading, Type: Normal, Message: Start downloading models
"""
CRASH = """2026-11-22 10:00:01,100 I [10] gunicorn: Booting worker
Traceback (most recent call last):
  File "score.py", line 3, in init
ModuleNotFoundError: No module named 'flash_attn'
------
Exception in worker process
"""


@pytest.mark.parametrize(
    "code",
    [
        "ImageBuildFailure",
        "OutOfQuota",
        "BadArgument",
        "ResourceNotReady",
        "ResourceNotFound",
        "WorkspaceManagedNetworkNotReady",
        "OperationCanceled",
        "SecretsInjectionError",
        "InternalServerError",
        "JobFailed",
        "JobNotFound",
    ],
)
def test_every_known_code_is_explained_with_advice(code: str) -> None:
    problem = diagnosis.explain(code, "Azure's own words.")
    assert code == problem.code
    assert "Azure reports" not in problem.what
    assert problem.advice


@pytest.mark.parametrize(
    ("code", "message", "as_code"),
    [
        ("OutOfQuota", "Container terminated due to insufficient memory", "OutOfMemory"),
        ("OutOfQuota", "Not enough capacity in the region", "OutOfCapacity"),
        ("ResourceNotReady", "write: no space left on device", "OutOfDisk"),
        ("JobFailed", "Invalid Hugging face model id: x/y. Please ensure", "InvalidModelId"),
        ("JobFailed", "Failed to authenticate with the HF Token provided: [401]", "HubAccess"),
        ("JobFailed", "Model with name x already exists in registry azureml", "ModelAlreadyExists"),
        ("JobFailed", "VM not sufficient for download operation. Details: [1]", "ImportDisk"),
        ("JobFailed", "Unsupported task type x provided. Supported", "TaskNotSupported"),
        (
            "JobFailed",
            "Models from HF for task t and model m not supported for MLflow conversion",
            "ConversionNotSupported",
        ),
        ("JobFailed", "Failed to get AzureMLOnBehalfOfCredential. Kindly set", "ImportIdentity"),
        (
            "JobFailed",
            "Caught error while creating conda env using MLflow model conda.yaml",
            "CondaEnvironment",
        ),
        ("JobFailed", "Failed to clone https://huggingface.co/x. Error: [x]", "HubDownload"),
    ],
)
def test_the_message_tells_more_than_the_code(code: str, message: str, as_code: str) -> None:
    assert as_code == diagnosis.explain(code, message).code


# Every message of the pipeline's steps, as they are written in Azure's own code.
IMPORT_MESSAGES = (
    (
        (
            "Invalid Hugging face model id: x/y. Please ensure that you are using a correct and "
            "existing model ID."
        ),
        "InvalidModelId",
    ),
    ("Error in fetching model info for x/y. Error [timed out]", "HubDownload"),
    (
        (
            "Error in fetching model info for x/y. Error [403 Client Error: access to model x/y is "
            "restricted]"
        ),
        "HubAccess",
    ),
    (
        (
            "Model with name x/y already exists in registry azureml at "
            "https://ml.azure.com/registries/azureml/models/x-y/version/1"
        ),
        "ModelAlreadyExists",
    ),
    ("Failed to authenticate with the HF Token provided: [x]", "HubAccess"),
    ("Failed to set up GitHub config. Error: [x]", "HubDownload"),
    ("Failed to clone https://huggingface.co/x/y. Error: [x]", "HubDownload"),
    ("Failed to download artifacts from https://x. Error: [x]", "HubDownload"),
    ("VM not sufficient for download operation. Details: [1 KB]", "ImportDisk"),
    (
        "Unsupported task type x provided. Supported task types are fill-mask.",
        "TaskNotSupported",
    ),
    (
        "Models from Huggingface for task x and model x/y not supported for MLflow conversion",
        "ConversionNotSupported",
    ),
    (
        (
            "Kindly make sure that compute used by model_registration component has MSI(Managed "
            "Service Identity) associated with it"
        ),
        "ImportIdentity",
    ),
    (
        "Failed to get AzureMLOnBehalfOfCredential. Kindly set UserIdentity as identity type",
        "ImportIdentity",
    ),
    ("Caught error while creating conda env using MLflow model conda.yaml", "CondaEnvironment"),
    (
        "Missing Model Name. Provide model_name as input or in the model_download_metadata JSON",
        "MissingModelName",
    ),
    ("Unsupported model type : onnx", "ConversionNotSupported"),
)


@pytest.mark.parametrize(("message", "code"), IMPORT_MESSAGES)
def test_every_message_of_the_import_pipeline_is_explained_with_a_next_step(
    message: str, code: str
) -> None:
    problem = diagnosis.explain("JobFailed", message)

    assert code == problem.code
    assert problem.advice
    assert message[:40] in f"{problem.why} {' '.join(problem.evidence)}"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("write failed: No space left on device", "ImportDisk"),
        ("The process was OOMKilled", "ImportMemory"),
    ],
)
def test_an_imports_machine_is_not_a_deployments(message: str, code: str) -> None:
    problem = diagnosis.explain("JobFailed", message)

    assert code == problem.code
    assert "AML_BOT_IMPORT_COMPUTE" in problem.advice


def test_the_log_is_read_for_the_cause_and_quoted() -> None:
    problem = diagnosis.explain("ResourceNotReady", "Container crashed", CRASH)
    assert "a Python package is missing" in problem.what
    assert "ModuleNotFoundError: No module named 'flash_attn'" in problem.evidence
    assert len(problem.evidence) <= 4


def test_an_unknown_code_is_passed_on_with_its_message() -> None:
    problem = diagnosis.explain("NewCode", "It  broke\nbadly.")
    assert ("Azure reports NewCode.", "It broke badly.") == (problem.what, problem.why)


def test_secrets_never_come_along() -> None:
    secret = "hf_abcdefghijklmnop"
    problem = diagnosis.explain("X", f"token {secret}", f"error: Bearer {secret} sig=abc%3D&x=1")
    assert secret not in str(problem)
    assert "abc%3D" not in str(problem)


def test_long_lines_are_cut() -> None:
    problem = diagnosis.explain("X", "m" * 9000, "error " + "x" * 9000)
    assert all(len(line) <= 200 for line in problem.evidence)
    assert len(problem.why) <= 400


@pytest.mark.parametrize(
    ("download", "start", "words"),
    [
        ("InProgress", "NotStarted", "downloading the model"),
        ("Succeeded", "InProgress", "starting the server"),
        ("Succeeded", "Succeeded", "almost ready"),
    ],
)
def test_the_phase_is_read_from_the_instance_status(download: str, start: str, words: str) -> None:
    assert words == diagnosis.phase(STATUS.format(download=download, start=start))


def test_the_containers_own_lines_tell_what_starting_means() -> None:
    head = STATUS.format(download="Succeeded", start="InProgress")
    log = f"{head}\nContainer logs:\n2026-11-22T10:00:00Z Installing the model's Python packages"
    assert "installing packages" == diagnosis.phase(log)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("[2026-11-22] Downloading model artifacts 42%", "downloading the model"),
        ("Booting worker with pid: 31", "starting the server"),
        ("Collecting torch==2.1\n  x", "installing packages"),
        ("", ""),
        ("nothing that means anything", ""),
    ],
)
def test_logs_without_that_head_are_read_line_by_line(log: str, words: str) -> None:
    assert words == diagnosis.phase(log)


FAREWELL = """2026-11-22 10:00:02 [31] [INFO] Worker exiting (pid: 31)
[2026-11-22 10:00:02 +0000] [10] [ERROR] Worker (pid:31) exited with code 3
[2026-11-22 10:00:02 +0000] [10] [ERROR] Shutting down: Master
[2026-11-22 10:00:02 +0000] [10] [ERROR] Reason: Worker failed to boot.
2026-11-22T10:00:03,000 - gunicorn/finish 3 0
2026-11-22T10:00:03,001 - Exit code 3 is not normal. Killing image.
"""
TORCH = "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
CAUSES = (
    ("ValueError: numpy.dtype size changed, may indicate binary incompatibility\n", "ValueError"),
    (
        (
            'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x()\n'
            "KeyError: 'a'\n\n"
            "During handling of the above exception, another exception occurred:\n\n"
            'Traceback (most recent call last):\n  File "b.py", line 2, in g\n    y()\n'
            "    ^^^\nmlflow.exceptions.MlflowException: Could not load the model\n"
        ),
        "mlflow.exceptions.MlflowException: Could not load the model",
    ),
    (
        (
            "2026-11-22 10:00:01 Traceback (most recent call last):\n"
            '2026-11-22 10:00:01   File "a.py", line 1, in f\n'
            "2026-11-22 10:00:01     x()\n"
            f"2026-11-22 10:00:01 {TORCH}\n"
        ),
        TORCH,
    ),
    (
        (
            'Traceback (most recent call last):\n  File "a.py", line 1, in f\n'
            "OSError: no config.json\n"
            'Traceback (most recent call last):\n  File "gunicorn/arbiter.py", line 209, in run\n'
            "gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>\n"
        ),
        "OSError: no config.json",
    ),
    ("ERROR:azmlinfsrv:KeyError: 'model'\n", "KeyError: 'model'"),
    (
        (
            'Traceback (most recent call last):\n  File "main.py", line 14, in init\n'
            "    path = os.environ['MODEL']\nKeyError: 'MODEL'\n\n"
            "The above exception was the direct cause of the following exception:\n\n"
            'Traceback (most recent call last):\n  File "server.py", line 3, in x\n'
            "    raise UserScriptException(SCORING)\n"
            "azureml_inference_server_http.server.user_script.UserScriptException: Caught an "
            "unhandled exception from the user script\n"
        ),
        "KeyError: 'MODEL'",
    ),
    (
        (
            'Traceback (most recent call last):\n  File "utils.py", line 1390, in _get_module\n'
            "    raise RuntimeError(\n"
            "RuntimeError: Failed to import transformers.models.clip because of the following "
            "error (look up to see its traceback):\n"
            "cannot import name 'split' from 'huggingface_hub'\n"
        ),
        "cannot import name 'split'",
    ),
    ("ERROR:    Could not find the model in /var/azureml-app/model\n", "Could not find the model"),
    (
        (
            "Pip subprocess error:\nERROR: Package 'setuptools' requires a different Python\n"
            "CondaEnvException: Pip failed\n"
        ),
        "requires a different Python",
    ),
)


@pytest.mark.parametrize(("log", "cause"), CAUSES)
def test_the_cause_stands_first_and_not_the_servers_farewell(log: str, cause: str) -> None:
    problem = diagnosis.explain("ResourceNotReady", "", log + FAREWELL)

    assert cause in problem.evidence[0]
    assert not any("Worker failed to boot" in line for line in problem.evidence)
    assert not any(line.startswith(("raise ", "The above")) for line in problem.evidence)
    assert not any(problem.evidence[0].startswith(line) for line in problem.evidence[1:])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (TORCH, "OutOfGpuMemory"),
        ("RuntimeError: CUDA error: out of memory", "OutOfGpuMemory"),
        ("torch.OutOfMemoryError: HIP out of memory. Tried to allocate", "OutOfGpuMemory"),
        ("[ONNXRuntimeError] : 6 : CUDA failure 2: out of memory ; GPU=0", "OutOfGpuMemory"),
        ("CUDNN failure: insufficient memory on the device", "OutOfGpuMemory"),
        (
            "ResourceExhaustedError: OOM when allocating tensor with shape[8] on /device:GPU:0",
            "OutOfGpuMemory",
        ),
        ("OOM when allocating tensor with shape[8] on /device:CPU:0", "OutOfMemory"),
        ("ImportError: libc.so.6: version `GLIBC_2.32' not found", "ResourceNotReady"),
        ("Killed", "OutOfMemory"),
        ("[CRITICAL] Worker (pid:31) was sent SIGKILL! Perhaps out of memory?", "OutOfMemory"),
        ("container exit code: 137", "OutOfMemory"),
        ("OSError: [Errno 28] No space left on device", "OutOfDisk"),
    ],
)
def test_a_machine_that_is_too_small_says_in_what(line: str, code: str) -> None:
    assert code == diagnosis.explain("ResourceNotReady", "", f"{line}\n{FAREWELL}").code


def test_a_small_gpu_asks_for_a_larger_gpu() -> None:
    problem = diagnosis.explain("ResourceNotReady", "", TORCH)

    assert "GPU memory" in problem.what
    assert "larger GPU" in problem.advice


@pytest.mark.parametrize(
    "log",
    [
        "Activating /opt/miniconda/envs/amlenv/bin",
        "PATH=/opt/conda/bin:/usr/local/download/bin",
        "azureml-inference-server-http==1.4 conda-pack==0.7 runit",
        "importing torch.hub.download_url_to_file from /pulling/extracting",
    ],
)
def test_a_phase_is_never_read_from_paths_and_names_of_packages(log: str) -> None:
    assert "" == diagnosis.phase(log)


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        (
            (
                "Your requested VM size Standard_DS3_v2 requires 4 cores but region eastus has "
                "only 2 cores remaining of total quota 10."
            ),
            (4, 2, 10),
        ),
        (
            (
                "Not enough CPU quota. The amount of CPU quota requested is 4 and your "
                "maximum amount of quota is 6."
            ),
            (4, None, 6),
        ),
    ],
)
def test_the_numbers_of_a_quota_are_read_in_each_wording(
    said: str, numbers: tuple[int | None, ...]
) -> None:
    found = diagnosis.shortage(said)

    assert numbers == (found.needed, found.left, found.limit)


def test_what_is_said_as_the_reason_is_not_quoted_again() -> None:
    said = "Not enough cores quota for this, in words that nobody knows."

    problem = diagnosis.explain("OutOfQuota", said)

    assert (said, ()) == (problem.why, problem.evidence)


@pytest.mark.parametrize(
    "said",
    ["Endpoint 'clip' already exists in region eastus.", "A resource with this ID already exists"],
)
def test_what_exists_already_has_the_name(said: str) -> None:
    assert diagnosis.NAME_TAKEN == diagnosis.explain("Conflict", said).template


def test_the_reason_may_stand_among_the_facts_of_what_failed() -> None:
    error = {"code": "ResourceNotReady", "message": "User container has crashed or terminated."}

    failed = status_in(200, {"status": "Failed", "error": None, "properties": {"error": error}})

    assert (error["code"], error["message"]) == (failed.code, failed.message)
