"""Rules about what Azure's import pipeline says, in its own code's words."""

from __future__ import annotations

from services.diagnosis.faults import Kind, Rule, codes, words
from services.errors import ErrorText

RULES = (
    Rule(
        text=ErrorText(
            code="ImportInvalidModelId",
            what="The Hub does not know this model any more.",
            why="{said}",
            advice="Check the id on huggingface.co; it may have been renamed or made private.",
        ),
        kind=Kind.MISSING,
        pattern=words("Invalid Hugging face model id"),
        as_code="InvalidModelId",
    ),
    Rule(
        text=ErrorText(
            code="ImportHubAccess",
            what="The Hub did not let Azure download the model.",
            why="It is gated or private, and the token is missing, expired or not approved.",
            advice="Ask for access on its page, set HF_TOKEN to a token that has it, then try "
            "again.",
        ),
        kind=Kind.ROLE,
        pattern=words(
            "gated repo",
            "GatedRepo",
            "Failed to authenticate with the HF Token",
            "40[13] Client Error",
            "Access to model [^\n]{1,160} is restricted",
        ),
        logs=True,
        as_code="HubAccess",
    ),
    Rule(
        text=ErrorText(
            code="ImportModelAlreadyExists",
            what="Azure's registry has this model already, and the import refuses it then.",
            why="{said}",
            advice="Deploy the registry's own model instead: `search` for its name.",
        ),
        kind=Kind.TAKEN,
        pattern=words("already exists in registry"),
        as_code="ModelAlreadyExists",
    ),
    Rule(
        text=ErrorText(
            code="ImportTaskNotSupported",
            what="Azure's import does not know what this model is for.",
            why="{said}",
            advice="Name a task yourself: `import … task:text-classification`.",
        ),
        kind=Kind.ASKED,
        pattern=words("Unsupported task type"),
        as_code="TaskNotSupported",
    ),
    Rule(
        text=ErrorText(
            code="ImportConversionNotSupported",
            what="Azure cannot convert this kind of model.",
            why="{said}",
            advice="Choose a model of a more common architecture for the same task.",
        ),
        kind=Kind.ASKED,
        pattern=words("not supported for MLflow conversion", "Unsupported model type"),
        as_code="ConversionNotSupported",
    ),
    Rule(
        text=ErrorText(
            code="ImportIdentity",
            what="The import job had no identity to register the model with.",
            why="{said}",
            advice="Attach a managed identity with the role AzureML Data Scientist to the import "
            "cluster, then try again.",
        ),
        kind=Kind.ROLE,
        pattern=words(
            r"has MSI\(Managed Service Identity\)", "AzureMLOnBehalfOfCredential", "UserIdentity"
        ),
        as_code="ImportIdentity",
    ),
    Rule(
        text=ErrorText(
            code="ImportCondaEnvironment",
            what="The converted model's Python packages could not be installed together.",
            why="{said}",
            advice="Choose another version of the model, or import it without a validation set.",
        ),
        kind=Kind.MODEL,
        pattern=words("creating conda env using MLflow model conda"),
        as_code="CondaEnvironment",
    ),
    Rule(
        text=ErrorText(
            code="ImportHubDownload",
            what="Azure could not download the model from the Hub.",
            why="{said}",
            advice="Try again; if it fails again, check that the cluster may reach huggingface.co.",
        ),
        kind=Kind.MODEL,
        pattern=words(
            "Failed to clone",
            "Failed to download artifacts",
            "Error in fetching model info",
            "Failed to set up GitHub config",
        ),
        as_code="HubDownload",
    ),
    Rule(
        text=ErrorText(
            code="ImportMissingModelName",
            what="The import lost the model's name on the way.",
            why="{said}",
            advice="Try again; if it happens again, open a support request with the text below.",
        ),
        kind=Kind.MODEL,
        pattern=words("Missing Model Name"),
        as_code="MissingModelName",
    ),
    Rule(
        text=ErrorText(
            code="ImportJobNotFound",
            what="Azure does not know the job any more.",
            why="It was deleted, or Azure lost it.",
            advice="Start the import again.",
        ),
        kind=Kind.MISSING,
        codes=codes("JobNotFound"),
    ),
)
# For a job of which nothing above is known.
JOB_FAILED = Rule(
    text=ErrorText(
        code="ImportJobFailed",
        what="Azure's import pipeline failed.",
        why="{said}",
        advice="Open the job in studio for its logs, then try again.",
    ),
    kind=Kind.UNKNOWN,
    codes=codes("JobFailed"),
)
