"""Classifying pictures with a deployed model that takes any labels."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from services import labels
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.errors import InvalidInputError, NotFoundError, TemporaryError, UserError
from services.models import (
    Asked,
    AssetId,
    ClassifyPlan,
    Deployment,
    DeployPlan,
    Endpoint,
    Operation,
    Picture,
    Started,
)
from services.store.database import Database
from services.tasks import CLASSIFIER_TASK
from services.workflows import runtime
from services.workflows.runtime import Wish

KIND = "classify"
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
        """Deployments of zero-shot image classification models, usable ones and newest first.

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
        known = tuple(sorted(found, key=lambda one: (not one.ready, -one.created, one.endpoint)))
        with self._lock:
            self._known, self._until = known, time.monotonic() + _REMEMBERED
        return known

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
                every call is another wish.

        Raises:
            InvalidInputError: labels or pictures that cannot work.
            NotFoundError: nothing that could classify is deployed (code NoClassifier).
            TemporaryError: Azure cannot be asked now.
        """
        chosen_labels = labels.parse(labels_text)
        if not pictures:
            raise InvalidInputError(
                "There is no picture to look at.",
                advice="Attach one to your message, or use the shortcut on a message that has one.",
                field="pictures",
            )
        chosen = self._choose(endpoint)
        plan = ClassifyPlan(
            endpoint=chosen.endpoint,
            deployment=chosen.deployment,
            labels=chosen_labels,
            pictures=tuple(pictures),
            model=f"{chosen.model_name} {chosen.model_version}".strip(),
        )
        return runtime.start(
            Wish(
                kind=KIND,
                target=chosen.endpoint,
                title=_title(pictures),
                asked=asked,
                plan=plan,
                once=once or secrets.token_hex(8),  # the same picture again is another wish
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
        deploying = [one for one in self._store.operations.running() if _deploys_classifier(one)]
        if deploying:
            first = deploying[0]
            return NotFoundError(
                "No classifier is ready yet.",
                why=f"{first.id} is deploying one now ({first.target}).",
                advice="Try again when it says Ready.",
                code="NoClassifier",
                suggestions=(f"status {first.id}",),
            )
        return NotFoundError(
            "No model that classifies pictures is deployed in this workspace.",
            advice="Deploy one first; CLIP takes any labels you like.",
            code="NoClassifier",
            suggestions=(f"deploy {SUGGESTED}",),
        )


def _deploys_classifier(operation: Operation) -> bool:
    return isinstance(operation.plan, DeployPlan) and operation.plan.task == CLASSIFIER_TASK


def _no_such(endpoint: str, known: Sequence[Classifier]) -> NotFoundError:
    same = [one for one in known if one.endpoint == endpoint]
    others = [one.endpoint for one in known if one.ready]
    if same:
        what = f"The endpoint {endpoint} is not ready: Azure says {same[0].state}."
    else:
        what = f"There is no endpoint “{endpoint[:40]}” that classifies pictures."
    return NotFoundError(
        what,
        advice=f"Ready now: {', '.join(others)}." if others else "None is ready now.",
        code="NoClassifier",
        suggestions=("list",),
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
        return f"Classify {pictures[0].name}"
    return f"Classify {len(pictures)} pictures"
