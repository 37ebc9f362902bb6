"""A model on one card: what it is, and what running it would take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from services import planning
from services.azureml.client import AzureML
from services.catalog.cached import Cached
from services.catalog.costs import Costs
from services.catalog.values import Card, Description
from services.clock import Clock
from services.errors import TemporaryError, UserError
from services.index import WORKSPACE, CatalogIndex
from services.index.merging import merged
from services.models import Model, Quota, VmSize

CARD_SECONDS = 8.0  # real; Azure's client takes two to load when it is first used
MODAL_SECONDS = 2.0  # real; the click that opens a modal is good for three
TOO_SLOW = "Azure did not answer within {seconds:g} seconds."
ARCHIVED = "archived by its publisher"
RETIRED = "retired on {date}: Azure no longer deploys it"
DEPRECATED = "deprecated since {date}"
RETIRES = "deprecated since {date}, retired on {end}"


class Cards:
    """Makes cards; details that only Azure knows are read when a card is opened, then kept.

    Args:
        index: keeps what was read.
        azureml: asked for the details of a model that only a list named.
        costs: sizes, prices and quota.
        clock: simulated time.
        today: gives the ISO date.
    """

    def __init__(
        self,
        index: CatalogIndex,
        azureml: AzureML,
        costs: Costs,
        clock: Clock,
        today: Callable[[], str],
    ) -> None:
        self._index = index
        self._azureml = azureml
        self._costs = costs
        self._clock = clock
        self._today = today

    def card(self, model: Model) -> Card:
        """Return the model with its sizes, prices and quota; what cannot be read reads unknown."""
        reading = None if model.detailed else _begun(partial(self._read, model))
        wait = self._clock.while_people_wait(CARD_SECONDS)
        quota, note = self._costs.quota_within(wait)
        unread = ""
        if reading is not None:
            read, unread = _waited(reading, wait)
            model = read or model
        return self._filled(self._dated(model), quota, note, unread)

    def _dated(self, model: Model) -> Model:
        """Date it by the last refresh, which found nothing new of it, if that is later."""
        refreshed = self._index.freshness().get((model.registry or WORKSPACE).lower())
        if model.read is None or refreshed is None:
            return model
        return replace(model, read=max(model.read, refreshed))

    def description(self, name: str, known: Model | None, find: Callable[[], Model]) -> Description:
        """Return the long text, from the index or, when Azure answers at once, from there.

        Args:
            name: what it is called until it is found.
            known: the model, where the index has it.
            find: looks it up where the index does not.
        """
        if known is None:
            reading = _begun(find)
        elif known.description or (known.registry is None and known.detailed):
            return Description(name=known.name, text=known.description)
        else:
            reading = _begun(partial(self._read, known))
        found, why = _waited(reading, self._clock.while_people_wait(MODAL_SECONDS))
        if found is None:
            return Description(name=known.name if known else name, text="", why=why)
        return Description(name=found.name, text=found.description)

    def _read(self, model: Model) -> Model:
        """Read the model as Azure has it now; keep it in the index from then on.

        Raises:
            ServiceError: as `services.azureml.errors` says.
        """
        models = self._azureml.models
        if model.registry is None:
            found = models.workspace_model(model.name, model.version)
        else:
            found = models.registry_model(model.registry, model.name, model.version)
        whole = replace(merged(model, found), detailed=True, read=self._clock.now())
        self._index.add(whole)
        return whole

    def _filled(
        self, model: Model, quota: tuple[Quota, ...] | None, note: str, unread: str
    ) -> Card:
        usable = self._costs.usable(model) if model.detailed else ()
        size = next(iter(usable), None)
        recommended = _recommended(model, usable)
        region = self._costs.region
        ended, gone = over(model, self._today())
        return Card(
            model=model,
            licence=planning.licence_class(model.license),
            size=size,
            region=region,
            usd_per_hour=size.price(region) if size else None,
            cores_needed=planning.cores_needed(size, 1) if size else None,
            cores_left=planning.cores_left(quota, size.family) if size else None,
            sample=planning.sample_input(model),
            over=ended,
            gone=gone,
            assumed=size is not None and model.minimum is None and not model.sizes,
            recommended=recommended,
            recommended_usd=recommended.price(region) if recommended else None,
            usable=len(usable),
            unread=unread,
            described=bool(model.description or (model.registry and self._azureml.configured)),
            note=note,
        )


def over(model: Model, today: str) -> tuple[str, bool]:
    """Say that the model is at its end, and whether it cannot be deployed any more."""
    dates = model.lifecycle
    if model.archived:
        return ARCHIVED, True
    if dates.retired and dates.retired <= today:
        return RETIRED.format(date=dates.retired), True
    if dates.deprecated and dates.deprecated <= today:
        text = RETIRES if dates.retired else DEPRECATED
        return text.format(date=dates.deprecated, end=dates.retired), False
    return "", False


def _begun(find: Callable[[], Model]) -> Cached[Model]:
    """Begin to look it up beside everything else; what comes late is not lost."""
    reading = Cached(find, seconds=CARD_SECONDS, again=CARD_SECONDS)
    reading.known(0)
    return reading


def _waited(reading: Cached[Model], seconds: float) -> tuple[Model | None, str]:
    """Return what was read in time, or why nothing was."""
    try:
        return reading.within(seconds), ""
    except TimeoutError:
        return None, TOO_SLOW.format(seconds=seconds)
    except (UserError, TemporaryError) as error:
        return None, error.what


def _recommended(model: Model, usable: tuple[VmSize, ...]) -> VmSize | None:
    """Return the cheapest usable size that is recommended, where not all that are allowed are."""
    wished = {name.lower() for name in model.recommended}
    if not wished or wished >= {name.lower() for name in model.sizes}:
        return None
    return next((size for size in usable if size.name.lower() in wished), None)
