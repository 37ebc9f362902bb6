"""`aml-bot doctor`: every setting, token, scope and address checked side by side, with its fix."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

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
from services.store.folder import open_to_others
from services.workflows.kinds import KINDS

HUB_PROBE = "openai/clip-vit-base-patch32"
NOT_SET = "not set. Create the app from `aml-bot manifest` and install it."
AUTH_FAILED = "auth.test failed: {reason}"
WHO = "{user} in {team}"
SCOPES_MISSING = "missing {scopes}: update the app from `aml-bot manifest`, reinstall it"
SCOPES_THERE = "all that are required"
SCOPES_OPTIONAL = "optional and not granted: {scopes}. The bot works without them."
HTTP_MODE = "HTTP mode, signed"
NO_MODE = "neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET"
SOCKET_FAILED = "apps.connections.open failed: {reason} It needs connections:write."
SOCKET_MODE = "Socket Mode can be opened"
WORKSPACE_READ = "{workspace} in {region} can be read"
UNREAD = "can be listed, but of {name}: {problem}"
LISTED, READ = "can be listed", "can be read"
CATALOG_AWAY = "{error} Models are read through Azure instead, or from the bundled catalog."
CATALOG_THERE = "{url} names {count} models"
HUB_READ = "can be read (no HF_TOKEN: gated repositories are closed)"
POSTGRES, SQLITE = "PostgreSQL", "SQLite in {folder}"
OPEN = "{path} is open to other users of this machine. Type: chmod {mode} {path}"
OPERATORS, NO_OPERATORS = "{count} named", "empty: nobody may deploy, import or delete"
SLACK_AWAY = "{error}. Check SLACK_API_URL and the way to Slack."
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
        yield Finding(subject=subject, good=False, text=NOT_SET)
        return
    try:
        answer = slack_client(settings).auth_test()
    except (SlackApiError, SlackClientError, OSError) as error:
        yield Finding(subject=subject, good=False, text=AUTH_FAILED.format(reason=_reason(error)))
        return
    who = WHO.format(user=answer["user"], team=answer["team"])
    yield Finding(subject=subject, good=True, text=who)
    yield from _scopes(answer.headers)


def _scopes(sent: Mapping[str, object]) -> Iterator[Finding]:
    """Compare the scopes that Slack granted, by the headers of its answer, with the manifest."""
    headers = {name.lower(): value for name, value in sent.items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")}
    wanted = manifest()["oauth_config"]["scopes"]
    missing = [scope for scope in wanted["bot"] if scope not in granted]
    optional = [scope for scope in wanted["bot_optional"] if scope not in granted]
    text = SCOPES_MISSING.format(scopes=", ".join(missing)) if missing else SCOPES_THERE
    yield Finding(subject="scopes", good=not missing, text=text)
    if optional:
        text = SCOPES_OPTIONAL.format(scopes=", ".join(optional))
        yield Finding(subject="scopes", good=None, text=text)


def _socket(settings: Settings) -> Iterator[Finding]:
    if settings.slack_app_token is None:
        good = settings.slack_signing_secret is not None
        text = HTTP_MODE if good else NO_MODE
        yield Finding(subject="connection", good=good, text=text)
        return
    try:
        client = slack_client(settings)
        client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except (SlackApiError, SlackClientError, OSError) as error:
        text = SOCKET_FAILED.format(reason=_reason(error))
        yield Finding(subject="SLACK_APP_TOKEN", good=False, text=text)
    else:
        yield Finding(subject="SLACK_APP_TOKEN", good=True, text=SOCKET_MODE)


def _azure(settings: Settings) -> Iterator[Finding]:
    azureml = AzureML(azure_connection(settings), Clock())
    try:
        region = azureml.endpoints.region()
        text = WORKSPACE_READ.format(workspace=azureml.workspace, region=region)
        yield Finding(subject="workspace", good=True, text=text)
        unread = [endpoint for endpoint in azureml.endpoints.all() if endpoint.problem]
        text = UNREAD.format(name=unread[0].name, problem=unread[0].problem) if unread else LISTED
        yield Finding(subject="endpoints", good=None if unread else True, text=text)
        azureml.endpoints.quota()
        yield Finding(subject="quota", good=True, text=READ)
    except ServiceError as error:
        yield Finding(subject="Azure ML", good=False, text=str(error))


def _catalog(settings: Settings) -> Iterator[Finding]:
    subject = "catalog search service"
    gallery = Gallery(settings.aml_bot_catalog_url, settings.aml_bot_azure_ca, Clock())
    try:
        count = gallery.probe()
    except ServiceError as error:
        text = CATALOG_AWAY.format(error=error)
        yield Finding(subject=subject, good=None, text=text)
    else:
        text = CATALOG_THERE.format(url=gallery.url, count=count)
        yield Finding(subject=subject, good=True, text=text)


def _hub(settings: Settings) -> Iterator[Finding]:
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    try:
        Hub(settings.hf_endpoint, token).model(HUB_PROBE)
    except ServiceError as error:
        yield Finding(subject="Hugging Face Hub", good=False, text=str(error))
    else:
        yield Finding(subject="Hugging Face Hub", good=True, text=READ if token else HUB_READ)


def _database(settings: Settings) -> Iterator[Finding]:
    secret = settings.aml_bot_database_url
    url = secret.get_secret_value() if secret else None
    try:
        Database(url, settings.aml_bot_data_dir, KINDS).close()
    except (UserError, OSError) as error:
        yield Finding(subject="database", good=False, text=str(error))
    else:
        yield from _open_places(settings)
        where = POSTGRES if secret else SQLITE.format(folder=settings.aml_bot_data_dir)
        yield Finding(subject="database", good=True, text=where)


def _open_places(settings: Settings) -> Iterator[Finding]:
    """Remark what other users of this machine can read; opening the database has mended ours."""
    for path, mode in ((settings.aml_bot_data_dir, "700"), (Path(".env"), "600")):
        if open_to_others(path):
            text = OPEN.format(path=path, mode=mode)
            yield Finding(subject="files", good=None, text=text)


def _people(settings: Settings) -> Iterator[Finding]:
    if settings.aml_bot_operators:
        text = OPERATORS.format(count=len(settings.aml_bot_operators))
        yield Finding(subject="AML_BOT_OPERATORS", good=True, text=text)
    else:
        yield Finding(subject="AML_BOT_OPERATORS", good=None, text=NO_OPERATORS)


def _reason(error: Exception) -> str:
    """Return what Slack says, or why it cannot be asked, and what to do about it."""
    if not isinstance(error, SlackApiError):
        return SLACK_AWAY.format(error=error)
    said = str(error.response.get("error", ""))
    return f"{said}. {FATAL[said]}." if said in FATAL else f"{said}."
