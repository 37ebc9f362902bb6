"""Rules about what was asked for: names, states, sizes of requests, and faults that pass."""

from __future__ import annotations

from services import http
from services.diagnosis.faults import Kind, Rule, codes, statuses, words
from services.errors import ErrorText

NAME_TAKEN = ErrorText(
    code="AzureNameTaken",
    what="The name is taken.",
    why="{said}",
    advice="Try again under another name.",
)
STUCK = ErrorText(
    code="AzureStuck",
    what="Azure cannot {doing}, because what is there is in a state that waiting does not change.",
    why="{said}",
    advice="Delete what has failed, then try again.",
)
BUSY = ErrorText(code="AzureConflict", what="Azure is busy and could not {doing} yet{because}")
CHANGED = ErrorText(
    code="AzureChanged",
    what="Somebody else changed it at the same moment, so Azure could not {doing} yet",
)
OTHER_FIRST = ErrorText(
    code="AzureOtherFirst",
    what="Azure put another operation first and stopped this one.",
    why="Two operations on one endpoint exclude each other.",
    advice="Try again in about a minute.",
)
FAULT = ErrorText(
    code="AzureFault",
    what="Azure could not {doing}, because of a fault of its own{because}",
    advice="Try again. If it happens again, open a support request with the text below.",
)
PASSING_FAULT = ErrorText(
    code="AzureBusy",
    what="Azure could not {doing} just now ({status}){because}",
    advice="Try again in a few minutes.",
)
PAGE = ErrorText(
    code="AzureGatewayPage",
    what="Something before Azure answered with a web page, so the bot could not {doing} "
    "({status}){because}",
    advice="Try again in a few minutes.",
)
TOO_LARGE = ErrorText(
    code="AzureTooLarge",
    what="Azure refused to {doing}, because the request is too large.",
    why="{said}",
    advice="Ask for less at once.",
)
OLD_BOT = ErrorText(
    code="AzureApiVersion",
    what="Azure does not know what the bot asked for in this region, so it could not {doing}.",
    why="{said}",
    advice="Use a workspace in a region that offers it, or a newer release of the bot.",
)

# States that end by themselves; a thing in any other state is left as it is.
GOING_ON = (
    "Creating|Updating|Deleting|Scaling|Accepted|Provisioning|InProgress|Running|Resuming"
    "|Starting|Stopping|Resizing|Preparing|Finalizing"
)

RULES = (
    Rule(
        text=NAME_TAKEN,
        kind=Kind.TAKEN,
        codes=codes(
            "NameUnavailable",
            "EndpointAlreadyExists",
            "NameNotAvailable",
            "NameInUse",
            "ResourceNameAlreadyInUse",
            "AlreadyExists",
            "ResourceAlreadyExists",
        ),
    ),
    Rule(
        text=NAME_TAKEN,
        kind=Kind.TAKEN,
        pattern=words(
            "already an? \\w{1,20} (?:with|of) (?:this|that|the same) name",
            "needs? to be unique within (?:a|the) region",
            "already (?:been )?(?:used|in use|taken)\\b",
            "(?:name|endpoint|deployment|compute|cluster|resource)\\b[^\n]{0,80} already exists",
            "name[^\n]{0,80} is not available",
        ),
    ),
    Rule(
        text=OTHER_FIRST,
        kind=Kind.BUSY,
        codes=codes("OperationCanceled", "OperationCancelled", "OperationPreempted"),
    ),
    Rule(
        text=BUSY,
        kind=Kind.BUSY,
        codes=codes(
            "AnotherOperationInProgress",
            "OperationInProgress",
            "ConcurrentOperation",
            "ConcurrentUpdateError",
            "RetryableError",
            "ResourceBusy",
            "OperationPreemptedByAnother",
            "EndpointBusy",
            "ConflictingConcurrentWriteNotAllowed",
            "DeploymentActive",
            "InProgress",
            "ResourceUpdating",
            "ResourceInUpdatingState",
            "ServerIsBusy",
        ),
    ),
    Rule(
        text=BUSY,
        kind=Kind.BUSY,
        pattern=words(
            rf"in (?:the )?['\"]?(?:{GOING_ON})['\"]? (?:provisioning )?state",
            rf"provisioning ?state[^\n]{{0,20}}\b(?:{GOING_ON})\b",
            "(?:another|a previous|a concurrent) (?:\\w{1,20} )?"
            "(?:operation|request|update|deployment)",
            "operations? (?:is |are |was )?(?:already |currently |still )?"
            "(?:in progress|ongoing|running)",
            "(?:is|are) (?:currently |still )?being "
            "(?:created|updated|deleted|modified|provisioned|scaled)",
            "concurrent (?:update|modification|write|request)",
            "is busy\\b",
        ),
    ),
    Rule(
        text=STUCK,
        kind=Kind.STUCK,
        pattern=words(
            r"in (?:the |a )?['\"]?(?:Failed|Canceled|Cancelled|Unhealthy|Deleted|Disabled)['\"]? "
            r"(?:provisioning )?state",
        ),
    ),
    Rule(
        text=OLD_BOT,
        kind=Kind.ASKED,
        codes=codes(
            "NoRegisteredProviderFound",
            "InvalidApiVersionParameter",
            "InvalidResourceType",
            "LocationNotAvailableForResourceType",
            "UnsupportedApiVersion",
        ),
    ),
    Rule(
        text=TOO_LARGE,
        kind=Kind.ASKED,
        codes=codes("RequestEntityTooLarge", "RequestContentTooLarge", "RequestBodyTooLarge"),
    ),
    Rule(text=TOO_LARGE, kind=Kind.ASKED, statuses=statuses({413})),
    Rule(
        text=CHANGED,
        kind=Kind.BUSY,
        codes=codes("PreconditionFailed", "ConditionNotMet", "EtagMismatch"),
        statuses=statuses({0, 409, 412}),
    ),
    Rule(text=CHANGED, kind=Kind.BUSY, statuses=statuses({412})),
    Rule(text=PAGE, kind=Kind.FAULT, page=True),
    Rule(
        text=FAULT,
        kind=Kind.FAULT,
        codes=codes(
            "InternalServerError",
            "InternalError",
            "InternalAzureError",
            "ServiceError",
            "ServiceUnavailable",
            "ServerTimeout",
            "GatewayTimeout",
            "BadGateway",
            "ServerBusy",
            "OperationTimedOut",
            "RequestTimeout",
            "GatewayError",
            "ServiceInvocationFailed",
            "TransientError",
            "DependencyFailure",
            "SystemError",
        ),
        statuses=http.BUSY | {0, 200},
    ),
    Rule(text=PASSING_FAULT, kind=Kind.FAULT, statuses=http.BUSY),
)
