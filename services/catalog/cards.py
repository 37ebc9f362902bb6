"""A model on one card: what it is, and what running it would take."""

from __future__ import annotations

from services import planning
from services.catalog.costs import Costs
from services.catalog.values import Card
from services.models import Model


def card_of(model: Model, costs: Costs, today: str) -> Card:
    """The model with the cheapest size it runs on, its price and its quota."""
    quota, note = costs.quota()
    size = costs.cheapest(model)
    return Card(
        model=model,
        licence=planning.licence_class(model.license),
        size=size,
        region=costs.region,
        usd_per_hour=size.price(costs.region) if size else None,
        cores_needed=planning.cores_needed(size, 1) if size else None,
        cores_left=planning.cores_left(quota, size.family) if size else None,
        sample=planning.sample_input(model),
        over=over(model, today),
        facts_from=model.facts_from,
        note=note,
    )


def over(model: Model, today: str) -> str:
    dates = model.lifecycle
    if model.archived:
        return "archived by its publisher"
    if dates.retired and dates.retired <= today:
        return f"retired on {dates.retired}: Azure no longer deploys it"
    if dates.deprecated and dates.deprecated <= today:
        end = f", retired on {dates.retired}" if dates.retired else ""
        return f"deprecated since {dates.deprecated}{end}"
    return ""
