"""Lookup cards: of one text, of a link somebody pasted, of several names side by side."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from rapidfuzz import fuzz

from services import planning
from services.catalog.cards import Cards
from services.catalog.names import NO_MODEL, Names
from services.catalog.references import is_hub_id, linked
from services.catalog.values import Card, Comparison, HubCard, Missing
from services.errors import ErrorText, InvalidInputError, NotFoundError, ServiceError, Suggestion
from services.huggingface import Hub
from services.models import HubModel, Model

MOST_COMPARED = 4
CARD = "card"
TOO_MANY = ErrorText(
    code="TooManyCompared",
    what="I can compare {most} models at a time, not {count}.",
    advice="Leave some out.",
)


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
        """Return the card of the model that a name, an id or a link means.

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
            found = self._on_hub(text) if error.code == NO_MODEL.code else None
            if found is None:
                raise
            return found

    def compare(self, names: Sequence[str]) -> Comparison:
        """Return up to four models side by side; a model that two names mean is there once.

        Raises:
            InvalidInputError: more than four names.
        """
        if len(names) > MOST_COMPARED:
            few = " ".join(names[:MOST_COMPARED])
            raise InvalidInputError(
                TOO_MANY,
                most=MOST_COMPARED,
                count=len(names),
                field="others",
                suggestions=(Suggestion(verb=CARD, argument=few),),
            )
        with ThreadPoolExecutor(MOST_COMPARED, "compare") as pool:
            found = list(pool.map(self._named, names))
            models = {
                model.asset_id or f"{model.registry}/{model.name}:{model.version}": model
                for model in found
                if isinstance(model, Model)
            }
            cards = tuple(pool.map(self._cards.card, models.values()))
        missing = tuple(name for name in found if isinstance(name, Missing))
        return Comparison(cards=cards, missing=missing)

    def _named(self, name: str) -> Model | Missing:
        try:
            return self._names.model(name)
        except NotFoundError as error:
            near = tuple(
                suggestion.argument for suggestion in error.suggestions if suggestion.verb == CARD
            )
            return Missing(name=name, what=error.what, nearest=near)

    def _of_hub(self, hub_id: str) -> Card | HubCard:
        """Return the catalog's card where it has the model, else the Hub's."""
        known = self._names.known(hub_id)
        if known is not None:
            return self._cards.card(known)
        if self._hub is None:
            return self._cards.card(self._names.model(hub_id))
        found = self._hub.model(hub_id)
        known = self._before_owners(hub_id) or self._names.known(found.id)
        return self._cards.card(known) if known is not None else self._told(found)

    def _before_owners(self, hub_id: str) -> Model | None:
        """Return the catalog's model of a repository that had no owner once (`gpt2`)."""
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
        """Return the Hub's own card; None where it has no such model, or cannot be asked."""
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
    """Return those of the others whose names are most like this model's, each name once."""
    by_name = {
        other.name: other for other in others if other.name != model.name and not other.archived
    }
    order = sorted(by_name, key=lambda name: (-fuzz.ratio(name.lower(), model.name.lower()), name))
    return tuple(by_name[name] for name in order[:limit])
