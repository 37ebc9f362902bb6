"""Composition root: settings → clients → services → Bolt; the only module that sees all others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from slack_bolt import App, BoltResponse
from slack_sdk import WebClient
from slack_sdk.http_retry import (
    ConnectionErrorRetryHandler,
    HttpRequest,
    HttpResponse,
    RetryState,
)

from bot.settings import Settings
from handlers import dispatch
from handlers.command import Command, Services
from handlers.notifications import SlackNotifier
from handlers.operators import Operators
from handlers.registry import discover
from handlers.turns import MOST_THREADS
from handlers.uploads import SlackPictures
from services import planning
from services.azureml.client import AzureML, Connection
from services.catalog import Catalog, Usable
from services.classification import Classification
from services.clock import Clock
from services.deployments import Deployments
from services.gallery import Gallery
from services.huggingface import Hub
from services.imports import Imports
from services.index import CatalogIndex
from services.kinds import Kinds
from services.operations import Operations
from services.prices import load_sizes
from services.refresh import Refresh
from services.scoring import Scoring
from services.store.database import Database
from services.workflows import runtime
from services.workflows.kinds import KINDS
from services.workflows.tools import DAY

log = logging.getLogger(__name__)

LISTENER_THREADS = 32  # Bolt's own five would be taken by five slow requests (measured)
UNHANDLED = "Slack sent what nothing here listens to, such as a button of another version"
RATE_LIMITED = (
    "Slack leaves events out: more than 30,000 came within an hour. "
    "Who gets no answer to a mention or a direct message has to ask again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """Everything that was built, not yet connected to anything."""

    app: App
    services: Services
    database: Database
    notifier: SlackNotifier
    listeners: dispatch.Listeners


class Once(ConnectionErrorRetryHandler):
    """Calls once more where the connection broke, but posts nothing twice: see `handlers.posts`."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if request.url.endswith("/chat.postMessage"):
            return False
        return super()._can_retry(state=state, request=request, response=response, error=error)


def azure_connection(settings: Settings) -> Connection | None:
    """Where the workspace is; None when no workspace is named."""
    if not settings.azure_configured:
        return None
    token = settings.aml_bot_azure_token
    return Connection(
        subscription_id=settings.azure_subscription_id or "",
        resource_group=settings.azure_resource_group or "",
        workspace=settings.azureml_workspace_name or "",
        url=settings.aml_bot_azure_url,
        token=token.get_secret_value() if token else None,
        ca=settings.aml_bot_azure_ca,
        registries=settings.azureml_registries,
    )


def slack_client(settings: Settings) -> WebClient:
    """The one Web API client for everything that is not the answer to a request."""
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else None
    url = settings.slack_api_url or WebClient.BASE_URL
    return WebClient(token=token, base_url=url, retry_handlers=[Once()])


def build(
    settings: Settings, *, kinds: Kinds = KINDS, commands: Mapping[str, Command] | None = None
) -> Bot:
    """Build the bot.

    Args:
        settings: of the process.
        kinds: of operations that it runs.
        commands: more than those in `handlers.commands`, by the name of their module.

    Raises:
        NotConfiguredError: the database cannot be used.
    """
    clock, client = _clock(settings), slack_client(settings)
    database, registry = _database(settings, kinds), discover(commands)
    azureml = AzureML(azure_connection(settings), clock)
    hub = Hub(settings.hf_endpoint, _hub_token(settings))
    index = _index(settings, clock)
    catalog = Catalog(index, azureml, load_sizes(), clock, hub)
    notifier = SlackNotifier(client, clock, registry.views)
    runtime.bind(
        runtime.Tools(
            azureml=azureml,
            hub=hub,
            scoring=Scoring(settings.aml_bot_azure_ca),
            notifier=notifier,
            pictures=SlackPictures(client),
            store=database,
            clock=clock,
            sizes=load_sizes(),
            imported=catalog.add,
            hub_token=_hub_token(settings),
            keep=settings.aml_bot_keep_days * DAY,
        )
    )
    refresh = _refresh(settings, index, azureml, clock)
    services = _services(settings, database, azureml, catalog, hub, refresh, clock)
    app = _bolt(settings, client)
    listeners = dispatch.register(
        app,
        services,
        registry=registry,
        client=client,
        operators=Operators(settings.aml_bot_operators, client),
        channel=settings.aml_bot_channel,
        clock=clock,
        pool=ThreadPoolExecutor(MOST_THREADS, "work"),
        places=notifier.placed,
    )
    return Bot(
        app=app,
        services=services,
        database=database,
        notifier=notifier,
        listeners=listeners,
    )


