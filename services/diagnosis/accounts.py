"""Rules about who asks and where: policies, rights, logins, locks, subscriptions, networks."""

from __future__ import annotations

from services.diagnosis.faults import Kind, Rule, codes, statuses, words
from services.errors import ErrorText

POLICY = ErrorText(
    code="AzurePolicy",
    what="A policy of your organisation does not let anybody {doing} like this.",
    why="{policy}",
    advice="Ask whoever looks after the subscription's policies for an exemption, or do what the "
    "policy asks for; another role for the bot does not help.",
)
DENIED = ErrorText(
    code="AzureDenyAssignment",
    what="A deny assignment in Azure does not let the bot {doing}.",
    why="It forbids {right}, whatever roles the bot has.",
    advice="Ask an owner of the subscription: whoever made the deny assignment must change it.",
)
KEY_VAULT = ErrorText(
    code="AzureKeyVault",
    what="The workspace's key vault did not let Azure {doing}.",
    why="{said}",
    advice="Give the identity that Azure names the role Key Vault Secrets User on the key vault, "
    "and let its firewall pass trusted services.",
)
ROLE = ErrorText(
    code="AzureNotAllowed",
    what="Azure does not let the bot {doing}.",
    why="Its identity lacks {right}.",
    advice="Give the bot's identity the role AzureML Data Scientist on the workspace (and AzureML "
    "Compute Operator where clusters are made). A new role counts after a few minutes.",
)
LINKED = ErrorText(
    code="AzureLinkedNotAllowed",
    what="Azure does not let the bot {doing}, because of something else that it uses.",
    why="Its identity lacks {right} there.",
    advice="Give the bot's identity a role with that right on what Azure names, for example on the "
    "virtual network, the managed identity or the registry. It counts after a few minutes.",
)
LOCKED = ErrorText(
    code="AzureLocked",
    what="A lock in Azure does not let the bot {doing}.",
    why="{said}",
    advice="An Owner or User Access Administrator can remove the lock (Azure portal, the resource "
    "group or workspace, Locks); then try again.",
)
NOT_REGISTERED = ErrorText(
    code="AzureNotRegistered",
    what="The subscription has not switched on the service that is needed to {doing}.",
    why="{said}",
    advice="A Contributor or Owner of the subscription does it once: `az provider register "
    "--namespace {namespace}`. After a few minutes, try again.",
)
DISABLED = ErrorText(
    code="AzureDisabled",
    what="The Azure subscription is disabled, so the bot could not {doing}.",
    why="{said}",
    advice="Whoever pays for the subscription can enable it again (Azure portal, Subscriptions): "
    "usually a bill is open or a spending limit is reached. Then try again.",
)
NO_ACCOUNT = ErrorText(
    code="AzureNoAccount",
    what="Azure does not find the bot's subscription, resource group or workspace, so it could not "
    "{doing}.",
    why="{said}",
    advice="It was deleted or renamed, or the bot's login cannot see it. Check "
    "AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP and AZUREML_WORKSPACE_NAME: `aml-bot doctor`.",
)
ALL_GOES = ErrorText(
    code="AzureGroupGoes",
    what="Somebody is deleting what it belongs to, so Azure could not {doing}.",
    why="{said}",
    advice="Use another resource group or workspace; nothing new can be made in this one.",
)
FIREWALL = ErrorText(
    code="AzureFirewall",
    what="A network rule in Azure did not let anybody {doing} from here.",
    why="{said}",
    advice="Let the bot run inside of that network, or ask whoever looks after it to let this "
    "machine (or trusted Azure services) through. Keys and roles are not the reason.",
)
BETWEEN = ErrorText(
    code="AzureStoppedOnTheWay",
    what="Something between the bot and Azure did not let it {doing} (HTTP {status}).",
    why="A web page came back instead of Azure's answer{because}.",
    advice="Ask whoever looks after the network: a proxy or firewall must let the bot through.",
)

