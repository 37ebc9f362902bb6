"""Classifying pictures with a deployed model that takes any labels."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from services import labels
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.errors import (
    ErrorText,
    InvalidInputError,
    NotFoundError,
    Suggestion,
    TemporaryError,
    UserError,
)
from services.models import (
    Asked,
    AssetId,
    ClassifyPlan,
    Deployment,
    Endpoint,
    Operation,
    Picture,
    Started,
)
from services.store.database import Database
from services.tasks import CLASSIFIER_TASK
from services.workflows import runtime
from services.workflows.classify import KIND
from services.workflows.deploy import KIND as DEPLOY
from services.workflows.runtime import OperationRequest

ONE, SEVERAL = "Classify {picture}", "Classify {count} pictures"
MODEL = "{name} {version}"
NO_PICTURE = ErrorText(
    code="NoPicture",
    what="There is no picture to look at.",
    advice="Attach one to your message, or use the shortcut on a message that has one.",
)
NOT_YET = ErrorText(
    code="ClassifierNotReady",
    what="No classifier is ready yet.",
    why="{operation} is deploying one now ({endpoint}).",
    advice="Try again when it says Ready.",
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
LONGEST_NAME = 40
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


class Classification:
    """Finds a classifier and starts classifications."""

    def __init__(self, store: Database, azureml: AzureML, catalog: Catalog) -> None:
        self._store = store
        self._azureml = azureml
        self._catalog = catalog
        self._suitable: dict[str, bool] = {}  # by asset id, which never changes its task
        self._known: tuple[Classifier, ...] = ()
        self._until = 0.0
        self._lock = threading.Lock()

    def classifiers(self, *, fresh: bool = False) -> tuple[Classifier, ...]:
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
        found = [
            _classifier(endpoint, deployment)
            for endpoint in self._azureml.endpoints.all()
            for deployment in endpoint.deployments
            if self._can_classify(deployment)
        ]
        known = tuple(sorted(found, key=_usable_first))
        with self._lock:
            self._known, self._until = known, time.monotonic() + _REMEMBERED
        return known

    def look_for(self, text: str) -> Future[str]:
        """Begin to look for a classifier of the model, beside whatever else is asked for it."""
        pool = ThreadPoolExecutor(1, "classifiers")
        looking = pool.submit(self.classifier_of, text)
        pool.shutdown(wait=False)  # its thread ends with the answer
        return looking

    def classifier_of(self, text: str) -> str:
        """Return the newest ready endpoint of the model that a text names.

        Returns:
            "" where there is none, where it classifies no pictures, and where Azure cannot be
            asked: what is told of a model is useful without.
        """
        try:
            model = self._catalog.known(text)
            if model is None or CLASSIFIER_TASK not in model.tasks:
                return ""
            known = self.classifiers()
        except (UserError, TemporaryError):
            return ""
        of_model = (each for each in known if each.ready and each.model_name == model.name)
        return next((each.endpoint for each in of_model), "")

    def start(
        self,
        labels_text: str,
        pictures: Sequence[Picture],
        asked: Asked,
        endpoint: str | None = None,
        *,
        once: str = "",
    ) -> Started:
        """Classify the pictures; the operation's message will say how.

        Args:
            labels_text: labels as typed, separated by commas or lines.
            pictures: at least one.
            asked: who, and where the answer belongs.
            endpoint: the one that was asked for, else the newest that is ready.
            once: names the message or form that asks; the same one again is followed. Without it,
                every call is another operation.

        Raises:
            InvalidInputError: labels or pictures that cannot work.
            NotFoundError: nothing that could classify is deployed (code NoClassifier).
            TemporaryError: Azure cannot be asked now.
        """
        chosen_labels = labels.parse(labels_text)
        if not pictures:
            raise InvalidInputError(NO_PICTURE, field="pictures")
        chosen = self._choose(endpoint)
        plan = ClassifyPlan(
            endpoint=chosen.endpoint,
            deployment=chosen.deployment,
            labels=chosen_labels,
            pictures=tuple(pictures),
            model=MODEL.format(name=chosen.model_name, version=chosen.model_version).strip(),
        )
        return runtime.start(
            OperationRequest(
                kind=KIND,
                target=chosen.endpoint,
                title=_title(pictures),
                asked=asked,
                plan=plan,
                once=once or secrets.token_hex(8),  # the same picture may be asked again
            )
        )

    def _choose(self, endpoint: str | None) -> Classifier:
        for fresh in (False, True):  # what is remembered may lack the newest
            known = self.classifiers(fresh=fresh)
            for each in known:
                if each.ready and (endpoint is None or each.endpoint == endpoint):
                    return each
        if endpoint is not None:
            raise _no_such(endpoint, known)
        raise self._none()

    def _can_classify(self, deployment: Deployment) -> bool:
        known = self._suitable.get(deployment.model)
        if known is not None:
            return known
        model = AssetId.parse(deployment.model) or AssetId(name=deployment.model)
        try:
            suitable = CLASSIFIER_TASK in self._catalog.model(model.name).tasks
        except NotFoundError:
            suitable = False  # gone from the catalog, or it says nothing of its task
        except TemporaryError:
            return False  # one that cannot be looked up now must not block the others
        self._suitable[deployment.model] = suitable
        return suitable

    def _none(self) -> UserError:
        running = self._store.operations.running()
        deploying = [operation for operation in running if _deploys_classifier(operation)]
        if deploying:
            first = deploying[0]
            status = (Suggestion(verb="status", argument=first.id),)
            return NotFoundError(
                NOT_YET,
                code=NONE.code,
                operation=first.id,
                endpoint=first.target,
                suggestions=status,
            )
        return NotFoundError(NONE, suggestions=(Suggestion(verb="deploy", argument=SUGGESTED),))


def _usable_first(classifier: Classifier) -> tuple[bool, float, str]:
    return (not classifier.ready, -classifier.created, classifier.endpoint)


def _deploys_classifier(operation: Operation) -> bool:
    if operation.kind != DEPLOY.name:
        return False
    return DEPLOY.plan_of(operation).task == CLASSIFIER_TASK


def _no_such(endpoint: str, known: Sequence[Classifier]) -> NotFoundError:
    same = [classifier for classifier in known if classifier.endpoint == endpoint]
    ready = ", ".join(classifier.endpoint for classifier in known if classifier.ready)
    if same:
        text = NOT_READY if ready else NOT_READY_ALONE
    else:
        text = NO_SUCH if ready else NO_SUCH_ALONE
    return NotFoundError(
        text,
        code=NONE.code,
        endpoint=endpoint[:LONGEST_NAME],
        state=same[0].state if same else "",
        ready=ready,
        suggestions=(Suggestion(verb="list"),),
    )


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


def _title(pictures: Sequence[Picture]) -> str:
    if len(pictures) == 1:
        return ONE.format(picture=pictures[0].name)
    return SEVERAL.format(count=len(pictures))