def _clock(settings: Settings) -> Clock:
    return Clock(
        scale=settings.aml_bot_time_scale,
        offset=settings.aml_bot_time_offset,
        patience=settings.aml_bot_patience,
    )


def _database(settings: Settings, kinds: Kinds) -> Database:
    url = settings.aml_bot_database_url
    return Database(url.get_secret_value() if url else None, settings.aml_bot_data_dir, kinds)


def _index(settings: Settings, clock: Clock) -> CatalogIndex:
    return CatalogIndex(
        settings.aml_bot_data_dir / "catalog.sqlite",
        runs_on=Usable(load_sizes(), clock).names,
        licence_of=planning.licence_class,
    )


def _refresh(settings: Settings, index: CatalogIndex, azureml: AzureML, clock: Clock) -> Refresh:
    gallery = Gallery(settings.aml_bot_catalog_url, settings.aml_bot_azure_ca, clock)
    every, registries = settings.aml_bot_catalog_refresh, settings.azureml_registries
    return Refresh(index, gallery, azureml, clock, registries, every)


def _services(  # noqa: PLR0913, PLR0917 - everything that services are made of
    settings: Settings,
    database: Database,
    azureml: AzureML,
    catalog: Catalog,
    hub: Hub,
    refresh: Refresh,
    clock: Clock,
) -> Services:
    sizes, token = load_sizes(), _hub_token(settings)
    return Services(
        catalog=catalog,
        deployments=Deployments(database, azureml, catalog, sizes, clock),
        imports=Imports(
            database,
            azureml,
            hub,
            sizes,
            clock,
            compute=settings.aml_bot_import_compute,
            has_token=token is not None,
        ),
        classification=Classification(database, azureml, catalog),
        operations=Operations(database, clock),
        refresh=refresh,
    )


def _hub_token(settings: Settings) -> str | None:
    return settings.hf_token.get_secret_value() if settings.hf_token else None


def _bolt(settings: Settings, client: WebClient) -> App:
    # Bolt's own loggers copy the root's level once and would speak at INFO for ever.
    logger = logging.getLogger("slack_bolt")
    # It also reads SLACK_BOT_TOKEN itself and finds our client superfluous; the token is the same.
    # And it says in two lines what `_reach` says in one.
    told = ("As you gave `client`", "Failed to retrieve WSS URL")
    logger.addFilter(lambda record: not any(text in record.getMessage() for text in told))
    logger.addFilter(_short)
    app = App(
        logger=logger,
        client=client,
        signing_secret=signing_secret(settings) or None,
        token_verification_enabled=False,  # it would call Slack before anything is listening
        listener_executor=ThreadPoolExecutor(LISTENER_THREADS, thread_name_prefix="listener"),
    )
    app.use(_rate_limited)
    return app


def _short(record: logging.LogRecord) -> bool:
    """One line of what nobody listens to: Bolt adds the whole payload and code to copy."""
    if record.getMessage().startswith("Unhandled request"):
        record.msg, record.args = UNHANDLED, None
    return True


def _rate_limited(body: Mapping[str, Any], next_: Callable[[], None]) -> BoltResponse | None:
    """Slack says that it leaves events out; it says so again until somebody has heard it."""
    if body.get("type") != "app_rate_limited":
        next_()
        return None
    log.warning(RATE_LIMITED)
    return BoltResponse(status=200)


def signing_secret(settings: Settings) -> str:
    secret = settings.slack_signing_secret
    return secret.get_secret_value() if secret else ""
