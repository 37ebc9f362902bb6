"""Which deployed models classify pictures with any labels, and which of them answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from services import spelling
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.errors import (
    ErrorText,
    NotFoundError,
    Suggestion,
    TemporaryError,
    UserError,
)
from services.models import (
    AAD_TOKEN,
    AML_TOKEN,
    KEY,
    Asked,
    AssetId,
    Deployment,
    Endpoint,
    Operation,
    Reader,
)
from services.store.database import Database
from services.tasks import CLASSIFIER_TASK
from services.workflows.deploy import KIND as DEPLOY

NOT_YET = ErrorText(
    code="ClassifierNotReady",
    what="No classifier is ready yet.",
    why="{operation} is deploying one now ({endpoint}).",
    advice="Try again when it says Ready.",
)
NOT_YET_UNNAMED = ErrorText(
    code="ClassifierNotReadyUnnamed",
    what="No classifier is ready yet.",
    why="One is being deployed now.",
    advice="Try again in a few minutes; `list` shows the endpoint once it is there.",
)
NONE = ErrorText(
    code="NoClassifier",
    what="No model that classifies pictures is deployed in this workspace.",
    advice="Deploy one first; CLIP takes any labels you like.",
)
NOT_READY = ErrorText(
    code="EndpointNotReady",
    what="The endpoint {endpoint} is not ready: Azure says {state}.",
    advice="Ready now: {ready}.",
)
NOT_READY_ALONE = ErrorText(
    code="EndpointNotReadyAlone",
    what="The endpoint {endpoint} is not ready: Azure says {state}.",
    advice="None is ready now.",
)
NO_SUCH = ErrorText(
    code="NoSuchClassifier",
    what="There is no endpoint “{endpoint}” that classifies pictures.",
    advice="Ready now: {ready}.",
)
NO_SUCH_ALONE = ErrorText(
    code="NoSuchClassifierAlone",
    what="There is no endpoint “{endpoint}” that classifies pictures.",
    advice="None is ready now.",
)
UNREAD = ErrorText(
    code="EndpointUnread",
    what="Whether {endpoint} can classify pictures is not known.",
    why="{problem}.",
    advice="Try again in a minute. Ready now: {ready}.",
)
UNREAD_ALONE = ErrorText(
    code="EndpointUnreadAlone",
    what="Whether {endpoint} can classify pictures is not known.",
    why="{problem}.",
    advice="Try again in a minute; `list` shows what is known.",
)
NONE_READ = ErrorText(
    code="NoClassifierRead",
    what="No model that classifies pictures was found in this workspace.",
    why="What runs on {endpoints} is not known: {problem}.",
    advice="Try again in a minute, or deploy one; CLIP takes any labels you like.",
)
DEPLOYMENT = "its deployment {name} {problem}"
CANNOT_SIGN_IN = "it asks its callers for {mode}, and I know only keys, AMLToken and AADToken"
SIGN_IN = (KEY, AML_TOKEN, AAD_TOKEN)
LONGEST_NAME = 40
_NAMED = 3  # endpoints named in one sentence
SUGGESTED = "openai-clip-vit-base-patch32"
_REMEMBERED = 20.0  # real seconds that a non-empty list of classifiers is trusted
_READY = "Succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """A deployment that could classify; `state` is Azure's provisioning state."""

    endpoint: str
    deployment: str
    model_name: str
    model_version: str
    state: str
    created: float

    @property
    def ready(self) -> bool:
        return self.state == _READY


