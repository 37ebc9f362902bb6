"""Lookup cards: of one text, of a link somebody pasted, of several names side by side."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from rapidfuzz import fuzz

from services import planning
from services.catalog.cards import Cards
from services.catalog.names import Names
from services.catalog.references import is_hub_id, linked
from services.catalog.values import Card, Comparison, HubCard, Missing
from services.errors import InvalidInputError, NotFoundError, ServiceError
from services.huggingface import Hub
from services.models import HubModel, Model

MOST_COMPARED = 4


class Lookup:
    """Cards for what people call models.

    Args:
        names: finds the models.
        cards: makes the cards.
        hub: asked for what Azure does not have; None: nobody is.
    """

    def __init__(self, names: Names, cards: Cards, hub: Hub | None) -> None:
        self._names = names
        self._cards = cards
        self._hub = hub

    def open(self, text: str) -> Card | HubCard:
        """The card of the model that a name, an id or a link means.

        Raises:
            NotFoundError: neither Azure nor the Hub has it, or several models fit.
            ServiceError: a link to the Hub, and the Hub cannot be asked.
        """
        wanted = linked(text)
        if wanted is not None and wanted.hub:
            return self._of_hub(wanted.name)
        try:
            return self._cards.card(self._names.model(text))
        except NotFoundError as error:
            found = self._on_hub(text) if error.code == "ModelNotFound" else None
            if found is None:
                raise
            return found

    def compare(self, names: Sequence[str]) -> Comparison:
        """Up to four models side by side; a model that two names mean is there once.

        Raises:
            InvalidInputError: more than four names.
        """
        if len(names) > MOST_COMPARED:
            few = " ".join(names[:MOST_COMPARED])
            raise InvalidInputError(
                f"I can compare {MOST_COMPARED} models at a time, not {len(names)}.",
                advice="Leave some out.",
                field="others",
                suggestions=(f"card {few}",),
            )
        with ThreadPoolExecutor(MOST_COMPARED, "compare") as pool:
            found = list(pool.map(self._one, names))
            models = {
                one.asset_id or f"{one.registry}/{one.name}:{one.version}": one
                for one in found
                if isinstance(one, Model)
            }
            cards = tuple(pool.map(self._cards.card, models.values()))
        missing = tuple(one for one in found if isinstance(one, Missing))
        return Comparison(cards=cards, missing=missing)

    def _one(self, name: str) -> Model | Missing:
        try:
            return self._names.model(name)
        except NotFoundError as error:
            nearest = [str(text).removeprefix("card ") for text in error.suggestions]
            near = tuple(text for text in nearest if " " not in text)
            return Missing(name=name, what=error.what, nearest=near)

    def _of_hub(self, hub_id: str) -> Card | HubCard:
        """The catalog's card where it has the model, else the Hub's."""
        known = self._names.known(hub_id)
        if known is not None:
            return self._cards.card(known)
        if self._hub is None:
            return self._cards.card(self._names.model(hub_id))
        found = self._hub.model(hub_id)
        known = self._before_owners(hub_id) or self._names.known(found.id)
        return self._cards.card(known) if known is not None else self._told(found)

    def _before_owners(self, hub_id: str) -> Model | None:
        """The catalog's model of a repository that had no owner once (`gpt2`)."""
        owner, slash, name = hub_id.partition("/")
        known = self._names.known(name) if slash and owner else None
        if known is None or self._hub is None or (known.hub_id or "").lower() != name.lower():
            return None
        try:
            same = self._hub.model(name).id.lower() == hub_id.lower()
        except ServiceError:  # it cannot be told: the repository's own card is no worse
            return None
        return known if same else None

    def _on_hub(self, text: str) -> HubCard | None:
        """The Hub's own card; None where it has no such model, or cannot be asked."""
        if self._hub is None or not is_hub_id(text):
            return None
        try:
            return self._told(self._hub.model(text.strip()))
        except ServiceError:  # that there is no such model has been found out already
            return None

    def _told(self, found: HubModel) -> HubCard:
        page = self._hub.page(found.id) if self._hub else ""
        return HubCard(model=found, licence=planning.licence_class(found.license), page=page)


def alike(model: Model, others: Sequence[Model], limit: int) -> tuple[Model, ...]:
    """Of the others those whose names are most like this one's, each name once."""
    by_name = {one.name: one for one in others if one.name != model.name and not one.archived}
    order = sorted(by_name, key=lambda name: (-fuzz.ratio(name.lower(), model.name.lower()), name))
    return tuple(by_name[name] for name in order[:limit])
