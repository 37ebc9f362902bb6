"""Classifying pictures with a deployed model that takes any labels."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from services import labels, spelling
from services.allowance import Allowance
from services.azureml.client import AzureML
from services.catalog import Catalog
from services.classifiers import Classifier, Classifiers
from services.errors import ErrorText, InvalidInputError, NotAllowedError, TemporaryError, UserError
from services.models import Asked, ClassifyPlan, Picture, Started
from services.store.database import Database
from services.tasks import CLASSIFIER_TASK
from services.workflows import runtime
from services.workflows.classify import KIND
from services.workflows.runtime import OperationRequest

__all__ = ["Classification", "Classifier"]

MINUTE, HOUR = 60.0, 3_600.0  # real seconds
ONE, SEVERAL = "Classify {picture}", "Classify {count} pictures"
MODEL = "{name} {version}"
NO_PICTURE = ErrorText(
    code="NoPicture",
    what="There is no picture to look at.",
    advice="Attach one to your message, or use the shortcut on a message that has one.",
)
TOO_OFTEN = ErrorText(
    code="TooManyClassifications",
    what="You asked for {most} classifications within an hour, and that is the most I do.",
    why="Each is kept for a while, and everybody shares the same endpoint.",
    advice="Please try again in {minutes:.0f} minutes.",
)
MOST_AN_HOUR = 200  # of one person


class Classification:
    """Finds a classifier and starts classifications."""

    def __init__(self, store: Database, azureml: AzureML, catalog: Catalog) -> None:
        self._catalog = catalog
        self._allowance = Allowance(MOST_AN_HOUR, HOUR)
        self._classifiers = Classifiers(store, azureml, catalog)

    def classifiers(self, *, fresh: bool = False) -> tuple[Classifier, ...]:
        """Return the deployments of classifiers; see `Classifiers.known`."""
        return self._classifiers.known(fresh=fresh)

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
        of_model = (
            each for each in known if each.ready and spelling.same(each.model_name, model.name)
        )
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
        if seconds := self._allowance.take(asked.user):
            minutes = max(1.0, seconds / MINUTE)
            raise NotAllowedError(TOO_OFTEN, most=MOST_AN_HOUR, minutes=minutes)
        chosen = self._classifiers.choose(endpoint, asked)
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


def _title(pictures: Sequence[Picture]) -> str:
    if len(pictures) == 1:
        return ONE.format(picture=pictures[0].name)
    return SEVERAL.format(count=len(pictures))