class Classifiers:
    """Knows the classifiers of the workspace, and remembers them for a moment."""

    def __init__(self, store: Database, azureml: AzureML, catalog: Catalog) -> None:
        self._store = store
        self._azureml = azureml
        self._catalog = catalog
        self._suitable: dict[str, bool] = {}  # by asset id, which never changes its task
        self._known: tuple[Classifier, ...] = ()
        self._unread: dict[str, str] = {}  # endpoints that cannot be used, and why
        self._until = 0.0
        self._lock = threading.Lock()

    def known(self, *, fresh: bool = False) -> tuple[Classifier, ...]:
        """Return the deployments of zero-shot image classifiers, usable ones and newest first.

        Args:
            fresh: ask Azure even when the answer of a moment ago is known.

        Raises:
            UserError: Azure refuses, or is not configured.
            TemporaryError: Azure cannot be asked now.
        """
        with self._lock:
            if not fresh and self._known and time.monotonic() < self._until:
                return self._known
        endpoints = self._azureml.endpoints.all()
        found = [
            _classifier(endpoint, deployment)
            for endpoint in endpoints
            if not _problem(endpoint)
            for deployment in endpoint.deployments
            if not deployment.problem and self._can_classify(deployment)
        ]
        usable = spelling.keys(each.endpoint for each in found)
        unread = {
            each.name: problem
            for each in endpoints
            if spelling.key(each.name) not in usable and (problem := _why(each))
        }
        known = tuple(sorted(found, key=_usable_first))
        with self._lock:
            self._known, self._until = known, time.monotonic() + _REMEMBERED
            self._unread = unread
        return known

    def choose(self, endpoint: str | None, asked: Asked) -> Classifier:
        """Return the newest that is ready, or that of an endpoint somebody named.

        Raises:
            NotFoundError: none is (code NoClassifier).
            UserError: Azure refuses, or is not configured.
            TemporaryError: Azure cannot be asked now.
        """
        for fresh in (False, True):  # what is remembered may lack the newest
            known = self.known(fresh=fresh)
            for each in known:
                if each.ready and (endpoint is None or spelling.same(each.endpoint, endpoint)):
                    return each
        if endpoint is not None:
            raise self._no_such(endpoint, known)
        raise self._none(asked)

    def _can_classify(self, deployment: Deployment) -> bool:
        asset = spelling.key(deployment.model)
        known = self._suitable.get(asset)
        if known is not None:
            return known
        model = AssetId.parse(deployment.model) or AssetId(name=deployment.model)
        try:
            suitable = CLASSIFIER_TASK in self._catalog.model(model.name).tasks
        except NotFoundError:
            suitable = False  # gone from the catalog, or it says nothing of its task
        except (UserError, TemporaryError):
            return False  # one that cannot be looked up now must not block the others
        self._suitable[asset] = suitable
        return suitable

    def _none(self, asked: Asked) -> UserError:
        """Why nothing can classify; what was asked for in private is not named to others."""
        running = self._store.operations.running()
        deploying = [operation for operation in running if _deploys_classifier(operation)]
        reader = Reader(user=asked.user, channel=asked.channel, aloud=asked.thread is not None)
        for seen in (operation.seen_by(reader) for operation in deploying):
            if isinstance(seen, Operation):
                return _on_its_way(seen)
        if deploying:
            return NotFoundError(NOT_YET_UNNAMED, code=NONE.code)
        if self._unread:
            names = ", ".join(list(self._unread)[:_NAMED])
            problem = next(iter(self._unread.values())).rstrip(".")
            return NotFoundError(
                NONE_READ,
                code=NONE.code,
                endpoints=names,
                problem=problem,
                suggestions=(Suggestion(verb="list"),),
            )
        return NotFoundError(NONE, suggestions=(Suggestion(verb="deploy", argument=SUGGESTED),))

    def _no_such(self, endpoint: str, known: Sequence[Classifier]) -> NotFoundError:
        same = [each for each in known if spelling.same(each.endpoint, endpoint)]
        unread = spelling.among(endpoint, self._unread)
        ready = ", ".join(classifier.endpoint for classifier in known if classifier.ready)
        if unread:
            text = UNREAD if ready else UNREAD_ALONE
        elif same:
            text = NOT_READY if ready else NOT_READY_ALONE
        else:
            text = NO_SUCH if ready else NO_SUCH_ALONE
        return NotFoundError(
            text,
            code=NONE.code,
            endpoint=endpoint[:LONGEST_NAME],
            state=same[0].state if same else "",
            problem=_sentence(unread or ""),
            ready=ready,
            suggestions=(Suggestion(verb="list"),),
        )


def _on_its_way(operation: Operation) -> NotFoundError:
    return NotFoundError(
        NOT_YET,
        code=NONE.code,
        operation=operation.id,
        endpoint=operation.target,
        suggestions=(Suggestion(verb="status", argument=operation.id),),
    )


def _problem(endpoint: Endpoint) -> str:
    """Why an endpoint cannot be used for classifying, whatever it runs; "" where it may."""
    if not any(spelling.same(endpoint.auth, way) for way in SIGN_IN):
        return CANNOT_SIGN_IN.format(mode=endpoint.auth)
    return endpoint.problem


def _why(endpoint: Endpoint) -> str:
    """Why it is not known whether an endpoint classifies; "" where it is known."""
    broken = next((each for each in endpoint.deployments if each.problem), None)
    return _problem(endpoint) or (
        DEPLOYMENT.format(name=broken.name, problem=broken.problem) if broken else ""
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")


def _usable_first(classifier: Classifier) -> tuple[bool, float, str]:
    return (not classifier.ready, -classifier.created, classifier.endpoint)


def _deploys_classifier(operation: Operation) -> bool:
    if operation.kind != DEPLOY.name:
        return False
    return DEPLOY.plan_of(operation).task == CLASSIFIER_TASK


def _classifier(endpoint: Endpoint, deployment: Deployment) -> Classifier:
    model = AssetId.parse(deployment.model) or AssetId(name=deployment.model)
    return Classifier(
        endpoint=endpoint.name,
        deployment=deployment.name,
        model_name=model.name,
        model_version=model.version,
        state=deployment.state,
        created=endpoint.created or 0.0,
    )
