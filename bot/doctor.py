"""`aml-bot doctor`: every setting, token, scope and address checked side by side, with its fix."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.app import azure_connection, slack_client
from bot.manifest import manifest
from bot.serving import FATAL
from bot.settings import Settings
from services.azureml.client import AzureML
from services.clock import Clock
from services.errors import ServiceError, UserError
from services.gallery import Gallery
from services.huggingface import Hub
from services.store.database import Database

HUB_PROBE = "openai/clip-vit-base-patch32"
MARKS = {True: "ok  ", False: "FAIL", None: "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report; `good` None is a remark that fails nothing."""

    subject: str
    good: bool | None
    text: str


def examine(settings: Settings, *, as_json: bool) -> int:
    """Print a report; 0 when nothing fails, else 1."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _slack,
        _socket,
        _azure,
        _catalog,
        _hub,
        _database,
        _people,
    )
    with ThreadPoolExecutor(len(checks), "doctor") as pool:
        reports = pool.map(lambda check: tuple(check(settings)), checks)
        findings = [finding for report in reports for finding in report]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))  # noqa: T201
    else:
        for finding in findings:
            print(f"{MARKS[finding.good]} {finding.subject}: {finding.text}")  # noqa: T201
    return 1 if any(finding.good is False for finding in findings) else 0


def _slack(settings: Settings) -> Iterator[Finding]:
    subject = "SLACK_BOT_TOKEN"
    if settings.slack_bot_token is None:
        yield Finding(
            subject=subject,
            good=False,
            text="not set. Create the app from `aml-bot manifest` and install it.",
        )
        return
    try:
        answer = slack_client(settings).auth_test()
    except (SlackApiError, SlackClientError, OSError) as error:
        yield Finding(subject=subject, good=False, text=f"auth.test failed: {_reason(error)}")
        return
    yield Finding(subject=subject, good=True, text=f"{answer['user']} in {answer['team']}")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")}
    wanted = manifest()["oauth_config"]["scopes"]
    missing = [scope for scope in wanted["bot"] if scope not in granted]
    optional = [scope for scope in wanted["bot_optional"] if scope not in granted]
    yield Finding(
        subject="scopes",
        good=not missing,
        text=f"missing {', '.join(missing)}: update the app from `aml-bot manifest`, reinstall it"
        if missing
        else "all that are required",
    )
    if optional:
        text = f"optional and not granted: {', '.join(optional)}. The bot works without them."
        yield Finding(subject="scopes", good=None, text=text)


def _socket(settings: Settings) -> Iterator[Finding]:
    if settings.slack_app_token is None:
        good = settings.slack_signing_secret is not None
        text = "HTTP mode, signed" if good else "neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET"
        yield Finding(subject="connection", good=good, text=text)
        return
    try:
        client = slack_client(settings)
        client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except (SlackApiError, SlackClientError, OSError) as error:
        text = f"apps.connections.open failed: {_reason(error)} It needs connections:write."
        yield Finding(subject="SLACK_APP_TOKEN", good=False, text=text)
    else:
        yield Finding(subject="SLACK_APP_TOKEN", good=True, text="Socket Mode can be opened")


def _azure(settings: Settings) -> Iterator[Finding]:
    azureml = AzureML(azure_connection(settings), Clock())
    try:
        region = azureml.endpoints.region()
        yield Finding(
            subject="workspace", good=True, text=f"{azureml.workspace} in {region} can be read"
        )
        azureml.endpoints.all()
        yield Finding(subject="endpoints", good=True, text="can be listed")
        azureml.endpoints.quota()
        yield Finding(subject="quota", good=True, text="can be read")
    except ServiceError as error:
        yield Finding(subject="Azure ML", good=False, text=str(error))


def _catalog(settings: Settings) -> Iterator[Finding]:
    subject = "catalog search service"
    gallery = Gallery(settings.aml_bot_catalog_url, settings.aml_bot_azure_ca, Clock())
    try:
        count = gallery.probe()
    except ServiceError as error:
        text = f"{error} Models are read through Azure instead, or from the bundled catalog."
        yield Finding(subject=subject, good=None, text=text)
    else:
        text = f"{gallery.url} names {count} models"
        yield Finding(subject=subject, good=True, text=text)


def _hub(settings: Settings) -> Iterator[Finding]:
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    try:
        Hub(settings.hf_endpoint, token).model(HUB_PROBE)
    except ServiceError as error:
        yield Finding(subject="Hugging Face Hub", good=False, text=str(error))
    else:
        text = "can be read" + ("" if token else " (no HF_TOKEN: gated repositories are closed)")
        yield Finding(subject="Hugging Face Hub", good=True, text=text)


def _database(settings: Settings) -> Iterator[Finding]:
    secret = settings.aml_bot_database_url
    try:
        Database(secret.get_secret_value() if secret else None, settings.aml_bot_data_dir).close()
    except (UserError, OSError) as error:
        yield Finding(subject="database", good=False, text=str(error))
    else:
        where = "PostgreSQL" if secret else f"SQLite in {settings.aml_bot_data_dir}"
        yield Finding(subject="database", good=True, text=where)


def _people(settings: Settings) -> Iterator[Finding]:
    if settings.aml_bot_operators:
        text = f"{len(settings.aml_bot_operators)} named"
        yield Finding(subject="AML_BOT_OPERATORS", good=True, text=text)
    else:
        text = "empty: nobody may deploy, import or delete"
        yield Finding(subject="AML_BOT_OPERATORS", good=None, text=text)


def _reason(error: Exception) -> str:
    """Return what Slack says, or why it cannot be asked, and what to do about it."""
    if not isinstance(error, SlackApiError):
        return f"{error}. Check SLACK_API_URL and the way to Slack."
    said = str(error.response.get("error", ""))
    return f"{said}. {FATAL[said]}." if said in FATAL else f"{said}."
