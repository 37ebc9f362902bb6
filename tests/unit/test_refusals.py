"""Azure's refusals in the words and forms in which people have met them: each of the right kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from services import diagnosis
from services.diagnosis.faults import Kind
from services.diagnosis.rules import rule_for
from services.errors import (
    NotAllowedError,
    NotFoundError,
    QuotaExceededError,
    ServiceError,
    ServiceRefusedError,
    TemporaryError,
    UserError,
)

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SUBSCRIPTION = f"/subscriptions/{GUID}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/ml-prod"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/team"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/clip"
MAKE = "make the endpoint clip"
QUOTA = (
    f"Not enough quota available for Standard_D2a_v4 in SubscriptionId {GUID}. Current "
    "usage/limit: 0/6. Additional needed: 8 Please see troubleshooting guide, available here: "
    "https://aka.ms/oe-tsg#error-outofquota"
)
VALIDATION = {
    "errors": {"VmSize": [QUOTA]},
    "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
    "title": "One or more validation errors occurred.",
    "status": 400,
    "traceId": "00-a95a95afd7040aa9217f2d51d95c71c1-894d1cf3aba15e15-01",
}
INFERENCING = f"InferencingClient HttpRequest error, error detail: {json.dumps(VALIDATION)}"
UNIQUE = (
    "There is already an endpoint with this name, Endpoint name needs to be unique within a "
    "region. Try some other name."
)
CLUSTER = (
    "Not enough cluster CPU quota. The amount of additional CPU quota requested is 8, and you are "
    "currently using 14. Your amount of maximum quota is 20. Please see troubleshooting guide, "
    "available here: https://aka.ms/oe-tsg#error-outofquota"
)
LACKS = (
    f"The client '{GUID}' with object id '{GUID}' does not have authorization to perform action "
    f"'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write' over scope '{ENDPOINT}' "
    "or the scope is invalid. If access was recently granted, please refresh your credentials."
)
LINKED = (
    f"The client '{GUID}' with object id '{GUID}' has permission to perform action "
    f"'Microsoft.MachineLearningServices/workspaces/computes/write' on scope '{ENDPOINT}'; "
    "however, it does not have permission to perform action(s) "
    "'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) "
    f"'{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/s' (respectively)."
)
TAG = (
    "Resource 'clip' was disallowed by policy. Reasons: 'Endpoints need the tag CostCenter'. See "
    "error details for policy resource IDs."
)
IDENTIFIERS = (
    "Resource 'clip' was disallowed by policy. Policy identifiers: '"
    '[{"policyAssignment":{"name":"Require a cost centre","id":"'
    f'{SUBSCRIPTION}/providers/Microsoft.Authorization/policyAssignments/x"'
    '},"policyDefinition":{"name":"Tags","id":"/providers/x"}}]'
    "'."
)
LOCKED = (
    f"The scope '{ENDPOINT}' cannot perform delete operation because following scope(s) are "
    f"locked: '{GROUP}'. Please remove the lock and try again."
)
CRASHED = "User container has crashed or terminated: Liveness probe failed: HTTP probe failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One refusal: what came back, and what it has to be taken for."""

    name: str
    kind: Kind
    status: int = 400
    code: str | None = "BadRequest"
    message: str = "The request is invalid."
    details: tuple[Mapping[str, Any], ...] = ()
    body: Any = None
    says: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def answer(self) -> diagnosis.Answer:
        error = {"code": self.code, "message": self.message, "details": list(self.details)}
        body = {"error": error} if self.body is None else self.body
        return diagnosis.read(body, status=self.status, headers=self.headers)


def inner(code: str, message: str) -> tuple[Mapping[str, Any], ...]:
    return ({"code": code, "message": message, "details": [], "additionalInfo": []},)


