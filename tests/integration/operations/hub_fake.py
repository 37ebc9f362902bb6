"""A small Hub for workflow tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.errors import NotFoundError
from services.models import HubModel, LicenceText
from tests.texts import made_up

BERT = HubModel(
    id="google-bert/bert",
    sha="0123456789abcdef",
    task="fill-mask",
    license="apache-2.0",
    license_url=None,
    gated="",
    access=True,
    size_bytes=400_000_000,
)
FIRST = LicenceText(sha256="1" * 64, file="LICENSE")


@dataclass
class FakeHub:
    """Repositories by id; `moves` are found by whoever asks for the revision, first come first."""

    models: dict[str, HubModel] = field(default_factory=lambda: {BERT.id: BERT})
    terms: LicenceText = FIRST
    moves: list[str | Exception] = field(default_factory=list)

    def model(self, hub_id: str) -> HubModel:
        if hub_id not in self.models:
            raise NotFoundError(made_up(f"no repository {hub_id}"))
        return self.models[hub_id]

    def revision(self, hub_id: str) -> HubModel:
        if self.moves:
            move = self.moves.pop(0)
            if isinstance(move, Exception):
                raise move
            self.models[hub_id] = replace(self.models[hub_id], sha=move)
        return self.model(hub_id)

    def licence(self, model: HubModel) -> LicenceText:  # noqa: ARG002 - as the real one
        return self.terms
