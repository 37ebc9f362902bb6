"""Rules about the login that the bot shows to Azure."""

from __future__ import annotations

from services.diagnosis.faults import Kind, Rule, codes, words
from services.errors import ErrorText

WRONG_TENANT = ErrorText(
    code="AzureWrongTenant",
    what="The bot is logged in to another tenant than the subscription's, so it could not {doing}.",
    advice="Log it in to the subscription's tenant: `az login --tenant …`, or AZURE_TENANT_ID of "
    "its service principal. If the subscription was moved just now, wait an hour.",
)
SECRET_OVER = ErrorText(
    code="AzureSecretOver",
    what="The secret of the bot's service principal is not accepted, so it could not {doing}.",
    why="It has expired, or another one was made.",
    advice="Make a new secret for it (Microsoft Entra ID, App registrations, Certificates & "
    "secrets), set AZURE_CLIENT_SECRET and start the bot again.",
)
MORE_PROOF = ErrorText(
    code="AzureLoginWantsProof",
    what="Azure wants more proof of the bot's login than it can give, so it could not {doing}.",
    why="A rule of the tenant (multi-factor authentication or conditional access) applies to it.",
    advice="Give the bot a service principal or a managed identity instead of a person's login.",
)
LOGIN = ErrorText(
    code="AzureLogin",
    what="Azure does not accept the bot's login, so it could not {doing}.",
    why="{said}",
    advice="Renew it: `az login` where the bot runs, or a valid secret of its service principal "
    "(AZURE_CLIENT_SECRET), or AML_BOT_AZURE_TOKEN where that is set; then start it again.",
)

RULES = (
    Rule(
        text=WRONG_TENANT,
        kind=Kind.LOGIN,
        codes=codes("InvalidAuthenticationTokenTenant", "AADSTS90002", "AADSTS50020"),
    ),
    Rule(
        text=SECRET_OVER,
        kind=Kind.LOGIN,
        codes=codes("AADSTS7000222", "AADSTS7000215", "AADSTS7000112", "AADSTS700016"),
    ),
    Rule(
        text=MORE_PROOF,
        kind=Kind.LOGIN,
        codes=codes(
            "AADSTS50076",
            "AADSTS50079",
            "AADSTS50158",
            "AADSTS53000",
            "AADSTS53003",
            "InteractionRequired",
            "interaction_required",
        ),
    ),
    Rule(
        text=LOGIN,
        kind=Kind.LOGIN,
        codes=codes(
            "ExpiredAuthenticationToken",
            "InvalidAuthenticationToken",
            "InvalidAuthenticationInfo",
            "InvalidAuthenticationTokenAudience",
            "AuthenticationFailed",
            "InvalidToken",
            "AuthenticationFailedMissingToken",
            "AuthenticationFailedInvalidHeader",
            "NoAuthenticationInformation",
            "InvalidSubscriptionAuthentication",
            "TokenExpired",
        ),
    ),
    Rule(
        text=LOGIN,
        kind=Kind.LOGIN,
        pattern=words(r"AADSTS\d", "access token expiry", "invalid_grant"),
    ),
)