CASES = (
    # --- quota, in every form --------------------------------------------------------------------
    Case(
        name="quota in details, as JSON inside the text",
        kind=Kind.QUOTA,
        details=inner("InferencingClientCreateDeploymentFailed", INFERENCING),
        says=("It needs 8 cores for Standard_D2a_v4; 6 of 6 are left",),
    ),
    Case(
        name="quota two levels deep",
        kind=Kind.QUOTA,
        details=({"code": "Outer", "details": [{"code": "OutOfQuota", "message": QUOTA}]},),
        says=("It needs 8 cores for Standard_D2a_v4",),
    ),
    Case(
        name="quota in innererror",
        kind=Kind.QUOTA,
        body={"error": {"code": "UserError", "innerError": {"message": QUOTA}}},
        says=("6 of 6 are left",),
    ),
    Case(
        name="quota with doubled braces",
        kind=Kind.QUOTA,
        details=inner("X", "detail: {" + json.dumps({"errors": {"VmSize": [QUOTA]}}) + "}"),
        says=("6 of 6 are left",),
    ),
    Case(
        name="quota with a code of null",
        kind=Kind.QUOTA,
        code=None,
        message=f"OutOfQuota: {CLUSTER}",
        says=("It needs 8 cores; 6 of 20 are left",),
    ),
    Case(
        name="quota of a cluster that cannot have a node",
        kind=Kind.QUOTA,
        code="ClusterMinNodesExceedCoreQuota",
        message="The specified subscription has a Standard NCSv3 Family vCPU quota of 0 and cannot "
        "accommodate for at least 1 requested managed compute node which maps to 6 vCPUs.",
        says=("It needs 6 cores; 0 are allowed",),
    ),
    Case(
        name="quota of cores reached",
        kind=Kind.QUOTA,
        status=409,
        code="ClusterCoreQuotaReached",
        message="Operation results in exceeding quota limits of Core. Maximum allowed: 24, Current "
        "in use: 24, Additional requested: 4. Please read more about quota increase.",
        says=("It needs 4 cores; 0 of 24 are left",),
    ),
    Case(
        name="quota of the compute provider",
        kind=Kind.QUOTA,
        status=409,
        code="OperationNotAllowed",
        message="Operation could not be completed as it results in exceeding approved "
        "standardDSv2Family Cores quota. Additional details - Deployment Model: Resource Manager, "
        "Location: eastus, Current Limit: 10, Current Usage: 8, Additional Required: 4, (Minimum) "
        "New Limit Required: 12.",
        says=("It needs 4 cores; 2 of 10 are left",),
    ),
    Case(
        name="quota of endpoints",
        kind=Kind.QUOTA,
        code="InferencingClientCallFailed",
        message="Endpoint Quota reached for subscription x.Current usage/limit: 300/300.Please "
        "clean up existing endpoints and try again",
        says=("as many endpoints as it may", "300 of 300 are in use"),
    ),
    Case(
        name="quota in words that have no known numbers",
        kind=Kind.QUOTA,
        code="InsufficientQuota",
        message="You do not have enough quota for the following VM sizes.",
        says=("You do not have enough quota for the following VM sizes",),
    ),
    # --- capacity --------------------------------------------------------------------------------
    Case(
        name="out of capacity",
        kind=Kind.CAPACITY,
        code="OutOfCapacity",
        message="The specified VM size failed to provision due to a lack of Azure capacity.",
        says=("your quota is not the reason",),
    ),
    Case(
        name="a restricted size",
        kind=Kind.CAPACITY,
        status=409,
        code="SkuNotAvailable",
        message="The requested size for resource 'x' is currently not available in location "
        f"'eastus' zones '' for subscription '{GUID}'. Please try another size.",
        says=("does not offer this size",),
    ),
    Case(
        name="an allocation that failed",
        kind=Kind.CAPACITY,
        status=409,
        code="AllocationFailed",
        message="Allocation failed. We do not have sufficient capacity for the requested VM size.",
    ),
    # --- policy, role, login ---------------------------------------------------------------------
    Case(
        name="a policy",
        kind=Kind.POLICY,
        status=403,
        code="RequestDisallowedByPolicy",
        message=TAG,
        says=("Endpoints need the tag CostCenter", "another role for the bot does not help"),
    ),
    Case(
        name="a policy with identifiers",
        kind=Kind.POLICY,
        status=403,
        code="RequestDisallowedByPolicy",
        message=IDENTIFIERS,
        says=("“Require a cost centre”",),
    ),
    Case(
        name="a policy in details of a bad request",
        kind=Kind.POLICY,
        details=inner("RequestDisallowedByPolicy", TAG),
    ),
    Case(
        name="a role",
        kind=Kind.ROLE,
        status=403,
        code="AuthorizationFailed",
        message=LACKS,
        says=("lacks `…/onlineEndpoints/write`", "AzureML Data Scientist"),
    ),
    Case(
        name="a role on something else",
        kind=Kind.ROLE,
        status=403,
        code="LinkedAuthorizationFailed",
        message=LINKED,
        says=("lacks `…/join/action`",),
    ),
    Case(
        name="a role, in the words of the data plane",
        kind=Kind.ROLE,
        status=403,
        code="UserError",
        message=f"Identity(object id: {GUID}) does not have permissions for "
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read actions. Please refer "
        "to https://aka.ms/azureml-auth-troubleshooting to fix the permissions issue.",
        says=("lacks `…/onlineEndpoints/read`",),
    ),
    Case(
        name="a deny assignment",
        kind=Kind.ROLE,
        status=403,
        code="DenyAssignmentAuthorizationFailed",
        message=f"The client '{GUID}' has permission to perform action 'Microsoft.X/y/write' on "
        f"scope '{ENDPOINT}'; however, the access is denied because of the deny assignment with "
        f"name 'managed' and Id '{GUID}'.",
        says=("deny assignment",),
    ),
    Case(
        name="an expired token",
        kind=Kind.LOGIN,
        status=401,
        code="ExpiredAuthenticationToken",
        message="The access token expiry UTC time '5/1/2026' is earlier than current UTC time.",
        says=("does not accept the bot's login",),
    ),
    Case(
        name="another tenant",
        kind=Kind.LOGIN,
        status=401,
        code="InvalidAuthenticationTokenTenant",
        message=f"The access token is from the wrong issuer 'https://sts.windows.net/{GUID}/'.",
        says=("another tenant",),
    ),
    Case(
        name="a secret that has expired",
        kind=Kind.LOGIN,
        status=0,
        body="Authentication failed: AADSTS7000222: The provided client secret keys for app "
        f"'{GUID}' are expired. Trace ID: {GUID}",
        says=("AZURE_CLIENT_SECRET",),
    ),
    Case(
        name="a login that wants a second factor",
        kind=Kind.LOGIN,
        status=0,
        body={"error": "invalid_grant", "error_description": "AADSTS50076: Due to a change ..."},
        says=("multi-factor",),
    ),
    Case(
        name="a login that is refused for another reason",
        kind=Kind.LOGIN,
        status=400,
        body={"error": "invalid_client", "error_description": "AADSTS90019: No tenant found."},
    ),
    # --- lock, registration, subscription --------------------------------------------------------
    Case(
        name="a lock",
        kind=Kind.LOCK,
        status=409,
        code="ScopeLocked",
        message=LOCKED,
        says=("…/onlineEndpoints/clip", "Owner or User Access Administrator"),
    ),
    Case(
        name="no registration",
        kind=Kind.REGISTRATION,
        status=409,
        code="MissingSubscriptionRegistration",
        message="The subscription is not registered to use namespace 'Microsoft.PolicyInsights'. "
        "See https://aka.ms/rps-not-found for how to register subscriptions.",
        says=("az provider register --namespace Microsoft.PolicyInsights",),
    ),
    Case(
        name="no registration, in Azure ML's words",
        kind=Kind.REGISTRATION,
        code="BadArgument",
        message="Resource provider [N/A] isn't registered with Subscription [N/A].",
        says=("az provider register",),
    ),
    Case(
        name="a disabled subscription",
        kind=Kind.DISABLED,
        status=409,
        code="ReadOnlyDisabledSubscription",
        message=f"The subscription '{GUID}' is disabled and therefore marked as read only. You "
        "cannot perform any write actions on this subscription until it is re-enabled.",
        says=("can enable it again",),
    ),
    Case(
        name="no such subscription",
        kind=Kind.ACCOUNT,
        status=404,
        code="SubscriptionNotFound",
        message=f"The subscription '{GUID}' could not be found.",
        says=("AZURE_SUBSCRIPTION_ID",),
    ),
    Case(
        name="no such workspace",
        kind=Kind.ACCOUNT,
        status=404,
        code="ResourceNotFound",
        message="The Resource 'Microsoft.MachineLearningServices/workspaces/team' under resource "
        "group 'ml-prod' was not found.",
        says=("AZUREML_WORKSPACE_NAME",),
    ),
    Case(
        name="a resource group that is being deleted",
        kind=Kind.GONE,
        status=409,
        code="ResourceGroupBeingDeleted",
        message="The resource group 'ml-prod' is in deprovisioning state and cannot perform this "
        "operation.",
    ),
    # --- networks --------------------------------------------------------------------------------
    Case(
        name="a private endpoint",
        kind=Kind.NETWORK,
        status=403,
        body="Public network access is disabled for this endpoint.",
        says=("Public network access is disabled for this endpoint",),
    ),
    Case(
        name="a storage account's firewall",
        kind=Kind.NETWORK,
        status=403,
        code="AuthorizationFailure",
        message="This request is not authorized to perform this operation.",
    ),
    Case(
        name="a key vault's firewall",
        kind=Kind.NETWORK,
        status=403,
        code="Forbidden",
        message="Client address is not authorized and caller is not a trusted service.",
    ),
    Case(
        name="a proxy's page",
        kind=Kind.NETWORK,
        status=403,
        body="<html><head><title>Access denied by Zscaler</title></head></html>",
        says=("Something between the bot and Azure",),
    ),
    # --- names, states ---------------------------------------------------------------------------
    Case(
        name="a taken name",
        kind=Kind.TAKEN,
        details=inner(
            "InferencingClientCallFailed",
            json.dumps({"errors": {"": [UNIQUE]}, "title": "One or more validation errors"}),
        ),
        says=("There is already an endpoint with this name",),
    ),
    Case(
        name="an endpoint that has failed",
        kind=Kind.STUCK,
        status=409,
        code="Conflict",
        message="Cannot create a deployment in endpoint clip because it is in Failed provisioning "
        "state.",
        says=("Delete what has failed",),
    ),
    Case(
        name="a request that is too large",
        kind=Kind.ASKED,
        status=413,
        code="RequestEntityTooLarge",
        message="The request content size exceeds the limit.",
    ),
    Case(
        name="no storage left",
        kind=Kind.QUOTA,
        status=507,
        code="InsufficientStorage",
        message="There is not enough storage.",
    ),
    # --- what passes -----------------------------------------------------------------------------
    Case(
        name="an endpoint that is changing",
        kind=Kind.BUSY,
        status=409,
        code="Conflict",
        message="Cannot create a deployment in endpoint clip because it is in Updating provisioning"
        " state.",
        says=("Updating provisioning state",),
    ),
    Case(
        name="an endpoint that is changing, as a bad request",
        kind=Kind.BUSY,
        message="Cannot create a deployment in endpoint clip because it is in Deleting provisioning"
        " state.",
    ),
    Case(
        name="another operation",
        kind=Kind.BUSY,
        status=409,
        code="AnotherOperationInProgress",
        message="Another operation on this or dependent resource is in progress.",
    ),
    Case(name="a conflict without a word", kind=Kind.BUSY, status=409, body=""),
    Case(
        name="a change at the same moment",
        kind=Kind.BUSY,
        status=412,
        code="PreconditionFailed",
        message="The condition specified by the ETag is not satisfied.",
    ),
    Case(
        name="too many requests",
        kind=Kind.THROTTLED,
        status=429,
        code="SubscriptionRequestsThrottled",
        message="Number of requests for subscription exceeded the limit. Try again after 17 "
        "seconds.",
        headers={"Retry-After": "17"},
    ),
    Case(
        name="a gateway's page",
        kind=Kind.FAULT,
        status=502,
        body="<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
        says=("502 Bad Gateway",),
    ),
    Case(
        name="a gateway's page for nothing found", kind=Kind.FAULT, status=404, body="<html></html>"
    ),
    Case(name="an empty 503", kind=Kind.FAULT, status=503, body=b""),
    Case(
        name="a fault of Azure's",
        kind=Kind.FAULT,
        status=500,
        code="InternalServerError",
        message="An internal server error occurred. Please try again.",
    ),
    # --- deployments -----------------------------------------------------------------------------
    Case(name="a crash", kind=Kind.MODEL, code=None, message=f"ResourceNotReady: {CRASHED}"),
    Case(name="a crash as a bad argument", kind=Kind.MODEL, code="BadArgument", message=CRASHED),
    Case(
        name="an image that cannot be pulled",
        kind=Kind.MODEL,
        code="BadArgument",
        message="Failed to pull image registry.azurecr.io/x: unauthorized: authentication required",
        says=("AcrPull",),
    ),
    Case(
        name="an image that never comes",
        kind=Kind.MODEL,
        code=None,
        message="ResourceNotFound: Deployment failed due to timeout while waiting for Environment "
        "Image to become available. Check Environment Build Log in Workspace.",
        says=("could not build",),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refusal_is_of_its_kind(case: Case) -> None:
    rule = rule_for(case.answer)

    assert rule is not None
    assert case.kind == rule.kind


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refusal_passes_by_its_kind(case: Case) -> None:
    error = diagnosis.error_for(case.answer, MAKE, changing=True)

    assert (case.kind in {Kind.BUSY, Kind.THROTTLED, Kind.FAULT}) is isinstance(
        error, TemporaryError
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refusal_says_why_and_what_to_do(case: Case) -> None:
    error = diagnosis.error_for(case.answer, MAKE, changing=True)
    said = str(error)

    assert [] == [words for words in case.says if words not in said]
    assert error.advice or isinstance(error, TemporaryError)
    assert not any(mark in said for mark in (GUID, "/subscriptions/", "<html", "None", "{", "  "))


AT_ONCE = [case for case in CASES if case.body is None and case.status in {400, 401, 403, 409}]


@pytest.mark.parametrize("case", AT_ONCE, ids=lambda case: case.name)
def test_what_fails_later_is_said_in_the_same_words(case: Case) -> None:
    answer = case.answer

    at_once = diagnosis.error_for(answer, MAKE, changing=True, ended=True)
    later = diagnosis.explain(answer.code, answer.innermost, doing=MAKE)

    assert at_once.text.code == later.template


CLASSES = (
    ("a role", NotAllowedError),
    ("a policy", NotAllowedError),
    ("a lock", NotAllowedError),
    ("quota with a code of null", QuotaExceededError),
    ("a disabled subscription", ServiceRefusedError),
    ("no such workspace", ServiceRefusedError),
    ("no such subscription", ServiceRefusedError),
)


@pytest.mark.parametrize(("name", "error"), CLASSES)
def test_a_kind_has_its_error(name: str, error: type[ServiceError]) -> None:
    [case] = [case for case in CASES if case.name == name]

    assert error is type(diagnosis.error_for(case.answer, MAKE))


def test_the_wait_that_azure_asks_for_is_kept() -> None:
    [case] = [case for case in CASES if case.name == "too many requests"]
    error = diagnosis.error_for(case.answer, MAKE)

    assert isinstance(error, TemporaryError)
    assert 17.0 == error.retry_after


def test_what_nobody_knows_is_said_in_its_own_words_with_its_request() -> None:
    body = {"error": {"code": "NewRule", "message": "Tuesdays are closed."}}
    error = diagnosis.error_for(
        diagnosis.read(body, status=409, headers={"x-ms-request-id": "abc-1"}), MAKE
    )

    assert isinstance(error, ServiceRefusedError)
    assert ("NewRule", "NewRule: Tuesdays are closed.") == (error.code, error.why)
    assert ("Azure's request abc-1",) == error.evidence


@pytest.mark.parametrize(
    "body", [None, "", b"\xff\xfe", [], 7, "null", "{", "[" * 9000, {"error": 7}]
)
def test_reading_an_answer_never_fails(body: object) -> None:
    assert isinstance(diagnosis.error_for(diagnosis.read(body, status=400), MAKE), UserError)


def test_an_answer_that_is_a_book_is_cut() -> None:
    words = "quota " * 400_000
    error = diagnosis.error_for(diagnosis.read({"error": {"message": words}}, status=400), MAKE)

    assert len(str(error)) < 2_000


def test_the_text_of_an_exception_is_read_like_an_answer() -> None:
    text = (
        "(BadRequest) The request is invalid.\nCode: BadRequest\nMessage: The request is invalid.\n"
        f"Exception Details:\t(OutOfQuota) {QUOTA}\n\tCode: OutOfQuota\n\tMessage: {QUOTA}"
    )
    answer = diagnosis.read(ValueError(text))

    assert (("BadRequest", "OutOfQuota"), QUOTA) == (answer.codes, answer.innermost)


NOTHING = {"error": {"code": "NotFound", "message": "The specified resource was not found."}}
CALL_FAILED = {
    "error": {
        **NOTHING["error"],
        "details": [{"code": "InferencingClientCallFailed", "message": '{{"title":"Not Found"}}'}],
    }
}


def test_what_is_missing_while_something_is_made_is_something_it_needs() -> None:
    error = diagnosis.error_for(diagnosis.read(CALL_FAILED, status=404), MAKE, changing=True)

    assert isinstance(error, NotFoundError)
    assert "something it needs is not there" in error.what
    assert "deleted a moment ago" in error.advice


def test_what_is_missing_while_it_is_read_is_the_thing_itself() -> None:
    error = diagnosis.error_for(diagnosis.read(NOTHING, status=404), "read the endpoint clip")

    assert isinstance(error, NotFoundError)
    assert "there is no such thing" in error.what
