"""Who accepted which licence of the Hub, when, and by which text: kept for good."""

from __future__ import annotations

import sqlalchemy as sa

from services.models import Acceptance, ImportPlan
from services.store.tables import LICENCES, insert_or_ignore


class LicenceTable:
    """One row for each text of a repository's licence that somebody accepted."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def accept(self, workspace: str, plan: ImportPlan, acceptance: Acceptance) -> Acceptance:
        """Record it; the first acceptance of this very text is the one that is kept.

        Returns this one: an import names who said yes to it, not who did so long ago.

        Raises:
            ValueError: the plan says nothing of a licence's text.
        """
        if plan.terms is None:
            raise ValueError(f"the plan for {plan.hub_id} has no terms to accept")
        row = {
            "workspace": workspace,
            "hub_id": plan.hub_id,
            "sha256": plan.terms.sha256,
            "file": plan.terms.file,
            "name": plan.license,
            "link": plan.license_url,
            "accepted_by": acceptance.by,
            "accepted_at": acceptance.at,
        }
        with self._engine.begin() as connection:
            insert_or_ignore(connection, LICENCES, row)
        return acceptance

    def find(self, workspace: str, hub_id: str, sha256: str) -> Acceptance | None:
        """Who accepted this text of that repository's licence; None when nobody did."""
        query = sa.select(LICENCES.c.accepted_by, LICENCES.c.accepted_at).where(
            LICENCES.c.workspace == workspace,
            LICENCES.c.hub_id == hub_id,
            LICENCES.c.sha256 == sha256,
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else Acceptance(by=row.accepted_by, at=row.accepted_at)