RULES = (
    Rule(text=BETWEEN, kind=Kind.NETWORK, page=True, statuses=statuses({403, 407, 451, 511})),
    Rule(
        text=POLICY,
        kind=Kind.POLICY,
        codes=codes(
            "RequestDisallowedByPolicy",
            "RequestDisallowedByAzure",
            "DisallowedByPolicy",
            "PolicyViolation",
            "ResourceDisallowedByPolicy",
        ),
        quotes=False,
    ),
    Rule(
        text=POLICY,
        kind=Kind.POLICY,
        pattern=words("disallowed by (?:azure )?policy"),
        quotes=False,
    ),
    Rule(
        text=DENIED, kind=Kind.ROLE, codes=codes("DenyAssignmentAuthorizationFailed"), quotes=False
    ),
    Rule(
        text=DENIED, kind=Kind.ROLE, pattern=words("because of the deny assignment"), quotes=False
    ),
    Rule(
        text=LOCKED,
        kind=Kind.LOCK,
        codes=codes("ScopeLocked", "CannotDeleteLockedResource"),
        quotes=False,
    ),
    Rule(text=LOCKED, kind=Kind.LOCK, pattern=words(r"scope\(s\) are locked")),
    Rule(
        text=NOT_REGISTERED,
        kind=Kind.REGISTRATION,
        codes=codes(
            "MissingSubscriptionRegistration",
            "SubscriptionNotRegistered",
            "MissingRegistrationForType",
            "MissingRegistrationForLocation",
            "FeatureNotRegistered",
            "ResourceProviderNotRegistered",
        ),
    ),
    Rule(
        text=NOT_REGISTERED,
        kind=Kind.REGISTRATION,
        pattern=words(
            "not registered to use namespace",
            r"(?:is not|isn't) registered (?:with|for|in) (?:the )?subscription",
        ),
    ),
    Rule(
        text=DISABLED,
        kind=Kind.DISABLED,
        codes=codes(
            "ReadOnlyDisabledSubscription",
            "SubscriptionDisabled",
            "DisabledSubscription",
            "SubscriptionNotActive",
            "SubscriptionSuspended",
            "UserSubscriptionDisabled",
            "AccountIsDisabled",
        ),
    ),
    Rule(
        text=DISABLED,
        kind=Kind.DISABLED,
        pattern=words(
            "subscription[^\n]{0,80}(?:is|was|has been) (?:disabled|suspended)",
            "therefore marked as read only",
        ),
    ),
    Rule(
        text=KEY_VAULT,
        kind=Kind.ROLE,
        pattern=words(
            r"secrets? \w{1,12} permission on key ?vault",
            r"\.vault\.azure\.net",
            "Microsoft.KeyVault/vaults/secrets",
        ),
    ),
    Rule(
        text=FIREWALL,
        kind=Kind.NETWORK,
        codes=codes(
            "AuthorizationFailure",
            "PublicNetworkAccessDisabled",
            "PublicNetworkAccessDenied",
            "PublicAccessNotPermitted",
            "ForbiddenByFirewall",
            "ForbiddenByConnection",
            "NetworkAclsValidationFailure",
        ),
    ),
    Rule(
        text=FIREWALL,
        kind=Kind.NETWORK,
        pattern=words(
            "public (?:network )?access (?:is|has been|was) "
            "(?:disabled|denied|not (?:allowed|permitted))",
            "(?:public|network) access[^\n]{0,120} is "
            "(?:disabled|denied|not allowed|not permitted)",
            "client address is not authori[sz]ed",
            r"(?:client with )?ip(?: address)? ['\"\d.]{1,50} is not allowed",
            "(?:blocked|denied|forbidden|not allowed) by (?:the |its |a )?"
            "(?:network rules?|firewall|ip rules?)",
            "use (?:a |the )?private endpoint",
            "firewall settings",
        ),
    ),
    Rule(text=LINKED, kind=Kind.ROLE, codes=codes("LinkedAuthorizationFailed"), quotes=False),
    Rule(
        text=ROLE,
        kind=Kind.ROLE,
        codes=codes(
            "AuthorizationFailed",
            "AuthorizationPermissionMismatch",
            "InsufficientPermissions",
            "AuthorizationRequestDenied",
            "Authorization_RequestDenied",
            "AccessDenied",
            "UserNotAuthorized",
            "InsufficientAccountPermissions",
            "ClientAuthorizationFailed",
        ),
        quotes=False,
    ),
    Rule(
        text=ROLE,
        kind=Kind.ROLE,
        pattern=words(
            "(?:not|n't) have (?:the )?(?:authorization|permissions? )",
            "not authorized to perform",
        ),
        quotes=False,
    ),
    Rule(
        text=ALL_GOES,
        kind=Kind.GONE,
        codes=codes(
            "ResourceGroupBeingDeleted",
            "ResourceGroupDeletionInProgress",
            "SubscriptionDeleted",
            "WorkspaceBeingDeleted",
            "ParentResourceBeingDeleted",
        ),
    ),
    Rule(
        text=ALL_GOES,
        kind=Kind.GONE,
        pattern=words(
            "is in deprovisioning state",
            "(?:resource group|workspace|subscription)[^\n]{0,80} (?:is|are) being deleted",
        ),
    ),
    Rule(
        text=NO_ACCOUNT,
        kind=Kind.ACCOUNT,
        codes=codes(
            "SubscriptionNotFound",
            "InvalidSubscriptionId",
            "ResourceGroupNotFound",
            "WorkspaceNotFound",
            "MissingSubscription",
        ),
    ),
    Rule(
        text=NO_ACCOUNT,
        kind=Kind.ACCOUNT,
        codes=codes("ResourceNotFound", "NotFound", "ParentResourceNotFound"),
        pattern=words(
            r"MachineLearningServices/workspaces/[\w.-]{1,64}' (?:under|was not|could not)"
        ),
    ),
)
